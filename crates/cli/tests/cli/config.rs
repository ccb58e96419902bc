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

#[test]
fn a_key_can_be_set_and_what_people_wrote_stays() {
    let sandbox = Sandbox::new(&graph(json!([])));
    let text =
        format!("# The shop.\n{STACK_TOML}\n[config]\nzones = 2 # for now\n\n[environments.dev]\n");
    sandbox.write("Stack.toml", &text);
    let mut seen = String::new();
    for arguments in [
        &["set", "zones", "3", "--shared"][..],
        &["set", "payment.url", "https://example.org/pay"],
        &["set", "payment.retry", "true"],
        &["set", "payment.hosts", "[\"a\", \"b\"]"],
        &["set", "zones.a", "1", "--shared"],
        &["set", "a..b", "1"],
        &["set", "on_failure", "panic"],
        &["set", "on_failure", "rollback"],
        &["unset", "payment.retry"],
        &["unset", "payment.retry"],
        &["set", "key"],
        &["set", "key", "hunter2", "--secret"],
    ] {
        seen += &sandbox.stack(&[&["config"], arguments].concat());
    }
    seen += &std::fs::read_to_string(sandbox.path("Stack.toml")).unwrap();
    seen += &sandbox.stack(&["config", "list"]);
    seen += &sandbox.stack(&["config", "list", "--format", "json"]);
    sandbox.assert("config_set", &seen);
}

#[test]
fn a_secret_is_sealed_on_its_way_into_stack_toml() {
    let sandbox = Sandbox::new(&graph(json!([value(
        "key",
        json!({"$config": ["payment", "key"]})
    )])));
    let set = ["config", "set", "payment.key", "--secret"];
    assert_eq!(
        sandbox.fed(&set, "").status.code(),
        Some(2),
        "nothing is no secret"
    );
    let output = sandbox.fed(&set, "hunter2-planted\n");
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = std::fs::read_to_string(sandbox.path("Stack.toml")).unwrap();
    assert!(
        text.contains("[environments.dev.payment]\nkey = { sealed = \"1:"),
        "{text}"
    );
    let listed = sandbox.succeeds(&["config", "list"]).stdout;
    let shown = String::from_utf8_lossy(&listed).into_owned();
    assert!(shown.contains("[secret]"), "{shown}");
    sandbox.succeeds(&["apply", "--yes"]);
    let everything = sandbox.bytes_below(".").into_iter();
    let clear = everything.filter(|(_, bytes)| String::from_utf8_lossy(bytes).contains("hunter2"));
    assert_eq!(
        clear.map(|(path, _)| path).collect::<Vec<_>>(),
        [""; 0].map(std::path::PathBuf::from)
    );
    let state = sandbox
        .succeeds(&["state", "show", "std:core:Value/key"])
        .stdout;
    assert!(String::from_utf8_lossy(&state).contains("[secret]"));
}
