//! A refresh of 10,000 resources with 30 properties each, some of them secret, on a fake cloud: the engine's part.

use std::process::Command;

use xtask::binary;

use super::head;
use super::measure::measured;
use crate::step::{Outcome, step};

pub fn run() -> Outcome {
    let example = step("the engine on a fake cloud, released", || {
        Ok(binary::example("stack-testkit", "rich")?)
    })?;
    head(
        "10,000 rich resources on a fake cloud",
        &["phase", "wall s", "CPU s"],
    );
    print!("{}", measured(Command::new(example))?.said);
    Ok(())
}
