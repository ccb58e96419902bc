//! How requests leave: through the same HTTP client as the rest of `stack`, so that there is one TLS stack in the binary.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::error::{Error, ErrorKind, Result, ResultExt};
use azure_core::http::headers::{HeaderName, HeaderValue, Headers};
use azure_core::http::{AsyncRawResponse, Body, HttpClient, Request, Transport};
use stack_http::Towards;

/// The longest that one request may be under way. Without a limit a lost answer would be waited for for ever.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// The way out, for requests and for the credentials alike.
pub(crate) fn transport() -> Result<Transport> {
    let client = stack_http::client(Towards::Anywhere)
        .connect_timeout(Duration::from_secs(5))
        .timeout(REQUEST_TIMEOUT)
        .build()
        .with_context(ErrorKind::Other, "the HTTP client cannot be made")?;
    Ok(Transport::new(Arc::new(Client(client))))
}

#[derive(Debug)]
struct Client(reqwest::Client);

#[async_trait]
impl HttpClient for Client {
    async fn execute_request(&self, request: &Request) -> Result<AsyncRawResponse> {
        let method = reqwest::Method::from_bytes(request.method().as_str().as_bytes())
            .with_context(ErrorKind::Other, "the method is not one of HTTP's")?;
        let mut call = self.0.request(method, request.url().clone());
        for (name, value) in request.headers().iter() {
            call = call.header(name.as_str(), value.as_str());
        }
        let Body::Bytes(body) = request.body().clone() else {
            return Err(Error::with_message(
                ErrorKind::Other,
                "streams are not sent by this client",
            ));
        };
        let answer = call.body(body).send().await.map_err(failed)?;
        let status = answer.status().as_u16().into();
        let mut headers = Headers::new();
        for (name, value) in answer.headers() {
            if let Ok(value) = value.to_str() {
                headers.insert(
                    HeaderName::from(name.as_str().to_owned()),
                    HeaderValue::from(value.to_owned()),
                );
            }
        }
        let body = answer.bytes().await.map_err(failed)?;
        Ok(AsyncRawResponse::from_bytes(status, headers, body))
    }
}

fn failed(error: reqwest::Error) -> Error {
    let kind = if error.is_connect() {
        ErrorKind::Connection
    } else {
        ErrorKind::Io
    };
    // The URL is said by whoever made the request.
    Error::with_error(kind, error.without_url(), "the request got no answer")
}
