//! Resources without a cloud.
//!
//! ```text
//! core      Value                    a value kept in the state
//! random    Id, Password             randomness that stays the same until it is asked to change
//! tls       SelfSignedCertificate    a certificate for tests and for traffic inside a network
//! http      Check                    waits until an address answers as it should
//! provider  provider()               what the engine calls, behind the feature `provider`
//! ```

pub mod core;
pub mod http;
pub mod random;
pub mod tls;

#[cfg(feature = "provider")]
pub mod provider;
#[cfg(feature = "provider")]
mod token;
