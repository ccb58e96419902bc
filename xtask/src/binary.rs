//! Builds what the demo and the bench run, and says where it is.

use std::path::PathBuf;
use std::process::Stdio;

use serde_json::Value as Json;

use crate::step::{Outcome, cargo};

/// How the binary is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// As the tests build it, with every provider.
    Dev,
    /// As users get it, without a cloud: quick to build, and all that measuring the engine needs.
    ReleaseWithoutClouds,
}

/// Builds the binary `stack`.
pub fn stack(profile: Profile) -> Outcome<PathBuf> {
    let arguments: &[&str] = match profile {
        // Of the whole workspace, as the tests build it: another selection of features would compile the AWS SDK anew.
        Profile::Dev => &["build", "--workspace", "--all-features", "--bin", "stack"],
        Profile::ReleaseWithoutClouds => &[
            "build",
            "--package",
            "stack-cli",
            "--release",
            "--no-default-features",
        ],
    };
    build(arguments, ".", "stack")
}

/// Builds a reference stack's program.
pub fn program(name: &str) -> Outcome<PathBuf> {
    build(&["build", "--package", name], "stacks", name)
}

/// Cargo says where it put an executable; a guess would be wrong under another target folder.
fn build(arguments: &[&str], folder: &str, name: &str) -> Outcome<PathBuf> {
    let mut command = cargo(arguments)?;
    command.arg("--message-format=json-render-diagnostics");
    command
        .current_dir(xtask::root()?.join(folder))
        .stdout(Stdio::piped());
    let output = command.spawn()?.wait_with_output()?;
    if !output.status.success() {
        return Err(format!("{name} does not build").into());
    }
    let lines = output.stdout.split(|byte| *byte == b'\n');
    let mut executables = lines.filter_map(|line| {
        let message: Json = serde_json::from_slice(line).ok()?;
        let is_it = message["target"]["name"] == name && message["executable"].is_string();
        is_it.then(|| PathBuf::from(message["executable"].as_str().unwrap_or_default()))
    });
    executables
        .next_back()
        .ok_or_else(|| format!("cargo built no executable {name}").into())
}
