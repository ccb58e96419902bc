//! What a program says, as data: the graph, its values and expressions, and the schemas they are held against.
//!
//! ```text
//! name      Name, TypeName, Urn            what things are called
//! path      Path                           where inside a value
//! value     Value, Map                     what is known, with secrets marked
//! expr      Expr                           what may have to wait: references and calls
//! function  Function                       the fixed set of calls
//! bounds    DEEPEST, LARGEST               how deep and how large values may be
//! graph     Graph, Resource, Lookup …      everything that one program declares
//! schema    Schema, Field, Kind            what the planner knows of a type
//! convert   FromValue, ToValue             between values and Rust types
//! ```
//!
//! The crate has no I/O and no opinion on clouds.

pub mod bounds;
pub mod convert;
pub mod expr;
pub mod function;
pub mod graph;
mod json;
pub mod name;
pub mod path;
pub mod schema;
pub mod value;

pub use convert::{ConvertError, FromValue, Secret, ToValue};
pub use expr::{Expr, Reference, StackOutput};
pub use function::Function;
pub use graph::{
    Graph, Lookup, Moved, Options, OutputDeclaration, Problem, ProviderConfig, Resource,
};
pub use name::{Name, NameError, TypeName, Urn};
pub use path::{Path, Segment};
pub use schema::{Describe, Equality, Field, Kind, Removal, Schema};
pub use value::{Map, Value};
