//! What a team sees before anything changes: a plan as a document, and what is said about it.
//!
//! ```text
//! document   a plan as versioned JSON: what programs, policies and pages read
//! drift      what changed outside, as versioned JSON
//! review     a plan, and what was found about it
//! costs      what it changes of what is paid for a month
//! money      amounts, exact
//! parts      the smallest parts of a value that differ
//! redact     no secret leaves
//! uncompared what may change, because its secrets are not here
//! markdown   a document as a comment on a pull request, and drift as an issue
//! html       documents as one page to look at in a browser
//! mermaid    a picture of what changes
//! words      values and counts as text
//! ```

pub mod costs;
pub mod document;
pub mod drift;
pub mod html;
pub mod markdown;
mod mermaid;
pub mod money;
pub mod parts;
pub mod redact;
pub mod review;
#[cfg(test)]
mod samples;
mod uncompared;
pub mod words;

pub use costs::Costs;
pub use document::{Document, Subject};
pub use review::{Finding, Level, Review};
