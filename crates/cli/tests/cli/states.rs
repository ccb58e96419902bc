//! States that cannot be read, and repairs.

use serde_json::{Value as Json, json};

use crate::sandbox::{Sandbox, graph, value};

fn applied(graph: &Json) -> Sandbox {
    let sandbox = Sandbox::new(graph);
    sandbox.succeeds(&["apply", "--yes"]);
    sandbox
}

fn newest_state(sandbox: &Sandbox) -> std::path::PathBuf {
    let mut states: Vec<_> = sandbox
        .bytes_below(".stack")
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| {
            path.parent().unwrap().ends_with("state") || path.parent().unwrap().ends_with("states")
        })
        .collect();
    states.sort();
    states.pop().expect("an apply commits a state")
}

#[test]
fn a_state_that_was_edited_is_refused() {
    let sandbox = applied(&graph(json!([value("a", json!("before"))])));
    let path = newest_state(&sandbox);
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("before", "afterw")).unwrap();
    let mut seen = sandbox.stack(&["plan"]);
    seen += &sandbox.stack(&["apply", "--yes"]);
    seen += &sandbox.stack(&["output"]);
    std::fs::write(&path, &text[..20]).unwrap();
    seen += &sandbox.stack(&["plan"]);
    sandbox.assert("damaged", &seen);
}

#[test]
fn a_newer_format_is_refused() {
    let sandbox = applied(&graph(json!([value("a", json!(1))])));
    let path = newest_state(&sandbox);
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("\"format\":1", "\"format\":7", 1)).unwrap();
    let seen = sandbox.stack(&["plan"]);
    sandbox.assert("newer_state", &seen);
}

#[test]
fn a_key_that_is_missing_or_another_is_named() {
    let sandbox = applied(&graph(json!([value("a", json!({"$secret": "hunter2"}))])));
    let key = sandbox.path("home/.config/stack/keys/default.key");
    assert!(
        key.is_file(),
        "the default key file is made where it is documented"
    );
    let other = Sandbox::new(&graph(json!([])));
    other.succeeds(&["apply", "--yes"]);
    std::fs::copy(other.path("home/.config/stack/keys/default.key"), &key).unwrap();
    let mut seen = sandbox.stack(&["plan"]);
    std::fs::remove_file(&key).unwrap();
    seen += &sandbox.stack(&["plan"]);
    sandbox.assert("keys", &seen);
    assert!(!key.exists(), "a key that is missing is not made anew");
}

#[test]
fn the_key_file_can_be_named() {
    let sandbox = Sandbox::new(&graph(json!([value("a", json!(1))])));
    let named = |name: &str, arguments: &[&str]| {
        let output = sandbox
            .binary(arguments)
            .env("STACK_KEY_FILE", sandbox.path(name))
            .output();
        output.unwrap().status.code()
    };
    assert_eq!(named("one.key", &["apply", "--yes"]), Some(0));
    assert!(sandbox.path("one.key").is_file());
    assert_eq!(named("one.key", &["plan"]), Some(0));
    assert_eq!(named("other.key", &["plan"]), Some(1));
    let toml = format!(
        "{}[backend]\nkey_file = \"one.key\"\n",
        crate::sandbox::STACK_TOML
    );
    sandbox.write("Stack.toml", &toml);
    sandbox.succeeds(&["plan"]);
}

#[test]
fn a_resource_can_be_forgotten() {
    let sandbox = applied(&graph(json!([value("a", json!(1)), value("b", json!(2))])));
    let mut seen = sandbox.stack(&["state", "show", "std:core:Value/a"]);
    seen += &sandbox.stack(&["state", "rm", "std:core:Value/a"]);
    seen += &sandbox.stack(&["state", "rm", "--yes", "std:core:Value/a"]);
    seen += &sandbox.stack(&["state", "rm", "--yes", "std:core:Value/a"]);
    seen += &sandbox.stack(&["state", "show", "std:core:Value/a"]);
    seen += &sandbox.stack(&["plan"]);
    seen += &sandbox.stack(&["refresh"]);
    sandbox.assert("repair", &seen);
}

#[test]
fn what_cannot_be_imported_is_refused() {
    let sandbox = applied(&graph(json!([value("a", json!(1))])));
    let mut seen = sandbox.stack(&["import", "std:core:Value/a", "x"]);
    seen += &sandbox.stack(&["import", "std:core:Value/b", "x"]);
    sandbox.graph(&graph(json!([value("a", json!(1)), value("b", json!(1))])));
    seen += &sandbox.stack(&["import", "std:core:Value/b", "x"]);
    sandbox.assert("imports", &seen);
}
