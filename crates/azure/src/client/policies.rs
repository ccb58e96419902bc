//! What every request passes: clear text is for this machine alone, planning only reads, and the token is put on.

use std::sync::Arc;

use async_trait::async_trait;
use azure_core::credentials::TokenCredential;
use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::AUTHORIZATION;
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{Context, Method, Request, Url};

/// Refuses to send anything in clear text to another machine: tokens and secrets go over the wire.
#[derive(Debug)]
pub(crate) struct Encrypted;

#[async_trait]
impl Policy for Encrypted {
    async fn send(
        &self,
        context: &Context,
        request: &mut Request,
        next: &[Arc<dyn Policy>],
    ) -> PolicyResult {
        if is_encrypted_or_loopback(request.url()) {
            return next[0].send(context, request, &next[1..]).await;
        }
        Err(refused(format!(
            "the endpoint {} is not encrypted, and it is not this machine",
            request.url().origin().ascii_serialization()
        )))
    }
}

/// Whether a URL may be called at all.
pub(crate) fn is_encrypted_or_loopback(url: &Url) -> bool {
    url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url))
}

/// Whether a URL leads to this machine, as it is written: a name that only resolves to it does not count.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

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

/// Puts the token on. The SDK's own policy refuses emulators on this machine, which speak http.
#[derive(Debug)]
pub(crate) struct Bearer {
    /// Where tokens come from. It keeps them until shortly before they expire, so each request asks it.
    pub credential: Arc<dyn TokenCredential>,
    /// What the token is for.
    pub scope: String,
}

#[async_trait]
impl Policy for Bearer {
    async fn send(
        &self,
        context: &Context,
        request: &mut Request,
        next: &[Arc<dyn Policy>],
    ) -> PolicyResult {
        let token = self.credential.get_token(&[&self.scope], None).await?;
        request.insert_header(AUTHORIZATION, format!("Bearer {}", token.token.secret()));
        next[0].send(context, request, &next[1..]).await
    }
}

fn refused(message: String) -> Error {
    Error::with_message(ErrorKind::Other, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clear_text_is_for_this_machine_alone() {
        let may = |url: &str| is_encrypted_or_loopback(&Url::parse(url).unwrap());
        assert!(may("https://management.azure.com/"));
        assert!(may("http://127.0.0.1:5000/"));
        assert!(may("http://[::1]:5000/"));
        assert!(may("http://localhost:5000/"));
        assert!(!may("http://management.azure.com/"));
        assert!(!may("http://127.0.0.1.example.com/"));
        assert!(!may("http://10.0.0.1/"));
        assert!(!may("ftp://127.0.0.1/"));
    }

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
