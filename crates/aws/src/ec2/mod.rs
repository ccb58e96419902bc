//! Networks.

#[cfg(feature = "provider")]
mod tags;
mod vpc;

pub use vpc::*;
