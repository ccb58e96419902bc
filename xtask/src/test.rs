//! `cargo xtask test`: everything that CI runs.

use std::process::{Command, Stdio};

use xtask::binary::cargo;
use xtask::browser;
use xtask::emulator::{Emulator, Kind};
use xtask::{node, venv};

use crate::check;
use crate::step::{Outcome, step, succeed};

pub fn run() -> Outcome {
    check::run()?;
    step("documentation tests", || {
        let scope = ["test", "--workspace", "--all-features", "--doc"];
        succeed(&mut cargo(&scope)?)
    })?;
    let stacks = xtask::root()?.join("stacks");
    if stacks.exists() {
        step("tests of the stacks", || {
            succeed(cargo(&["test"])?.current_dir(&stacks))
        })?;
    }
    // Before the tests, whose time is limited.
    step("Python environments", || {
        venv::ensure()?;
        venv::of("tests/ci")?;
        venv::of("tests/forges")?;
        venv::of("tests/tracing")?;
        Ok(node::ensure("tests/forges")?)
    })?;
    step("browser", || Ok(browser::ensure()?))?;
    let emulators = step("emulators", start)?;
    // Last, so that a run closes on the count that matters most.
    step("tests", || {
        let mut command = tests()?;
        for (kind, emulator) in &emulators {
            command.env(kind.variable(), emulator.endpoint());
        }
        succeed(&mut command)
    })
}

/// One emulator of each kind for the whole run: starting them for each test process would take longer than the tests.
fn start() -> Outcome<Vec<(Kind, Emulator)>> {
    let mut started = Vec::new();
    for kind in Kind::ALL {
        started.push((kind, Emulator::start(kind)?));
    }
    Ok(started)
}

fn tests() -> Outcome<Command> {
    let nextest = cargo(&["nextest", "--version"])?
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    Ok(if nextest {
        cargo(&[
            "nextest",
            "run",
            "--workspace",
            "--all-features",
            "--no-fail-fast",
        ])
    } else {
        // The documentation tests ran before.
        cargo(&["test", "--workspace", "--all-features", "--all-targets"])
    }?)
}
