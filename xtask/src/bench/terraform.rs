//! Terraform on the same graph.

use std::path::{Path, PathBuf};

use super::graph;
use super::measure::{Figures, measure};
use crate::step::Outcome;

/// Where Terraform is, if it is installed.
pub fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join("terraform"))
        .find(|file| file.is_file())
}

/// A folder with the graph, initialised.
pub struct Bench {
    terraform: PathBuf,
    folder: tempfile::TempDir,
}

impl Bench {
    /// Writes the graph and initialises the folder; that is not part of what is measured.
    pub fn new(terraform: &Path, size: usize) -> Outcome<Self> {
        let bench = Self {
            terraform: terraform.to_owned(),
            folder: tempfile::tempdir()?,
        };
        graph::write_terraform(bench.folder.path(), size)?;
        bench.run(&["init", "-no-color"])?;
        Ok(bench)
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
        measure(
            &self.terraform,
            arguments,
            self.folder.path(),
            &[("CHECKPOINT_DISABLE", "1")],
        )
    }
}
