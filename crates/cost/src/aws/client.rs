//! The API's client. A question is signed, and needs the action `pricing:GetProducts`.

use async_trait::async_trait;
use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region};
use aws_sdk_pricing::Client;
use aws_sdk_pricing::config::Credentials;
use aws_sdk_pricing::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_pricing::types::{Filter, FilterType};
use tokio::sync::OnceCell;

use super::offers;
use crate::address::address;
use crate::error::{Error, Result};
use crate::query::{List, Offer, Prices, Query};

/// The list is in few regions, and the same in each: <https://docs.aws.amazon.com/general/latest/gr/billing.html>.
const REGION: &str = "us-east-1";

/// The most pages of an answer, of up to 100 products each.
const PAGES: usize = 20;

/// The list, as whoever the SDK's own rules for credentials say.
pub struct PriceList {
    endpoint: Option<String>,
    credentials: Option<Credentials>,
    client: OnceCell<Client>,
}

impl PriceList {
    /// The list, at another address where one is given. Nothing is asked yet, and nobody looked for credentials.
    pub fn new(endpoint: Option<&str>) -> Result<Self> {
        if let Some(text) = endpoint {
            address(List::Aws, text)?;
        }
        Ok(Self {
            endpoint: endpoint.map(str::to_owned),
            credentials: None,
            client: OnceCell::new(),
        })
    }

    /// The same as whoever these credentials say. For tests and embedding.
    pub fn signed_by(self, credentials: Credentials) -> Self {
        Self {
            credentials: Some(credentials),
            ..self
        }
    }

    async fn client(&self) -> &Client {
        let client = || async {
            let mut loader = aws_config::defaults(BehaviorVersion::latest())
                .region(Region::from_static(REGION))
                .retry_config(RetryConfig::standard().with_max_attempts(2));
            if let Some(endpoint) = &self.endpoint {
                loader = loader.endpoint_url(endpoint);
            }
            if let Some(credentials) = &self.credentials {
                loader = loader.credentials_provider(credentials.clone());
            }
            Client::new(&loader.load().await)
        };
        self.client.get_or_init(client).await
    }

    fn host(&self) -> String {
        let own = || format!("https://api.pricing.{REGION}.amazonaws.com");
        self.endpoint.clone().unwrap_or_else(own)
    }
}

#[async_trait]
impl Prices for PriceList {
    async fn offers(&self, query: &Query) -> Result<Vec<Offer>> {
        let list = List::Aws;
        let filter = |(field, value): (&String, &String)| {
            let filter = Filter::builder().field(field).value(value);
            // What is built lacks nothing that it needs.
            filter.r#type(FilterType::TermMatch).build().ok()
        };
        let filters: Vec<Filter> = query.filters.iter().filter_map(filter).collect();
        let client = self.client().await;
        let mut found = Vec::new();
        let mut next = None;
        for _ in 0..PAGES {
            let request = client
                .get_products()
                .service_code(&query.service)
                .format_version("aws_v1")
                .set_filters(Some(filters.clone()))
                .set_next_token(next);
            let answer = request.send().await.map_err(|error| match &error {
                SdkError::ServiceError(refused) => {
                    let (code, message) = (refused.err().code(), refused.err().message());
                    Error::Refused {
                        list,
                        status: code.unwrap_or("an error").to_owned(),
                        message: message.unwrap_or("no reason is given").to_owned(),
                    }
                }
                _ => Error::NoAnswer {
                    list,
                    host: self.host(),
                    source: DisplayErrorContext(&error).to_string().into(),
                },
            })?;
            for product in answer.price_list() {
                found.extend(offers(product)?);
            }
            next = answer
                .next_token()
                .filter(|token| !token.is_empty())
                .map(str::to_owned);
            if next.is_none() {
                return Ok(found);
            }
        }
        Err(Error::Endless { list })
    }
}
