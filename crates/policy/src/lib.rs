//! Policies in Rego over a plan as a document.
//!
//! ```text
//! folder     the files of policies: rules, data, fixtures
//! policies   the rules, ready to judge a plan
//! verdict    what a rule may say
//! trial      the rules' own tests
//! exception  findings that a team has accepted
//! starter    a set to begin with, for both clouds
//! ```
//!
//! A rule sees a [`Document`](stack_review::Document) as `input` and the project's settings as `data.settings`. It has
//! no clock and no network.

mod error;
mod exception;
mod folder;
mod policies;
pub mod starter;
mod trial;
mod verdict;

pub use error::Error;
pub use exception::Exception;
pub use folder::has_rules;
pub use policies::Policies;
pub use trial::{Outcome, Trial};
