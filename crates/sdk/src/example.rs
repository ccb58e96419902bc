//! A resource type for the examples in this crate's documentation. No part of the interface.

use crate::resource::*;

/// A bucket.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("test:storage:Bucket")]
pub struct Bucket {
    /// Where it is.
    #[input(replaces)]
    pub region: String,
    /// How it is marked.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// Its full name.
    #[output]
    pub arn: String,
}
