//! Graphs that are not sound: every problem at once, and nothing made.

use serde_json::{Value as Json, json};

use crate::sandbox::{Sandbox, graph, reference, value};

fn refused(name: &str, graph: &Json) {
    let sandbox = Sandbox::new(graph);
    let mut seen = sandbox.stack(&["plan"]);
    let applied = sandbox.output(&["apply", "--yes"]);
    assert_eq!(applied.status.code(), Some(1));
    assert!(
        !sandbox.path(".stack").exists(),
        "a graph that is not sound makes no state"
    );
    seen += &sandbox.stack(&["check"]);
    sandbox.assert(name, &seen);
}

#[test]
fn a_cycle() {
    refused(
        "cycle",
        &graph(json!([
            value("a", reference("b", json!(["value"]))),
            value("b", reference("c", json!(["value"]))),
            value("c", reference("a", json!(["value"]))),
        ])),
    );
}

#[test]
fn everything_wrong_at_once() {
    let mut twice = value("twice", json!(1));
    twice["at"] = json!("src/main.rs:7");
    refused(
        "everything_wrong",
        &graph(json!([
            {"type": "std:core:Valeu", "name": "typo", "inputs": {"value": 1}},
            {"type": "aws:ec2:Teapot", "name": "unknown", "inputs": {}},
            {"type": "std:core:Value", "name": "nothing", "inputs": {}},
            {"type": "std:core:Value", "name": "misspelt", "inputs": {"valeu": 1, "value": 1}},
            {"type": "std:http:Check", "name": "mistyped", "inputs": {"url": 7, "method": "FETCH"}},
            value("dangling", reference("nowhere", json!(["value"]))),
            value("field", reference("twice", json!(["colour"]))),
            twice,
            value("twice", json!(2)),
        ])),
    );
}

#[test]
fn what_is_not_in_the_format() {
    refused(
        "not_in_the_format",
        &graph(json!([
            {"type": "std:core:Value", "name": "a b", "inputs": {}},
            {"type": "Value", "name": "a", "inputs": {}},
            {"type": "std:core:Value", "name": "extra", "inputs": {}, "colour": "red"},
            value("call", json!({"$call": {"fn": "shout", "args": []}})),
        ])),
    );
}
