//! The models of Microsoft's Python SDK, in the releases that `tests/emulators/requirements.txt` pins.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value as Json, json};

use super::compare::{Fault, Judgement, Models};
use super::sent::Body;

/// What is known of these models.
pub const MODELS: Models = Models {
    leaves_out: |_| false,
    faults: &[
        Fault {
            type_name: "Microsoft.DBforPostgreSQL/flexibleServers",
            method: "",
            path: "properties.highAvailability.mode",
            reason: "the package has lost `Disabled`, as the emulator's overlay says with its source",
        },
        Fault {
            type_name: "Microsoft.OperationalInsights/workspaces",
            method: "",
            path: "identity.type",
            reason: "right: a workspace takes one kind of identity, and Azure refuses a program that asks for both",
        },
    ],
};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/bodies.py");

/// Has each body judged by the model of its type and method.
pub fn judge(sent: &[Body]) -> Vec<Judgement> {
    let python = xtask::venv::ensure().unwrap_or_else(|error| panic!("{error}: {error:?}"));
    let mut child = Command::new(python)
        .args(["-B", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python runs");
    let lines = sent.iter().map(|body| {
        let Body {
            type_name,
            method,
            json,
        } = body;
        format!(
            "{}\n",
            json!({"type": type_name, "method": method, "body": json})
        )
    });
    // All of it before the first answer: the script reads to the end before it writes.
    let mut stdin = child.stdin.take().expect("its input is a pipe");
    stdin
        .write_all(lines.collect::<String>().as_bytes())
        .expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("Python ends");
    assert!(output.status.success(), "{SCRIPT}: {}", output.status);
    String::from_utf8(output.stdout)
        .expect("it writes text")
        .lines()
        .map(|line| {
            let answer: Json = serde_json::from_str(line).expect("it writes JSON");
            let choices = answer["unknown_choices"].as_array().into_iter().flatten();
            Judgement {
                back: match answer["error"].as_str() {
                    Some(error) => Err(error.to_owned()),
                    None => Ok(answer["back"].clone()),
                },
                unknown_choices: choices
                    .filter_map(Json::as_str)
                    .map(str::to_owned)
                    .collect(),
            }
        })
        .collect()
}
