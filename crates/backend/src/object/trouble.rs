//! What went wrong with a store, in words that say what to do.

use std::error::Error as StdError;

use object_store::Error;
use stack_engine::backend::BackendError;

/// Why a store did not do it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Reason {
    /// There is no such object.
    #[error("there is no such object")]
    NoObject,
    /// It exists already.
    #[error("it exists already, and is never overwritten")]
    Exists,
    /// A write failed before, so nothing more is written.
    #[error("an earlier write of this run failed, so nothing more is written")]
    Failed,
    /// The run removed its own journal.
    #[error("this run removed its own journal, being part of a state that was committed")]
    Pruned,
    /// Something moves the lock's object that is no run of ours.
    #[error("the lock changes faster than it can be taken: look for what else writes there")]
    Busy,
    /// There is no bucket or container.
    #[error(
        "the bucket or container does not exist: make it, or correct `url` under [backend] in Stack.toml"
    )]
    NoBucket(#[source] Error),
    /// There are no credentials.
    #[error(
        "there are no credentials for the store: set them in the environment, as the page on Stack.toml lists them"
    )]
    NoCredentials(#[source] Error),
    /// The credentials are not known or have expired.
    #[error("the store does not accept the credentials: renew them, or use others")]
    Unknown(#[source] Error),
    /// The credentials do not allow it.
    #[error(
        "the credentials do not allow it: stack needs to list, read, create, overwrite and delete objects there"
    )]
    Denied(#[source] Error),
    /// The store has no conditional writes.
    #[error(
        "the store refuses conditional writes, without which two runs could overwrite each other: use one that has them"
    )]
    NoConditions(#[source] Error),
    /// Anything else.
    #[error("the store did not do it")]
    Other(#[source] Error),
}

/// Nothing answers where a machine of a cloud would find its credentials.
#[derive(Debug, thiserror::Error)]
#[error("this machine has no metadata service that gives credentials")]
pub(crate) struct NoMetadata;

/// An error of a place.
pub(super) fn failed(doing: &'static str, place: String, reason: Reason) -> BackendError {
    BackendError::Io {
        doing,
        place,
        source: Box::new(reason),
    }
}

/// Says what a store's error means.
pub(super) fn explain(doing: &'static str, place: String, error: Error) -> BackendError {
    let wrap = if is_without_credentials(&error) {
        Reason::NoCredentials
    } else if is_missing_bucket(&error) {
        Reason::NoBucket
    } else {
        match &error {
            Error::PermissionDenied { .. } if is_unknown(&error) => Reason::Unknown,
            Error::PermissionDenied { .. } => Reason::Denied,
            Error::Unauthenticated { .. } => Reason::Unknown,
            Error::NotImplemented { .. } | Error::NotSupported { .. } => Reason::NoConditions,
            Error::Generic { .. } if error.to_string().contains("501 Not Implemented") => {
                Reason::NoConditions
            }
            _ => Reason::Other,
        }
    };
    failed(doing, place, wrap(error))
}

/// Whether a condition of a write was not met.
pub(super) fn is_conflict(error: &Error) -> bool {
    matches!(
        error,
        Error::AlreadyExists { .. } | Error::Precondition { .. } | Error::NotModified { .. }
    )
}

/// Whether there is no object, and not: no bucket.
pub(super) fn is_missing_object(error: &Error) -> bool {
    matches!(error, Error::NotFound { .. }) && !is_missing_bucket(error)
}

/// Whether the same request may succeed later: the server's own errors, throttling, and whatever a network does. Not
/// what the client or the server refuse for good.
pub(super) fn may_pass(error: &Error) -> bool {
    let Error::Generic { .. } = error else {
        return false;
    };
    // The client's error type is private, and its text is all that shows the status.
    let text = error.to_string();
    let refused = text.contains("status code: 4") || text.contains("status code: 3");
    let asks_to_wait = text.contains("status code: 429") || text.contains("status code: 408");
    (!refused || asks_to_wait)
        && !text.contains("status code: 501")
        && !is_without_credentials(error)
}

fn is_missing_bucket(error: &Error) -> bool {
    let text = error.to_string();
    ["NoSuchBucket", "ContainerNotFound", "ContainerBeingDeleted"]
        .iter()
        .any(|code| text.contains(code))
}

/// Whether the store says that it does not know the credentials, and not what they may not do.
fn is_unknown(error: &Error) -> bool {
    let text = error.to_string();
    let codes = [
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "ExpiredToken",
        "AuthenticationFailed",
    ];
    codes.iter().any(|code| text.contains(code))
}

fn is_without_credentials(error: &Error) -> bool {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<NoMetadata>() {
            return true;
        }
        cause = error.source();
    }
    error.to_string().contains(&NoMetadata.to_string())
}
