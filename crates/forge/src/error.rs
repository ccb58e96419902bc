//! What could not be done on a forge.

/// The result of a request.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What could not be done on a forge. None of it has the token in it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is none.
    #[error("{address:?} is no address of {forge}'s API")]
    Address {
        /// `GitHub` or `GitLab`.
        forge: &'static str,
        /// What was given.
        address: String,
    },
    /// The token would go over the wire in clear text.
    #[error(
        "the token is not sent to {origin}: the connection is not encrypted, and it is not this machine"
    )]
    ClearText {
        /// Where it would have gone.
        origin: String,
    },
    /// The token cannot be sent in a header.
    #[error("the token has letters in it that no token of {forge} has")]
    Token {
        /// `GitHub` or `GitLab`.
        forge: &'static str,
    },
    /// The HTTP client cannot be made.
    #[error("the HTTP client cannot be made")]
    Client(#[source] reqwest::Error),
    /// There was no answer.
    #[error("cannot {doing}: {forge} gave no answer")]
    NoAnswer {
        /// What was tried, to what.
        doing: String,
        /// `GitHub` or `GitLab`.
        forge: &'static str,
        /// Whether the request may have arrived.
        sent: bool,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// It was refused.
    #[error("cannot {doing}: {forge} answered {status}{}{message}{request}", if message.is_empty() { "" } else { ": " })]
    Refused {
        /// What was tried, to what.
        doing: String,
        /// `GitHub` or `GitLab`.
        forge: &'static str,
        /// The HTTP status.
        status: u16,
        /// What it said.
        message: String,
        /// ` (request ID)`, where it gave one.
        request: String,
        /// What to do.
        hint: Option<String>,
    },
    /// There were too many requests, and the wait is longer than a preview should take.
    #[error("cannot {doing}: {forge} takes no more requests of this token until {until}")]
    Limited {
        /// What was tried, to what.
        doing: String,
        /// `GitHub` or `GitLab`.
        forge: &'static str,
        /// When it does again.
        until: jiff::Timestamp,
    },
    /// The answer is not what the API's description says.
    #[error("cannot {doing}: {forge}'s answer has no {missing}")]
    Answer {
        /// What was tried, to what.
        doing: String,
        /// `GitHub` or `GitLab`.
        forge: &'static str,
        /// What is not in it.
        missing: &'static str,
    },
    /// Others change what is posted all the time.
    #[error("it was taken away again and again while it was being written")]
    Restless,
}

impl Error {
    /// Whether what was asked may have been done in spite of this.
    pub fn may_be_done(&self) -> bool {
        match self {
            Self::NoAnswer { sent, .. } => *sent,
            Self::Refused { status, .. } => *status >= 500,
            // It was answered with success.
            Self::Answer { .. } => true,
            Self::Address { .. }
            | Self::ClearText { .. }
            | Self::Token { .. }
            | Self::Client(_)
            | Self::Limited { .. }
            | Self::Restless => false,
        }
    }

    /// Whether it is not there.
    pub fn is_gone(&self) -> bool {
        matches!(
            self,
            Self::Refused {
                status: 404 | 410,
                ..
            }
        )
    }

    /// Whether what was given makes no sense, so that nothing was sent.
    pub fn is_of_what_was_given(&self) -> bool {
        matches!(
            self,
            Self::Address { .. } | Self::ClearText { .. } | Self::Token { .. }
        )
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Refused { hint, .. } => hint.as_deref(),
            Self::ClearText { .. } => Some("use https; http is for this machine alone"),
            Self::Token { .. } => Some("look at what is in the variable"),
            Self::NoAnswer { .. } | Self::Limited { .. } | Self::Restless => {
                Some("run it again in a while")
            }
            Self::Address { .. } | Self::Client(_) | Self::Answer { .. } => None,
        }
    }
}
