//! Whatever is asked and answered: the totals are the sums, and nothing that is not known is nothing.

use std::collections::BTreeSet;

use async_trait::async_trait;
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use stack_cost::{Error, List, Offer, Prices, Query, Result, costs};
use stack_review::document::Resource;
use stack_review::money::{Price, Usd};

use crate::documents::{document, resource, unknown};
use crate::lists::nowhere;

/// A list that has a price of everything, and cannot always be reached.
struct Anything {
    price: u32,
    lost: bool,
}

#[async_trait]
impl Prices for Anything {
    async fn offers(&self, query: &Query) -> Result<Vec<Offer>> {
        if self.lost && query.service == "Redis Cache" {
            return Err(Error::Late { list: List::Azure });
        }
        let offer = |meter: &str, unit: &str| Offer {
            attributes: [
                ("meterName".to_owned(), meter.to_owned()),
                (
                    "productName".to_owned(),
                    "Az DB for PostgreSQL Flexible Server Storage".to_owned(),
                ),
                ("skuName".to_owned(), "B1ms".to_owned()),
                ("armRegionName".to_owned(), "Global".to_owned()),
            ]
            .into(),
            unit: unit.to_owned(),
            prices: vec![Price::parse(&format!("0.{:04}", self.price)).unwrap()],
        };
        Ok(vec![match (
            query.service.as_str(),
            query.filters.get("skuName").map(String::as_str),
        ) {
            ("Redis Cache", _) => offer("B0 Cache Instance", "1 Hour"),
            (_, Some("Storage")) => offer("Storage Data Stored", "1 GB/Month"),
            _ => offer("", "1 Hour"),
        }])
    }
}

fn state() -> impl Strategy<Value = Json> {
    prop_oneof![
        Just(Json::Null),
        (0..5_000_000_u32).prop_map(|gib| json!({"sku_name": "Standard_B1ms", "sku_tier": "Burstable", "storage_size_gb": gib})),
        Just(json!({"sku_name": unknown("std:core:Value/x"), "sku_tier": "Burstable", "storage_size_gb": 32})),
        Just(json!({"sku_name": "Standard_B1ms", "sku_tier": "Burstable", "storage_size_gb": unknown("std:core:Value/x")})),
        Just(json!({"sku_name": "Balanced_B0"})),
    ]
}

fn resources() -> impl Strategy<Value = Vec<Resource>> {
    let types = [
        "azure:dbforpostgresql:FlexibleServer",
        "azure:cache:RedisEnterprise",
        "azure:network:PrivateEndpoint",
        "azure:network:Subnet",
        "azure:storage:StorageAccount",
        "azure:resources:Generic",
        "other:cloud:Thing",
    ];
    let one = (prop::sample::select(types.to_vec()), state(), state());
    prop::collection::vec(one, 0..12).prop_map(|all| {
        let name = |(number, (kind, before, after)): (usize, (&str, Json, Json))| {
            resource(&format!("{kind}/r{number}"), before, after)
        };
        all.into_iter().enumerate().map(name).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_total_is_the_sum_and_nothing_unknown_is_nothing(resources in resources(), price in 1..10_000_u32, lost: bool) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let plan = document(resources);
        let found = runtime.block_on(costs(&plan, &Anything { price, lost }, &nowhere()));
        prop_assert_eq!(found.resources.len(), plan.resources.len());
        let sum = |amount: fn(&stack_review::costs::Cost) -> Usd| -> Usd { found.resources.iter().map(amount).sum() };
        prop_assert_eq!(found.difference, sum(|one| one.difference));
        prop_assert_eq!(found.before, sum(|one| one.before));
        prop_assert_eq!(found.after - found.before, found.difference);
        for cost in &found.resources {
            let parts: Usd = cost.parts.iter().map(stack_review::costs::Part::difference).sum();
            prop_assert_eq!(cost.difference, parts);
            let kind = cost.urn.split('/').next().unwrap();
            let planned = plan.resources.iter().find(|one| one.urn == cost.urn).unwrap();
            let exists = !planned.before.is_null() || !planned.after.is_null();
            // Every part is priced or named, and never both.
            let mut names: Vec<&str> = cost.parts.iter().map(|part| part.part.as_str()).collect();
            names.extend(cost.unknown.iter().filter_map(|one| one.part.as_deref()));
            prop_assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
            let expected = match (exists, kind) {
                (true, "azure:dbforpostgresql:FlexibleServer") => 2,
                (true, "azure:cache:RedisEnterprise" | "azure:network:PrivateEndpoint") => 1,
                _ => 0,
            };
            prop_assert_eq!(names.len(), expected, "{}: {:?}", cost.urn, cost);
            let unknown = exists && matches!(kind, "azure:resources:Generic" | "other:cloud:Thing");
            prop_assert_eq!(cost.unknown.iter().any(|one| one.part.is_none()), unknown);
            // What has a price is never nothing, unless there is nothing of it.
            for charge in cost.parts.iter().flat_map(|part| part.before.iter().chain(&part.after)) {
                prop_assert_eq!(charge.month.is_zero(), charge.quantity.to_string() == "0");
                prop_assert_eq!(charge.month, charge.price * charge.quantity);
            }
        }
    }
}
