//! A plan, and what was found about it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::costs::Costs;
use crate::document::Document;

/// A plan, and what was found about it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Review {
    /// The plan.
    #[serde(flatten)]
    pub document: Document,
    /// What policies say of it.
    pub findings: Vec<Finding>,
    /// What it changes of what is paid for a month, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub costs: Option<Costs>,
}

impl Review {
    /// A plan of which nothing was found yet.
    pub fn new(document: Document) -> Self {
        Self {
            document,
            findings: Vec::new(),
            costs: None,
        }
    }

    /// What keeps it from being applied.
    pub fn denials(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.denies())
    }
}

/// What a policy says of a plan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// The policy's name.
    pub policy: String,
    /// Of which resource; none where it is of the whole plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub urn: Option<String>,
    /// What is wrong, and what to do.
    pub message: String,
    /// Why it does not count, where the team has accepted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<String>,
}

impl Finding {
    /// Whether it keeps the plan from being applied.
    pub fn denies(&self) -> bool {
        self.level == Level::Deny && self.accepted.is_none()
    }
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// It is not applied.
    Deny,
    /// A person should know.
    Warn,
}
