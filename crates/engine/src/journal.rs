//! What a run writes down before and after everything it does, and how that is read back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use stack_model::Urn;

use crate::state::{Delta, Kept, Request, State};

/// The version of the journal format that this code reads and writes.
pub const FORMAT: u32 = 1;

/// One entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Entry {
    /// A run begins.
    Begin {
        /// The journal's format.
        format: u32,
        /// What was run: `apply`.
        command: String,
        /// When, RFC 3339.
        at: String,
        /// The version of stack.
        version: String,
    },
    /// Something was found: drift, answers of lookups, new urns.
    Facts {
        /// What it changes.
        deltas: Vec<Delta>,
    },
    /// Everything that was left in doubt so far is settled, by earlier runs and by this one before it is rolled back.
    /// One entry, so that nothing is ever settled twice: an object that was adopted once would be taken for its own
    /// successor.
    Settled {
        /// What it changes.
        deltas: Vec<Delta>,
    },
    /// An operation is about to start.
    Intent {
        /// Its number in this run.
        step: u32,
        /// Everything needed to finish or find it without the plan.
        intent: Box<Intent>,
    },
    /// The cloud has given the object its id, and may still be working on it.
    Accepted {
        /// Which operation.
        step: u32,
        /// The object's id.
        id: String,
    },
    /// An operation is complete.
    Done {
        /// Which operation.
        step: u32,
        /// What it changed.
        deltas: Vec<Delta>,
    },
    /// An operation failed, and it is known what that left behind.
    Failed {
        /// Which operation.
        step: u32,
        /// What went wrong.
        message: String,
        /// What it changed nevertheless.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        deltas: Vec<Delta>,
    },
    /// The run is over.
    End,
}

/// Everything needed to finish or find an operation without the plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// On which resource.
    pub urn: Urn,
    /// What is done.
    pub operation: Operation,
    /// What the program asks for.
    pub request: Request,
    /// The options to record with it.
    pub kept: Kept,
    /// The cloud's name of the object, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Until when a request of this operation may be under way, RFC 3339.
    pub until: String,
}

/// What is done to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// It is made.
    Create,
    /// It is changed in place.
    Update,
    /// It is deleted.
    Delete,
}

/// An operation whose outcome was not written down.
#[derive(Debug, Clone, PartialEq)]
pub struct InDoubt {
    /// What was meant.
    pub intent: Intent,
    /// The object's id, if the cloud had given one.
    pub accepted: Option<String>,
}

/// Applies what a run's journal says to a state, and to what earlier runs left in doubt.
pub fn replay(
    state: &mut State,
    in_doubt: &mut Vec<InDoubt>,
    entries: impl IntoIterator<Item = Entry>,
) {
    let mut doubts: BTreeMap<u32, InDoubt> = BTreeMap::new();
    for entry in entries {
        match entry {
            Entry::Begin { .. } | Entry::End => {}
            Entry::Settled { deltas } => {
                in_doubt.clear();
                doubts.clear();
                deltas.iter().for_each(|delta| state.apply(delta));
            }
            Entry::Facts { deltas } => deltas.iter().for_each(|delta| state.apply(delta)),
            Entry::Intent { step, intent } => drop(doubts.insert(
                step,
                InDoubt {
                    intent: *intent,
                    accepted: None,
                },
            )),
            Entry::Accepted { step, id } => {
                if let Some(doubt) = doubts.get_mut(&step) {
                    doubt.accepted = Some(id);
                }
            }
            Entry::Done { step, deltas } | Entry::Failed { step, deltas, .. } => {
                doubts.remove(&step);
                deltas.iter().for_each(|delta| state.apply(delta));
            }
        }
    }
    in_doubt.extend(doubts.into_values());
}
