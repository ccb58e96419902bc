//! `cargo xtask bench`: ratios and counts, measured in one run.
//!
//! Graphs of `std:core:Value`, each referring to 2 of the 50 before it, beside Terraform with `terraform_data` on the
//! same graph where it is installed. The machine's noise hits both alike, so the ratios are what to quote.

mod graph;
mod measure;
mod terraform;

use std::path::Path;

use measure::{Figures, measure};
use xtask::binary;

use crate::step::{Outcome, step};

/// What is measured.
#[derive(clap::Args)]
pub struct Args {
    /// How many resources the graphs have.
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 10_000, 100_000])]
    sizes: Vec<usize>,
    /// Up to which size Terraform runs the same graph. It takes minutes for 1,000.
    #[arg(long, default_value_t = 1_000)]
    terraform_up_to: usize,
}

/// The phases of a stack's life.
const PHASES: [(&str, &[&str]); 4] = [
    ("plan", &["plan"]),
    ("apply", &["apply", "--yes"]),
    ("plan again", &["plan"]),
    ("destroy", &["destroy", "--yes"]),
];

pub fn run(args: &Args) -> Outcome {
    let stack = step("the binary `stack`, released, without clouds", || {
        Ok(binary::stack(binary::Profile::ReleaseWithoutClouds)?)
    })?;
    let terraform = terraform::find();
    println!(
        "| resources | phase | wall s | CPU s | MB | Terraform wall s | CPU s | MB | wall ratio |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for size in &args.sizes {
        let folder = tempfile::tempdir()?;
        graph::write(folder.path(), *size)?;
        let beside = terraform
            .as_deref()
            .filter(|_| *size <= args.terraform_up_to);
        let theirs = beside
            .map(|terraform| terraform::Bench::new(terraform, *size))
            .transpose()?;
        for (phase, arguments) in PHASES {
            let ours = measure(
                &stack,
                arguments,
                folder.path(),
                &[("STACK_KEY_FILE", folder.path().join("key"))],
            )?;
            let theirs = theirs
                .as_ref()
                .map(|bench| bench.phase(phase))
                .transpose()?;
            println!("{}", row(*size, phase, &ours, theirs.as_ref()));
            if phase == "apply" {
                println!(
                    "| {size} | state | {} kB | | | | | | |",
                    state_size(folder.path())? / 1_000
                );
            }
        }
    }
    Ok(())
}

fn row(size: usize, phase: &str, ours: &Figures, theirs: Option<&Figures>) -> String {
    let Figures {
        wall,
        cpu,
        megabytes,
    } = ours;
    let beside = match theirs {
        None => "| | | |".to_owned(),
        Some(theirs) => format!(
            "{:.2} | {:.2} | {:.0} | 1/{:.0} |",
            theirs.wall,
            theirs.cpu,
            theirs.megabytes,
            theirs.wall / wall.max(0.001)
        ),
    };
    format!("| {size} | {phase} | {wall:.3} | {cpu:.3} | {megabytes:.0} | {beside}")
}

/// The size of the newest committed state.
fn state_size(folder: &Path) -> Outcome<u64> {
    let states = std::fs::read_dir(folder.join("state/bench/dev/state"))?;
    let mut files: Vec<_> = states.collect::<Result<_, _>>()?;
    files.sort_by_key(std::fs::DirEntry::file_name);
    let newest = files.last().ok_or("the apply committed no state")?;
    Ok(newest.metadata()?.len())
}
