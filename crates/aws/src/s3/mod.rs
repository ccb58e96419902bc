//! Storage of files.

mod bucket;

pub use bucket::*;
