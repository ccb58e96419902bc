//! What people and programs see.
//!
//! ```text
//! style     colours, and the only places that write to standard output and standard error
//! id        a cloud's id of an object, as a line of text can bear it
//! value     values and partial values as text
//! plan      a plan as a diff
//! findings  what policies found
//! uncompared what may change, because its secrets are not here
//! summary   a plan and a run in one line
//! progress  what happens meanwhile: live lines on a terminal, plain lines elsewhere
//! events    the same as JSON, one event a line
//! graph     a graph for Graphviz and Markdown
//! schema    a type's documentation
//! recorded  what a state records
//! outputs   a stack's outputs
//! put       text in a file or on standard output
//! error     an error with all there is to know about it
//! ```
//!
//! Standard output is data, standard error is talk.

pub mod costs;
pub mod error;
pub mod events;
pub mod findings;
pub mod graph;
pub mod id;
pub mod outputs;
pub mod plan;
pub mod progress;
mod put;
pub mod recorded;
pub mod schema;
pub mod style;
pub mod summary;
pub mod together;
pub mod uncompared;
pub mod value;

pub use put::put;
