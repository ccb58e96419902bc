//! `std:http`: questions to an address.

mod check;

pub use check::*;
