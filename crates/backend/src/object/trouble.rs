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
    NoBucket(#[source] Said),
    /// There are no credentials.
    #[error(
        "there are no credentials for the store: set them in the environment, as the page on Stack.toml lists them"
    )]
    NoCredentials(#[source] Said),
    /// The credentials are not known or have expired.
    #[error("the store does not accept the credentials: renew them, or use others")]
    Unknown(#[source] Said),
    /// The credentials do not allow it.
    #[error(
        "the credentials do not allow it: stack needs to list, read, create, overwrite and delete objects there"
    )]
    Denied(#[source] Said),
    /// The store has no conditional writes.
    #[error(
        "the store refuses conditional writes, without which two runs could overwrite each other: use one that has them"
    )]
    NoConditions(#[source] Said),
    /// Anything else.
    #[error("the store did not do it")]
    Other(#[source] Said),
}

/// What a store or its client said. Its text has the texts of its causes in it, so it has none of its own.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Said(String);

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
            Error::NotImplemented { .. } | Error::NotSupported { .. } => Reason::NoConditions,
            error if has_status(error, 501) => Reason::NoConditions,
            error if is_refused(error) && is_unknown(error) => Reason::Unknown,
            error if is_refused(error) => Reason::Denied,
            _ => Reason::Other,
        }
    };
    failed(doing, place, wrap(Said(error.to_string())))
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
    let refused = has_status(error, 3) || has_status(error, 4) || has_status(error, 501);
    let asks_to_wait = has_status(error, 429) || has_status(error, 408);
    (!refused || asks_to_wait) && !is_without_credentials(error)
}

/// Whether the answer's status begins like this. The client's error type is private, and its text is all that shows it.
fn has_status(error: &Error, status: u16) -> bool {
    error
        .to_string()
        .contains(&format!("status code: {status}"))
}

fn is_refused(error: &Error) -> bool {
    matches!(
        error,
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. }
    ) || has_status(error, 401)
        || has_status(error, 403)
}

fn is_missing_bucket(error: &Error) -> bool {
    let text = error.to_string();
    ["NoSuchBucket", "ContainerNotFound", "ContainerBeingDeleted"]
        .iter()
        .any(|code| text.contains(code))
}

/// Whether the store says that it does not know the credentials, and not what they may not do.
fn is_unknown(error: &Error) -> bool {
    if matches!(error, Error::Unauthenticated { .. }) || has_status(error, 401) {
        return true;
    }
    let text = error.to_string();
    let codes = [
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "ExpiredToken",
        "AuthenticationFailed",
        "failed to authenticate",
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

#[cfg(test)]
mod tests {
    use super::*;

    fn generic(text: &str) -> Error {
        Error::Generic {
            store: "S3",
            source: format!("Server returned non-2xx status code: {text}").into(),
        }
    }

    #[test]
    fn what_passes_is_told_from_what_does_not() {
        for text in [
            "500 Internal Server Error",
            "503 Slow Down",
            "429 Too Many Requests",
            "408 Request Timeout",
        ] {
            assert!(may_pass(&generic(text)), "{text}");
        }
        for text in [
            "400 Bad Request",
            "403 Forbidden",
            "301 Moved",
            "501 Not Implemented",
        ] {
            assert!(!may_pass(&generic(text)), "{text}");
        }
    }

    #[test]
    fn errors_say_what_to_do() {
        let cases = [
            ("404: <Code>NoSuchBucket</Code>", "make it"),
            ("403: <Code>AccessDenied</Code>", "do not allow it"),
            ("403: <Code>ExpiredToken</Code>", "renew them"),
            ("401 Unauthorized", "renew them"),
            ("501 Not Implemented", "conditional writes"),
            ("500 Internal Server Error", "did not do it"),
        ];
        for (text, advice) in cases {
            let error = explain("read", "s3://b/lease".into(), generic(text));
            let cause = StdError::source(&error).map(ToString::to_string);
            assert!(cause.is_some_and(|cause| cause.contains(advice)), "{text}");
        }
        let error = Error::Generic {
            store: "S3",
            source: Box::new(NoMetadata),
        };
        assert!(!may_pass(&error), "nobody waits for a machine's metadata");
        let error = explain("read", "s3://b/lease".into(), error);
        let cause = StdError::source(&error).map(ToString::to_string);
        assert!(cause.is_some_and(|cause| cause.contains("no credentials")));
    }
}
