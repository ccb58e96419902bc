//! Where environments live: a backend, and the file that holds the key to their secrets.

use std::path::{Path, PathBuf};

use stack_engine::Backend;

use crate::environment::{self, Home};
use crate::error::{Error, Result};
use crate::project::Project;
use crate::stacks::Place;

/// Where environments live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The backend.
    pub url: String,
    /// Where relative paths begin.
    pub folder: PathBuf,
    /// The file that holds the key, if one is named.
    pub key_file: Option<PathBuf>,
    /// The folder of redacted snapshots that stand for what is in the backend, if they do.
    pub snapshots: Option<PathBuf>,
}

impl Site {
    /// Where a project's environments live.
    pub fn of(project: &Project) -> Self {
        Self {
            url: project.backend.clone(),
            folder: project.folder.clone(),
            key_file: project.key_file.clone(),
            snapshots: project.snapshots.clone(),
        }
    }

    /// The same in another backend.
    #[must_use]
    pub fn moved(self, url: &str) -> Self {
        Self {
            url: url.to_owned(),
            ..self
        }
    }

    /// The backend that is named, seen from a folder; else that of the project around it. The key is the project's, where
    /// there is one.
    pub fn named(backend: Option<&str>, folder: &Path) -> Result<Self> {
        match (backend, Project::find(folder)) {
            (None, project) => Ok(Self::of(&project?)),
            // Relative to where it is typed, and not to a Stack.toml further up.
            (Some(url), Ok(project)) => Ok(Self {
                key_file: project.key_file.map(|path| project.folder.join(path)),
                ..Self::bare(url, folder)
            }),
            (Some(url), Err(_)) => Ok(Self::bare(url, folder)),
        }
    }

    fn bare(url: &str, folder: &Path) -> Self {
        Self {
            url: url.to_owned(),
            folder: folder.to_owned(),
            key_file: None,
            snapshots: None,
        }
    }

    /// The home of an environment. Nothing is read or made yet.
    pub fn home(&self, stack: &str, environment: &str) -> Result<Home> {
        Home::in_site(self, stack, environment)
    }

    /// The home of an environment's state alone, for whoever looks for no key.
    pub fn backend(&self, stack: &str, environment: &str) -> Result<Box<dyn Backend>> {
        let variables = environment::variables();
        let opened = stack_backend::open(&self.url, &self.folder, stack, environment, &variables);
        Ok(opened?)
    }

    /// Every environment that has something there.
    pub async fn environments(&self) -> Result<Vec<Place>> {
        let variables = environment::variables();
        let listed = stack_backend::environments(&self.url, &self.folder, &variables).await;
        listed.map_err(|error| match error {
            stack_backend::ListError::Open(error) => Error::from(error),
            stack_backend::ListError::Backend(error) => stack_engine::Error::from(error).into(),
        })
    }
}
