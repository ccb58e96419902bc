//! What is asked before an apply, so that what would fail half-way fails first.

use std::collections::BTreeMap;

/// Something that an apply would fail of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What is in the way.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

impl Finding {
    /// A finding, and what to do about it.
    pub fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: hint.into(),
        }
    }
}

/// Some actions on the same things, that somebody has to be permitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// The actions.
    pub actions: Vec<String>,
    /// The things, as the cloud's policies name them.
    pub on: Vec<String>,
    /// What is true of the calls, as the cloud's conditions name it.
    pub given: BTreeMap<&'static str, String>,
}
