//! How a program says what should exist.
//!
//! ```text
//! program      Stack                        what a program declares into
//! names                                     what is called what, and what is wrong with it
//! declaration  Declaration                  a resource before it has a name: inputs and options
//! component    Component                    resources that belong together, declared as one
//! handle       Handle                       what the rest of a program refers to a resource by
//! output       Output                       a value that may not be known yet …
//! functions    Output::lower, join …        … and what can be made of it
//! input        Input, IntoInput             what a field takes
//! expression   ToExpr, json!, interpolate!  values of any type, and texts with outputs in them
//! cidr         Cidr                         address ranges, cut into subnets
//! secret       Secret                       a secret setting, which never enters the program
//! run          run                          main: configuration in, graph out
//! protocol     Request, read_answer         what the command line and a program say to each other
//! settings                                  configuration as the program's own type
//! testing      graph, Inspect               a program's graph in unit tests
//! resource                                  for authors of resource types: the derives and their types
//! schema                                    the tables that the derives fill in
//! ```
//!
//! A program is an ordinary binary:
//!
//! ```no_run
//! use stack::prelude::*;
//! # use stack::example::Bucket;
//!
//! #[derive(serde::Deserialize)]
//! struct Settings {
//!     region: String,
//! }
//!
//! fn storage(stack: &mut Stack, settings: Settings) -> Result<()> {
//!     let logs = stack.add("logs", Bucket::builder().region(settings.region).build());
//!     stack.output("LOGS", interpolate!("s3://{}/app", logs.arn));
//!     Ok(())
//! }
//!
//! # #[allow(unused)]
//! fn main() -> ExitCode {
//!     stack::run(storage)
//! }
//! ```

// The derives say `::stack::…`, also here.
extern crate self as stack;

mod cidr;
mod component;
mod declaration;
mod error;
#[doc(hidden)]
pub mod example;
mod expression;
mod functions;
mod handle;
mod input;
mod json;
mod names;
mod output;
pub mod prelude;
mod program;
pub mod protocol;
pub mod resource;
mod run;
mod schema;
mod secret;
mod settings;
pub mod testing;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use cidr::{Cidr, Subnets};
pub use component::Component;
pub use declaration::{Declaration, FieldPath, LookupDeclaration};
pub use error::{Error, Result};
pub use expression::ToExpr;
pub use handle::{Dependencies, Handle, Provider};
pub use input::{Input, IntoInput};
pub use output::{Output, each};
pub use program::Stack;
pub use run::run;
pub use secret::Secret;
pub use stack_model::{Expr, Graph, Map, Urn, Value};
