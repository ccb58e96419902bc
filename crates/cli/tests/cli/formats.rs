//! What other programs read.

use serde_json::{Value as Json, json};

use crate::sandbox::{Sandbox, graph, reference, value};

fn two() -> Json {
    let mut graph = graph(json!([
        {"type": "std:core:Value", "name": "a", "group": ["net \"one\""], "inputs": {"value": 1}},
        value("b", json!({"id": reference("a", json!(["id"])), "key": {"$secret": "hunter2"}})),
    ]));
    graph["outputs"] =
        json!({"n": {"value": reference("a", json!(["value"]))}, "text": {"value": "x y"}});
    graph
}

#[test]
fn events_are_one_json_a_line() {
    let sandbox = Sandbox::new(&two());
    let mut seen = sandbox.stack(&["plan", "--format", "json"]);
    seen += &sandbox.stack(&["apply", "--yes", "--format", "json"]);
    sandbox.write(
        "graph.json",
        "{\"format\": 1, \"resources\": [{\"name\": \"x\"}]}",
    );
    seen += &sandbox.stack(&["plan", "--format", "json"]);
    sandbox.assert("events", &seen);
    let output = sandbox.output(&["destroy", "--yes", "--format", "json"]);
    let lines = String::from_utf8(output.stdout).unwrap();
    let events: Vec<Json> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(events[0]["event"], "begin");
    assert_eq!(events[0]["version"], 1);
    assert!(events.iter().all(|event| event["event"].is_string()));
}

#[test]
fn outputs_are_for_scripts_too() {
    let sandbox = Sandbox::new(&two());
    sandbox.succeeds(&["apply", "--yes"]);
    let mut seen = sandbox.stack(&["output", "--format", "json"]);
    for name in ["n", "text", "no-such"] {
        seen += &sandbox.stack(&["output", name]);
    }
    seen += &sandbox.stack(&["output", "text", "--format", "json"]);
    sandbox.assert("outputs", &seen);
}

#[test]
fn a_graph_can_be_drawn() {
    let sandbox = Sandbox::new(&two());
    let mut seen = sandbox.stack(&["graph", "--format", "dot"]);
    seen += &sandbox.stack(&["graph", "--format", "mermaid"]);
    seen += &sandbox.stack(&["graph", "--format", "json"]);
    sandbox.assert("drawn", &seen);
    assert!(!seen.contains("hunter2"));
}

#[test]
fn a_type_is_documented() {
    let sandbox = Sandbox::empty();
    let list = String::from_utf8(sandbox.succeeds(&["schema"]).stdout).unwrap();
    assert!(
        list.lines().any(|line| line.starts_with("std:core:Value ")),
        "{list}"
    );
    let mut seen = sandbox.stack(&["schema", "std:core:Value"]);
    seen += &sandbox.stack(&["schema", "std:core:Valeu"]);
    sandbox.assert("schema", &seen);
    let json = sandbox
        .succeeds(&["schema", "std:core:Value", "--format", "json"])
        .stdout;
    let json: Json = serde_json::from_slice(&json).unwrap();
    assert_eq!(json["type_name"], "std:core:Value");
}

#[test]
fn the_graph_format_has_a_schema() {
    let schema = Sandbox::empty().succeeds(&["schema", "--graph"]).stdout;
    let schema: Json = serde_json::from_slice(&schema).unwrap();
    let keys: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
    assert!(keys.iter().any(|key| *key == "resources"), "{keys:?}");
    assert_eq!(schema["additionalProperties"], false);
}

#[test]
fn colours_are_for_terminals_unless_asked_for() {
    let sandbox = Sandbox::new(&two());
    let plain = sandbox.succeeds(&["plan"]).stdout;
    assert!(!plain.contains(&0x1b));
    let coloured = sandbox.succeeds(&["plan", "--color", "always"]).stdout;
    assert!(coloured.contains(&0x1b));
}

#[test]
fn completions_know_the_commands() {
    let sandbox = Sandbox::empty();
    for shell in ["bash", "fish", "zsh"] {
        let script = sandbox.succeeds(&["completions", shell]).stdout;
        assert!(
            String::from_utf8_lossy(&script).contains("destroy"),
            "{shell}"
        );
    }
}
