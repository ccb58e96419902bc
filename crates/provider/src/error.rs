//! What went wrong at a cloud. The kind tells the engine what to do; the rest tells a person.

use std::fmt;
use std::time::Duration;

/// The result of a call to a cloud.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What an error means for what the engine does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// Too many calls. Slow down and try again.
    Throttled,
    /// The network or the service hiccuped. Try again; a create is looked for first.
    Transient,
    /// Something else is at work on the object. Try again until the deadline.
    Conflict,
    /// What the call refers to was just made, and the cloud does not see it everywhere yet. Try again.
    NotYetPropagated,
    /// Not allowed. A person has to grant it.
    Denied,
    /// No credentials, or expired ones.
    Credentials,
    /// A limit of the account is reached.
    Quota,
    /// The request is wrong. Trying again will not help.
    Invalid,
    /// The object of an update or delete is not there.
    Gone,
    /// An object of that name is there already, and it is not ours.
    AlreadyExists,
    /// The operation was accepted and then failed.
    Failed,
    /// The deadline passed before the operation was done.
    TimedOut,
    /// The person or CI asked to stop.
    Cancelled,
    /// Anything else. Not tried again.
    Other,
}

impl ErrorKind {
    /// What programs call it: `not_yet_propagated`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::Transient => "transient",
            Self::Conflict => "conflict",
            Self::NotYetPropagated => "not_yet_propagated",
            Self::Denied => "denied",
            Self::Credentials => "credentials",
            Self::Quota => "quota",
            Self::Invalid => "invalid",
            Self::Gone => "gone",
            Self::AlreadyExists => "already_exists",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::Cancelled => "cancelled",
            Self::Other => "other",
        }
    }

    /// Whether the same call may succeed later.
    pub fn is_retryable(self) -> bool {
        matches!(
            self,
            Self::Throttled | Self::Transient | Self::Conflict | Self::NotYetPropagated
        )
    }
}

/// An error of a cloud.
#[derive(Debug)]
pub struct Error {
    /// What it means for the engine.
    pub kind: ErrorKind,
    /// What the cloud said, or what we found.
    pub message: String,
    /// The API operation, such as `ec2:CreateVpc`.
    pub operation: Option<String>,
    /// The cloud's code, such as `VpcLimitExceeded`.
    pub code: Option<String>,
    /// The cloud's id of the request, for its support.
    pub request_id: Option<String>,
    /// How long the cloud asked to be left alone before the next try.
    pub retry_after: Option<Duration>,
    /// What to try.
    pub hint: Option<String>,
    /// The error beneath.
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of a kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            operation: None,
            code: None,
            request_id: None,
            retry_after: None,
            hint: None,
            source: None,
        }
    }

    /// Says which API operation it was.
    #[must_use]
    pub fn operation(mut self, operation: impl Into<String>) -> Self {
        self.operation = Some(operation.into());
        self
    }

    /// Says what to try.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Takes every known secret out of the cloud's words.
    #[must_use]
    pub fn scrubbed(mut self, secrets: &[String]) -> Self {
        for secret in secrets.iter().filter(|secret| secret.len() >= 4) {
            if self.message.contains(secret.as_str()) {
                self.message = self.message.replace(secret.as_str(), "[secret]");
                // The cause may quote it as well, and cannot be rewritten.
                self.source = None;
            }
        }
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(operation) = &self.operation {
            write!(f, "{operation}: ")?;
        }
        f.write_str(&self.message)?;
        match (&self.code, &self.request_id) {
            (Some(code), Some(id)) => write!(f, " ({code}, request {id})"),
            (Some(code), None) => write!(f, " ({code})"),
            (None, Some(id)) => write!(f, " (request {id})"),
            (None, None) => Ok(()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
