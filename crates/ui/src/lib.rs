//! A page over a backend: its environments, what is recorded in one, how that came about, and a run while it goes on.
//!
//! Everything is read from what `stack` has written. Nothing is written, no key is looked for, and no cloud is asked.
//!
//! ```text
//! source       where environments are
//! recorded     one environment: its newest state, and what journals say beyond it
//! documents    what the page is told, as JSON
//! history      how a resource came to be as it is
//! run          the run that is under way, from its journal
//! follow       that, as it goes on
//! http         one request and its answer
//! gate         who may ask
//! server       from a request to an answer
//! page         what a browser is given
//! ```

pub mod documents;
mod follow;
mod gate;
mod history;
mod http;
mod page;
mod recorded;
mod run;
mod server;
mod source;

pub use server::Server;
pub use source::{Source, Unread};
