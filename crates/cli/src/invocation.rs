//! What was typed, and whether it was taken back since.

use std::future::Future;
use std::path::PathBuf;

use stack_engine::Holder;
use stack_provider::trace::{self, Fact};
use tokio_util::sync::CancellationToken;

use crate::args::{Format, Global};
use crate::error::{Error, Result};
use crate::holder;
use crate::project::{Environment, Project};
use crate::render::events;
use crate::render::progress::{self, Progress};

/// One run of the binary.
pub struct Invocation {
    /// What every command understands.
    pub global: Global,
    /// Set by the first Ctrl-C.
    pub cancelled: CancellationToken,
}

impl Invocation {
    /// What was typed.
    pub fn new(global: Global, cancelled: CancellationToken) -> Self {
        Self { global, cancelled }
    }

    /// The project around the folder.
    pub fn project(&self) -> Result<Project> {
        Ok(Project::find(&self.global.directory)?)
    }

    /// The environment that was asked for.
    pub fn environment(&self, project: &Project) -> Result<Environment> {
        let environment = project.environment(self.asked_environment())?;
        trace::learn(Fact::Environment {
            stack: &project.name,
            environment: &environment.name,
        });
        Ok(environment)
    }

    /// The environment that was asked for, or every one that `Stack.toml` has.
    pub fn environments(&self, project: &Project, all: bool) -> Result<Vec<Environment>> {
        let asked = self.asked_environment();
        let names = match (all, asked) {
            (false, asked) => vec![asked.map(str::to_owned)],
            (true, None) => project.names().into_iter().map(Some).collect(),
            (true, Some(_)) => {
                return Err(Error::usage(
                    "--all-environments and --environment exclude each other",
                    "give one of them",
                ));
            }
        };
        let environment = |name: Option<String>| Ok(project.environment(name.as_deref())?);
        names.into_iter().map(environment).collect()
    }

    /// The same of the projects around several folders.
    pub fn environments_of(
        &self,
        folders: &[PathBuf],
        all: bool,
    ) -> Result<Vec<(Project, Environment)>> {
        let mut found = Vec::new();
        for folder in folders {
            let project = Project::find(folder)?;
            for environment in self.environments(&project, all)? {
                found.push((Project::find(folder)?, environment));
            }
        }
        Ok(found)
    }

    /// The environment's name as it was given, if it was. An empty variable is none.
    pub fn asked_environment(&self) -> Option<&str> {
        let asked = self.global.environment.as_deref();
        asked.filter(|name| !name.is_empty())
    }

    /// Whether to write JSON. What only graphs can be written as is refused.
    pub fn is_json(&self) -> Result<bool> {
        match self.global.format {
            None | Some(Format::Text) => Ok(false),
            Some(Format::Json) => Ok(true),
            Some(Format::Dot | Format::Mermaid) => Err(Error::usage(
                "dot and mermaid are formats of `stack graph`",
                "use --format text or --format json",
            )),
            Some(Format::Markdown | Format::Html) => Err(Error::usage(
                "this command writes neither markdown nor html: `stack preview` writes both, and `stack drift` markdown",
                "use --format text or --format json",
            )),
        }
    }

    /// Who hears of what the engine does. In JSON, begins the stream.
    pub fn listener(
        &self,
        command: &str,
        project: &Project,
        environment: &Environment,
    ) -> Result<Box<dyn Progress>> {
        if self.is_json()? {
            events::begin(command, &project.name, &environment.name);
            return Ok(Box::new(events::Lines::default()));
        }
        Ok(progress::to_stderr())
    }

    /// Who hears of what the engine does in one of several environments at once.
    pub fn listener_among(&self, stack: &str, environment: &str) -> Box<dyn Progress> {
        match self.global.is_json() {
            true => Box::new(events::Lines::of(stack, environment)),
            false => progress::to_stderr_of(&format!("{stack}/{environment}")),
        }
    }

    /// Who hears of what the engine does for no environment.
    pub fn listener_of_none(&self) -> Box<dyn Progress> {
        match self.global.is_json() {
            true => Box::new(events::Lines::default()),
            false => progress::to_stderr(),
        }
    }

    /// Who takes the lock.
    pub fn holder(&self, command: &str) -> Holder {
        holder::this(command)
    }

    /// Does something that changes nothing and may be left in its middle.
    pub async fn unless_cancelled<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            biased;
            () = self.cancelled.cancelled() => Err(Error::Cancelled),
            done = work => done,
        }
    }
}
