//! Graphs of `std:core:Value`, each referring to 2 of the 50 before it, beside Terraform with `terraform_data` on the
//! same graph.

use std::path::Path;

use serde_json::Value as Json;
use xtask::binary::{self, Profile};

use super::graph;
use super::measure::{Figures, beside, measure};
use super::terraform::{self, Terraform};
use super::{head, row};
use crate::step::{Outcome, step};

/// The phases of a stack's life.
const PHASES: [(&str, &[&str]); 4] = [
    ("plan", &["plan"]),
    ("apply", &["apply", "--yes", "--format", "json"]),
    ("plan again", &["plan"]),
    ("destroy", &["destroy", "--yes"]),
];

pub fn run(sizes: &[usize], terraform_up_to: usize) -> Outcome {
    let stack = step("the binary `stack`, released, without clouds", || {
        Ok(binary::stack(Profile::ReleaseWithoutClouds)?)
    })?;
    let installed = terraform::find();
    head(
        "Values",
        &[
            "resources",
            "phase",
            "wall s",
            "CPU s",
            "MB",
            "Terraform wall s",
            "CPU s",
            "MB",
            "wall, ours to theirs",
            "MB, ours to theirs",
        ],
    );
    for size in sizes {
        let folder = tempfile::tempdir()?;
        graph::write(folder.path(), *size)?;
        let theirs = installed.as_deref().filter(|_| *size <= terraform_up_to);
        let theirs = theirs
            .map(|terraform| values_for(terraform, *size))
            .transpose()?;
        for (phase, arguments) in PHASES {
            let key = [("STACK_KEY_FILE", folder.path().join("key"))];
            let ours = measure(&stack, arguments, folder.path(), &key)?;
            let theirs = theirs
                .as_ref()
                .map(|theirs| theirs.phase(phase))
                .transpose()?;
            let mut cells = vec![size.to_string(), phase.to_owned()];
            cells.extend(beside(&ours, theirs.as_ref()));
            println!("{}", row(&cells));
            if phase == "apply" {
                println!(
                    "| {size} | | state: {} kB, durable writes: {}, depth of the graph: {} |",
                    state_size(folder.path())? / 1_000,
                    durable_writes(&ours)?,
                    graph::depth(*size),
                );
            }
        }
    }
    Ok(())
}

/// The same graph for Terraform.
fn values_for(terraform: &Path, size: usize) -> Outcome<Terraform> {
    let theirs = Terraform::new(terraform)?;
    graph::write_terraform(theirs.folder(), size)?;
    theirs.init()?;
    Ok(theirs)
}

/// What the apply's last events say.
pub fn durable_writes(figures: &Figures) -> Outcome<u64> {
    let summary = figures.said.lines().rev().find_map(|line| {
        let event: Json = serde_json::from_str(line).ok()?;
        event["durable_writes"].as_u64()
    });
    summary.ok_or_else(|| "the apply told no summary".into())
}

/// The size of the newest committed state.
fn state_size(folder: &Path) -> Outcome<u64> {
    let states = std::fs::read_dir(folder.join("state/bench/dev/state"))?;
    let mut files: Vec<_> = states.collect::<Result<_, _>>()?;
    files.sort_by_key(std::fs::DirEntry::file_name);
    let newest = files.last().ok_or("the apply committed no state")?;
    Ok(newest.metadata()?.len())
}
