//! Configuration, and its sealed values.

use serde_json::json;

use crate::sandbox::{STACK_TOML, Sandbox, graph, value};

#[test]
fn a_sealed_value_goes_from_stack_toml_to_a_resource_and_nowhere_else() {
    let mut graph = graph(json!([value(
        "key",
        json!({"$config": ["payment", "key"]})
    )]));
    graph["outputs"] =
        json!({"key": {"value": {"$ref": {"urn": "std:core:Value/key", "path": ["value"]}}}});
    let sandbox = Sandbox::new(&graph);
    let sealed = sandbox.fed(&["seal"], "hunter2-planted\n");
    assert_eq!(
        sealed.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&sealed.stderr)
    );
    let sealed = String::from_utf8(sealed.stdout).unwrap();
    assert!(!sealed.contains("hunter2"), "{sealed}");
    let toml =
        format!("{STACK_TOML}[environments.dev]\n[environments.dev.payment]\nkey = {sealed}");
    sandbox.write("Stack.toml", &toml);

    let seen = sandbox.stack(&["plan"]);
    sandbox.assert("sealed", &seen);
    sandbox.succeeds(&["apply", "--yes"]);
    let shown = sandbox.succeeds(&["output", "key", "--show-secrets"]);
    assert_eq!(shown.stdout, b"hunter2-planted\n");
    for (path, bytes) in sandbox.bytes_below(".stack") {
        assert!(
            !String::from_utf8_lossy(&bytes).contains("hunter2"),
            "{}",
            path.display()
        );
    }
    assert_eq!(
        sandbox.output(&["plan", "--exit-code"]).status.code(),
        Some(0)
    );
}

#[test]
fn what_was_sealed_for_one_environment_does_not_open_in_another() {
    let sandbox = Sandbox::new(&graph(json!([])));
    sandbox.write(
        "Stack.toml",
        &format!("{STACK_TOML}[environments.dev]\n[environments.prod]\n"),
    );
    let sealed = String::from_utf8(sandbox.fed(&["seal", "-e", "dev"], "hunter2").stdout).unwrap();
    let toml = format!("{STACK_TOML}[environments.dev]\n[environments.prod]\nkey = {sealed}");
    sandbox.write("Stack.toml", &toml);
    let seen = sandbox.stack(&["plan", "-e", "prod"]);
    sandbox.assert("sealed_elsewhere", &seen);
}

#[test]
fn an_output_of_another_stack_is_read() {
    let mut network = graph(json!([]));
    network["outputs"] =
        json!({"vpc_id": {"value": "vpc-1"}, "key": {"value": {"$secret": "hunter2"}}});
    let sandbox = Sandbox::new(&network);
    sandbox.write("Stack.toml", &STACK_TOML.replace("shop", "network"));
    sandbox.succeeds(&["apply", "--yes"]);
    sandbox.write("Stack.toml", STACK_TOML);
    let output =
        |name: &str| json!({"$stack": {"stack": "network", "environment": "dev", "output": name}});
    sandbox.graph(&graph(json!([
        value("vpc", output("vpc_id")),
        value("key", output("key"))
    ])));
    let mut seen = sandbox.stack(&["plan"]);
    sandbox.graph(&graph(json!([
        value("vpc", output("vpc_di")),
        value("other", output("nothing"))
    ])));
    seen += &sandbox.stack(&["plan"]);
    sandbox.assert("other_stack", &seen);
}
