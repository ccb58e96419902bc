//! The size of the binary with all clouds, and how long it takes to start.

use std::process::Command;

use xtask::binary::{self, Profile};

use super::measure::measured;
use crate::step::{Outcome, step};

pub fn run() -> Outcome {
    let stack = step("the binary `stack`, released, with all clouds", || {
        Ok(binary::stack(Profile::Release)?)
    })?;
    let size = stack.metadata()?.len() as f64 / 1e6;
    let mut walls = Vec::new();
    for _ in 0..11 {
        let mut command = Command::new(&stack);
        command.arg("--version");
        walls.push(measured(command)?.wall);
    }
    walls.sort_by(f64::total_cmp);
    println!(
        "\nThe binary has {size:.1} MB and starts in {:.1} ms (the median of {})",
        walls[walls.len() / 2] * 1_000.0,
        walls.len()
    );
    Ok(())
}
