//! The provider on an emulator of its own, in a subscription of its own.

use std::sync::Arc;

use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::error::{ErrorKind, ResultExt};
use azure_core::time::{Duration, OffsetDateTime};
use serde_json::{Value, json};
use stack_azure::{AzureProvider, Connection};
use stack_azure_emulator::{Emulator, Running};
use stack_testkit::conformance::{Case, run};

use crate::watch::watched;

/// An emulator, and a subscription on it.
pub struct Emulated {
    emulator: Running,
    /// The subscription's id.
    pub subscription: String,
}

impl Emulated {
    /// Starts one.
    pub async fn start() -> Self {
        let emulator = Emulator::builder()
            .start()
            .await
            .expect("the emulator starts");
        Self {
            emulator,
            subscription: uuid::Uuid::new_v4().to_string(),
        }
    }

    /// Where it is.
    pub fn endpoint(&self) -> &str {
        self.emulator.endpoint()
    }

    /// How to reach it.
    pub fn connection(&self) -> Connection {
        Connection {
            endpoint: self.endpoint().to_owned(),
            subscription_id: self.subscription.clone(),
            location: Some("westeurope".to_owned()),
            credential: Arc::new(Managed(self.endpoint().to_owned())),
            policies: Vec::new(),
        }
    }

    /// The provider on it.
    pub fn provider(&self) -> Arc<AzureProvider> {
        Arc::new(AzureProvider::on(self.connection()))
    }

    /// Changes the emulator's settings for the subscription.
    pub async fn set(&self, settings: Value) {
        self.control(reqwest::Method::PUT, "settings", Some(settings))
            .await;
    }

    /// Sets what goes wrong.
    pub async fn faults(&self, faults: Value) {
        self.control(reqwest::Method::PUT, "faults", Some(faults))
            .await;
    }

    /// What exists, by the emulator's own account.
    pub async fn resources(&self) -> Vec<Value> {
        let told = self.control(reqwest::Method::GET, "resources", None).await;
        told["resources"].as_array().expect("a list").clone()
    }

    /// The calls so far, with their bodies.
    pub async fn calls(&self) -> Vec<Value> {
        match self.control(reqwest::Method::GET, "calls", None).await {
            Value::Array(calls) => calls,
            other => panic!("not a list: {other}"),
        }
    }

    /// One object, by the emulator's own account.
    pub async fn resource(&self, id: &str) -> Value {
        let of_id = |resource: &Value| {
            resource["id"]
                .as_str()
                .is_some_and(|found| found.eq_ignore_ascii_case(id))
        };
        let found = self.resources().await.into_iter().find(of_id);
        found.unwrap_or_else(|| panic!("{id} is not there"))
    }

    /// Changes one object from outside, by RFC 7396.
    pub async fn change(&self, id: &str, patch: Value) {
        let what = format!("resource?id={id}");
        self.control(reqwest::Method::PATCH, &what, Some(patch))
            .await;
    }

    async fn control(&self, method: reqwest::Method, what: &str, body: Option<Value>) -> Value {
        let url = format!(
            "{}/_emulator/{what}{}subscription={}",
            self.endpoint(),
            if what.contains('?') { '&' } else { '?' },
            self.subscription
        );
        let mut request = reqwest::Client::new().request(method, url);
        if let Some(body) = body {
            request = request.body(body.to_string());
        }
        let answer = request.send().await.expect("the emulator answers");
        assert!(answer.status().is_success(), "{what}: {answer:?}");
        let text = answer.text().await.expect("an answer has a body");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }
}

/// A token of the emulator's managed identity. The SDK's own credential reads variables, which a test cannot set for
/// itself alone; the binary's tests use that one.
#[derive(Debug)]
struct Managed(String);

#[async_trait::async_trait]
impl TokenCredential for Managed {
    async fn get_token(
        &self,
        _: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let url = format!(
            "{}/msi/token?api-version=2019-08-01&resource=https://management.azure.com",
            self.0
        );
        let request = reqwest::Client::new()
            .get(url)
            .header("x-identity-header", "test");
        let answer = request
            .send()
            .await
            .with_context(ErrorKind::Credential, "no token")?;
        let answer = answer
            .text()
            .await
            .with_context(ErrorKind::Credential, "no token")?;
        let token: Value = serde_json::from_str(&answer).unwrap_or(Value::Null);
        let text = token["access_token"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        Ok(AccessToken::new(
            text,
            OffsetDateTime::now_utc() + Duration::minutes(10),
        ))
    }
}

/// Runs something on an emulator.
pub fn emulated<F: Future<Output = ()>>(test: impl FnOnce(Emulated) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime starts");
    runtime.block_on(async { test(Emulated::start().await).await });
}

/// Runs a case: as it is, and with an Azure whose operations take their time, that throttles, and that shows late what it
/// has made.
pub fn conforms(case: Case, slow: bool) {
    emulated(async |azure| {
        if slow {
            azure
                .set(json!({
                    "operation_time": 30, "retry_after": false, "read_lag": 20,
                    "throttle": {"requests": 2, "window": 100}, "throttle_wait": 0,
                }))
                .await;
        }
        let (provider, calls) = watched(azure.connection());
        run(&case, Arc::new(provider), &calls).await;
    });
}

/// Three tests a case, and `cases()` with all of them: `conformance! { virtual_network; }`.
macro_rules! conformance {
    ($($case:ident;)*) => {
        /// The cases of this namespace.
        pub fn cases() -> Vec<stack_testkit::conformance::Case> {
            vec![$($case()),*]
        }

        $(
        mod $case {
            #[test]
            fn at_once() {
                $crate::emulated::conforms(super::$case(), false);
            }

            #[test]
            fn in_time() {
                $crate::emulated::conforms(super::$case(), true);
            }

            #[test]
            fn searched_for() {
                $crate::strays::finds(super::$case());
            }
        }
        )*
    };
}
pub(crate) use conformance;

/// A resource group for a case, and a reference to its id.
pub fn in_group(case: Case) -> Case {
    case.with("azure:resources:ResourceGroup", "group", json!({}))
}

/// The id of [`in_group`]'s group.
pub fn group() -> Value {
    Case::of("azure:resources:ResourceGroup/group", "id")
}

/// Why a case leaves out what its object lies beneath.
pub const AS_A_PARENT: &str =
    "what an object lies beneath is the same for every type; identities cover it";
