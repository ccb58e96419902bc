//! What is wrong with a `Stack.toml`, and where.

use std::path::PathBuf;

/// What is wrong with a `Stack.toml`, and where.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// There is none.
    #[error("there is no Stack.toml in {} or in any folder above it", .folder.display())]
    Missing {
        /// Where the search began.
        folder: PathBuf,
    },
    /// It cannot be read.
    #[error("cannot read {}", .path.display())]
    Read {
        /// Which file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// What it says is wrong.
    #[error("{}{}: {message}", .path.display(), .line.map(|line| format!(":{line}")).unwrap_or_default())]
    Wrong {
        /// Which file.
        path: PathBuf,
        /// In which line, counted from 1.
        line: Option<usize>,
        /// What is wrong, with its key.
        message: String,
    },
    /// It does not have the environment.
    #[error("{} has no environment {name}", .path.display())]
    NoEnvironment {
        /// Which.
        name: String,
        /// Which file.
        path: PathBuf,
        /// Whether a person named it.
        asked: bool,
        /// The ones that it has.
        known: Vec<String>,
    },
}

impl ProjectError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Missing { .. } => Some(
                "go to the folder of a stack, name it with `-C DIR`, or make one with `stack new DIR`"
                    .into(),
            ),
            Self::Read { .. } | Self::Wrong { .. } => None,
            Self::NoEnvironment { name, known, .. } if known.is_empty() => {
                Some(format!("declare it with a line `[environments.{name}]`"))
            }
            Self::NoEnvironment { asked: false, known, .. } => {
                Some(format!("name one with `-e`: {}", known.join(", ")))
            }
            Self::NoEnvironment { name, known, .. } => Some(format!(
                "it has {}; declare another with a line `[environments.{name}]`",
                known.join(", ")
            )),
        }
    }
}

/// The line of a byte, counted from 1.
pub(super) fn line_of(text: &str, byte: usize) -> usize {
    1 + text.as_bytes()[..byte.min(text.len())]
        .iter()
        .filter(|byte| **byte == b'\n')
        .count()
}

/// What the parser says, in one line, with the key it says it of where it does not name one itself.
pub(super) fn message(text: &str, error: &toml::de::Error) -> String {
    let message = error.message().trim().replace('\n', "; ");
    let line = error
        .span()
        .and_then(|span| text.lines().nth(line_of(text, span.start) - 1));
    let key = line
        .and_then(|line| line.split_once('='))
        .map(|(key, _)| key.trim())
        .filter(|key| !key.is_empty() && !message.contains(&format!("`{key}`")));
    match key {
        Some(key) => format!("{key}: {message}"),
        None => message,
    }
}
