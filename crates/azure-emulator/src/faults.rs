//! Faults that a test asks for.

use serde::{Deserialize, Serialize};

use crate::clock::Millis;
use crate::exchange::Request;
use crate::operation::Failure;
use crate::refusal::Refusal;

/// A fault: which requests it meets, and what happens to them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Only requests of this subscription.
    #[serde(default)]
    pub subscription: Option<String>,
    /// Only this method.
    #[serde(default)]
    pub method: Option<String>,
    /// Only this type of resource.
    #[serde(default, rename = "type")]
    pub type_name: Option<String>,
    /// Only paths that contain this, whatever its casing.
    #[serde(default)]
    pub path: Option<String>,
    /// The first request that it meets, counted among those that match; 1 when it is not set.
    #[serde(default)]
    pub nth: Option<u64>,
    /// How many requests it meets; 1 when it is not set.
    #[serde(default)]
    pub count: Option<u64>,
    /// How much longer the answer takes, in milliseconds.
    #[serde(default)]
    pub delay: Millis,
    /// Whether what follows happens before the request takes effect, or after.
    #[serde(default)]
    pub when: When,
    /// The answer is this.
    #[serde(default)]
    pub answer: Option<Answer>,
    /// There is no answer: the connection is closed.
    #[serde(default)]
    pub close: bool,
    /// The operation that the request starts ends so.
    #[serde(default)]
    pub fail_operation: Option<Failure>,
    /// The revision of a container app that the request makes never gets ready, for this reason. The operation succeeds.
    #[serde(default)]
    pub fail_revision: Option<String>,
    /// How many requests matched so far.
    #[serde(skip)]
    pub seen: u64,
}

/// Before or after the request takes effect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// Before: it never does.
    #[default]
    Before,
    /// After: it does, and the client does not learn of it.
    After,
}

/// An answer that is not the true one.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The code.
    #[serde(default = "internal_error")]
    pub code: String,
    /// The more exact code that some services add.
    #[serde(default)]
    pub inner: Option<String>,
    /// What people read.
    #[serde(default)]
    pub message: String,
    /// `Retry-After`, in seconds.
    #[serde(default)]
    pub retry_after: Option<u64>,
}

fn internal_error() -> String {
    "InternalServerError".to_owned()
}

impl Answer {
    /// The refusal that it stands for.
    pub fn refusal(&self) -> Refusal {
        let mut refusal = Refusal::new(self.status, &self.code, &self.message);
        refusal.inner.clone_from(&self.inner);
        match self.retry_after {
            Some(seconds) => refusal.with_header("retry-after", seconds.to_string()),
            None => refusal,
        }
    }
}

/// The faults that are asked for.
#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Puts others in place of those of the same subscription.
    pub fn set(&mut self, subscription: Option<&str>, faults: Vec<Fault>) {
        self.reset(subscription);
        self.0.extend(faults.into_iter().map(|mut fault| {
            if fault.subscription.is_none() {
                fault.subscription = subscription.map(str::to_owned);
            }
            fault
        }));
    }

    /// Forgets those of a subscription, or all.
    pub fn reset(&mut self, subscription: Option<&str>) {
        match subscription {
            None => self.0.clear(),
            Some(own) => self.0.retain(|fault| {
                !fault
                    .subscription
                    .as_deref()
                    .is_some_and(|of| of.eq_ignore_ascii_case(own))
            }),
        }
    }

    /// All of them.
    pub fn all(&self) -> &[Fault] {
        &self.0
    }

    /// The fault that meets a request. Each one that matches counts it.
    pub fn meet(
        &mut self,
        request: &Request,
        subscription: &str,
        type_name: &str,
    ) -> Option<Fault> {
        let mut met = None;
        for fault in &mut self.0 {
            if !fault.matches(request, subscription, type_name) {
                continue;
            }
            fault.seen += 1;
            let first = fault.nth.unwrap_or(1);
            let last = first.saturating_add(fault.count.unwrap_or(1));
            if met.is_none() && (first..last).contains(&fault.seen) {
                met = Some(fault.clone());
            }
        }
        met
    }
}

impl Fault {
    fn matches(&self, request: &Request, subscription: &str, type_name: &str) -> bool {
        let same = |wanted: &Option<String>, is: &str| {
            wanted
                .as_deref()
                .is_none_or(|wanted| wanted.eq_ignore_ascii_case(is))
        };
        let path = || request.path.to_lowercase();
        same(&self.subscription, subscription)
            && same(&self.method, request.method.as_str())
            && same(&self.type_name, type_name)
            && self
                .path
                .as_ref()
                .is_none_or(|part| path().contains(&part.to_lowercase()))
    }
}
