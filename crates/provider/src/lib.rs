//! What the engine needs of a cloud, and what a cloud's author needs to offer it with little code.
//!
//! ```text
//! error      Error, ErrorKind            what went wrong, so that the engine knows what to do
//! actions    Actions, Implied            what a type calls, as the cloud's policies name it
//! purpose    Purpose, Need               what permissions are asked for
//! preflight  Finding, Ask, Quota         what an apply would fail of
//! stray      Stray, Search               what is there, whoever knows of it
//! patience   patiently                   asking again while a cloud is busy
//! owner      Owner                       whose object it is: the tags by which a crash is healed
//! context    Context, Report             deadline, cancellation and progress of one operation
//! observe    Observe, Answer, Observer   the reading half; all that planning holds
//! mutate     Mutate, Mutator             the writing half
//! provider   Provider                    a cloud: its types, and how to connect to it
//! handler    Handler, Kept, Effect …     the typed traits that resource files implement
//! catalog    Catalog                     from typed handlers to a provider's table of types
//! trace      Work, Fact, Span            what is being done, for whoever follows a run
//! ```

pub mod actions;
pub mod catalog;
pub mod context;
pub mod error;
pub mod handler;
pub mod mutate;
pub mod observe;
pub mod owner;
pub mod patience;
pub mod preflight;
pub mod provider;
pub mod purpose;
pub mod stray;
pub mod trace;

pub use actions::{Action, Actions, Implied, Verb, covers};
pub use catalog::{Catalog, Identify};
pub use context::{Context, Progress, Report};
pub use error::{Error, ErrorKind, Result};
pub use handler::{Change, Effect, Handler, Kept, Question};
pub use mutate::{Created, Mutate, Mutator};
pub use observe::{Answer, Identity, Observation, Observe, Observer, Recorded};
pub use owner::{Owner, Whose};
pub use patience::patiently;
pub use preflight::{Ask, Finding, Found, Quota};
pub use provider::Provider;
pub use purpose::{Need, Purpose};
pub use stray::{Search, Stray, Strays};
