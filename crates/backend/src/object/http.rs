//! The client that speaks to clouds: `reqwest`, which the rest of stack uses too, below `object_store`'s signing and
//! retries. `object_store` has a client of its own, on another release of `reqwest` and another TLS library.

use std::time::Duration;

use async_trait::async_trait;
use http_body_util::BodyExt;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse,
    HttpResponseBody, HttpService,
};
use object_store::{ClientConfigKey, ClientOptions};
use stack_http::Towards;

use super::trouble::NoMetadata;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(5);

/// How long a request may take, its answer included.
const REQUEST: Duration = Duration::from_secs(15);

/// The same two for the metadata service of a cloud's machines, which is either near or not there.
const METADATA: Duration = Duration::from_secs(2);

/// Where the metadata services of AWS, Azure and Google Cloud are.
const METADATA_HOSTS: [&str; 3] = [
    "169.254.169.254",
    "metadata.google.internal",
    "169.254.170.2",
];

/// Makes clients.
#[derive(Debug, Clone, Copy)]
pub(super) struct Connector;

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let allowed = options.get_config_value(&ClientConfigKey::AllowHttp);
        let clear_text = allowed.as_deref() == Some("true");
        // What may speak clear text is this machine, or its metadata service.
        let towards = match clear_text {
            true => Towards::ThisMachine,
            false => Towards::Anywhere,
        };
        let client = stack_http::client(towards)
            .https_only(!clear_text)
            .connect_timeout(CONNECT)
            .timeout(REQUEST)
            .build()
            .map_err(|error| object_store::Error::Generic {
                store: "HTTP client",
                source: Box::new(error),
            })?;
        Ok(HttpClient::new(Client(client)))
    }
}

#[derive(Debug)]
struct Client(reqwest::Client);

#[async_trait]
impl HttpService for Client {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let is_metadata = request
            .uri()
            .host()
            .is_some_and(|host| METADATA_HOSTS.contains(&host));
        let (parts, body) = request.into_parts();
        let url = parts
            .uri
            .to_string()
            .parse()
            .map_err(|error: url::ParseError| HttpError::new(HttpErrorKind::Unknown, error))?;
        let mut request = reqwest::Request::new(parts.method, url);
        *request.headers_mut() = parts.headers;
        *request.body_mut() = Some(body.collect().await?.to_bytes().into());
        if is_metadata {
            *request.timeout_mut() = Some(METADATA);
        }
        let response = match self.0.execute(request).await {
            Ok(response) => response,
            Err(error) if is_metadata && (error.is_connect() || error.is_timeout()) => {
                return Err(HttpError::new(HttpErrorKind::Unknown, NoMetadata));
            }
            Err(error) => return Err(failed(error)),
        };
        if is_metadata && !response.status().is_success() {
            return Err(HttpError::new(HttpErrorKind::Unknown, NoMetadata));
        }
        let response: http::Response<reqwest::Body> = response.into();
        let (parts, body) = response.into_parts();
        let body = HttpResponseBody::new(body.map_err(failed));
        Ok(HttpResponse::from_parts(parts, body))
    }
}

/// What kind of failure it was. A request that may have reached the store is never called unsent: what is unsent is
/// sent again without looking.
fn failed(error: reqwest::Error) -> HttpError {
    let kind = if error.is_connect() {
        HttpErrorKind::Connect
    } else if error.is_timeout() {
        HttpErrorKind::Timeout
    } else if error.is_decode() {
        HttpErrorKind::Decode
    } else {
        HttpErrorKind::Interrupted
    };
    // The error that it becomes part of names the URL, where that may be shown.
    HttpError::new(kind, error.without_url())
}
