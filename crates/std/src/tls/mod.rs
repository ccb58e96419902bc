//! `std:tls`: keys and certificates.

mod self_signed_certificate;

pub use self_signed_certificate::*;
