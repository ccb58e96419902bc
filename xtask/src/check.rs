//! `cargo xtask check`: what can be said about the code without running it.

use xtask::binary::cargo;

use crate::dependencies;
use crate::step::{Outcome, step, succeed};

pub fn run() -> Outcome {
    step("rustfmt", || {
        succeed(&mut cargo(&["fmt", "--all", "--check"])?)
    })?;
    step("clippy", || {
        let scope = ["clippy", "--workspace", "--all-targets", "--all-features"];
        succeed(cargo(&scope)?.args(["--", "--deny", "warnings"]))
    })?;
    step("dependencies", dependencies::check)
}
