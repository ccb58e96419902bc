//! An environment opened for a command that changes what is recorded: from the lock to its return.

use stack_engine::{Connections, Session};

use crate::environment::Home;
use crate::error::Result;
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::locking::{self, Lock};
use crate::project::{Environment, Project};
use crate::render::progress::Progress;

/// An environment opened for a command that changes what is recorded.
pub struct Opened<'i> {
    invocation: &'i Invocation,
    /// The command's name, for whoever finds the lock taken.
    command: &'static str,
    /// What `Stack.toml` says.
    pub project: Project,
    /// The environment that is meant.
    pub environment: Environment,
    /// Where its state lives.
    pub home: Home,
    /// Who hears of what happens.
    pub progress: Box<dyn Progress>,
}

impl<'i> Opened<'i> {
    /// The environment that was asked for. Nothing is read or made there yet.
    pub fn of(invocation: &'i Invocation, command: &'static str) -> Result<Self> {
        let project = invocation.project()?;
        let environment = invocation.environment(&project)?;
        Self::at(invocation, command, project, environment)
    }

    /// A certain environment.
    pub fn at(
        invocation: &'i Invocation,
        command: &'static str,
        project: Project,
        environment: Environment,
    ) -> Result<Self> {
        let progress = invocation.listener(command, &project, &environment)?;
        Self::heard_by(progress, invocation, command, project, environment)
    }

    /// A certain environment of several that are worked on at once.
    pub fn among(
        invocation: &'i Invocation,
        command: &'static str,
        project: Project,
        environment: Environment,
    ) -> Result<Self> {
        let progress = invocation.listener_among(&project.name, &environment.name);
        Self::heard_by(progress, invocation, command, project, environment)
    }

    fn heard_by(
        progress: Box<dyn Progress>,
        invocation: &'i Invocation,
        command: &'static str,
        project: Project,
        environment: Environment,
    ) -> Result<Self> {
        Ok(Self {
            invocation,
            command,
            home: Home::of(&project, &environment)?,
            progress,
            project,
            environment,
        })
    }

    /// The number of the newest committed state; 0 where nothing is recorded.
    pub async fn serial(&self) -> Result<u64> {
        self.home.serial().await
    }

    /// Takes the lock, and opens what is recorded.
    pub async fn write(&self, connections: Connections, lock: Lock) -> Result<Session<'_>> {
        let (backend, progress) = (self.home.backend.as_ref(), self.progress.as_ref());
        let lease = locking::take(self.invocation, backend, self.command, lock, progress).await?;
        let place = self.home.place(progress);
        Ok(Session::with_lease(place, connections, lease, self.command).await?)
    }

    /// Gives the lock back, whatever came of the work. What went wrong first is said first.
    pub async fn end(&self, session: Session<'_>, done: Result<Exit>) -> Result<Exit> {
        self.progress.rest();
        let closed = session.close().await;
        let exit = done?;
        closed?;
        Ok(exit)
    }
}
