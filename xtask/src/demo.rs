//! `cargo xtask demo`: the whole life of each cloud's starter on an emulator, as a user would see it.

use std::sync::Arc;
use std::time::Duration;

use xtask::azure::LocalAzure;
use xtask::binary::{self, Profile};
use xtask::emulator::{Emulator, Kind};
use xtask::starter::Starter;
use xtask::venv;

use crate::step::{Outcome, step, succeed};

pub fn run() -> Outcome {
    let stack = step("the binary `stack`", || Ok(binary::stack(Profile::Dev)?))?;
    step("Python environment", || Ok(venv::ensure()?))?;
    let aws = step("an emulator of AWS", || {
        Ok(Emulator::start(Kind::Ministack)?)
    })?;
    let starter = step("the AWS starter's program", || {
        Ok(Starter::aws(stack.clone(), aws.endpoint())?)
    })?;
    live("AWS", &starter)?;
    let azure = step("a local Azure", || {
        Ok(Arc::new(LocalAzure::start(Duration::from_millis(300))?))
    })?;
    let starter = step("the Azure starter's program", || {
        Ok(Starter::azure(stack, &azure)?)
    })?;
    live("Azure", &starter)
}

/// From the first plan to nothing left.
fn live(cloud: &str, starter: &Starter) -> Outcome {
    let shown = |what: &str, arguments: &[&str]| {
        step(
            &format!("{cloud}: {what}: stack {}", arguments.join(" ")),
            || succeed(&mut starter.stack(arguments)),
        )
    };
    shown("what would be made", &["plan"])?;
    shown("it is made", &["apply", "--yes"])?;
    shown("a second plan", &["plan", "--exit-code"])?;
    shown("what the application needs to know", &["output"])?;
    // One line of configuration: the web app gets a second replica.
    starter.configure(&[("app.web.replicas", 2.into())])?;
    shown("one change", &["apply", "--yes"])?;
    shown("everything is deleted", &["destroy", "--yes"])?;
    step(
        &format!("{cloud}: what is left, as its own SDK sees it"),
        || succeed(&mut starter.left()?),
    )
}
