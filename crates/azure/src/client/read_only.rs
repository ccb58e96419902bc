//! Planning only reads.

use std::sync::Arc;

use async_trait::async_trait;
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{Context, Method, Request};
use stack_azure_client::refused;

/// Refuses every request that may change something. A refusal here is a bug of ours, caught before anything leaves the
/// process.
#[derive(Debug)]
pub(crate) struct ReadOnly;

#[async_trait]
impl Policy for ReadOnly {
    async fn send(
        &self,
        context: &Context,
        request: &mut Request,
        next: &[Arc<dyn Policy>],
    ) -> PolicyResult {
        if only_reads(request.method(), request.url().path()) {
            return next[0].send(context, request, &next[1..]).await;
        }
        let (method, path) = (request.method(), request.url().path());
        Err(refused(format!(
            "{method} {path} may change something, and planning only reads"
        )))
    }
}

/// Reads are GET and HEAD, and the actions that Azure calls `list…` and `check…` (`listKeys`, `checkNameAvailability`) or,
/// of Log Analytics, `sharedKeys`: POSTs because their answers hold secrets or their questions are long.
fn only_reads(method: Method, path: &str) -> bool {
    let action = path.rsplit('/').next().unwrap_or_default();
    match method {
        Method::Get | Method::Head => true,
        Method::Post => {
            action.starts_with("list") || action.starts_with("check") || action == "sharedKeys"
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_are_told_from_writes() {
        let account =
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a";
        assert!(only_reads(Method::Get, account));
        assert!(only_reads(Method::Post, &format!("{account}/listKeys")));
        assert!(!only_reads(
            Method::Post,
            &format!("{account}/regenerateKey")
        ));
        assert!(!only_reads(Method::Put, account));
        assert!(!only_reads(Method::Patch, account));
        assert!(!only_reads(Method::Delete, account));
    }
}
