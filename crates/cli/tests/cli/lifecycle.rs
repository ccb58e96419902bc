//! From nothing to something, through changes, and back to nothing.

use serde_json::{Value as Json, json};

use crate::sandbox::{STACK_TOML, Sandbox, graph, reference, value};

fn first() -> Json {
    json!({
        "format": 1,
        "resources": [
            {"type": "std:core:Value", "name": "root", "group": ["network"], "at": "src/main.rs:4",
             "inputs": {"value": {"n": [1, 2]}}},
            value("leaf", json!({
                "second": reference("root", json!(["value", "n", 1])),
                "text": {"$call": {"fn": "concat", "args": ["id=", reference("root", json!(["id"]))]}},
            })),
            value("old", json!("goes")),
        ],
        "outputs": {"answer": {"value": reference("leaf", json!(["value", "second"]))}},
    })
}

fn second() -> Json {
    let mut graph = first();
    graph["resources"][0]["inputs"]["value"]["n"] = json!([1, 3]);
    graph["resources"][2] = value("young", json!("comes"));
    graph["outputs"]["more"] = json!({"value": [1, "two"]});
    graph
}

#[test]
fn from_nothing_to_something_and_back() {
    let sandbox = Sandbox::new(&first());
    let mut seen = sandbox.stack(&["plan", "--exit-code"]);
    seen += &sandbox.stack(&["apply", "--yes"]);
    seen += &sandbox.stack(&["plan", "--exit-code"]);
    seen += &sandbox.stack(&["output"]);
    sandbox.graph(&second());
    seen += &sandbox.stack(&["plan"]);
    seen += &sandbox.stack(&["apply", "--yes"]);
    seen += &sandbox.stack(&["state", "list"]);
    seen += &sandbox.stack(&["destroy", "--yes"]);
    seen += &sandbox.stack(&["plan", "--exit-code", "--target", "std:core:Value/root"]);
    sandbox.assert("lifecycle", &seen);
}

#[test]
fn planning_leaves_no_trace() {
    let sandbox = Sandbox::new(&first());
    sandbox.succeeds(&["plan"]);
    let left: Vec<_> = std::fs::read_dir(sandbox.path("."))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn nobody_to_ask_is_a_matter_of_usage() {
    let sandbox = Sandbox::new(&first());
    let mut seen = sandbox.stack(&["apply"]);
    seen += &sandbox.stack(&["destroy"]);
    sandbox.assert("nobody_to_ask", &seen);
    assert!(!sandbox.state().exists());
}

#[test]
fn production_is_destroyed_by_name_alone() {
    let sandbox = Sandbox::new(&first());
    let production = format!("{STACK_TOML}\n[environments.dev]\nproduction = true\n");
    sandbox.write("Stack.toml", &production);
    sandbox.succeeds(&["apply", "--yes"]);
    // It stays production, whatever becomes of the file.
    sandbox.write("Stack.toml", STACK_TOML);
    for arguments in [
        &["destroy", "--yes"][..],
        &["destroy", "--yes", "--confirm", "prod"],
    ] {
        let refused = sandbox.output(arguments);
        let said = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(2), "{said}");
        assert!(said.contains("add --confirm dev"), "{said}");
    }
    sandbox.succeeds(&["destroy", "--yes", "--confirm", "dev"]);
}

/// Protection is recorded: who deletes the code that declared it has not lifted it.
#[test]
fn protection_outlives_the_code_that_declared_it() {
    let declared = |protect: bool| {
        let mut resource = value("a", json!(1));
        resource["options"] = json!({"protect": protect});
        graph(json!([resource, value("b", json!(2))]))
    };
    let sandbox = Sandbox::new(&declared(true));
    sandbox.succeeds(&["apply", "--yes"]);
    sandbox.graph(&graph(json!([value("b", json!(2))])));
    for arguments in [&["plan"][..], &["preview"], &["apply", "--yes"]] {
        let refused = sandbox.output(arguments);
        assert_eq!(refused.status.code(), Some(1), "{arguments:?}");
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(said.contains("is protected"), "{arguments:?}: {said}");
    }
    // It is lifted by saying so.
    sandbox.graph(&declared(false));
    sandbox.succeeds(&["apply", "--yes"]);
    sandbox.graph(&graph(json!([value("b", json!(2))])));
    sandbox.succeeds(&["apply", "--yes"]);
}

#[test]
fn protected_resources_are_all_listed() {
    let protect = |name| {
        let mut resource = value(name, json!(1));
        resource["options"] = json!({"protect": true});
        resource
    };
    let sandbox = Sandbox::new(&graph(json!([
        protect("a"),
        value("b", json!(2)),
        protect("c")
    ])));
    sandbox.succeeds(&["apply", "--yes"]);
    let seen = sandbox.stack(&["destroy", "--yes"]);
    sandbox.assert("protected", &seen);
    assert_eq!(
        sandbox
            .succeeds(&["state", "list"])
            .stdout
            .iter()
            .filter(|byte| **byte == b'\n')
            .count(),
        3
    );
}

#[test]
fn a_new_name_is_a_change_of_its_own() {
    let sandbox = Sandbox::new(&graph(json!([value("old", json!(1))])));
    sandbox.succeeds(&["apply", "--yes"]);
    let mut moved = graph(json!([value("new", json!(1))]));
    moved["moved"] = json!([{"from": "std:core:Value/old", "to": "std:core:Value/new"}]);
    sandbox.graph(&moved);
    let mut seen = sandbox.stack(&["plan", "--exit-code"]);
    seen += &sandbox.stack(&["apply", "--yes"]);
    seen += &sandbox.stack(&["plan", "--exit-code"]);
    sandbox.assert("moved", &seen);
}

#[test]
fn a_replacement_shows_what_forces_it_and_the_point_of_no_return() {
    let id = |length: i64| {
        graph(json!([
            {"type": "std:random:Id", "name": "suffix", "inputs": {"byte_length": length}},
            value("name", json!({"$ref": {"urn": "std:random:Id/suffix", "path": ["hex"]}})),
        ]))
    };
    let sandbox = Sandbox::new(&id(8));
    sandbox.succeeds(&["apply", "--yes"]);
    sandbox.graph(&id(12));
    let seen = sandbox.stack(&["plan"]);
    sandbox.assert("replacement", &seen);
    sandbox.succeeds(&["apply", "--yes"]);
    assert_eq!(
        sandbox.output(&["plan", "--exit-code"]).status.code(),
        Some(0)
    );
}
