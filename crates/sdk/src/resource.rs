//! For authors of resource types: `use stack::resource::*;`.
//!
//! ```
//! use stack::resource::*;
//!
//! /// A place for files.
//! #[derive(Debug, Clone, PartialEq, Resource)]
//! #[resource("test:storage:Folder", create = "2m", unique("name"))]
//! pub struct Folder {
//!     /// What it is called.
//!     #[input(replaces, name(max_length = 63, lowercase))]
//!     pub name: Option<String>,
//!     /// How many files it may hold; 100 when it is not set.
//!     #[input(reset = 100)]
//!     pub limit: Option<i64>,
//!     /// Who can open it.
//!     #[input(required, set)]
//!     pub readers: Vec<String>,
//!     /// What opens it.
//!     #[output]
//!     pub key: Secret<String>,
//! }
//!
//! let schema = Folder::schema();
//! assert!(schema.inputs["readers"].required);
//! assert!(schema.outputs["key"].secret);
//! ```

pub use std::collections::BTreeMap;

pub use stack_model::{Describe, FromValue, Secret, ToValue, Value};
pub use stack_sdk_derive::{Block, Choice, Lookup, Resource};
