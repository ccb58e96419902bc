//! AWS's Price List API: <https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_pricing_GetProducts.html>.

#[cfg(feature = "aws")]
mod client;

use std::collections::BTreeMap;

use serde_json::Value as Json;
use stack_review::money::Price;

use crate::error::{Error, Result};
use crate::query::{List, Offer};

#[cfg(feature = "aws")]
pub use client::PriceList;

/// The offers of a product, which is JSON as text in the answer. What is reserved for years is not among them.
pub fn offers(product: &str) -> Result<Vec<Offer>> {
    let missing = |missing| Error::Answer {
        list: List::Aws,
        missing,
    };
    let product: Json = serde_json::from_str(product).map_err(|_| missing("product"))?;
    let attributes = product["product"]["attributes"].as_object();
    let attributes: BTreeMap<String, String> = attributes
        .ok_or_else(|| missing("attributes"))?
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect();
    let terms = product["terms"]["OnDemand"].as_object();
    let terms = terms.into_iter().flat_map(|terms| terms.values());
    let offer = |term: &Json| {
        let dimensions = term["priceDimensions"].as_object();
        let mut tiers: Vec<(u128, &Json)> = dimensions
            .into_iter()
            .flat_map(|dimensions| dimensions.values())
            .map(|dimension| (from(dimension), dimension))
            .collect();
        tiers.sort_by_key(|(from, _)| *from);
        let unit = tiers.first().and_then(|(_, tier)| tier["unit"].as_str());
        let price = |(_, tier): &(u128, &Json)| Price::parse(tier["pricePerUnit"]["USD"].as_str()?);
        Offer {
            attributes: attributes.clone(),
            unit: unit.unwrap_or_default().to_owned(),
            prices: tiers.iter().filter_map(price).collect(),
        }
    };
    Ok(terms.map(offer).collect())
}

/// From which quantity on a price counts.
fn from(dimension: &Json) -> u128 {
    let begin = dimension["beginRange"].as_str().unwrap_or_default();
    let whole = begin.split('.').next().unwrap_or_default();
    whole.parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tiers_come_in_order_and_what_is_reserved_is_left_out() {
        let tier = |begin: &str, price: &str| json!({"unit": "Alarms", "beginRange": begin, "pricePerUnit": {"USD": price}});
        let product = json!({
            "product": {"attributes": {"usagetype": "CW:AlarmMonitorUsage"}},
            "terms": {
                "OnDemand": {"S.J": {"priceDimensions": {"a": tier("10000", "0.05"), "b": tier("0", "0.1000000000")}}},
                "Reserved": {"S.R": {"priceDimensions": {"a": tier("0", "99")}}},
            },
        });
        let [offer]: [Offer; 1] = offers(&product.to_string()).unwrap().try_into().unwrap();
        let prices: Vec<String> = offer.prices.iter().map(Price::to_string).collect();
        assert_eq!(
            (prices.join(" "), offer.unit.as_str()),
            ("0.1 0.05".to_owned(), "Alarms")
        );
        assert!(offers("{}").is_err() && offers("nonsense").is_err());
        assert!(
            offers(r#"{"product": {"attributes": {}}}"#)
                .unwrap()
                .is_empty()
        );
    }
}
