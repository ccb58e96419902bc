//! From a URL and the surroundings to a store.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, S3ConditionalPut};
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::{GcpCredential, GoogleCloudStorageBuilder};
use object_store::path::Path;
use object_store::{
    BackoffConfig, ClientOptions, ObjectStore, RetryConfig, StaticCredentialProvider,
};
use stack_http::is_loopback;
use url::Url;

use super::ObjectBackend;
use super::http::Connector;
use crate::url::{OpenError, Variables};

/// What the environment may say of S3, besides the endpoint.
const S3: [&str; 11] = [
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
];

/// What the environment may say of Azure Blob Storage.
const AZURE: [&str; 9] = [
    "AZURE_STORAGE_ACCOUNT_KEY",
    "AZURE_STORAGE_SAS_TOKEN",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_TENANT_ID",
    "AZURE_AUTHORITY_HOST",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_USE_AZURE_CLI",
    "AZURE_IDENTITY_ENDPOINT",
];

/// What the environment may say of Google Cloud Storage.
const GOOGLE: [&str; 3] = [
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_SERVICE_ACCOUNT",
    "GOOGLE_SERVICE_ACCOUNT_KEY",
];

/// The schemes that lead to object stores.
pub(crate) const SCHEMES: [&str; 3] = ["s3", "az", "gs"];

/// Opens what a URL of one of [`SCHEMES`] names, with `below` under its prefix. Nothing is read yet.
pub(crate) fn open(
    text: &str,
    below: &[&str],
    variables: &Variables,
) -> Result<ObjectBackend, OpenError> {
    let place = Place::parse(text)?;
    let unusable = |source| OpenError::Store {
        url: text.into(),
        source,
    };
    let store = match place.scheme.as_str() {
        "s3" => s3(&place, variables)?.map_err(unusable)?,
        "az" => azure(&place, variables)?.map_err(unusable)?,
        _ => google(&place, variables)?.map_err(unusable)?,
    };
    let prefix = place.prefix.iter().map(String::as_str);
    let prefix = prefix.chain(below.iter().copied());
    let prefix = Path::from_iter(prefix);
    let place = format!("{}://{}/{prefix}", place.scheme, place.root());
    Ok(ObjectBackend::new(store, prefix, place))
}

/// What a URL says.
struct Place {
    url: String,
    scheme: String,
    /// The bucket, or the account.
    host: String,
    /// The container, for Azure.
    container: Option<String>,
    prefix: Vec<String>,
    options: BTreeMap<String, String>,
}

impl Place {
    fn parse(text: &str) -> Result<Self, OpenError> {
        let wrong = |reason: &str| OpenError::Place {
            url: text.into(),
            reason: reason.into(),
        };
        let url = Url::parse(text).map_err(|error| wrong(&error.to_string()))?;
        if url.username() != "" || url.password().is_some() {
            return Err(wrong(
                "credentials do not belong in a URL: set them in the environment",
            ));
        }
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or_else(|| wrong("it names no bucket or account"))?;
        if url.port().is_some() || url.fragment().is_some() {
            return Err(wrong("a port or fragment means nothing there"));
        }
        let path = Path::from_url_path(url.path()).map_err(|error| wrong(&error.to_string()))?;
        let mut prefix: Vec<String> = path.parts().map(|part| part.as_ref().to_owned()).collect();
        let container = match url.scheme() {
            "az" if prefix.is_empty() => {
                return Err(wrong(
                    "it names no container: write az://account/container/prefix",
                ));
            }
            "az" => Some(prefix.remove(0)),
            _ => None,
        };
        let known: &[&str] = match url.scheme() {
            "s3" => &["region", "endpoint"],
            _ => &["endpoint"],
        };
        let mut options = BTreeMap::new();
        for (key, value) in url.query_pairs() {
            if !known.contains(&key.as_ref()) {
                let known = known.join(" and ");
                return Err(wrong(&format!(
                    "{key} is no option of it: it takes {known}"
                )));
            }
            options.insert(key.into_owned(), value.into_owned());
        }
        Ok(Self {
            url: text.to_owned(),
            scheme: url.scheme().to_owned(),
            host: host.to_owned(),
            container,
            prefix,
            options,
        })
    }

    fn root(&self) -> String {
        match &self.container {
            Some(container) => format!("{}/{container}", self.host),
            None => self.host.clone(),
        }
    }

    /// The endpoint that the URL or else a variable names, and whether it speaks clear text.
    fn endpoint(&self, fallback: Option<&str>) -> Result<Option<(String, bool)>, OpenError> {
        let given = self.options.get("endpoint").map(String::as_str);
        let Some(text) = given.or(fallback) else {
            return Ok(None);
        };
        let wrong = |reason: String| OpenError::Place {
            url: self.url.clone(),
            reason,
        };
        let endpoint = Url::parse(text)
            .map_err(|error| wrong(format!("its endpoint {text:?} is no URL: {error}")))?;
        let clear_text = match endpoint.scheme() {
            "https" => false,
            "http" if is_loopback(&endpoint) => true,
            "http" => {
                return Err(wrong(format!(
                    "its endpoint {text} speaks clear text, which is for this machine alone: use https://"
                )));
            }
            _ => return Err(wrong(format!("its endpoint {text} is not https://"))),
        };
        let endpoint = text.trim_end_matches('/').to_owned();
        Ok(Some((endpoint, clear_text)))
    }
}

type Built = Result<Arc<dyn ObjectStore>, object_store::Error>;

fn s3(place: &Place, variables: &Variables) -> Result<Built, OpenError> {
    let variable = |name: &str| variables.get(name).filter(|value| !value.is_empty());
    let named = variable("AWS_ENDPOINT_URL_S3").or_else(|| variable("AWS_ENDPOINT_URL"));
    let endpoint = place.endpoint(named.map(String::as_str))?;
    let mut builder = AmazonS3Builder::new();
    for name in S3 {
        if let (Some(value), Ok(key)) = (variable(name), name.to_ascii_lowercase().parse()) {
            builder = builder.with_config(key, value);
        }
    }
    if let Some(region) = place.options.get("region") {
        builder = builder.with_region(region);
    }
    let clear_text = endpoint.as_ref().is_some_and(|(_, clear_text)| *clear_text);
    if let Some((endpoint, _)) = endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    let built = builder
        .with_bucket_name(&place.host)
        .with_conditional_put(S3ConditionalPut::ETagMatch)
        .with_http_connector(Connector)
        .with_retry(retries())
        .with_client_options(ClientOptions::new().with_allow_http(clear_text))
        .build();
    Ok(built.map(|store| Arc::new(store) as _))
}

fn azure(place: &Place, variables: &Variables) -> Result<Built, OpenError> {
    let endpoint = place.endpoint(None)?;
    let mut builder = MicrosoftAzureBuilder::new();
    for name in AZURE {
        let value = variables.get(name).filter(|value| !value.is_empty());
        if let (Some(value), Ok(key)) = (value, name.to_ascii_lowercase().parse()) {
            builder = builder.with_config(key, value);
        }
    }
    let clear_text = endpoint.as_ref().is_some_and(|(_, clear_text)| *clear_text);
    if let Some((endpoint, _)) = endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    let built = builder
        .with_account(&place.host)
        .with_container_name(place.container.as_deref().unwrap_or_default())
        .with_http_connector(Connector)
        .with_retry(retries())
        .with_client_options(ClientOptions::new().with_allow_http(clear_text))
        .build();
    Ok(built.map(|store| Arc::new(store) as _))
}

fn google(place: &Place, variables: &Variables) -> Result<Built, OpenError> {
    let endpoint = place.endpoint(None)?;
    let clear_text = endpoint.as_ref().is_some_and(|(_, clear_text)| *clear_text);
    let mut builder = GoogleCloudStorageBuilder::new();
    for name in GOOGLE {
        // An emulator on this machine: a real credential is not for it.
        let value = variables
            .get(name)
            .filter(|value| !value.is_empty() && !clear_text);
        if let (Some(value), Ok(key)) = (value, name.to_ascii_lowercase().parse()) {
            builder = builder.with_config(key, value);
        }
    }
    if let Some((endpoint, _)) = endpoint {
        builder = builder.with_base_url(&endpoint);
    }
    if clear_text {
        let nobody = GcpCredential {
            bearer: String::new(),
        };
        builder = builder
            .with_credentials(Arc::new(StaticCredentialProvider::new(nobody)))
            .with_skip_signature(true);
    }
    let built = builder
        .with_bucket_name(&place.host)
        .with_http_connector(Connector)
        .with_retry(retries())
        .with_client_options(ClientOptions::new().with_allow_http(clear_text))
        .build();
    Ok(built.map(|store| Arc::new(store) as _))
}

/// The client's own retries. Few, because whoever asks it has patience, and looks before it repeats a write.
fn retries() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(2),
            base: 2.0,
        },
        max_retries: 2,
        retry_timeout: Duration::from_secs(10),
    }
}
