//! A secret is planted, and must be nowhere.

use serde_json::json;

use crate::sandbox::{Sandbox, graph, value};

const SECRET: &str = "hunter2-planted";

fn clean(what: &str, bytes: &[u8]) {
    let found = bytes
        .windows(SECRET.len())
        .any(|window| window == SECRET.as_bytes());
    assert!(!found, "{what}: {}", String::from_utf8_lossy(bytes));
}

#[test]
fn a_secret_is_nowhere_in_the_clear() {
    let secret = |key: &str| {
        let mut graph = graph(json!([
            value(
                "holder",
                json!({"deep": [{key: {"$secret": {"password": SECRET}}}], "plain": 1})
            ),
            value(
                "copy",
                json!({"$ref": {"urn": "std:core:Value/holder", "path": ["value", "deep"]}})
            ),
            value(
                "text",
                json!({"$call": {"fn": "concat", "args": ["postgres://", {"$secret": SECRET}]}})
            ),
        ]));
        graph["outputs"] = json!({"url": {"value": {"$ref": {"urn": "std:core:Value/text", "path": ["value"]}}},
                                  "all": {"value": {"$ref": {"urn": "std:core:Value/copy", "path": ["value"]}}}});
        graph
    };
    let sandbox = Sandbox::new(&secret("first"));
    let run = |arguments: &[&str]| {
        let output = sandbox.output(arguments);
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        clean(&format!("{arguments:?} stdout"), &output.stdout);
        clean(&format!("{arguments:?} stderr"), &output.stderr);
    };
    let at_rest = || {
        for (path, bytes) in sandbox.bytes_below(".stack") {
            clean(&path.display().to_string(), &bytes);
        }
    };
    run(&["plan"]);
    run(&["plan", "--format", "json"]);
    run(&["plan", "--out", "plan.json"]);
    clean(
        "plan.json",
        &std::fs::read(sandbox.path("plan.json")).unwrap(),
    );
    run(&["apply", "plan.json", "--format", "json"]);
    at_rest();
    sandbox.graph(&secret("second"));
    run(&["plan"]);
    run(&["apply", "--yes"]);
    at_rest();
    for urn in [
        "std:core:Value/holder",
        "std:core:Value/copy",
        "std:core:Value/text",
    ] {
        run(&["state", "show", urn]);
        run(&["state", "show", urn, "--format", "json"]);
    }
    for arguments in [
        &["output"][..],
        &["output", "--format", "json"],
        &["state", "list"],
        &["state", "list", "--format", "json"],
        &["graph"],
        &["graph", "--format", "mermaid"],
        &["graph", "--format", "json"],
        &["check"],
        &["refresh"],
        &["destroy", "--yes", "--format", "json"],
    ] {
        run(arguments);
        at_rest();
    }
}

#[test]
fn a_secret_is_shown_to_who_asks_for_it() {
    let mut graph = graph(json!([]));
    graph["outputs"] = json!({"password": {"value": {"$secret": SECRET}}});
    let sandbox = Sandbox::new(&graph);
    sandbox.succeeds(&["apply", "--yes"]);
    let mut seen = sandbox.stack(&["output", "password"]);
    seen += &sandbox.stack(&["output", "--format", "json"]);
    seen += &sandbox.stack(&["output", "--format", "json", "--show-secrets"]);
    seen += &sandbox.stack(&["output", "password", "--show-secrets"]);
    sandbox.assert("show_secrets", &seen);
}
