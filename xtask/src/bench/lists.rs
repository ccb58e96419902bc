//! How often AWS is asked for a refresh of 200 security groups.

use std::process::Command;

use serde_json::{Value as Json, json};
use xtask::account;
use xtask::binary::{self, Profile};
use xtask::emulator::{Emulator, Kind};

use super::measure::measured;
use super::{difference, head, row};
use crate::step::{Outcome, step};

/// How many groups there are.
const GROUPS: usize = 200;

pub fn run() -> Outcome {
    let stack = step("the binary `stack`", || Ok(binary::stack(Profile::Dev)?))?;
    let emulator = Emulator::start(Kind::Moto)?;
    let account = account::fresh();
    let folder = tempfile::tempdir()?;
    let group = |number: usize| json!({"type": "aws:ec2:SecurityGroup", "name": format!("g{number}"), "inputs": {"description": "one of many"}});
    let groups: Vec<Json> = (0..GROUPS).map(group).collect();
    let graph = json!({"format": 1, "resources": groups});
    std::fs::write(folder.path().join("graph.json"), graph.to_string())?;
    std::fs::write(
        folder.path().join("Stack.toml"),
        "[stack]\nname = \"bench\"\nprogram = { graph = \"graph.json\" }\n",
    )?;
    let command = |arguments: &[&str]| {
        let mut command = Command::new(&stack);
        command.args(arguments).current_dir(folder.path());
        command.envs([
            ("AWS_ENDPOINT_URL", emulator.endpoint()),
            ("AWS_REGION", "eu-west-3"),
            ("AWS_ACCESS_KEY_ID", &account),
            ("AWS_SECRET_ACCESS_KEY", "bench"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ]);
        command.env("STACK_KEY_FILE", folder.path().join("key"));
        command
    };
    measured(command(&["apply", "--yes", "--no-preflight"]))?;
    let before = emulator.calls(&account)?;
    measured(command(&["drift"]))?;
    let calls = difference(&before, &emulator.calls(&account)?);
    head(
        &format!("The calls of a refresh of {GROUPS} security groups"),
        &["operation", "calls"],
    );
    for (operation, count) in &calls {
        println!("{}", row(&[operation.clone(), count.to_string()]));
    }
    println!("\n{} calls in all", calls.values().sum::<u64>());
    Ok(())
}
