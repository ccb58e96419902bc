//! Answers that are kept, and what happens without a network.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use stack_cost::azure::RetailPrices;
use stack_cost::{Cache, Lists, Offer, Prices, Query, Result, costs};
use stack_review::Costs;
use xtask::prices::PriceLists;

use crate::documents::{document, new};

/// The costs of a cache of 29.05 a month, at a time, by the list at an address.
async fn at(address: &str, folder: &std::path::Path, hours: i64) -> Costs {
    let lists = Lists {
        aws: None,
        azure: Some(Box::new(RetailPrices::new(address).unwrap())),
    };
    let cache = Cache {
        folder: Some(folder.to_owned()),
        now: Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1000 + hours),
    };
    let redis = new(
        "azure:cache:RedisEnterprise/x",
        json!({"sku_name": "Balanced_B0"}),
    );
    costs(&document(vec![redis]), &lists, &cache).await
}

/// Nothing listens there.
const NOBODY: &str = "http://127.0.0.1:1";

const REFUSED: &str = "cannot reach Azure's Retail Prices API at http://127.0.0.1:1: ";

#[tokio::test]
async fn an_answer_is_kept_for_a_day_and_used_longer_without_a_network() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("made/on/demand");
    let double = PriceLists::start().unwrap();
    let price = |costs: &Costs| costs.difference.signed();
    let first = at(double.endpoint(), &folder, 0).await;
    assert_eq!((price(&first).as_str(), double.take().len()), ("+29.05", 2));
    // Fresh: nobody is asked, and nobody needs to be there.
    let second = at(NOBODY, &folder, 23).await;
    assert_eq!(
        (price(&second).as_str(), second.warnings.len()),
        ("+29.05", 0)
    );
    // Old, and somebody is there.
    at(double.endpoint(), &folder, 24).await;
    assert_eq!(double.take().len(), 2);
    // Old, and nobody is there.
    let old = at(NOBODY, &folder, 24 + 3 * 24).await;
    assert_eq!(price(&old), "+29.05");
    let [warning] = old.warnings.try_into().unwrap();
    assert!(
        warning.starts_with(&format!("prices of 3 days ago: {REFUSED}")),
        "{warning}"
    );
    // From a time that is still to come: the clock was wrong then or is now.
    let early = at(NOBODY, &folder, -100).await;
    assert!(early.warnings[0].starts_with("prices of a time that is still to come"));
    // One file, with nothing half written beside it; what cannot be read is nothing.
    let files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|one| one.unwrap().path())
        .collect();
    assert_eq!(files.len(), 1);
    std::fs::write(&files[0], "{\"format\": 1").unwrap();
    let none = at(NOBODY, &folder, 24).await;
    assert!(none.are_unknown());
}

#[tokio::test]
async fn without_a_network_and_answers_everything_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let found = at(NOBODY, folder.path(), 0).await;
    assert!(found.are_unknown() && found.difference.is_zero());
    let unknown: Vec<_> = found
        .unknown()
        .map(|(urn, one)| (urn, one.why.as_str()))
        .collect();
    assert_eq!(
        unknown,
        [(
            "azure:cache:RedisEnterprise/x",
            "its price could not be asked for"
        )]
    );
    assert!(
        found.warnings[0].starts_with(&format!("prices are not known: {REFUSED}")),
        "{:?}",
        found.warnings
    );
}

/// Never answers.
#[derive(Default)]
struct Silent(AtomicUsize);

#[async_trait]
impl Prices for Silent {
    async fn offers(&self, _: &Query) -> Result<Vec<Offer>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        std::future::pending().await
    }
}

/// However much is to be asked: the time is for all of it.
#[tokio::test(start_paused = true)]
async fn a_list_that_does_not_answer_is_waited_for_ten_seconds_in_all() {
    let begun = tokio::time::Instant::now();
    let silent = Silent::default();
    let sizes = (0..40).map(|number| {
        let inputs = json!({"sku": format!("S{number}")});
        new(
            &format!("azure:containerregistry:Registry/r{number}"),
            inputs,
        )
    });
    let cache = crate::lists::nowhere();
    let found = costs(&document(sizes.collect()), &silent, &cache).await;
    assert_eq!(begun.elapsed().as_secs(), 10);
    assert_eq!(found.unknown().count(), 40);
    assert_eq!(
        found.warnings,
        ["prices are not known: Azure's Retail Prices API did not answer in time"]
    );
    // Those that were under way at once. When the time was over, nothing more was sent.
    assert_eq!(silent.0.into_inner(), 8);
}
