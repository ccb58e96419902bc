//! What a rule may say.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value as Json;
use stack_review::{Finding, Level};

use crate::error::Error;

/// One thing that a rule says, where it is no text alone.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    message: String,
    urn: Option<String>,
}

/// What a set of a rule says, as findings without a second of the same kind.
pub fn findings(policy: &str, level: Level, said: &Json) -> Result<BTreeSet<Finding>, Error> {
    let no_finding = |said: &Json| Error::NoFinding {
        policy: policy.to_owned(),
        said: said.to_string(),
    };
    // A set is a list in JSON.
    let said = said.as_array().ok_or_else(|| no_finding(said))?;
    let finding = |said: &Json| {
        let Said { message, urn } = match said.as_str() {
            Some(text) => Said {
                message: text.to_owned(),
                urn: None,
            },
            None => Said::deserialize(said).map_err(|_| no_finding(said))?,
        };
        Ok(Finding {
            level,
            policy: policy.to_owned(),
            urn,
            message,
            accepted: None,
        })
    };
    said.iter().map(finding).collect()
}
