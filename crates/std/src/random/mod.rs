//! `std:random`: randomness that stays the same until it is asked to change.

mod id;
mod password;

pub use id::*;
pub use password::*;
