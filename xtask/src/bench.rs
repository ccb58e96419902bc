//! `cargo xtask bench`: ratios and counts, measured in one run.
//!
//! The machine's noise hits both sides of a ratio alike, so the ratios are what to quote.

mod azure;
mod graph;
mod instructions;
mod journal;
mod lists;
mod measure;
mod refresh;
mod start_up;
mod starter;
mod terraform;
mod values;

use std::collections::BTreeMap;

use crate::step::Outcome;

/// What is measured.
#[derive(clap::Args)]
pub struct Args {
    /// Measure only these.
    #[arg(value_enum)]
    parts: Vec<Part>,
    /// How many values the graphs have.
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 10_000, 100_000])]
    sizes: Vec<usize>,
    /// Up to which size Terraform runs the same values. It takes minutes for 1,000.
    #[arg(long, default_value_t = 1_000)]
    terraform_up_to: usize,
}

/// A part of the bench.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Graphs of values, beside Terraform's `terraform_data`
    Values,
    /// What the journal of 10,000 values costs, on a local disk and on an emulator of S3
    Journal,
    /// Instructions as graphs grow, where valgrind is installed
    Instructions,
    /// A refresh of 10,000 rich resources
    Refresh,
    /// How often AWS is asked for a refresh of 200 objects of a type, and how often without lists
    Lists,
    /// The AWS starter on an emulator, beside Terraform
    Starter,
    /// The Azure starter on a local Azure with slow operations, beside its longest chain of them
    Azure,
    /// The size of the binary with all clouds, and how long it takes to start
    StartUp,
}

pub fn run(args: &Args) -> Outcome {
    let wanted = |part| args.parts.is_empty() || args.parts.contains(&part);
    if wanted(Part::Values) {
        values::run(&args.sizes, args.terraform_up_to)?;
    }
    if wanted(Part::Journal) {
        journal::run()?;
    }
    if wanted(Part::Instructions) {
        instructions::run()?;
    }
    if wanted(Part::Refresh) {
        refresh::run()?;
    }
    if wanted(Part::Lists) {
        lists::run()?;
    }
    if wanted(Part::Starter) {
        starter::run()?;
    }
    if wanted(Part::Azure) {
        azure::run()?;
    }
    if wanted(Part::StartUp) {
        start_up::run()?;
    }
    Ok(())
}

/// A row of a table, as Markdown has it.
fn row(cells: &[String]) -> String {
    format!("| {} |", cells.join(" | "))
}

/// A table's head.
fn head(title: &str, cells: &[&str]) {
    let cells: Vec<String> = cells.iter().map(|cell| (*cell).to_owned()).collect();
    let line: Vec<String> = cells.iter().map(|_| "---".to_owned()).collect();
    println!("\n{title}\n\n{}\n{}", row(&cells), row(&line));
}

/// How often each operation was asked for between two counts.
fn difference(
    before: &BTreeMap<String, u64>,
    after: &BTreeMap<String, u64>,
) -> BTreeMap<String, u64> {
    let since = |(operation, count): (&String, &u64)| {
        let more = count - before.get(operation).unwrap_or(&0);
        (more > 0).then(|| (operation.clone(), more))
    };
    after.iter().filter_map(since).collect()
}
