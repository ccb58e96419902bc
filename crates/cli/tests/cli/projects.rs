//! Projects and command lines that make no sense.

use serde_json::json;

use crate::sandbox::{STACK_TOML, Sandbox, graph};

#[test]
fn projects_that_make_no_sense() {
    let sandbox = Sandbox::empty();
    let mut seen = sandbox.stack(&["plan"]);
    seen += &sandbox.stack(&["-C", "no-such-folder", "plan"]);
    for text in [
        format!("{STACK_TOML}[backend]\nuri = \"file:state\"\n"),
        format!("{STACK_TOML}colour = \"red\"\n"),
        format!("{STACK_TOML}[environments.dev]\nproduction = \"yes\"\n"),
        format!("{STACK_TOML}[backend]\nurl = \"ftp://example.com\"\n"),
        "[stack]\nname = \"shop\"\n".to_owned(),
        "[stack\n".to_owned(),
    ] {
        sandbox.write("Stack.toml", &text);
        seen += &sandbox.stack(&["plan"]);
    }
    sandbox.assert("projects", &seen);
}

#[test]
fn environments_that_are_not_there() {
    let sandbox = Sandbox::new(&graph(json!([])));
    let mut seen = sandbox.stack(&["plan", "-e", "prod"]);
    sandbox.write(
        "Stack.toml",
        &format!("{STACK_TOML}[environments.test]\n[environments.prod]\n"),
    );
    seen += &sandbox.stack(&["plan"]);
    seen += &sandbox.stack(&["plan", "-e", "prdo"]);
    seen += &sandbox.stack(&["plan", "--environment", "prod"]);
    sandbox.assert("environments", &seen);
    let from_variable = sandbox
        .binary(&["plan"])
        .env("STACK_ENVIRONMENT", "prod")
        .output()
        .unwrap();
    assert_eq!(from_variable.status.code(), Some(0));
}

#[test]
fn command_lines_that_make_no_sense() {
    let sandbox = Sandbox::new(&graph(json!([])));
    for arguments in [
        &["frobnicate"][..],
        &["plan", "--target", "no-urn"],
        &["apply", "plan.json", "--target", "std:core:Value/a"],
        &["apply", "--yes", "--parallelism", "0"],
        &["plan", "--format", "dot"],
        &["graph", "--format", "text"],
    ] {
        let output = sandbox.output(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(
            output.stdout.is_empty() && !output.stderr.is_empty(),
            "{arguments:?}"
        );
    }
}

#[test]
fn the_folder_of_a_project_is_found_from_below() {
    let sandbox = Sandbox::new(&graph(json!([])));
    std::fs::create_dir_all(sandbox.path("src/deep")).unwrap();
    sandbox.succeeds(&["-C", "src/deep", "plan"]);
}
