//! Builds what is run as a whole, and says where it is.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value as Json;

use crate::error::{Doing, Error, Result};

/// How the binary is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// As the tests build it, with every provider.
    Dev,
    /// As users get it, with every provider. It takes a quarter of an hour to build.
    Release,
    /// As users get it, without a cloud: quick to build, and all that measuring the engine needs.
    ReleaseWithoutClouds,
}

/// Builds the binary `stack`.
pub fn stack(profile: Profile) -> Result<PathBuf> {
    let arguments: &[&str] = match profile {
        // Of the whole workspace, as the tests build it: another selection of features would compile the AWS SDK anew.
        Profile::Dev => &["build", "--workspace", "--all-features", "--bin", "stack"],
        Profile::Release => &["build", "--package", "stack-cli", "--release"],
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

/// Builds an example of a package, released.
pub fn example(package: &str, name: &str) -> Result<PathBuf> {
    let arguments = [
        "build",
        "--release",
        "--package",
        package,
        "--example",
        name,
    ];
    build(&arguments, ".", name)
}

/// Builds a reference stack's program.
pub fn program(name: &str) -> Result<PathBuf> {
    build(&["build", "--package", name], "stacks", name)
}

/// The cargo that runs this, in the workspace's root, as if a person ran it.
///
/// Without what cargo tells the programs that it runs: build scripts that look at it, such as that of `ring`, would run
/// again whenever a person's own cargo and this one take turns, and all that is above them be compiled anew.
pub fn cargo(arguments: &[&str]) -> Result<Command> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(cargo);
    command.args(arguments).current_dir(crate::root()?);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    Ok(command)
}

/// Cargo says where it put an executable; a guess would be wrong under another target folder.
fn build(arguments: &[&str], folder: &str, name: &str) -> Result<PathBuf> {
    let mut command = cargo(arguments)?;
    command.arg("--message-format=json-render-diagnostics");
    command
        .current_dir(crate::root()?.join(folder))
        .stdout(Stdio::piped());
    let child = command.spawn().doing(|| format!("build {name}"))?;
    let output = child.wait_with_output().doing(|| format!("build {name}"))?;
    let lines = output.stdout.split(|byte| *byte == b'\n');
    let mut executables = lines.filter_map(|line| {
        let message: Json = serde_json::from_slice(line).ok()?;
        let is_it = message["target"]["name"] == name && message["executable"].is_string();
        is_it.then(|| PathBuf::from(message["executable"].as_str().unwrap_or_default()))
    });
    let built = executables.next_back().filter(|_| output.status.success());
    built.ok_or_else(|| Error::NotBuilt {
        name: name.to_owned(),
    })
}
