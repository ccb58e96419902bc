//! Plans in files.

use serde_json::json;

use crate::sandbox::{Sandbox, graph, value};

#[test]
fn a_saved_plan_is_applied_as_it_was_shown() {
    let sandbox = Sandbox::new(&graph(json!([value("a", json!(1))])));
    sandbox.succeeds(&["apply", "--yes"]);
    sandbox.graph(&graph(json!([value("a", json!(2))])));
    let mut seen = sandbox.stack(&["plan", "--out", "plan.json"]);
    // The program is not run again, so what it says by now does not count.
    sandbox.write("graph.json", "nonsense");
    seen += &sandbox.stack(&["apply", "plan.json"]);
    seen += &sandbox.stack(&["apply", "plan.json"]);
    sandbox.assert("saved", &seen);
}

#[test]
fn the_first_plan_of_all_can_be_saved() {
    let sandbox = Sandbox::new(&graph(json!([value("a", json!(1))])));
    sandbox.succeeds(&["plan", "--out", "plan.json"]);
    assert!(!sandbox.state().exists());
    sandbox.succeeds(&["apply", "plan.json"]);
    assert_eq!(
        sandbox.output(&["plan", "--exit-code"]).status.code(),
        Some(0)
    );
    assert_eq!(
        sandbox.output(&["apply", "plan.json"]).status.code(),
        Some(1)
    );
}

#[test]
fn a_stale_plan_is_refused() {
    let sandbox = Sandbox::new(&graph(json!([value("a", json!(1))])));
    sandbox.succeeds(&["plan", "--out", "first.json"]);
    sandbox.succeeds(&["apply", "--yes"]);
    sandbox.graph(&graph(json!([value("a", json!(2))])));
    sandbox.succeeds(&["plan", "--out", "second.json"]);
    sandbox.graph(&graph(json!([value("a", json!(3))])));
    sandbox.succeeds(&["apply", "--yes"]);
    let mut seen = sandbox.stack(&["apply", "first.json"]);
    seen += &sandbox.stack(&["apply", "second.json"]);
    sandbox.assert("stale", &seen);
    let state = sandbox.succeeds(&["state", "show", "std:core:Value/a"]);
    assert!(String::from_utf8_lossy(&state.stdout).contains("= 3"));
}

#[test]
fn a_plan_of_a_state_that_is_gone_makes_no_new_one() {
    let sandbox = Sandbox::new(&graph(json!([value("a", json!(1))])));
    sandbox.succeeds(&["apply", "--yes"]);
    sandbox.graph(&graph(json!([value("a", json!(2))])));
    sandbox.succeeds(&["plan", "--out", "plan.json"]);
    std::fs::remove_dir_all(sandbox.path(".stack")).unwrap();
    assert_eq!(
        sandbox.output(&["apply", "plan.json"]).status.code(),
        Some(1)
    );
    assert!(!sandbox.path(".stack").exists());
}

/// Two changes are approved at once, and the second is applied after the first.
#[test]
fn a_stale_plan_with_the_same_changes_is_made_again() {
    let values = |a: i32, b: i32| graph(json!([value("a", json!(a)), value("b", json!(b))]));
    let sandbox = Sandbox::new(&values(1, 1));
    sandbox.succeeds(&["apply", "--yes"]);
    sandbox.graph(&values(2, 1));
    sandbox.succeeds(&["plan", "--out", "first"]);
    sandbox.graph(&values(1, 2));
    sandbox.succeeds(&["plan", "--out", "second"]);
    sandbox.succeeds(&["apply", "first"]);
    let shown = |name: &str| {
        let output = sandbox.succeeds(&["state", "show", name]);
        String::from_utf8(output.stdout).unwrap()
    };

    // What is merged by now does more than was approved.
    sandbox.graph(&graph(json!([
        value("a", json!(2)),
        value("b", json!(2)),
        value("c", json!(1))
    ])));
    let mut seen = sandbox.stack(&["apply", "second", "--replan"]);
    assert!(shown("std:core:Value/b").contains("= 1"), "{seen}");
    // It is what was approved, on top of the first.
    sandbox.graph(&values(2, 2));
    seen += &sandbox.stack(&["apply", "second", "--replan"]);
    assert!(shown("std:core:Value/b").contains("= 2"), "{seen}");
    assert!(shown("std:core:Value/a").contains("= 2"), "{seen}");
    // It is done already.
    seen += &sandbox.stack(&["apply", "second", "--replan"]);
    insta::with_settings!({filters => [("[0-9a-f]{64}", "[digest]")]}, {
        sandbox.assert("replanned", &seen);
    });
}

#[test]
fn a_plan_of_a_state_that_is_gone_is_not_made_again() {
    let sandbox = Sandbox::new(&graph(json!([value("a", json!(1))])));
    sandbox.succeeds(&["apply", "--yes"]);
    sandbox.graph(&graph(json!([value("a", json!(2))])));
    sandbox.succeeds(&["plan", "--out", "plan"]);
    std::fs::remove_dir_all(sandbox.path(".stack")).unwrap();
    let output = sandbox.output(&["apply", "plan", "--replan"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(!sandbox.path(".stack").exists());
}

#[test]
fn what_was_approved_is_applied_by_its_digest() {
    let sandbox = Sandbox::new(&graph(json!([value("a", json!(1))])));
    let output = sandbox.succeeds(&["preview", "--format", "json"]);
    let preview: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let digest = preview["previews"][0]["digest"].as_str().unwrap();
    sandbox.graph(&graph(json!([value("a", json!(2))])));
    let refused = sandbox.output(&["apply", "--approved", digest]);
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains(digest) && said.contains("approved"), "{said}");
    sandbox.graph(&graph(json!([value("a", json!(1))])));
    sandbox.succeeds(&["apply", "--approved", digest]);
    // Nothing is left to do, so nothing has to be approved.
    sandbox.succeeds(&["apply", "--approved", digest]);
}

#[test]
fn a_plan_that_was_changed_is_refused() {
    let sandbox = Sandbox::new(&graph(json!([value("a", json!(1))])));
    sandbox.succeeds(&["plan", "--out", "plan.json"]);
    let text = std::fs::read_to_string(sandbox.path("plan.json")).unwrap();
    let cases = [
        ("environment", text.replace("\"dev\"", "\"prod\"")),
        ("serial", text.replace("\"serial\": 0", "\"serial\": 7")),
        ("body", text.replace("\"body\": \"1:", "\"body\": \"1:AAAA")),
        ("format", text.replace("\"format\": 1", "\"format\": 9")),
        ("nonsense", "{}".to_owned()),
    ];
    let mut seen = String::new();
    for (name, changed) in cases {
        assert_ne!(changed, text, "{name}");
        sandbox.write(&format!("{name}.json"), &changed);
        seen += &sandbox.stack(&["apply", &format!("{name}.json")]);
    }
    sandbox.assert("changed_plan", &seen);
    assert!(!sandbox.state().exists());
}

#[test]
fn a_plan_belongs_to_its_environment() {
    let sandbox = Sandbox::new(&graph(json!([value("a", json!(1))])));
    let toml = format!(
        "{}[environments.dev]\n[environments.prod]\n",
        crate::sandbox::STACK_TOML
    );
    sandbox.write("Stack.toml", &toml);
    sandbox.succeeds(&["plan", "-e", "prod", "--out", "plan.json"]);
    let seen = sandbox.stack(&["apply", "-e", "dev", "plan.json"]);
    sandbox.assert("wrong_environment", &seen);
    sandbox.succeeds(&["apply", "plan.json"]);
    assert!(sandbox.path(".stack/state/shop/prod").exists());
}
