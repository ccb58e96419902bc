//! The AWS starter on an emulator, beside the same architecture in Terraform.
//!
//! Most of what Terraform's apply takes here is waiting: its provider looks at slow kinds of objects in fixed intervals.
//! The second plan and the processor's time say more of the tools themselves.

use std::fs;
use std::path::Path;

use xtask::account;
use xtask::binary::{self, Profile};
use xtask::emulator::{Emulator, Kind};
use xtask::starter::Starter;

use super::measure::{beside, measured};
use super::terraform::{self, Terraform};
use super::{head, row};
use crate::step::{Outcome, step};

/// The phases of a stack's life.
const PHASES: [(&str, &[&str]); 4] = [
    ("plan", &["plan"]),
    ("apply", &["apply", "--yes"]),
    ("plan again", &["plan", "--exit-code"]),
    ("destroy", &["destroy", "--yes"]),
];

pub fn run() -> Outcome {
    let stack = step("the binary `stack`", || Ok(binary::stack(Profile::Dev)?))?;
    let emulator = Emulator::start(Kind::Ministack)?;
    let starter = Starter::new(stack, emulator.endpoint())?;
    let theirs = match terraform::find() {
        None => None,
        Some(terraform) => Some(the_same(&terraform, emulator.endpoint())?),
    };
    head(
        "The AWS starter on ministack (a debug build of ours)",
        &[
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
    for (phase, arguments) in PHASES {
        let before = emulator.calls(starter.account())?;
        let ours = measured(starter.stack(arguments))?;
        if phase == "plan again" {
            calls(&before, &emulator.calls(starter.account())?);
        }
        let theirs = theirs
            .as_ref()
            .map(|theirs| theirs.phase(phase))
            .transpose()?;
        let mut cells = vec![phase.to_owned()];
        cells.extend(beside(&ours, theirs.as_ref()));
        println!("{}", row(&cells));
    }
    Ok(())
}
