//! Instructions as graphs grow, counted by callgrind: no machine's noise is in them.

use std::path::Path;
use std::process::Command;

use xtask::binary::{self, Profile};

use super::measure::{measure, measured};
use super::{graph, head, row};
use crate::step::{Outcome, step};

/// The sizes whose ratio is told.
const SIZES: [usize; 2] = [10_000, 100_000];

pub fn run() -> Outcome {
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("\nvalgrind is not installed, so instructions are not counted");
        return Ok(());
    }
    let stack = step("the binary `stack`, released, without clouds", || {
        Ok(binary::stack(Profile::ReleaseWithoutClouds)?)
    })?;
    head(
        "Instructions",
        &[
            "resources",
            "first plan",
            "a resource",
            "second plan",
            "a resource",
        ],
    );
    let mut counted = Vec::new();
    for size in SIZES {
        let folder = tempfile::tempdir()?;
        graph::write(folder.path(), size)?;
        let first = count(&stack, folder.path())?;
        let key = [("STACK_KEY_FILE", folder.path().join("key"))];
        measure(&stack, &["apply", "--yes"], folder.path(), &key)?;
        let second = count(&stack, folder.path())?;
        let each = |count: u64| (count / size as u64).to_string();
        println!(
            "{}",
            row(&[
                size.to_string(),
                first.to_string(),
                each(first),
                second.to_string(),
                each(second)
            ])
        );
        counted.push((first, second));
    }
    if let [small, large] = counted[..] {
        let ratio = |small: u64, large: u64| large as f64 / small as f64;
        println!(
            "\n10 times the resources take {:.2} times the instructions of a first plan, and {:.2} times those of a second",
            ratio(small.0, large.0),
            ratio(small.1, large.1)
        );
    }
    Ok(())
}

/// The instructions of a plan.
fn count(stack: &Path, folder: &Path) -> Outcome<u64> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=callgrind.out"]);
    command.arg(stack).arg("plan").current_dir(folder);
    command.env("STACK_KEY_FILE", folder.join("key"));
    measured(command)?;
    let profile = std::fs::read_to_string(folder.join("callgrind.out"))?;
    let line = profile.lines().find_map(|line| {
        line.strip_prefix("totals: ")
            .or(line.strip_prefix("summary: "))
    });
    let total = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    total.ok_or_else(|| "callgrind told no total".into())
}
