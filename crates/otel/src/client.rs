//! The HTTP client that the exporter sends with.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use stack_http::Towards;
use tokio::runtime::Runtime;

/// The longest that a collector may take for one batch, whatever else is waited for.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// Why a batch could not be sent, the first time that one could not.
#[derive(Debug, Clone, Default)]
pub(crate) struct Failure(Arc<Mutex<Option<String>>>);

impl Failure {
    fn note(&self, why: String) {
        if let Ok(mut first) = self.0.lock() {
            first.get_or_insert(why);
        }
    }

    /// Why, if something could not be sent.
    pub fn found(&self) -> Option<String> {
        self.0.lock().ok()?.clone()
    }
}

/// Sends with the same HTTP client as the rest of `stack`. The exporter has a thread of its own and blocks it, so that this
/// has a runtime of its own too: what a run does goes on meanwhile.
#[derive(Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    runtime: Mutex<Runtime>,
    failure: Failure,
}

impl Client {
    /// A client for one collector.
    pub fn new(towards: Towards, failure: Failure) -> Result<Self, HttpError> {
        let http = stack_http::client(towards)
            .connect_timeout(Duration::from_secs(3))
            .timeout(REQUEST_TIMEOUT);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        Ok(Self {
            http: http.build()?,
            runtime: Mutex::new(runtime),
            failure,
        })
    }

    async fn exchange(&self, request: Request<Bytes>) -> reqwest::Result<Response<Bytes>> {
        let answer = self.http.execute(request.try_into()?).await?;
        let status = answer.status();
        if !status.is_success() {
            self.failure.note(format!("it answered {status}"));
        }
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = status;
        *response.headers_mut() = answer.headers().clone();
        *response.body_mut() = answer.bytes().await?;
        Ok(response)
    }
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let runtime = self.runtime.lock().map_err(|error| error.to_string())?;
        let answered = runtime.block_on(self.exchange(request));
        // The URL is said with the warning, without what is secret in it.
        Ok(answered.map_err(|error| {
            let error = error.without_url();
            self.failure.note(words(&error));
            error
        })?)
    }
}

/// What is beneath all of an error's causes.
fn words(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(beneath) = last.source() {
        last = beneath;
    }
    last.to_string()
}
