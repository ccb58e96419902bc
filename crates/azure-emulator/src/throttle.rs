//! How many requests a subscription may make, and which writes a test wants refused.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::clock::Millis;
use crate::refusal::Refusal;
use crate::settings::Settings;

/// What Azure lets a subscription write in an hour before it throttles, told in a header that clients may look at.
const WRITES: u64 = 1200;

/// What was counted of one subscription.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Counts {
    /// How many writes came.
    pub writes: u64,
    /// Which of them was refused because the test asked for it: its method and type.
    pub refused: Option<String>,
    /// How many requests were answered with 429.
    pub throttled: u64,
    #[serde(skip)]
    window: (Millis, u64),
    #[serde(skip)]
    since: u64,
}

/// What was counted of all.
#[derive(Debug, Default)]
pub struct Throttle(BTreeMap<String, Counts>);

impl Throttle {
    /// What was counted of a subscription.
    pub fn of(&self, subscription: &str) -> Counts {
        self.0
            .get(&subscription.to_lowercase())
            .cloned()
            .unwrap_or_default()
    }

    /// Counts from here which write is to be refused.
    pub fn count_from_here(&mut self, subscription: Option<&str>) {
        let own = subscription.map(str::to_lowercase);
        if let Some(own) = &own {
            self.0.entry(own.clone()).or_default();
        }
        for (of, counts) in &mut self.0 {
            if own.as_ref().is_none_or(|own| own == of) {
                counts.since = counts.writes;
                counts.refused = None;
            }
        }
    }

    /// Forgets the counts of a subscription, or all.
    pub fn reset(&mut self, subscription: Option<&str>) {
        match subscription {
            Some(subscription) => drop(self.0.remove(&subscription.to_lowercase())),
            None => self.0.clear(),
        }
    }

    /// How many writes are left, as the header tells.
    pub fn writes_left(&self, subscription: &str) -> u64 {
        WRITES.saturating_sub(self.of(subscription).writes).max(1)
    }

    /// Counts a request; refuses it when it is one too many. `write` says what a write does to what.
    pub fn admit(
        &mut self,
        subscription: &str,
        write: Option<&str>,
        settings: &Settings,
        now: Millis,
    ) -> Result<(), Refusal> {
        let counts = self.0.entry(subscription.to_lowercase()).or_default();
        if let Some(what) = write {
            counts.writes += 1;
            let number = counts.writes - counts.since;
            if settings.refuse_write == Some(number) {
                counts.refused = Some(what.to_owned());
                let message =
                    format!("Write {number} is refused, as the settings of the emulator ask.");
                return Err(Refusal::new(403, "RequestDisallowedByPolicy", message));
            }
        }
        let Some(limit) = settings.throttle.filter(|_| write.is_some()) else {
            return Ok(());
        };
        let window = now / limit.window.max(1);
        if counts.window.0 != window {
            counts.window = (window, 0);
        }
        counts.window.1 += 1;
        if counts.window.1 > limit.requests {
            counts.throttled += 1;
            return Err(too_many(settings.throttle_wait));
        }
        Ok(())
    }
}

/// The refusal of what comes too fast.
pub fn too_many(wait: u64) -> Refusal {
    let message = format!(
        "Number of write requests exceeded the limit. Please try again after '{wait}' seconds."
    );
    Refusal::new(429, "TooManyRequests", message).with_header("retry-after", wait.to_string())
}
