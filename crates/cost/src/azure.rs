//! Azure's Retail Prices API, which takes no sign-in:
//! <https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices>.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value as Json;
use stack_http::Towards;
use stack_review::money::Price;
use url::Url;

use crate::address::address;
use crate::error::{Error, Result};
use crate::query::{List, Offer, Prices, Query};

/// Where the list is.
pub const ADDRESS: &str = "https://prices.azure.com";

/// The newest version. Its filters tell upper from lower case.
const VERSION: &str = "2023-01-01-preview";

/// The most pages of an answer, of up to 1000 items each. No service has so many in a region.
const PAGES: usize = 20;

/// The list at an address.
pub struct RetailPrices {
    http: reqwest::Client,
    address: Url,
}

impl RetailPrices {
    /// The list at an address; nothing is asked yet.
    pub fn new(at: &str) -> Result<Self> {
        let address = address(List::Azure, at)?;
        let http = stack_http::client(Towards::address(&address));
        let http = http.connect_timeout(Duration::from_secs(5));
        let http = http.build().map_err(Error::Client)?;
        Ok(Self { http, address })
    }

    /// A page, by its query.
    async fn page(&self, query: &str) -> Result<Json> {
        let list = List::Azure;
        let mut page = self.address.clone();
        page.set_path("/api/retail/prices");
        page.set_query(Some(query));
        let lost = |error: reqwest::Error| Error::NoAnswer {
            list,
            host: self.address.origin().ascii_serialization(),
            source: error.without_url().into(),
        };
        let answer = self.http.get(page).send().await.map_err(lost)?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(lost)?;
        let json: Json = serde_json::from_slice(&body).unwrap_or_default();
        if !status.is_success() {
            let said = &json["Error"]["Message"];
            let said = said.as_str().or(json["error"]["message"].as_str());
            return Err(Error::Refused {
                list,
                status: status.as_u16().to_string(),
                message: said.unwrap_or("no reason is given").to_owned(),
            });
        }
        Ok(json)
    }
}

#[async_trait]
impl Prices for RetailPrices {
    async fn offers(&self, query: &Query) -> Result<Vec<Offer>> {
        let mut items = Vec::new();
        let mut next = Some(question(query));
        for _ in 0..PAGES {
            let Some(asked) = next else {
                return Ok(offers(&items));
            };
            let mut page = self.page(&asked).await?;
            let Json::Array(more) = page["Items"].take() else {
                return Err(Error::Answer {
                    list: List::Azure,
                    missing: "Items",
                });
            };
            items.extend(more);
            // An answer says how to go on, not where.
            let link = page["NextPageLink"].as_str();
            let link = link.and_then(|link| Url::parse(link).ok());
            next = link.and_then(|link| link.query().map(str::to_owned));
        }
        match next {
            None => Ok(offers(&items)),
            Some(_) => Err(Error::Endless { list: List::Azure }),
        }
    }
}

/// A question in the API's words.
fn question(query: &Query) -> String {
    let quoted = |text: &str| text.replace('\'', "''");
    let mut filter = format!(
        "serviceName eq '{}' and priceType eq 'Consumption'",
        quoted(&query.service)
    );
    for (name, value) in &query.filters {
        filter.push_str(&format!(" and {name} eq '{}'", quoted(value)));
    }
    url::form_urlencoded::Serializer::new(String::new())
        .append_pair("api-version", VERSION)
        .append_pair("currencyCode", "'USD'")
        .append_pair("$filter", &filter)
        .finish()
}

/// The attributes that tell offers apart.
const ATTRIBUTES: &[&str] = &[
    "armRegionName",
    "armSkuName",
    "meterName",
    "productName",
    "skuName",
];

/// The offers of an answer. Each tier of a price is an item of its own there.
fn offers(items: &[Json]) -> Vec<Offer> {
    let consumption = |item: &&Json| item["type"] == "Consumption" && item["currencyCode"] == "USD";
    let items: Vec<&Json> = items.iter().filter(consumption).collect();
    // The same meter may be named in other regions, too.
    let is_primary = |item: &&&Json| item["isPrimaryMeterRegion"] != false;
    let primary: Vec<&&Json> = items.iter().filter(is_primary).collect();
    let chosen = match primary.is_empty() {
        true => items.iter().collect(),
        false => primary,
    };
    let mut tiers: BTreeMap<Key, Vec<(f64, Price)>> = BTreeMap::new();
    for item in chosen {
        let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
        let attributes = ATTRIBUTES
            .iter()
            .map(|name| ((*name).to_owned(), text(name)));
        let key = Key {
            meter: text("meterId"),
            attributes: attributes.collect(),
            unit: text("unitOfMeasure"),
        };
        let from = item["tierMinimumUnits"].as_f64().unwrap_or_default();
        // The shortest decimal that is this binary fraction is what Azure wrote.
        let price = item["retailPrice"].as_f64().map(|price| price.to_string());
        let price = price.and_then(|price| Price::parse(&price));
        tiers
            .entry(key)
            .or_default()
            .extend(price.map(|price| (from, price)));
    }
    let offer = |(key, mut tiers): (Key, Vec<(f64, Price)>)| {
        tiers.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        Offer {
            attributes: key.attributes,
            unit: key.unit,
            prices: tiers.into_iter().map(|(_, price)| price).collect(),
        }
    };
    tiers.into_iter().map(offer).collect()
}

/// What the tiers of one price have in common.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    meter: String,
    attributes: BTreeMap<String, String>,
    unit: String,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_question_is_quoted() {
        let query = Query::new(List::Azure, "It's & more", &[("skuName", "2 vCore")]);
        let asked = question(&query);
        let url = Url::parse(&format!("http://localhost/?{asked}")).unwrap();
        let pairs: BTreeMap<_, _> = url.query_pairs().into_owned().collect();
        assert_eq!(
            pairs["$filter"],
            "serviceName eq 'It''s & more' and priceType eq 'Consumption' and skuName eq '2 vCore'"
        );
        assert_eq!(pairs["currencyCode"], "'USD'");
    }

    #[test]
    fn tiers_are_one_offer_in_order_and_what_cannot_be_read_is_none() {
        let item = |from: f64, price: f64, meter: &str, kind: &str| {
            json!({
                "currencyCode": "USD", "tierMinimumUnits": from, "retailPrice": price, "meterId": meter,
                "unitOfMeasure": "1 Hour", "type": kind, "isPrimaryMeterRegion": true,
            })
        };
        let items = [
            item(25.0, 0.1, "m", "Consumption"),
            item(0.0, 0.000_034, "m", "Consumption"),
            item(0.0, 99.0, "m", "Reservation"),
            item(0.0, -1.0, "n", "Consumption"),
            json!("nonsense"),
        ];
        let seen = offers(&items);
        let prices: Vec<Vec<String>> = seen
            .iter()
            .map(|offer| offer.prices.iter().map(Price::to_string).collect())
            .collect();
        assert_eq!(
            prices,
            [vec!["0.000034".to_owned(), "0.1".to_owned()], vec![]]
        );
    }
}
