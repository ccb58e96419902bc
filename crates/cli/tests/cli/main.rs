//! The binary from outside: standard output, standard error and exit code together.
//!
//! New or changed snapshots are written with `INSTA_UPDATE=always cargo test -p stack-cli`; look at them before they
//! are committed.

#[cfg(feature = "aws")]
mod calls;
mod care;
mod comments;
mod config;
#[cfg(feature = "azure")]
mod costs;
#[cfg(feature = "azure")]
mod drift;
mod formats;
mod graphs;
#[cfg(any(feature = "aws-kms", feature = "azure-key-vault"))]
mod kept;
mod kms;
mod lifecycle;
mod new;
#[cfg(all(feature = "aws", feature = "azure"))]
mod permissions;
mod person;
mod policies;
#[cfg(any(feature = "aws", feature = "azure"))]
mod preflight;
mod preview;
mod programs;
mod projects;
mod pull_request;
mod redacted;
mod reference;
mod rollback;
mod running;
mod sandbox;
mod saved;
mod sealing;
mod secrets;
mod several;
mod shared;
#[cfg(any(feature = "aws", feature = "azure"))]
mod starter;
mod states;
#[cfg(feature = "azure")]
mod sweep;
mod teardown;
#[cfg(all(feature = "aws", feature = "azure"))]
mod test_accounts;
mod touched;
mod traces;
mod ui;
mod vault;
#[cfg(any(feature = "aws", feature = "azure"))]
mod watched;
