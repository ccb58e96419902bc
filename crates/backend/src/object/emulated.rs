//! The backends on emulators of the real services: over HTTP, through the clients that users get.

use std::time::Duration;

use stack_engine::backend::{Backend, BackendError};
use xtask::account::fresh;
use xtask::emulator::{Emulator, Kind};

use super::connect::open;
use super::{ObjectBackend, Timing};
use crate::conformance::{self, Pair, holder};
use crate::url::Variables;

/// The account and the key that Azurite documents. Everybody has them.
const AZURITE_ACCOUNT: &str = "devstoreaccount1";
const AZURITE_KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// Times for tests that go over HTTP, on a machine that may be busy.
const TIMING: Timing = Timing {
    lease: Duration::from_secs(3),
    beat: Duration::from_millis(250),
    patience: Duration::from_secs(20),
};

/// A bucket or container on an emulator: its URL without a prefix, its options, and the credentials.
struct Bucket {
    root: String,
    options: String,
    variables: Variables,
}

impl Bucket {
    async fn on(kind: Kind) -> Self {
        let endpoint = tokio::task::spawn_blocking(move || Emulator::shared(kind))
            .await
            .unwrap();
        let account = fresh();
        let bucket = format!("bucket-{account}");
        let client = reqwest::Client::new();
        match kind {
            Kind::Moto | Kind::Ministack => {
                let credential = format!("{account}/20260101/eu-west-3/s3/aws4_request");
                let signed = format!(
                    "AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"
                );
                let place = "<CreateBucketConfiguration><LocationConstraint>eu-west-3\
                             </LocationConstraint></CreateBucketConfiguration>";
                let made = client
                    .put(format!("{endpoint}/{bucket}"))
                    .header("Authorization", signed)
                    .body(place)
                    .send();
                made.await.unwrap().error_for_status().unwrap();
                Self {
                    root: format!("s3://{bucket}"),
                    options: format!("region=eu-west-3&endpoint={endpoint}"),
                    variables: Variables::from([
                        ("AWS_ACCESS_KEY_ID".into(), account),
                        ("AWS_SECRET_ACCESS_KEY".into(), "secret".into()),
                    ]),
                }
            }
            Kind::CloudStorage => {
                let made = client
                    .post(format!("{endpoint}/storage/v1/b"))
                    .body(format!(r#"{{"name":"{bucket}"}}"#))
                    .send();
                made.await.unwrap().error_for_status().unwrap();
                Self {
                    root: format!("gs://{bucket}"),
                    options: format!("endpoint={endpoint}"),
                    variables: Variables::new(),
                }
            }
            Kind::Azurite => Self {
                root: format!("az://{AZURITE_ACCOUNT}/tests/{bucket}"),
                options: format!("endpoint={endpoint}/{AZURITE_ACCOUNT}"),
                variables: Variables::from([(
                    "AZURE_STORAGE_ACCOUNT_KEY".into(),
                    AZURITE_KEY.into(),
                )]),
            },
        }
    }

    fn backend(&self, prefix: &str) -> ObjectBackend {
        let url = format!("{}/{prefix}?{}", self.root, self.options);
        open(&url, &["shop", "dev"], &self.variables)
            .unwrap()
            .timed(TIMING)
    }

    fn pair(&self) -> Pair {
        let prefix = format!("some/{}", fresh());
        [
            Box::new(self.backend(&prefix)),
            Box::new(self.backend(&prefix)),
        ]
    }
}

#[tokio::test]
async fn environments_are_listed_wherever_they_are() {
    for kind in [
        Kind::Ministack,
        Kind::Moto,
        Kind::Azurite,
        Kind::CloudStorage,
    ] {
        let bucket = Bucket::on(kind).await;
        let url = format!("{}/some/{}?{}", bucket.root, fresh(), bucket.options);
        let here = std::path::Path::new("/nowhere");
        let list = async || {
            let listed = crate::environments(&url, here, &bucket.variables).await;
            let named = listed.unwrap().into_iter();
            let named = named.map(|(stack, environment)| format!("{stack}/{environment}"));
            named.collect::<Vec<_>>()
        };
        assert!(list().await.is_empty());
        for (stack, environment) in [("shop", "pr-2"), ("shop", "pr-1"), ("network", "dev")] {
            let backend = crate::open(&url, here, stack, environment, &bucket.variables).unwrap();
            let lease = backend.lock(&conformance::holder("apply")).await.unwrap();
            lease.commit(1, b"state").await.unwrap();
            lease.release().await.unwrap();
        }
        assert_eq!(list().await, ["network/dev", "shop/pr-1", "shop/pr-2"]);
    }
}

async fn conforms(kind: Kind) {
    let bucket = Bucket::on(kind).await;
    conformance::all(|| bucket.pair()).await;
}

async fn leases(kind: Kind) {
    let bucket = Bucket::on(kind).await;
    conformance::leases(TIMING.lease, || bucket.pair()).await;
}

#[tokio::test]
async fn s3_conforms_on_ministack() {
    conforms(Kind::Ministack).await;
}

#[tokio::test]
async fn s3_conforms_on_moto() {
    conforms(Kind::Moto).await;
}

#[tokio::test]
async fn azure_blob_storage_conforms_on_azurite() {
    conforms(Kind::Azurite).await;
}

#[tokio::test]
async fn google_cloud_storage_conforms() {
    conforms(Kind::CloudStorage).await;
}

#[tokio::test]
async fn s3_leases_on_ministack() {
    leases(Kind::Ministack).await;
}

#[tokio::test]
async fn s3_leases_on_moto() {
    leases(Kind::Moto).await;
}

#[tokio::test]
async fn azure_leases_on_azurite() {
    leases(Kind::Azurite).await;
}

#[tokio::test]
async fn google_leases() {
    leases(Kind::CloudStorage).await;
}

fn said(error: &BackendError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[tokio::test]
async fn a_missing_bucket_is_named() {
    for kind in [
        Kind::Ministack,
        Kind::Moto,
        Kind::CloudStorage,
        Kind::Azurite,
    ] {
        let mut bucket = Bucket::on(kind).await;
        bucket.root = match kind {
            Kind::Azurite => format!("az://{AZURITE_ACCOUNT}/missing"),
            Kind::CloudStorage => "gs://missing-bucket".into(),
            Kind::Moto | Kind::Ministack => "s3://missing-bucket".into(),
        };
        let backend = bucket.backend("x");
        let asked = [
            backend.serials().await.map(drop),
            backend.holder().await.map(drop),
            backend.lock(&holder("apply")).await.map(drop),
        ];
        for asked in asked {
            let text = said(&asked.unwrap_err());
            assert!(text.contains(&backend.place()), "{kind:?}: {text}");
            assert!(
                text.contains("the bucket or container does not exist: make it"),
                "{kind:?}: {text}"
            );
        }
    }
}

#[tokio::test]
async fn wrong_credentials_are_told_apart() {
    let mut bucket = Bucket::on(Kind::Azurite).await;
    let wrong = AZURITE_KEY.replace("Eby8", "AAAA");
    bucket
        .variables
        .insert("AZURE_STORAGE_ACCOUNT_KEY".into(), wrong);
    let error = bucket.backend("x").serials().await.unwrap_err();
    let text = said(&error);
    assert!(text.contains("does not accept the credentials"), "{text}");
}

/// There is no metadata service on the machines that tests run on, or it is slow to say so: either way it is not waited
/// for as long as for a store.
#[tokio::test]
async fn no_credentials_are_told_at_once() {
    let bucket = Bucket::on(Kind::Ministack).await;
    let bucket = Bucket {
        variables: Variables::new(),
        ..bucket
    };
    let begun = std::time::Instant::now();
    let error = bucket.backend("x").serials().await.unwrap_err();
    let text = said(&error);
    assert!(text.contains("there are no credentials"), "{text}");
    assert!(begun.elapsed() < TIMING.patience, "{:?}", begun.elapsed());
}
