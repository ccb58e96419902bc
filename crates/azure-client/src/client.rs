//! Requests as one identity, with a token for one audience.

use std::sync::Arc;

use azure_core::credentials::TokenCredential;
use azure_core::http::policies::Policy;
use azure_core::http::{
    ClientOptions, Context, Pipeline, PipelineSendOptions, Request, RetryOptions,
};
use serde_json::Value as Json;

use crate::answer::Answer;
use crate::policies::{Bearer, Encrypted};
use crate::transport::transport;

/// Sends requests with a token. Clear text is for this machine alone.
#[derive(Debug)]
pub struct Client(Pipeline);

impl Client {
    /// Requests with tokens of this credential for this scope. Each passes these policies before it gets its token.
    pub fn new(
        credential: Arc<dyn TokenCredential>,
        scope: String,
        policies: Vec<Arc<dyn Policy>>,
        retry: RetryOptions,
    ) -> azure_core::Result<Self> {
        let first: Arc<dyn Policy> = Arc::new(Encrypted);
        let last: Arc<dyn Policy> = Arc::new(Bearer { credential, scope });
        let policies = [first].into_iter().chain(policies).chain([last]).collect();
        let options = ClientOptions {
            transport: Some(transport()?),
            retry,
            ..Default::default()
        };
        let version = option_env!("CARGO_PKG_VERSION");
        Ok(Self(Pipeline::new(
            Some("stack"),
            version,
            options,
            policies,
            Vec::new(),
            None,
        )))
    }

    /// Sends a request. Whatever the status is, it is an answer: what it means is known where the service is.
    pub async fn send(&self, mut request: Request) -> azure_core::Result<Answer> {
        let unchecked = PipelineSendOptions {
            skip_checks: true,
            ..Default::default()
        };
        let context = Context::default();
        let sent = self.0.send(&context, &mut request, Some(unchecked));
        let (status, headers, body) = sent.await?.deconstruct();
        Ok(Answer {
            status: status.into(),
            body: serde_json::from_slice(&body).unwrap_or(Json::Null),
            headers,
        })
    }
}
