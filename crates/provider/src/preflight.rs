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

/// What was found, and what could not be told for certain.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// What an apply would fail of.
    pub findings: Vec<Finding>,
    /// What it may or may not fail of, in words.
    pub untold: Vec<String>,
}

impl From<Vec<Finding>> for Found {
    fn from(findings: Vec<Finding>) -> Self {
        let untold = Vec::new();
        Self { findings, untold }
    }
}

/// A quota, and how much of it new objects take, in the quota's own unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    /// What the cloud calls it, and where it holds: one name is one quota.
    pub name: String,
    /// How much there may be.
    pub limit: u64,
    /// How much there is.
    pub used: u64,
    /// How much the new objects take.
    pub wanted: u64,
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
    /// Whether these are the things themselves. Otherwise they stand for others whose names are not known before: who is not
    /// permitted the actions on all of them may be permitted them on those.
    pub exact: bool,
}
