//! The rules, ready to judge a plan.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use regorus::unstable::{Module, Rule};
use regorus::utils::limits::ExecutionTimerConfig;
use regorus::{Engine, Value};
use serde_json::{Value as Json, json};
use stack_review::{Document, Finding, Level};

use crate::error::{Error, Reason};
use crate::exception::Exception;
use crate::folder::Folder;

/// The longest that one rule may take. Rego ends always, but not always soon.
const LIMIT: Duration = Duration::from_secs(60);

/// The rules of some folders, ready to judge a plan.
#[derive(Debug)]
pub struct Policies {
    pub(crate) engine: Engine,
    /// Every rule of every package, by the path that it is asked at: `data.public_bucket.deny`.
    pub(crate) rules: BTreeSet<String>,
    exceptions: Vec<Exception>,
}

impl Policies {
    /// Reads the rules of some folders. `settings` is what they see as `data.settings`.
    pub fn read(
        folders: &[PathBuf],
        settings: &Json,
        exceptions: Vec<Exception>,
    ) -> Result<Self, Error> {
        Self::of(&folders_of(folders, false)?, settings, exceptions)
    }

    /// Reads the rules and their tests.
    pub fn read_with_tests(folders: &[PathBuf], settings: &Json) -> Result<Self, Error> {
        Self::of(&folders_of(folders, true)?, settings, Vec::new())
    }

    fn of(folders: &[Folder], settings: &Json, exceptions: Vec<Exception>) -> Result<Self, Error> {
        let mut engine = Engine::new();
        // What a built-in refuses is an error, and not as if the rule had nothing to say.
        engine.set_strict_builtin_errors(true);
        engine.set_gather_prints(true);
        engine.set_execution_timer_config(ExecutionTimerConfig {
            limit: LIMIT,
            check_interval: NonZeroU32::MIN.saturating_add(1023),
        });
        for folder in folders {
            for (path, text) in folder.rules.iter().chain(&folder.tests) {
                let shown = path.display().to_string();
                let added = engine.add_policy(shown, text.clone());
                added.map_err(|error| wrong(path, &error))?;
            }
        }
        let fixtures = folders.iter().flat_map(|folder| folder.fixtures.clone());
        let fixtures = Json::Object(fixtures.collect());
        let data = value(&json!({"settings": settings, "fixtures": fixtures}));
        data.and_then(|data| engine.add_data(data).map_err(|error| reason(&error)))
            .map_err(|source| Error::Failed {
                policy: "data.settings".into(),
                source,
            })?;
        let rules = engine.get_modules().iter().flat_map(|module| rules(module));
        let rules = rules.collect();
        Ok(Self {
            engine,
            rules,
            exceptions,
        })
    }

    /// What the rules say of a plan: what denies it first. An accepted finding is among them, with the reason.
    ///
    /// # Errors
    /// A rule that fails judges nothing, and what was not judged must not be applied.
    pub fn judge(&self, document: &Document) -> Result<Vec<Finding>, Error> {
        let mut engine = self.engine.clone();
        let input = serde_json::to_value(document).map_err(|error| Reason(error.to_string()));
        let input = input.and_then(|document| value(&document));
        engine.set_input(input.map_err(|source| Error::Failed {
            policy: "input".into(),
            source,
        })?);
        let mut findings = BTreeSet::new();
        for rule in &self.rules {
            let Some((package, name)) = rule.rsplit_once('.') else {
                continue;
            };
            let level = match name {
                "deny" => Level::Deny,
                "warn" => Level::Warn,
                _ => continue,
            };
            let policy = package.strip_prefix("data.").unwrap_or(package);
            let said = evaluate(&mut engine, rule).map_err(|source| Error::Failed {
                policy: policy.to_owned(),
                source,
            })?;
            // A rule whose default does not hold says nothing.
            if let Some(said) = said {
                findings.append(&mut crate::verdict::findings(policy, level, &said)?);
            }
        }
        let environment = &document.subject.environment;
        let accepted = |mut finding: Finding| {
            let exception = self
                .exceptions
                .iter()
                .find(|exception| exception.accepts(&finding, environment));
            finding.accepted = exception.map(|exception| exception.reason.clone());
            finding
        };
        Ok(findings.into_iter().map(accepted).collect())
    }
}

/// What a rule evaluates to; nothing where it is undefined.
pub(crate) fn evaluate(engine: &mut Engine, rule: &str) -> Result<Option<Json>, Reason> {
    let value = engine.eval_rule(rule.to_owned());
    match value.map_err(|error| reason(&error))? {
        Value::Undefined => Ok(None),
        value => {
            let text = value.to_json_str().map_err(|error| reason(&error))?;
            let json = serde_json::from_str(&text);
            json.map(Some).map_err(|error| Reason(error.to_string()))
        }
    }
}

fn folders_of(folders: &[PathBuf], with_tests: bool) -> Result<Vec<Folder>, Error> {
    let read = |folder: &PathBuf| Folder::read(folder, with_tests);
    folders.iter().map(read).collect()
}

/// The paths of a module's rules.
fn rules(module: &Module) -> Vec<String> {
    let package = module.package.refr.span().text().to_owned();
    let path = |rule: &_| {
        let text = match rule {
            Rule::Spec { span, .. } => span.text().to_owned(),
            Rule::Default { refr, .. } => refr.span().text().to_owned(),
        };
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let end = text.find(|letter| !is_part(letter)).unwrap_or(text.len());
        format!("data.{package}.{}", &text[..end])
    };
    module
        .policy
        .iter()
        .map(|rule| path(rule.as_ref()))
        .collect()
}

fn value(json: &Json) -> Result<Value, Reason> {
    Value::from_json_str(&json.to_string()).map_err(|error| reason(&error))
}

fn wrong(path: &Path, error: &impl std::fmt::Display) -> Error {
    Error::File {
        path: path.to_owned(),
        source: Reason(error.to_string().trim().to_owned()),
    }
}

fn reason(error: &impl std::fmt::Display) -> Reason {
    Reason(error.to_string().trim().to_owned())
}
