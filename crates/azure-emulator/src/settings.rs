//! What a test can set, for the whole emulator or for one subscription.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock::Millis;
use crate::json;

/// The settings. Times are in milliseconds.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How long each long-running operation takes; 0 is done at the first poll.
    pub operation_time: Millis,
    /// Whether `Retry-After` is sent.
    pub retry_after: bool,
    /// How many resources one page of a list has.
    pub page_size: usize,
    /// For how long after its creation a resource is not found.
    pub read_lag: Millis,
    /// For how long after the creation of an identity nobody knows its principal.
    pub principal_lag: Millis,
    /// For how long after its creation a role assignment is not felt.
    pub role_lag: Millis,
    /// For how long the name of a deleted Container Apps environment stays taken.
    pub name_retention: Millis,
    /// How long tokens are valid, in seconds.
    pub token_lifetime: u64,
    /// How many of the next requests are answered with 429.
    pub throttle_next: u64,
    /// How many seconds a 429 asks to wait.
    pub throttle_wait: u64,
    /// How many writes there may be per window; no limit when it is not set.
    pub throttle: Option<Throttle>,
    /// What the roles of whoever asks allow, as `permissions` tells it; everything when it is not set. It is told and not
    /// enforced.
    pub permissions: Option<Vec<Value>>,
    /// Which write is refused, that one alone, counted from when this is set; the first is 1.
    pub refuse_write: Option<u64>,
    /// Limits of usages, by the names that the services give them; those of a new subscription where none is set. They are
    /// told and not enforced.
    pub quotas: BTreeMap<String, u64>,
}

/// A limit of writes.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Throttle {
    /// How many.
    pub requests: u64,
    /// In how many milliseconds.
    pub window: Millis,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            operation_time: 0,
            retry_after: true,
            page_size: 10,
            read_lag: 0,
            principal_lag: 0,
            role_lag: 0,
            name_retention: 0,
            token_lifetime: 3600,
            throttle_next: 0,
            throttle_wait: 1,
            throttle: None,
            permissions: None,
            refuse_write: None,
            quotas: BTreeMap::new(),
        }
    }
}

/// The settings of all, and what subscriptions have of their own.
#[derive(Debug, Default)]
pub struct AllSettings {
    base: Settings,
    own: BTreeMap<String, Value>,
}

impl AllSettings {
    /// With these for all.
    pub fn new(base: Settings) -> AllSettings {
        let own = BTreeMap::new();
        AllSettings { base, own }
    }

    /// Those of all.
    pub fn base(&self) -> &Settings {
        &self.base
    }

    /// Those of a subscription.
    pub fn of(&self, subscription: &str) -> Settings {
        let Some(own) = self.own.get(&subscription.to_lowercase()) else {
            return self.base.clone();
        };
        overlaid(&self.base, own).unwrap_or_else(|_| self.base.clone())
    }

    /// Changes those of a subscription, or of all. A null sets back.
    pub fn change(
        &mut self,
        subscription: Option<&str>,
        change: &Value,
    ) -> Result<(), serde_json::Error> {
        match subscription {
            None => self.base = overlaid(&self.base, change)?,
            Some(subscription) => {
                let key = subscription.to_lowercase();
                let mut own = self.own.get(&key).cloned().unwrap_or_else(|| json!({}));
                json::merge(&mut own, change);
                overlaid(&self.base, &own)?;
                self.own.insert(key, own);
            }
        }
        Ok(())
    }

    /// Forgets what a subscription, or every subscription, has of its own.
    pub fn reset(&mut self, subscription: Option<&str>) {
        match subscription {
            Some(subscription) => drop(self.own.remove(&subscription.to_lowercase())),
            None => self.own.clear(),
        }
    }
}

fn overlaid(base: &Settings, change: &Value) -> Result<Settings, serde_json::Error> {
    let mut all = serde_json::to_value(base)?;
    json::merge(&mut all, change);
    serde_json::from_value(all)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::AllSettings;

    #[test]
    fn a_subscription_keeps_to_itself_what_it_sets() {
        let mut settings = AllSettings::default();
        let change = json!({"page_size": 2});
        settings.change(Some("A"), &change).expect("a setting");
        settings
            .change(None, &json!({"operation_time": 5}))
            .expect("a setting");
        assert_eq!(
            (settings.of("a").page_size, settings.of("a").operation_time),
            (2, 5)
        );
        assert_eq!(settings.of("b").page_size, 10);
        settings
            .change(Some("a"), &json!({"page_size": null}))
            .expect("a setting");
        assert_eq!(settings.of("a").page_size, 10);
    }

    #[test]
    fn an_unknown_setting_is_an_error() {
        let mut settings = AllSettings::default();
        assert!(settings.change(None, &json!({"operation_tme": 5})).is_err());
        assert!(
            settings
                .change(Some("a"), &json!({"page_size": "x"}))
                .is_err()
        );
    }
}
