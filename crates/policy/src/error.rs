//! Why policies cannot judge.

use std::path::PathBuf;

/// Why policies cannot judge. A plan that could not be judged is not applied.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder cannot be read.
    #[error("cannot read {}", .path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A folder has no policy in it.
    #[error("there is no policy in {}: no file ends in .rego", .0.display())]
    Empty(PathBuf),
    /// A file is not Rego, or not JSON.
    #[error("{} is wrong", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What is wrong, with its line.
        #[source]
        source: Reason,
    },
    /// Rules do not fit together, or one failed while it judged.
    #[error("policy {policy} failed")]
    Failed {
        /// Which policy.
        policy: String,
        /// Why.
        #[source]
        source: Reason,
    },
    /// A rule says something that is no finding.
    #[error(
        "policy {policy} says {said}, which is no finding: a finding is a text, or an object with a `message` and \
         perhaps a `urn`"
    )]
    NoFinding {
        /// Which policy.
        policy: String,
        /// What it says.
        said: String,
    },
}

/// What the interpreter says.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Reason(pub String);
