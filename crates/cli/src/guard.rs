//! The policies that judge a plan, before anybody is asked whether to apply it.

use std::path::PathBuf;

use serde_json::Value as Json;
use stack_engine::check::Schemas;
use stack_engine::{CheckedGraph, Plan, Session};
use stack_policy::Policies;
use stack_review::document::Sources;
use stack_review::{Document, Finding};

use crate::error::{Error, Result};
use crate::invocation::Invocation;
use crate::project::{Environment, POLICIES, Project};
use crate::render::style::print;
use crate::render::{events, findings};

/// Which policies judge.
#[derive(Debug, clap::Args)]
pub struct Guard {
    /// The folder of the policies, instead of those that Stack.toml names; may be repeated
    #[arg(
        long,
        value_name = "DIR",
        env = "STACK_POLICIES",
        value_delimiter = ':'
    )]
    policies: Vec<PathBuf>,
}

impl Guard {
    /// The policies; none where the project has none.
    pub fn policies(&self, project: &Project) -> Result<Option<Policies>> {
        let folders = match self.policies.as_slice() {
            [] => folders(project),
            given => given.to_vec(),
        };
        if folders.is_empty() {
            return Ok(None);
        }
        let table = &project.policies;
        let settings = Json::Object(table.settings.clone());
        let policies = Policies::read(&folders, &settings, table.exceptions.clone())?;
        Ok(Some(policies))
    }
}

/// The folders that `Stack.toml` names; else the one beside it, if there are rules in it.
pub fn folders(project: &Project) -> Vec<PathBuf> {
    let beside = project.folder.join(POLICIES);
    match &project.policies.folders {
        Some(folders) => folders.iter().map(|one| project.folder.join(one)).collect(),
        // Policies of IAM, say, are often in a folder of that name too.
        None if stack_policy::has_rules(&beside) => vec![beside],
        None => Vec::new(),
    }
}

/// What is judged.
pub struct Case<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The session that made it.
    pub session: &'a Session<'a>,
    /// The program.
    pub graph: &'a CheckedGraph,
    /// What is known of its types.
    pub schemas: &'a Schemas,
    /// The environment.
    pub environment: &'a Environment,
}

impl Case<'_> {
    /// The plan as policies see it.
    pub fn document(&self) -> Document {
        let sources = Sources {
            state: self.session.state(),
            graph: Some(self.graph),
            schemas: self.schemas,
        };
        Document::of(self.plan, sources, self.environment.production)
    }

    /// Judges it, and shows what was found after the plan.
    pub fn judge(&self, invocation: &Invocation, policies: Option<&Policies>) -> Result<Verdict> {
        let Some(policies) = policies else {
            return Ok(Verdict::default());
        };
        let found = policies.judge(&self.document())?;
        match invocation.is_json()? {
            true => events::findings(&found),
            false => print(&findings::text(&found)).map_err(Error::Output)?,
        }
        Ok(Verdict::of(&found))
    }

    /// The same once more, after it was shown.
    pub fn judge_again(&self, policies: Option<&Policies>) -> Result<Verdict> {
        let Some(policies) = policies else {
            return Ok(Verdict::default());
        };
        Ok(Verdict::of(&policies.judge(&self.document())?))
    }
}

/// What policies say of a plan.
#[derive(Debug, Default)]
pub struct Verdict {
    denials: usize,
}

impl Verdict {
    fn of(found: &[Finding]) -> Self {
        Self {
            denials: found.iter().filter(|finding| finding.denies()).count(),
        }
    }

    /// Refuses what policies deny.
    pub fn accept(&self) -> Result<()> {
        match self.denials {
            0 => Ok(()),
            denials => Err(Error::Denied(denials)),
        }
    }
}

/// Whether any of these keeps a plan from being applied.
pub fn denies(findings: &[Finding]) -> bool {
    findings.iter().any(Finding::denies)
}
