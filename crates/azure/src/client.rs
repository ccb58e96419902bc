//! Azure Resource Manager: one subscription, as one identity.
//!
//! ```text
//! read_only  planning only reads
//! error      from Azure's errors to ours
//! ```

mod error;
mod read_only;

use std::sync::Arc;

use azure_core::credentials::TokenCredential;
use azure_core::http::policies::Policy;
use azure_core::http::{Method, Request, RetryOptions, Url};
use serde_json::Value as Json;
pub(crate) use stack_azure_client::Answer;
use stack_azure_client::{Chain, Client, Cloud, is_encrypted_or_loopback};
use stack_model::{Map, Value};
use stack_provider::trace::{self, Fact, Work};
use stack_provider::{Error, ErrorKind, Result};

use crate::arm::{ResourceId, Turns};
use crate::surroundings::Surroundings;
pub(crate) use error::failed;
use read_only::ReadOnly;

/// The API version of the subscriptions themselves.
const SUBSCRIPTIONS: &str = "2022-12-01";

/// What a connection may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Only what is known to change nothing.
    ReadOnly,
    /// Everything that the credentials allow.
    ReadWrite,
}

/// Where Azure is, and who we are there: given by whoever embeds the provider, instead of by the surroundings.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Azure Resource Manager's address.
    pub endpoint: String,
    /// The subscription's id.
    pub subscription_id: String,
    /// The region of what does not name one.
    pub location: Option<String>,
    /// Where tokens come from.
    pub credential: Arc<dyn TokenCredential>,
    /// What every request passes besides, after our own policies.
    pub policies: Vec<Arc<dyn Policy>>,
}

/// One subscription of Azure, as one identity.
pub struct Azure {
    endpoint: Url,
    subscription_id: String,
    location: Option<String>,
    client: Client,
    /// What can only be changed one at a time.
    pub(crate) turns: Turns,
}

impl Azure {
    /// Connects as the program's settings say (`subscription`, `location`, `tenant`, `cloud`), and as the surroundings
    /// say where they do not.
    pub(crate) async fn connect(
        surroundings: &Surroundings,
        settings: &Map,
        access: Access,
    ) -> Result<Self> {
        let text = |name: &str| match settings.get(name) {
            Some(Value::String(text)) => Some(text.clone()),
            _ => None,
        };
        let cloud = cloud(text("cloud").as_deref().unwrap_or("public"))?;
        let surroundings = surroundings.clone();
        let mut sign_in = surroundings.sign_in;
        sign_in.tenant_id = text("tenant").or(sign_in.tenant_id);
        let endpoint = surroundings.endpoint.as_deref();
        let endpoint = parse_endpoint(endpoint.unwrap_or(cloud.management()))?;
        let credential = Chain::of(&sign_in, cloud)
            .map_err(|error| Error::new(ErrorKind::Credentials, error.to_string()))?;
        let location = text("location").or(surroundings.location);
        let scope = format!("{}/.default", cloud.management());
        let mut azure = Self::new(
            endpoint,
            String::new(),
            location,
            Arc::new(credential),
            scope,
            access,
            &[],
        )?;
        azure.subscription_id = match text("subscription").or(surroundings.subscription_id) {
            Some(id) => id,
            None => azure.only_subscription().await?,
        };
        Ok(azure)
    }

    /// Connects as told.
    pub(crate) fn on(connection: &Connection, settings: &Map, access: Access) -> Result<Self> {
        let location = match settings.get("location") {
            Some(Value::String(text)) => Some(text.clone()),
            _ => connection.location.clone(),
        };
        Self::new(
            parse_endpoint(&connection.endpoint)?,
            connection.subscription_id.clone(),
            location,
            connection.credential.clone(),
            format!("{}/.default", Cloud::Public.management()),
            access,
            &connection.policies,
        )
    }

    fn new(
        endpoint: Url,
        subscription_id: String,
        location: Option<String>,
        credential: Arc<dyn TokenCredential>,
        scope: String,
        access: Access,
        further: &[Arc<dyn Policy>],
    ) -> Result<Self> {
        let mut policies: Vec<Arc<dyn Policy>> = match access {
            Access::ReadOnly => vec![Arc::new(ReadOnly)],
            Access::ReadWrite => Vec::new(),
        };
        policies.extend_from_slice(further);
        // The engine retries: it knows the deadline, tells the person, and looks for what a lost answer may have made
        // before it sends a create again.
        let client = Client::new(credential, scope, policies, RetryOptions::none());
        Ok(Self {
            endpoint,
            subscription_id,
            location,
            client: client.map_err(|error| Error::new(ErrorKind::Other, error.to_string()))?,
            turns: Turns::default(),
        })
    }

    /// The subscription that it works in.
    pub(crate) fn subscription(&self) -> ResourceId {
        ResourceId::subscription(&self.subscription_id)
    }

    /// The region of what does not name one.
    pub(crate) fn location(&self) -> Result<&str> {
        self.location.as_deref().ok_or_else(|| {
            Error::new(ErrorKind::Invalid, "no location is set")
                .hint("set `location` on it or in the program's provider configuration, or AZURE_LOCATION")
        })
    }

    /// The one subscription that the identity sees; several are for a person to choose from.
    async fn only_subscription(&self) -> Result<String> {
        let seen = self.list("/subscriptions", SUBSCRIPTIONS).await?;
        let id = |subscription: &Json| subscription["subscriptionId"].as_str().map(str::to_owned);
        match seen.as_slice() {
            [one] => id(one).ok_or_else(|| {
                Error::new(ErrorKind::Other, "the subscription has no id")
                    .operation("Microsoft.Resources/subscriptions/read")
            }),
            [] => Err(
                Error::new(ErrorKind::Denied, "the identity sees no subscription")
                    .hint("give it a role in one, or set AZURE_SUBSCRIPTION_ID"),
            ),
            several => {
                let lines = several.iter().map(|one| {
                    format!(
                        "{} ({})",
                        one["subscriptionId"].as_str().unwrap_or("?"),
                        one["displayName"].as_str().unwrap_or("?")
                    )
                });
                let lines: Vec<_> = lines.collect();
                let message = format!(
                    "the identity sees {} subscriptions: {}",
                    lines.len(),
                    lines.join(", ")
                );
                Err(Error::new(ErrorKind::Invalid, message)
                    .hint("set AZURE_SUBSCRIPTION_ID, or `subscription` in the program's provider configuration"))
            }
        }
    }

    /// The tenant that the subscription trusts.
    pub(crate) async fn tenant(&self) -> Result<String> {
        let about = self.about_subscription().await?;
        let tenant = about["tenantId"].as_str().map(str::to_owned);
        tenant.ok_or_else(|| Error::new(ErrorKind::Other, "the subscription names no tenant"))
    }

    /// What Azure says of the subscription; an error when it is not there or we may not see it.
    pub(crate) async fn about_subscription(&self) -> Result<Json> {
        let subscription = self.subscription();
        self.send(Method::Get, subscription.as_str(), SUBSCRIPTIONS)
            .await
            .map(|answer| answer.body)
            .map_err(|error| match error.kind {
                ErrorKind::Gone => Error {
                    kind: ErrorKind::Denied,
                    ..error
                        .hint("check AZURE_SUBSCRIPTION_ID, and that the identity has a role there")
                },
                _ => error,
            })
    }

    /// Calls a path of the management API without a body.
    pub(crate) async fn send(&self, method: Method, path: &str, version: &str) -> Result<Answer> {
        self.call(Call::new(method, path, version)).await
    }

    /// All items of a list, from all of its pages.
    pub(crate) async fn list(&self, path: &str, version: &str) -> Result<Vec<Json>> {
        let action = error::action(Method::Get, path);
        let mut page = self.send(Method::Get, path, version).await?.body;
        let mut items = Vec::new();
        loop {
            if let Some(Json::Array(more)) = page.get_mut("value").map(Json::take) {
                items.extend(more);
            }
            match page["nextLink"].as_str().filter(|next| !next.is_empty()) {
                Some(next) => page = self.poll(next, &action).await?.body,
                None => return Ok(items),
            }
        }
    }

    /// Makes a call.
    pub(crate) async fn call(&self, call: Call<'_>) -> Result<Answer> {
        let url = self.url(call.path, call.version);
        let mut request = Request::new(url, call.method);
        request.insert_header("accept", "application/json");
        for (name, value) in &call.headers {
            request.insert_header(*name, value.clone());
        }
        if let Some(body) = call.body {
            request.insert_header("content-type", "application/json");
            request.set_body(body.to_string());
        }
        self.exchange(request, &error::action(call.method, call.path))
            .await
    }

    /// Asks an address that Azure gave us: that of an operation, of a list's next page. Tokens go nowhere but to Azure.
    pub(crate) async fn poll(&self, address: &str, action: &str) -> Result<Answer> {
        let url = Url::parse(address)
            .ok()
            .filter(|url| self.is_azure(url))
            .ok_or_else(|| {
                let message =
                    format!("Azure's answer names an address that is not at Azure: {address}");
                Error::new(ErrorKind::Other, message).operation(action)
            })?;
        self.exchange(Request::new(url, Method::Get), action).await
    }

    /// Whether a URL leads to the management API that we talk to, or to one of its regions.
    fn is_azure(&self, url: &Url) -> bool {
        let (ours, theirs) = (&self.endpoint, url);
        let host = |url: &Url| url.host_str().unwrap_or_default().to_ascii_lowercase();
        ours.scheme() == theirs.scheme()
            && ours.port_or_known_default() == theirs.port_or_known_default()
            && (host(theirs) == host(ours) || host(theirs).ends_with(&format!(".{}", host(ours))))
    }

    fn url(&self, path: &str, version: &str) -> Url {
        let mut url = self.endpoint.clone();
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        url.set_path(path);
        url.set_query((!query.is_empty()).then_some(query));
        url.query_pairs_mut().append_pair("api-version", version);
        url
    }

    async fn exchange(&self, request: Request, action: &str) -> Result<Answer> {
        let call = Work::Call {
            cloud: "azure",
            service: action.split('/').next().unwrap_or_default(),
            operation: action,
            region: None,
            retry: 0,
        };
        let sent = async {
            let sent = self.client.send(request).await;
            let answer = sent.map_err(|error| error::unanswered(&error, action.to_owned()))?;
            trace::learn(Fact::Answer {
                status: answer.status,
                request: answer.request_id(),
            });
            match answer.status {
                200..300 => Ok(answer),
                _ => Err(error::refused(&answer, action.to_owned())),
            }
        };
        trace::attempt(call, sent).await
    }
}

/// One call of the management API.
pub(crate) struct Call<'a> {
    method: Method,
    path: &'a str,
    version: &'a str,
    body: Option<&'a Json>,
    headers: Vec<(&'static str, String)>,
}

impl<'a> Call<'a> {
    /// A call without a body.
    pub fn new(method: Method, path: &'a str, version: &'a str) -> Self {
        Self {
            method,
            path,
            version,
            body: None,
            headers: Vec::new(),
        }
    }

    /// With this body.
    pub fn body(mut self, body: &'a Json) -> Self {
        self.body = Some(body);
        self
    }

    /// With a header.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

fn parse_endpoint(endpoint: &str) -> Result<Url> {
    let refuse = |why: &str| {
        Error::new(ErrorKind::Invalid, format!("the endpoint {endpoint} {why}"))
            .hint("use an https endpoint, or an emulator on 127.0.0.1")
    };
    let url = Url::parse(endpoint).map_err(|_| refuse("is not a URL"))?;
    if is_encrypted_or_loopback(&url) {
        Ok(url)
    } else {
        Err(refuse("is not encrypted, and is not this machine"))
    }
}

/// The cloud that a provider configuration names.
fn cloud(name: &str) -> Result<Cloud> {
    match name {
        "public" => Ok(Cloud::Public),
        "usgovernment" => Ok(Cloud::UsGovernment),
        "china" => Ok(Cloud::China),
        _ => Err(
            Error::new(ErrorKind::Invalid, format!("there is no cloud {name:?}"))
                .hint("use `public`, `usgovernment` or `china`"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use azure_core::credentials::{AccessToken, TokenRequestOptions};

    use super::*;

    #[derive(Debug)]
    struct Nobody;

    #[async_trait::async_trait]
    impl TokenCredential for Nobody {
        async fn get_token(
            &self,
            _: &[&str],
            _: Option<TokenRequestOptions<'_>>,
        ) -> azure_core::Result<AccessToken> {
            unreachable!("nothing is sent")
        }
    }

    fn azure(endpoint: &str) -> Result<Azure> {
        let connection = Connection {
            endpoint: endpoint.to_owned(),
            subscription_id: "s".to_owned(),
            location: None,
            credential: Arc::new(Nobody),
            policies: Vec::new(),
        };
        Azure::on(&connection, &Map::new(), Access::ReadWrite)
    }

    #[test]
    fn tokens_go_to_azure_alone() {
        let azure = azure("https://management.azure.com").unwrap();
        let may = |url: &str| azure.is_azure(&Url::parse(url).unwrap());
        assert!(may(
            "https://management.azure.com/subscriptions/s/operations/o"
        ));
        assert!(may("https://westeurope.management.azure.com/operations/o"));
        assert!(may("https://MANAGEMENT.azure.com:443/operations/o"));
        assert!(!may("http://management.azure.com/operations/o"));
        assert!(!may(
            "https://management.azure.com.example.com/operations/o"
        ));
        assert!(!may("https://evilmanagement.azure.com/operations/o"));
        assert!(!may("https://management.azure.com:8443/operations/o"));
        assert!(!may(
            "https://management.azure.com@example.com/operations/o"
        ));
    }

    #[test]
    fn an_endpoint_is_encrypted_or_this_machine() {
        assert!(azure("http://127.0.0.1:5000").is_ok());
        for endpoint in ["http://10.0.0.1", "management.azure.com", "ftp://127.0.0.1"] {
            assert!(azure(endpoint).is_err(), "{endpoint}");
        }
    }

    #[test]
    fn a_clouds_name_is_one_of_three() {
        for name in ["public", "usgovernment", "china"] {
            assert!(cloud(name).is_ok());
        }
        assert!(cloud("moon").is_err());
    }
}
