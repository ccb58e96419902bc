//! The way back.

use serde_json::{Value as Json, json};

use crate::sandbox::{Sandbox, graph, reference, value};

fn first() -> Json {
    let mut graph = graph(json!([
        value("root", json!({"n": 1})),
        value(
            "leaf",
            json!({"n": reference("root", json!(["value", "n"]))})
        ),
        value("old", json!("goes")),
    ]));
    graph["outputs"] = json!({"n": {"value": reference("leaf", json!(["value", "n"]))}});
    graph
}

fn second() -> Json {
    let mut graph = first();
    graph["resources"][0]["inputs"]["value"]["n"] = json!(2);
    graph["resources"][2] = value("young", json!({"$secret": "hunter2"}));
    // What goes first in a rollback does not depend on which took a millisecond longer to make.
    graph["resources"][2]["options"] = json!({"depends_on": ["std:core:Value/leaf"]});
    graph
}

/// What cannot succeed: nobody answers at the address.
fn failing(mut graph: Json) -> Json {
    // Last, so that what comes before it has one order.
    let last = graph["resources"][2]["name"].as_str().unwrap();
    let before = ["leaf", last].map(|name| format!("std:core:Value/{name}"));
    let check = json!({"type": "std:http:Check", "name": "up",
        "inputs": {"url": "http://127.0.0.1:1/", "deadline_seconds": 1},
        "options": {"depends_on": before}});
    graph["resources"].as_array_mut().unwrap().push(check);
    graph
}

/// What differs from machine to machine.
fn steady(seen: &str) -> String {
    let mut text = String::new();
    for line in seen.lines().filter(|line| !line.contains("127.0.0.1:1/")) {
        let words = line
            .split_inclusive(' ')
            .map(|word| match word.trim_end_matches(", ").len() {
                26 => "[TOKEN], ",
                _ => word,
            });
        text.extend(words);
        text.push('\n');
    }
    text
}

#[test]
fn there_and_back_again() {
    let sandbox = Sandbox::new(&first());
    sandbox.succeeds(&["apply", "--yes"]);
    sandbox.graph(&second());
    sandbox.succeeds(&["apply", "--yes"]);
    let mut seen = sandbox.stack(&["state", "history"]);
    seen += &sandbox.stack(&["rollback", "--yes"]);
    seen += &sandbox.stack(&["state", "history"]);
    sandbox.graph(&first());
    seen += &sandbox.stack(&["plan", "--exit-code"]);
    seen += &sandbox.stack(&["rollback", "--to", "3", "--yes"]);
    seen += &sandbox.stack(&["rollback", "--to", "3", "--yes"]);
    seen += &sandbox.stack(&["rollback", "--to", "1", "--yes"]);
    seen += &sandbox.stack(&["state", "list"]);
    sandbox.assert("rollback", &seen);
    assert!(!seen.contains("hunter2"));
}

#[test]
fn a_rollback_needs_no_program() {
    let sandbox = Sandbox::new(&first());
    sandbox.succeeds(&["apply", "--yes"]);
    std::fs::remove_file(sandbox.path("graph.json")).unwrap();
    sandbox.succeeds(&["rollback", "--to", "1", "--yes"]);
    assert!(sandbox.succeeds(&["state", "list"]).stdout.is_empty());
}

#[test]
fn what_cannot_be_rolled_back_to_is_said() {
    let sandbox = Sandbox::new(&first());
    let mut seen = sandbox.stack(&["rollback", "--yes"]);
    seen += &sandbox.stack(&["state", "history"]);
    sandbox.succeeds(&["apply", "--yes"]);
    seen += &sandbox.stack(&["rollback"]);
    seen += &sandbox.stack(&["rollback", "--to", "9", "--yes"]);
    sandbox.assert("no_rollback", &seen);
}

#[test]
fn a_failed_apply_is_rolled_back_where_that_is_asked_for() {
    let sandbox = Sandbox::new(&first());
    sandbox.succeeds(&["apply", "--yes"]);
    sandbox.graph(&failing(second()));
    let seen = sandbox.stack(&["apply", "--yes", "--on-failure", "rollback"]);
    let mut seen = steady(&seen);
    sandbox.graph(&first());
    seen += &sandbox.stack(&["plan", "--exit-code"]);
    seen += &sandbox.stack(&["state", "history"]);
    sandbox.assert("on_failure", &seen);
}

#[test]
fn an_environment_can_ask_for_the_way_back() {
    let sandbox = Sandbox::new(&failing(first()));
    let wanting = |what: &str| {
        let text = format!(
            "{}\n[environments.dev]\non_failure = \"{what}\"\n",
            crate::sandbox::STACK_TOML
        );
        sandbox.write("Stack.toml", &text);
    };
    let recorded = || sandbox.succeeds(&["state", "list"]).stdout.len();
    wanting("rollback");
    assert_eq!(sandbox.output(&["apply", "--yes"]).status.code(), Some(1));
    assert_eq!(recorded(), 0);
    // The command line has the last word.
    let stopped = sandbox.output(&["apply", "--yes", "--on-failure", "stop"]);
    assert_eq!(stopped.status.code(), Some(1));
    assert!(recorded() > 0);
    wanting("panic");
    let seen = sandbox.stack(&["plan"]);
    sandbox.assert("on_failure_unknown", &seen);
}

#[test]
fn only_what_could_be_rolled_back_is_done_where_that_is_asked_for() {
    let check = json!({"type": "std:http:Check", "name": "up",
        "inputs": {"url": "http://127.0.0.1:1/", "deadline_seconds": 1}});
    let mut there = value("there", json!(1));
    let sandbox = Sandbox::new(&graph(json!([there.clone(), check])));
    let checked = sandbox.output(&["apply", "--yes", "--require-rollback"]);
    let said = String::from_utf8_lossy(&checked.stderr);
    assert!(
        said.contains("cannot run std:http:Check/up"),
        "a check leaves nothing to undo: {said}"
    );
    there["options"] = json!({"replace_order": "delete-first"});
    sandbox.graph(&graph(json!([there])));
    sandbox.succeeds(&["apply", "--yes"]);
    let again = ["--replace", "std:core:Value/there"];
    let mut seen = sandbox.stack(&[&["apply", "--yes", "--require-rollback"], &again[..]].concat());
    sandbox.succeeds(&[&["plan", "--out", "plan.json"], &again[..]].concat());
    seen += &sandbox.stack(&["apply", "plan.json", "--require-rollback"]);
    seen += &sandbox.stack(&["apply", "plan.json"]);
    sandbox.assert("require_rollback", &seen);
}

#[test]
fn a_first_apply_that_fails_leaves_nothing_behind() {
    let sandbox = Sandbox::new(&failing(first()));
    let output = sandbox.output(&["apply", "--yes", "--on-failure", "rollback"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let failed = said.find("error: cannot run std:http:Check/up").unwrap();
    let back = said.find("Rolled back: 4 steps").unwrap();
    assert!(failed < back, "the first error is said first: {said}");
    assert!(sandbox.succeeds(&["state", "list"]).stdout.is_empty());
}

#[test]
fn a_failed_apply_is_kept_otherwise() {
    let sandbox = Sandbox::new(&failing(first()));
    let output = sandbox.output(&["apply", "--yes"]);
    assert_eq!(output.status.code(), Some(1));
    let listed = sandbox.succeeds(&["state", "list"]).stdout;
    assert_eq!(listed.iter().filter(|byte| **byte == b'\n').count(), 4);
    sandbox.succeeds(&["rollback", "--yes"]);
    assert!(sandbox.succeeds(&["state", "list"]).stdout.is_empty());
}

#[test]
fn events_tell_of_the_failure_and_of_the_way_back() {
    let sandbox = Sandbox::new(&failing(first()));
    let output = sandbox.output(&[
        "apply",
        "--yes",
        "--on-failure",
        "rollback",
        "--format",
        "json",
    ]);
    let lines = String::from_utf8(output.stdout).unwrap();
    let events: Vec<Json> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |kind: &str| -> Vec<&Json> {
        events
            .iter()
            .filter(|event| event["event"] == kind)
            .collect()
    };
    assert_eq!(of("plan").len(), 2, "{lines}");
    assert_eq!(of("summary")[0]["failed"][0]["urn"], "std:http:Check/up");
    assert_eq!(of("summary")[1]["failed"], json!([]));
    assert_eq!(of("plan")[1]["summary"]["delete"], 4);
    let history = sandbox.succeeds(&["state", "history", "--format", "json"]);
    let history: Json = serde_json::from_slice(&history.stdout).unwrap();
    let last = history.as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["command"], &last["resources"]),
        (&json!("rollback"), &json!(0))
    );
    let rolled = sandbox.succeeds(&["rollback", "--to", "1", "--yes", "--format", "json"]);
    let first: Json =
        serde_json::from_slice(rolled.stdout.split(|byte| *byte == b'\n').next().unwrap()).unwrap();
    assert_eq!(first["command"], "rollback");
}
