//! From a project's program to its graph.
//!
//! A program is built if it is Rust, then run once with the protocol of [`stack::protocol`] on its pipes. What it
//! prints besides goes to standard error.

mod cargo;
mod error;
mod run;

use std::path::Path;

use stack_model::Graph;

pub use error::ProgramError;

use crate::project::{Environment, Program, Project};
use crate::render::style::talk;

/// The graph that a project's program declares for an environment.
pub async fn graph(project: &Project, environment: &Environment) -> Result<Graph, ProgramError> {
    let json = match &project.program {
        Program::Graph(path) => read(&project.folder.join(path))?,
        Program::Command(command) => run::run(command, project, environment).await?,
        Program::Cargo(package) => {
            let binary = cargo::build(package, &project.folder).await?;
            let command = [binary.to_string_lossy().into_owned()];
            run::run(&command, project, environment).await?
        }
    };
    Graph::parse(&json).map_err(ProgramError::Problems)
}

fn read(path: &Path) -> Result<Vec<u8>, ProgramError> {
    std::fs::read(path).map_err(|source| ProgramError::Read {
        path: path.to_owned(),
        source,
    })
}

/// Shows what a program printed besides its graph.
fn chatter(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    text.lines().for_each(talk);
}
