//! `std:core`: values kept in the state.

mod value;

pub use value::*;
