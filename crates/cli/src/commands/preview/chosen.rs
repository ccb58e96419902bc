//! Which stacks and environments are previewed.

use std::path::PathBuf;

use crate::error::Result;
use crate::forge::Subject;
use crate::invocation::Invocation;
use crate::project::{Environment, Project};
use crate::render::style::talk;
use crate::touched::Changes;

/// Which stacks are previewed.
#[derive(Debug, Default, clap::Args)]
pub struct Choice {
    /// The folders of the stacks; the one around here when not given
    #[arg(value_name = "DIR")]
    stacks: Vec<PathBuf>,
    /// Only stacks that the changes since this branch or commit touch; of the whole repository, when no DIR is given
    #[arg(long, value_name = "REF")]
    changed_since: Option<String>,
    /// Every environment that Stack.toml has, instead of one
    #[arg(long)]
    all_environments: bool,
}

impl Choice {
    /// Every environment to be planned, with its project.
    pub async fn environments(
        &self,
        invocation: &Invocation,
    ) -> Result<Vec<(Project, Environment)>> {
        let folders = self.folders(invocation).await?;
        invocation.environments_of(&folders, self.all_environments)
    }

    async fn folders(&self, invocation: &Invocation) -> Result<Vec<PathBuf>> {
        let here = &invocation.global.directory;
        let named: Vec<PathBuf> = self.stacks.iter().map(|folder| here.join(folder)).collect();
        let Some(reference) = &self.changed_since else {
            return Ok(match named.is_empty() {
                true => vec![here.clone()],
                false => named,
            });
        };
        let mut changes = Changes::since(reference, here).await?;
        let all = match named.is_empty() {
            true => changes.stacks().await?,
            false => named,
        };
        let mut touched = Vec::new();
        for folder in &all {
            if changes.touch(&Project::find(folder)?).await? {
                touched.push(folder.clone());
            }
        }
        talk(&format!(
            "the changes since {reference} touch {} of {} stacks",
            touched.len(),
            all.len()
        ));
        Ok(touched)
    }
}

/// What a preview is of.
pub fn subject((project, environment): &(Project, Environment)) -> Subject {
    Subject {
        stack: project.name.clone(),
        environment: environment.name.clone(),
    }
}
