//! Why a list could not be asked.

use std::error::Error as _;

use crate::query::List;

/// The result of a question.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a list could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is none that may be asked.
    #[error("{address:?} is no address of {list}: https, or http on this machine")]
    Address {
        /// Which list.
        list: List,
        /// What was given.
        address: String,
    },
    /// The HTTP client cannot be made.
    #[error("the HTTP client cannot be made")]
    Client(#[source] reqwest::Error),
    /// There was no answer.
    #[error("cannot reach {list} at {host}")]
    NoAnswer {
        /// Which list.
        list: List,
        /// Where it was looked for.
        host: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// There was no answer in time.
    #[error("{list} did not answer in time")]
    Late {
        /// Which list.
        list: List,
    },
    /// It was refused.
    #[error("{list} answered {status}: {message}")]
    Refused {
        /// Which list.
        list: List,
        /// The HTTP status, or the error's code.
        status: String,
        /// What it said.
        message: String,
    },
    /// The answer is not what the API's description says.
    #[error("an answer of {list} has no {missing}")]
    Answer {
        /// Which list.
        list: List,
        /// What is not in it.
        missing: &'static str,
    },
    /// There are more pages than an answer to such a question can have.
    #[error("an answer of {list} does not end")]
    Endless {
        /// Which list.
        list: List,
    },
    /// The list cannot be asked by this program.
    #[error("this program was built without {list}")]
    NotBuilt {
        /// Which list.
        list: List,
    },
}

impl Error {
    /// What happened, and the last reason for it, on one line.
    pub fn line(&self) -> String {
        let mut text = self.to_string();
        let mut reason = None;
        let mut cause = self.source();
        while let Some(error) = cause {
            reason = Some(error.to_string());
            cause = error.source();
        }
        if let Some(reason) = reason {
            text = format!("{text}: {reason}");
        }
        text.replace(['\n', '\r'], " ")
    }
}
