//! What was asked of the emulator, for tests to look at.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::clock::Millis;

/// A request and how it was answered.
#[derive(Clone, Debug, Serialize)]
pub struct Call {
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// The type of resource that the path is about.
    #[serde(rename = "type")]
    pub type_name: String,
    /// The API version.
    pub api_version: String,
    /// The status of the answer; 0 when the connection was closed instead.
    pub status: u16,
    /// When it came, in milliseconds since 1970.
    pub time: Millis,
    /// How long the operation takes that it started, in milliseconds; none when it started none.
    pub operation: Option<Millis>,
    /// What a write sent, secrets and all: this is a tool for tests.
    pub body: Value,
}

/// The calls of each subscription.
#[derive(Debug, Default)]
pub struct Calls(BTreeMap<String, Vec<Call>>);

impl Calls {
    /// Notes a call.
    pub fn note(&mut self, subscription: &str, call: Call) {
        self.0
            .entry(subscription.to_lowercase())
            .or_default()
            .push(call);
    }

    /// Those of a subscription, or all in the order of their times.
    pub fn of(&self, subscription: Option<&str>) -> Vec<Call> {
        match subscription {
            Some(subscription) => self
                .0
                .get(&subscription.to_lowercase())
                .cloned()
                .unwrap_or_default(),
            None => {
                let mut all: Vec<Call> = self.0.values().flatten().cloned().collect();
                all.sort_by_key(|call| call.time);
                all
            }
        }
    }

    /// Forgets those of a subscription, or all.
    pub fn reset(&mut self, subscription: Option<&str>) {
        match subscription {
            Some(subscription) => drop(self.0.remove(&subscription.to_lowercase())),
            None => self.0.clear(),
        }
    }
}
