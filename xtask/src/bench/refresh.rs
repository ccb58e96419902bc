//! A refresh of 10,000 resources with 30 properties each, some of them secret, on a fake cloud: the engine's part.

use std::process::Command;

use xtask::binary;

use super::measure::measured;
use super::{head, row};
use crate::step::{Outcome, step};

pub fn run() -> Outcome {
    let example = step("a program with the fake cloud", || {
        Ok(binary::example("stack-testkit", "rich")?)
    })?;
    head("Rich resources", &["what", "wall s", "CPU s", "MB"]);
    for what in ["prepare", "plan"] {
        let mut command = Command::new(&example);
        command.arg(what);
        let figures = measured(command)?;
        println!(
            "{}",
            row(&[
                what.to_owned(),
                format!("{:.3}", figures.wall),
                format!("{:.3}", figures.cpu),
                format!("{:.0}", figures.megabytes),
            ])
        );
    }
    Ok(())
}
