//! From the SDK's errors to ours.

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use futures::stream::{self, StreamExt};
use stack_provider::{Error, ErrorKind, Result};

/// Names a call, and says what its failure means.
pub(crate) trait CallExt<T> {
    /// The same result with our error. `operation` is as IAM writes it: `ec2:CreateVpc`.
    fn named(self, operation: &str) -> Result<T>;
}

impl<T, E> CallExt<T> for Result<T, SdkError<E, Response>>
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    fn named(self, operation: &str) -> Result<T> {
        self.map_err(|error| translate(error, operation))
    }
}

/// Turns "not there" into nothing.
pub(crate) trait FoundExt<T> {
    /// Nothing when the object is not there; any other error stays one.
    fn found(self) -> Result<Option<T>>;
}

impl<T> FoundExt<T> for Result<T> {
    fn found(self) -> Result<Option<T>> {
        match self {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error.kind == ErrorKind::Gone => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// A part of an answer that AWS documents as always there.
pub(crate) fn expected<T>(part: Option<T>, operation: &str, what: &str) -> Result<T> {
    part.ok_or_else(|| {
        Error::new(ErrorKind::Other, format!("the answer has no {what}")).operation(operation)
    })
}

/// All items of a list, from all of its pages: `pages!(aws.ec2().describe_vpcs(), "ec2:DescribeVpcs")`.
macro_rules! pages {
    ($request:expr, $operation:expr) => {{
        let items = $request.into_paginator().items().send();
        let items: std::result::Result<Vec<_>, _> = items.collect().await;
        $crate::call::CallExt::named(items, $operation)
    }};
}
pub(crate) use pages;

/// How many calls of one question are under way at once. Several questions may be asked at a time.
const AT_ONCE: usize = 4;

/// The answers to all of these, in their order.
pub(crate) fn some_at_once<T, F>(
    asked: impl IntoIterator<Item = F>,
) -> impl Future<Output = Vec<T>> + Send
where
    T: Send,
    F: Future<Output = T> + Send,
{
    let asked: Vec<_> = asked.into_iter().collect();
    stream::iter(asked).buffered(AT_ONCE).collect()
}

fn translate<E>(error: SdkError<E, Response>, operation: &str) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let status = error
        .raw_response()
        .map(|response| response.status().as_u16());
    let request_id = error.raw_response().and_then(request_id).map(str::to_owned);
    let code = error.code().map(str::to_owned);
    let message = match error.message() {
        Some(message) => message.to_owned(),
        None => words(&error),
    };
    let kind = match &error {
        SdkError::ServiceError(_) => kind_of(code.as_deref().unwrap_or_default(), &message, status),
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => {
            if words(&error).contains("credentials") {
                ErrorKind::Credentials
            } else {
                ErrorKind::Transient
            }
        }
        _ => ErrorKind::Other,
    };
    let hint = match kind {
        ErrorKind::Denied => Some(format!("allow {operation} to the identity that runs this")),
        ErrorKind::Credentials => {
            Some("sign in, or set AWS_PROFILE or AWS_ACCESS_KEY_ID".to_owned())
        }
        ErrorKind::Quota => {
            Some("ask AWS for a higher quota, or remove what is no longer needed".to_owned())
        }
        _ => None,
    };
    Error {
        operation: Some(operation.into()),
        code,
        request_id,
        hint,
        source: None,
        ..Error::new(kind, message)
    }
}

/// AWS's id of a request, for its support.
pub(crate) fn request_id(response: &Response) -> Option<&str> {
    ["x-amzn-requestid", "x-amz-request-id"]
        .iter()
        .find_map(|key| response.headers().get(key))
}

/// An error and everything beneath it, in one line.
fn words(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(beneath) = next {
        let beneath_text = beneath.to_string();
        if !text.contains(&beneath_text) {
            text.push_str(": ");
            text.push_str(&beneath_text);
        }
        next = beneath.source();
    }
    text
}

/// What a code means, by the AWS API references' common errors and each service's own.
fn kind_of(code: &str, message: &str, status: Option<u16>) -> ErrorKind {
    match code {
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestLimitExceeded"
        | "TooManyRequestsException"
        | "RequestThrottled"
        | "SlowDown"
        | "PriorRequestNotComplete"
        | "BandwidthLimitExceeded" => ErrorKind::Throttled,
        "InternalFailure"
        | "InternalError"
        | "InternalServerError"
        | "ServiceUnavailable"
        | "ServerException"
        | "RequestTimeout"
        | "RequestTimeoutException"
        | "ServiceUnavailableException"
        | "Unavailable" => ErrorKind::Transient,
        "AccessDenied"
        | "AccessDeniedException"
        | "UnauthorizedOperation"
        | "AuthorizationError"
        | "Forbidden"
        | "OptInRequired" => ErrorKind::Denied,
        "ExpiredToken"
        | "ExpiredTokenException"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "AuthFailure"
        | "SignatureDoesNotMatch"
        | "InvalidAccessKeyId"
        | "MissingAuthenticationToken" => ErrorKind::Credentials,
        "DependencyViolation"
        | "DeleteConflict"
        | "ResourceInUse"
        | "ResourceInUseException"
        | "ResourceInUseFault"
        | "OperationAborted"
        | "ConcurrentModification"
        | "ConcurrentModificationException"
        | "ConflictException"
        | "IncorrectState"
        | "InvalidDBInstanceState"
        | "InvalidCacheClusterState"
        | "InvalidUserGroupState"
        | "InvalidReplicationGroupState"
        | "UpdateInProgressException"
        | "InvalidDBSubnetGroupStateFault"
        | "InvalidDBParameterGroupState"
        | "CacheSubnetGroupInUse"
        | "OperationNotPageable"
        | "ConcurrentUpdateException"
        | "InvalidIPAddress.InUse"
        | "InvalidGroup.InUse" => ErrorKind::Conflict,
        "AddressLimitExceeded" => ErrorKind::Quota,
        // S3 answers reads of an optional part that is not set with one of these.
        "NoSuchEntity" | "NoSuchBucket" | "NotFound" | "404" => ErrorKind::Gone,
        _ if code.ends_with("LimitExceeded")
            || code.ends_with("LimitExceededException")
            || code.ends_with("QuotaExceeded")
            || code.ends_with("QuotaExceededFault")
            || code.ends_with("TooManyBuckets")
            // Of Elastic Load Balancing: TooManyRules, TooManyListeners and their kin.
            || code.starts_with("TooMany") =>
        {
            ErrorKind::Quota
        }
        _ if code.contains("NotFound")
            || code.starts_with("NoSuch")
            || code.ends_with("DoesNotExist") =>
        {
            ErrorKind::Gone
        }
        _ if code.contains("AlreadyExists")
            || code.starts_with("Duplicate")
            || code.ends_with(".Duplicate")
            || code == "BucketAlreadyOwnedByYou"
            || code == "PriorityInUse"
            || code == "EntityAlreadyExists" =>
        {
            ErrorKind::AlreadyExists
        }
        _ if not_yet_propagated(message) => ErrorKind::NotYetPropagated,
        _ if status.is_some_and(|status| status >= 500) => ErrorKind::Transient,
        _ if status == Some(429) => ErrorKind::Throttled,
        _ => ErrorKind::Invalid,
    }
}

/// Roles and their policies take some seconds to be seen by the services that are to assume them; the refusals have
/// no code of their own.
fn not_yet_propagated(message: &str) -> bool {
    [
        "cannot be assumed",
        "unable to assume the role",
        "Unable to assume the service linked role",
        "is not authorized to assume",
        "does not include the required permissions for: ENHANCED_MONITORING",
        "resource policy contains an unsupported principal",
    ]
    .iter()
    .any(|words| message.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_kinds() {
        let cases = [
            ("InvalidVpcID.NotFound", ErrorKind::Gone),
            ("NoSuchLifecycleConfiguration", ErrorKind::Gone),
            ("DBSubnetGroupDoesNotExist", ErrorKind::Gone),
            ("VpcLimitExceeded", ErrorKind::Quota),
            ("RequestLimitExceeded", ErrorKind::Throttled),
            ("InvalidGroup.Duplicate", ErrorKind::AlreadyExists),
            ("EntityAlreadyExists", ErrorKind::AlreadyExists),
            ("DependencyViolation", ErrorKind::Conflict),
            ("UnauthorizedOperation", ErrorKind::Denied),
            ("InvalidParameterValue", ErrorKind::Invalid),
        ];
        for (code, kind) in cases {
            assert_eq!(kind_of(code, "", Some(400)), kind, "{code}");
        }
        assert_eq!(kind_of("Whatever", "", Some(503)), ErrorKind::Transient);
        assert_eq!(
            kind_of("ClientException", "The role cannot be assumed", Some(400)),
            ErrorKind::NotYetPropagated
        );
    }
}
