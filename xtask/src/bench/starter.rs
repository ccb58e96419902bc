//! The AWS starter on an emulator, beside the same architecture in Terraform.
//!
//! Most of what Terraform's apply takes here is waiting: its provider looks at slow kinds of objects in fixed intervals.
//! The second plan and the processor's time say more of the tools themselves.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use xtask::account;
use xtask::binary::{self, Profile};
use xtask::emulator::{Emulator, Kind};
use xtask::starter::Starter;

use super::measure::{beside, measured};
use super::terraform::{self, Terraform};
use super::{difference, head, row};
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
    let starter = Starter::aws(stack, emulator.endpoint())?;
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
    let (mut reads, mut rounds) = (BTreeMap::new(), 0.0);
    for (phase, arguments) in PHASES {
        let before = emulator.calls(starter.account())?;
        let ours = measured(starter.stack(arguments))?;
        if phase == "plan again" {
            reads = difference(&before, &emulator.calls(starter.account())?);
        }
        if phase == "plan again" {
            rounds = count_rounds(&emulator, &starter, ours.wall)?;
        }
        let theirs = theirs
            .as_ref()
            .map(|theirs| theirs.phase(phase))
            .transpose()?;
        let mut cells = vec![phase.to_owned()];
        cells.extend(beside(&ours, theirs.as_ref()));
        println!("{}", row(&cells));
    }
    head("The calls of the second plan", &["operation", "calls"]);
    for (operation, count) in &reads {
        println!("{}", row(&[operation.clone(), count.to_string()]));
    }
    println!(
        "\n{} calls in all, {rounds:.1} of them one after the other",
        reads.values().sum::<u64>()
    );
    Ok(())
}

/// How many calls of a plan wait for one another: what it takes longer when every answer does.
fn count_rounds(emulator: &Emulator, starter: &Starter, at_once: f64) -> Outcome<f64> {
    const LATENCY: Duration = Duration::from_millis(500);
    emulator.delay(LATENCY)?;
    let delayed = measured(starter.stack(&["plan"]));
    emulator.delay(Duration::ZERO)?;
    Ok((delayed?.wall - at_once) / LATENCY.as_secs_f64())
}

/// The same architecture in Terraform, in an account of its own, initialised.
fn the_same(terraform: &Path, endpoint: &str) -> Outcome<Terraform> {
    let mut theirs = Terraform::new(terraform)?;
    let source = xtask::root()?.join("xtask/bench-data/aws-starter");
    for file in fs::read_dir(source)? {
        let file = file?;
        fs::copy(file.path(), theirs.folder().join(file.file_name()))?;
    }
    theirs.set("TF_VAR_endpoint", endpoint);
    theirs.set("AWS_ACCESS_KEY_ID", &account::fresh());
    theirs.set("AWS_SECRET_ACCESS_KEY", "bench");
    theirs.set("AWS_EC2_METADATA_DISABLED", "true");
    theirs.init()?;
    Ok(theirs)
}
