//! Findings that a team has accepted.

use serde::Deserialize;
use stack_review::Finding;

/// A finding that a team has accepted, and why.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// The policy, as findings name it.
    pub policy: String,
    /// The resource; all of them, and the plan as a whole, when not given.
    pub urn: Option<String>,
    /// The environment; all of them when not given.
    pub environment: Option<String>,
    /// Why it is accepted. It is shown beside the finding.
    pub reason: String,
}

impl Exception {
    /// Whether it accepts a finding.
    pub(crate) fn accepts(&self, finding: &Finding, environment: &str) -> bool {
        let here = self.environment.as_deref();
        self.policy == finding.policy
            && here.is_none_or(|here| here == environment)
            && (self.urn.is_none() || self.urn == finding.urn)
    }
}
