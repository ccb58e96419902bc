//! Where pull requests and issues are: one comment for each stack and environment, the status of a commit, and one issue
//! as long as there is something to say.
//!
//! ```text
//! forge     Forge      what both have in common: comments that are ours, statuses, and issues (Tracker)
//! post      post       one comment or issue, whatever is there and whoever else writes at the same time
//! issue     keep       one issue as long as there is something to say, and none after that
//! github    GitHub     issue comments, commit statuses and issues, of github.com and of GitHub Enterprise Server
//! gitlab    GitLab     notes of merge requests, commit statuses and issues
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
mod issue;
mod patience;
mod post;
mod secret;

pub use error::{Error, Result};
pub use forge::{Comment, Forge, Found, Posts, State, Status, Tracker};
pub use github::{GitHub, GitHubIssues};
pub use gitlab::{GitLab, GitLabIssues};
pub use issue::{Issue, close, keep};
pub use post::{Posted, What, post};
pub use secret::Token;
