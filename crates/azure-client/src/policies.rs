//! What every request passes: clear text is for this machine alone, and the token is put on.

use std::sync::Arc;

use async_trait::async_trait;
use azure_core::credentials::TokenCredential;
use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::AUTHORIZATION;
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{Context, Request, Url};
use stack_http::is_loopback;

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
pub fn is_encrypted_or_loopback(url: &Url) -> bool {
    url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url))
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

/// The error of a policy that does not let a request pass.
pub fn refused(message: String) -> Error {
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
}
