//! `cargo xtask demo`: the AWS starter's whole life on an emulator, as a user would see it.

use xtask::binary::{self, Profile};
use xtask::emulator::{Emulator, Kind};
use xtask::starter::Starter;
use xtask::venv;

use crate::step::{Outcome, step, succeed};

pub fn run() -> Outcome {
    let stack = step("the binary `stack`", || Ok(binary::stack(Profile::Dev)?))?;
    step("Python environment", || Ok(venv::ensure()?))?;
    let emulator = step("an emulator of AWS", || {
        Ok(Emulator::start(Kind::Ministack)?)
    })?;
    let starter = step("the starter's program", || {
        Ok(Starter::new(stack, emulator.endpoint())?)
    })?;
    let shown = |what: &str, arguments: &[&str]| {
        step(&format!("{what}: stack {}", arguments.join(" ")), || {
            succeed(&mut starter.stack(arguments))
        })
    };
    shown("what would be made", &["plan"])?;
    shown("it is made", &["apply", "--yes"])?;
    shown("a second plan", &["plan", "--exit-code"])?;
    shown("what the application needs to know", &["output"])?;
    // One line of configuration: the web app gets a second replica.
    starter.configure(&[("app.web.replicas", 2.into())])?;
    shown("one change", &["apply", "--yes"])?;
    shown("everything is deleted", &["destroy", "--yes"])?;
    step("what is left, as boto3 sees it", || {
        succeed(&mut starter.left()?)
    })
}
