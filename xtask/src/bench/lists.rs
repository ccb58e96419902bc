//! How often AWS is asked for a refresh of many objects of one type, and how often without lists.

use std::process::Command;

use serde_json::{Value as Json, json};
use xtask::account;
use xtask::binary::{self, Profile};
use xtask::emulator::{Emulator, Kind};

use super::measure::measured;
use super::{difference, head, row};
use crate::step::{Outcome, step};

/// How many objects there are of a type.
const OBJECTS: u64 = 200;

/// The types, none of which needs any other, and the inputs of one of many.
fn types() -> [(&'static str, fn(u64) -> Json); 5] {
    [
        (
            "aws:ec2:SecurityGroup",
            |_| json!({"description": "one of many"}),
        ),
        (
            "aws:elbv2:TargetGroup",
            |_| json!({"target_type": "lambda"}),
        ),
        ("aws:ecs:Cluster", |_| json!({})),
        ("aws:cloudwatch:Alarm", |number| {
            json!({"comparison_operator": "GreaterThanThreshold", "evaluation_periods": 1, "threshold": number,
                "namespace": "AWS/ECS", "metric_name": "CPUUtilization", "statistic": "Average", "period": 60})
        }),
        ("aws:logs:LogGroup", |_| json!({"retention_in_days": 7})),
    ]
}

pub fn run() -> Outcome {
    let stack = step("the binary `stack`", || Ok(binary::stack(Profile::Dev)?))?;
    let emulator = Emulator::start(Kind::Moto)?;
    head(
        &format!("The calls of a refresh of {OBJECTS} objects"),
        &["type", "calls", "one by one"],
    );
    for (kind, inputs) in types() {
        let calls = |objects: u64| calls(&stack, &emulator, kind, inputs, objects);
        // One object has no list; who we are is asked once however many there are.
        let (one, many) = (calls(1)? - 1, calls(OBJECTS)?);
        let cells = [
            kind.to_owned(),
            many.to_string(),
            (one * OBJECTS + 1).to_string(),
        ];
        println!("{}", row(&cells));
    }
    Ok(())
}

/// The calls of a refresh of some objects.
fn calls(
    stack: &std::path::Path,
    emulator: &Emulator,
    kind: &str,
    inputs: fn(u64) -> Json,
    objects: u64,
) -> Outcome<u64> {
    let account = account::fresh();
    let folder = tempfile::tempdir()?;
    let object =
        |number| json!({"type": kind, "name": format!("o{number}"), "inputs": inputs(number)});
    let all: Vec<Json> = (0..objects).map(object).collect();
    let graph = json!({"format": 1, "resources": all});
    std::fs::write(folder.path().join("graph.json"), graph.to_string())?;
    std::fs::write(
        folder.path().join("Stack.toml"),
        "[stack]\nname = \"bench\"\nprogram = { graph = \"graph.json\" }\n",
    )?;
    let command = |arguments: &[&str]| {
        let mut command = Command::new(stack);
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
    Ok(difference(&before, &emulator.calls(&account)?)
        .values()
        .sum())
}
