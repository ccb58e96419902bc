//! Terraform, where it is installed.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::measure::{Figures, measured};
use crate::step::Outcome;

/// Where Terraform is, if it is installed.
pub fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join("terraform"))
        .find(|file| file.is_file())
}

/// A folder with a configuration.
pub struct Terraform {
    terraform: PathBuf,
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

impl Terraform {
    /// An empty folder.
    pub fn new(terraform: &Path) -> Outcome<Self> {
        Ok(Self {
            terraform: terraform.to_owned(),
            folder: tempfile::tempdir()?,
            variables: vec![("CHECKPOINT_DISABLE".to_owned(), "1".to_owned())],
        })
    }

    /// With a variable in its environment.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// Where the configuration is.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Initialises the folder, which is not part of what is measured.
    pub fn init(&self) -> Outcome {
        self.run(&["init", "-no-color"]).map(drop)
    }

    /// Runs one phase.
    pub fn phase(&self, phase: &str) -> Outcome<Figures> {
        match phase {
            "apply" => self.run(&["apply", "-auto-approve", "-no-color"]),
            "destroy" => self.run(&["destroy", "-auto-approve", "-no-color"]),
            _ => self.run(&["plan", "-no-color"]),
        }
    }

    fn run(&self, arguments: &[&str]) -> Outcome<Figures> {
        let mut command = Command::new(&self.terraform);
        command.args(arguments).current_dir(self.folder());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        measured(command)
    }
}
