//! The rules' own tests: rules whose names begin with `test_`, as every tool for Rego knows them.

use serde::Serialize;
use serde_json::Value as Json;

use crate::policies::{Policies, evaluate};

/// One test, and how it went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trial {
    /// Its path: `data.public_bucket_test.test_open`.
    pub name: String,
    /// How it went.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// What it printed.
    pub printed: Vec<String>,
}

/// How a test went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", content = "reason", rename_all = "kebab-case")]
pub enum Outcome {
    /// It is true.
    Passed,
    /// It is anything else, or nothing.
    Failed,
    /// It could not be evaluated, and why.
    Broken(String),
}

impl Policies {
    /// Runs the tests.
    pub fn tests(&self) -> Vec<Trial> {
        let mut engine = self.engine.clone();
        let tests = self.rules.iter().filter(|rule| {
            let name = rule.rsplit('.').next();
            name.is_some_and(|name| name.starts_with("test_"))
        });
        let run = |name: &String| {
            let outcome = match evaluate(&mut engine, name) {
                Ok(Some(Json::Bool(true))) => Outcome::Passed,
                Ok(_) => Outcome::Failed,
                Err(reason) => Outcome::Broken(reason.0),
            };
            Trial {
                name: name.clone(),
                outcome,
                printed: engine.take_prints().unwrap_or_default(),
            }
        };
        tests.map(run).collect()
    }
}
