//! From Azure's errors to ours.

use azure_core::error::ErrorKind as CoreKind;
use azure_core::http::Method;
use serde_json::Value as Json;
use stack_azure_client::{Answer, SIGN_IN, Said, words};
use stack_provider::{Error, ErrorKind};

use crate::arm::ResourceId;

/// A call as Azure's roles name it: `Microsoft.Network/virtualNetworks/write`.
pub(super) fn action(method: Method, path: &str) -> String {
    let verb = match method {
        Method::Get | Method::Head => "read",
        Method::Delete => "delete",
        Method::Post => "action",
        _ => "write",
    };
    let path = path.split('?').next().unwrap_or_default();
    let (of, name) = match method {
        Method::Post => path.rsplit_once('/').unwrap_or((path, "")),
        _ => (path, ""),
    };
    let kind = ResourceId::parse(of).map_or_else(|_| of.to_owned(), |id| id.kind());
    if name.is_empty() {
        format!("{kind}/{verb}")
    } else {
        format!("{kind}/{name}/{verb}")
    }
}

/// No answer came, or none was asked for.
pub(super) fn unanswered(error: &azure_core::Error, action: String) -> Error {
    let kind = match error.kind() {
        CoreKind::Credential => ErrorKind::Credentials,
        CoreKind::Io | CoreKind::Connection | CoreKind::HttpResponse { .. } => ErrorKind::Transient,
        _ => ErrorKind::Other,
    };
    let error = Error::new(kind, words(error)).operation(action);
    match kind {
        ErrorKind::Credentials => error.hint(SIGN_IN),
        _ => error,
    }
}

/// Azure said no.
pub(super) fn refused(answer: &Answer, action: String) -> Error {
    let said = Said::of(&answer.body);
    let kind = kind(said, answer.status);
    let message = match (said.message(), said.code()) {
        ("", "") => format!("the answer was the HTTP status {}", answer.status),
        ("", code) => code.to_owned(),
        (message, _) => message.to_owned(),
    };
    Error {
        code: Some(said.code().to_owned()).filter(|code| !code.is_empty()),
        request_id: answer.request_id().map(str::to_owned),
        retry_after: answer.retry_after(),
        hint: hint(kind, said.code(), &action),
        ..Error::new(kind, message).operation(action)
    }
}

/// An operation that was accepted and then failed: what its `error` says.
pub(crate) fn failed(error: &Json, action: &str) -> Error {
    let said = Said::of(error);
    let kind = match kind(said, 0) {
        // A wrong request that was found out late is a failure as well; what may pass is worth another try.
        kind if kind.is_retryable() => kind,
        ErrorKind::Quota => ErrorKind::Quota,
        _ => ErrorKind::Failed,
    };
    let message = match said.message() {
        "" => "the operation failed, and Azure gives no reason".to_owned(),
        message => message.to_owned(),
    };
    Error {
        code: Some(said.code().to_owned()).filter(|code| !code.is_empty()),
        hint: hint(kind, said.code(), action),
        ..Error::new(kind, message).operation(action)
    }
}

fn hint(kind: ErrorKind, code: &str, action: &str) -> Option<String> {
    let text = match (kind, code) {
        (_, "RequestDisallowedByPolicy") => {
            "an Azure Policy of the subscription forbids it; ask who keeps that policy".to_owned()
        }
        (_, "MissingSubscriptionRegistration") => {
            let namespace = action.split('/').next().unwrap_or_default();
            format!(
                "register the resource provider once: `az provider register --namespace {namespace}`"
            )
        }
        (ErrorKind::Denied, _) => format!("allow {action} to the identity that runs this"),
        (ErrorKind::Credentials, _) => SIGN_IN.to_owned(),
        (ErrorKind::Quota, _) => {
            "ask Azure for a higher quota, or remove what is no longer needed".to_owned()
        }
        _ => return None,
    };
    Some(text)
}

/// What the code means, by the service's documentation and by what users of other tools have met; then what the
/// status means, by the ARM RPC.
fn kind(said: Said<'_>, status: u16) -> ErrorKind {
    let code = said.code();
    match code {
        "TooManyRequests" | "SubscriptionRequestsThrottled" | "ResourceRequestsThrottled" => {
            ErrorKind::Throttled
        }
        // Of a Postgres server when its children change in parallel.
        "ServerBusy"
        | "ServerIsBusy"
        | "Conflict"
        | "OperationInProgress"
        | "AnotherOperationInProgress"
        | "RetryableError"
        | "ResourceGroupBeingDeleted"
        | "CannotDeleteResource"
        | "ParentResourceBusy" => ErrorKind::Conflict,
        "StorageAccountAlreadyTaken"
        | "StorageAccountAlreadyExists"
        | "AlreadyInUse"
        | "VaultAlreadyExists"
        | "ServerNameAlreadyExists"
        | "RoleAssignmentExists"
        | "ResourceAlreadyExists"
        | "NameNotAvailable"
        | "ConflictError" => ErrorKind::AlreadyExists,
        "PrincipalNotFound" | "ForbiddenByRbac" => ErrorKind::NotYetPropagated,
        // A management lock: it is there until somebody takes it away.
        "SkuNotAvailable" | "LocationNotAvailableForResourceType" | "ScopeLocked" => {
            ErrorKind::Invalid
        }
        // Conflicts by their status that no waiting ends.
        _ if status == 409 && (code.ends_with("NotPermitted") || code.starts_with("Invalid")) => {
            ErrorKind::Invalid
        }
        _ if code.contains("Quota") || code.ends_with("LimitExceeded") => ErrorKind::Quota,
        _ if code.ends_with("InUse")
            || code.contains("InProgress")
            || code.ends_with("Busy")
            || code.ends_with("CannotBeDeleted") =>
        {
            ErrorKind::Conflict
        }
        _ if not_yet_felt(said) => ErrorKind::NotYetPropagated,
        _ => match status {
            401 => ErrorKind::Credentials,
            403 => ErrorKind::Denied,
            404 => ErrorKind::Gone,
            408 => ErrorKind::Transient,
            409 => ErrorKind::Conflict,
            412 => ErrorKind::AlreadyExists,
            429 => ErrorKind::Throttled,
            500.. => ErrorKind::Transient,
            _ => ErrorKind::Invalid,
        },
    }
}

/// Container Apps says it in words alone when an identity's role is not felt yet.
fn not_yet_felt(said: Said<'_>) -> bool {
    [
        "Unable to get value using Managed identity",
        "unable to pull image using Managed identity",
        "does not have secrets get permission",
    ]
    .iter()
    .any(|words| said.message().contains(words))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn codes_and_statuses_have_kinds() {
        let cases = [
            (404, "ResourceNotFound", ErrorKind::Gone),
            (404, "ResourceGroupNotFound", ErrorKind::Gone),
            (409, "AnotherOperationInProgress", ErrorKind::Conflict),
            (400, "InUseSubnetCannotBeDeleted", ErrorKind::Conflict),
            (409, "StorageAccountAlreadyTaken", ErrorKind::AlreadyExists),
            (400, "PrincipalNotFound", ErrorKind::NotYetPropagated),
            (403, "AuthorizationFailed", ErrorKind::Denied),
            (401, "ExpiredAuthenticationToken", ErrorKind::Credentials),
            (409, "SubscriptionQuotaExceeded", ErrorKind::Quota),
            (409, "PublicAccessNotPermitted", ErrorKind::Invalid),
            (409, "ScopeLocked", ErrorKind::Invalid),
            (409, "RoleAssignmentUpdateNotPermitted", ErrorKind::Invalid),
            (401, "InvalidAuthenticationToken", ErrorKind::Credentials),
            (429, "", ErrorKind::Throttled),
            (503, "", ErrorKind::Transient),
            (400, "InvalidRequestContent", ErrorKind::Invalid),
        ];
        for (status, code, kind) in cases {
            let body = json!({"error": {"code": code, "message": ""}});
            assert_eq!(
                super::kind(Said::of(&body), status),
                kind,
                "{status} {code}"
            );
        }
    }

    #[test]
    fn calls_are_named_as_roles_name_them() {
        let account =
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a";
        let of = |method, path: &str| action(method, path);
        assert_eq!(
            of(Method::Put, account),
            "Microsoft.Storage/storageAccounts/write"
        );
        assert_eq!(
            of(Method::Post, &format!("{account}/listKeys")),
            "Microsoft.Storage/storageAccounts/listKeys/action"
        );
        assert_eq!(
            of(Method::Delete, "/subscriptions/s/resourceGroups/g"),
            "Microsoft.Resources/subscriptions/resourceGroups/delete"
        );
    }
}
