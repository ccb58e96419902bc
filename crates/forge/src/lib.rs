//! Where pull requests are: one comment for each stack and environment, and the status of a commit.
//!
//! ```text
//! forge     Forge      what both have in common: comments that are ours, and statuses
//! post      post       one comment, whatever is there and whoever else comments at the same time
//! github    GitHub     issue comments and commit statuses, of github.com and of GitHub Enterprise Server
//! gitlab    GitLab     notes of merge requests and commit statuses
//! client    Client     requests: the token, and when to try again
//! answer    Answer     what was answered
//! patience             when to try again, as a pure function
//! secret    Token      what is never shown
//! error     Error      what was done, what was answered, what to do
//! ```

mod answer;
mod client;
mod error;
mod forge;
mod github;
mod gitlab;
mod patience;
mod post;
mod secret;

pub use error::{Error, Result};
pub use forge::{Comment, Forge, Found, State, Status};
pub use github::GitHub;
pub use gitlab::GitLab;
pub use post::{Posted, What, post};
pub use secret::Token;
