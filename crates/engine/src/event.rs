//! What happens while the engine works. The screen and the JSON stream are drawn from the same events.

use std::time::Duration;

use serde::Serialize;
use stack_model::Urn;

use crate::plan::Act;

/// Something that happened.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The cloud is being asked what is there.
    Refreshing {
        /// How many objects.
        objects: usize,
    },
    /// One object was read.
    Refreshed {
        /// Which.
        urn: Urn,
    },
    /// What an earlier run left in doubt was settled.
    Settled {
        /// Which resource.
        urn: Urn,
        /// How.
        outcome: String,
    },
    /// The apply begins.
    Applying {
        /// How many steps.
        steps: usize,
    },
    /// A step begins.
    Started {
        /// On which resource.
        urn: Urn,
        /// What is done.
        act: Act,
        /// How long it took last time, in milliseconds; 0 when it is the first time.
        usual_ms: u32,
    },
    /// A step waits for the cloud.
    Waiting {
        /// On which resource.
        urn: Urn,
        /// For what.
        what: String,
    },
    /// A call failed in a way that may pass, and is tried again.
    Retrying {
        /// On which resource.
        urn: Urn,
        /// What went wrong.
        error: String,
        /// After how many milliseconds it is tried again.
        after_ms: u64,
    },
    /// A step succeeded.
    Finished {
        /// On which resource.
        urn: Urn,
        /// What was done.
        act: Act,
        /// The cloud's name of the object, where there is one.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// How long it took, in milliseconds.
        elapsed_ms: u64,
    },
    /// A step failed.
    Failed {
        /// On which resource.
        urn: Urn,
        /// What was done.
        act: Act,
        /// What went wrong.
        error: String,
        /// What to try.
        #[serde(skip_serializing_if = "Option::is_none")]
        hint: Option<String>,
        /// How long it took, in milliseconds.
        elapsed_ms: u64,
    },
    /// Something to know that stops nothing.
    Warning {
        /// About which resource.
        #[serde(skip_serializing_if = "Option::is_none")]
        urn: Option<Urn>,
        /// What.
        message: String,
    },
}

/// Who wants to know.
pub trait Listener: Send + Sync {
    /// Takes an event. Must not block.
    fn on(&self, event: Event);
}

/// Nobody wants to know.
pub struct Silent;

impl Listener for Silent {
    fn on(&self, _: Event) {}
}

/// Milliseconds, for events.
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
