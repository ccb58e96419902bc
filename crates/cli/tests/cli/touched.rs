//! Previews of what a branch touches, each after those whose outputs it reads.

use serde_json::{Value as Json, json};

use crate::sandbox::{Sandbox, graph, value};

/// A repository of three stacks in one backend. `shop` reads what `network` gives; `alone` reads nothing.
fn repository() -> Sandbox {
    let sandbox = Sandbox::empty();
    for name in ["alone", "network", "shop"] {
        let toml = format!(
            "[stack]\nname = \"{name}\"\nprogram = {{ graph = \"graph.json\" }}\nsources = [\"../shared\"]\n\n[backend]\nurl = \"file:../state\"\n"
        );
        let toml = match name {
            "alone" => toml.replace("sources = [\"../shared\"]\n", ""),
            _ => toml,
        };
        sandbox.write(&format!("stacks/{name}/Stack.toml"), &toml);
    }
    network(&sandbox, "10.0.0.0/16");
    let cidr = json!({"$stack": {"stack": "network", "environment": "dev", "output": "cidr"}});
    program(&sandbox, "shop", graph(json!([value("uses", cidr)])));
    program(&sandbox, "alone", graph(json!([value("a", json!(1))])));
    sandbox.write("stacks/shared/readme", "shared");
    sandbox.write(".gitignore", "stacks/state\nhome\n");
    for name in ["network", "shop", "alone"] {
        sandbox.succeeds(&["-C", &format!("stacks/{name}"), "apply", "--yes"]);
    }
    git(&sandbox, &["init", "--quiet", "--initial-branch", "main"]);
    commit(&sandbox);
    git(&sandbox, &["switch", "--quiet", "--create", "branch"]);
    sandbox
}

fn program(sandbox: &Sandbox, stack: &str, graph: Json) {
    sandbox.write(&format!("stacks/{stack}/graph.json"), &graph.to_string());
}

fn network(sandbox: &Sandbox, cidr: &str) {
    let mut graph = graph(json!([value("range", json!(cidr))]));
    let range = json!({"$ref": {"urn": "std:core:Value/range", "path": ["value"]}});
    graph["outputs"] = json!({"cidr": {"value": range}});
    program(sandbox, "network", graph);
}

fn git(sandbox: &Sandbox, arguments: &[&str]) {
    sandbox.git(".", arguments);
}

fn commit(sandbox: &Sandbox) {
    git(sandbox, &["add", "--all"]);
    git(sandbox, &["commit", "--quiet", "--message", "change"]);
}

/// What is previewed, in the order in which it is shown.
fn previewed(sandbox: &Sandbox, arguments: &[&str]) -> Vec<Json> {
    let all = [&["preview", "--format", "json"], arguments].concat();
    let output = sandbox.succeeds(&all);
    let all: Json = serde_json::from_slice(&output.stdout).unwrap();
    all["previews"].as_array().unwrap().clone()
}

fn stacks(previews: &[Json]) -> Vec<&str> {
    let name = |preview: &Json| preview["stack"].as_str().unwrap().to_owned();
    let names = previews.iter().map(name);
    names.map(|name| &*name.leak()).collect()
}

const SINCE: &[&str] = &["--changed-since", "main"];

#[test]
fn only_what_a_branch_touches_is_planned() {
    let sandbox = repository();
    assert!(previewed(&sandbox, SINCE).is_empty());
    let output = sandbox.succeeds(&["preview", "--changed-since", "main"]);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "No stack is touched.\n"
    );

    program(&sandbox, "alone", graph(json!([value("a", json!(2))])));
    // Before it is committed, and after.
    assert_eq!(stacks(&previewed(&sandbox, SINCE)), ["alone"]);
    commit(&sandbox);
    assert_eq!(stacks(&previewed(&sandbox, SINCE)), ["alone"]);
    // Of those that are named.
    let named = [SINCE, &["stacks/network", "stacks/alone"]].concat();
    assert_eq!(stacks(&previewed(&sandbox, &named)), ["alone"]);
    let named = [SINCE, &["stacks/network"]].concat();
    assert!(previewed(&sandbox, &named).is_empty());

    // What main got meanwhile is no change of the branch.
    git(&sandbox, &["switch", "--quiet", "main"]);
    network(&sandbox, "10.9.0.0/16");
    commit(&sandbox);
    git(&sandbox, &["switch", "--quiet", "branch"]);
    assert_eq!(stacks(&previewed(&sandbox, SINCE)), ["alone"]);

    // A file that several are made of; and one that went.
    sandbox.write("stacks/shared/readme", "changed");
    let all = ["alone", "network", "shop"];
    assert_eq!(stacks(&previewed(&sandbox, SINCE)), all);
    git(&sandbox, &["checkout", "--quiet", "--", "stacks/shared"]);
    std::fs::remove_file(sandbox.path("stacks/shared/readme")).unwrap();
    assert_eq!(stacks(&previewed(&sandbox, SINCE)), all);
}

#[test]
fn a_stack_is_planned_after_what_it_reads() {
    let sandbox = repository();
    network(&sandbox, "10.1.0.0/16");
    let find = |previews: &[Json], name: &str| {
        let found = previews.iter().find(|preview| preview["stack"] == name);
        found.unwrap().clone()
    };
    // The order of the folders does not matter, and is that of what is shown.
    let previews = previewed(&sandbox, &["stacks/shop", "stacks/network"]);
    assert_eq!(stacks(&previews), ["shop", "network"]);
    let shop = find(&previews, "shop");
    assert_eq!(shop["resources"][0]["after"]["value"], "10.1.0.0/16");
    assert_eq!(shop["summary"]["update"], 1);
    // Alone it sees what is recorded.
    let alone = previewed(&sandbox, &["stacks/shop"]);
    assert_eq!(alone[0]["resources"][0]["after"]["value"], "10.0.0.0/16");

    // What is known only after the apply of the one is not known in the other.
    let mut network = graph(json!([
        {"type": "std:random:Id", "name": "range", "inputs": {"byte_length": 8}},
    ]));
    let answer = json!({"$ref": {"urn": "std:random:Id/range", "path": ["hex"]}});
    network["outputs"] = json!({"cidr": {"value": answer}});
    program(&sandbox, "network", network);
    let previews = previewed(&sandbox, &["stacks/shop", "stacks/network"]);
    let shop = find(&previews, "shop");
    let after = &shop["resources"][0]["after"]["value"];
    assert_eq!(after["$unknown"]["after"][0]["urn"], "std:random:Id/range");

    // An output that goes is missed.
    program(&sandbox, "network", graph(json!([])));
    let output = sandbox.output(&["preview", "stacks/shop", "stacks/network"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("has no output cidr in dev"), "{said}");
}

/// The plans of a preview are applied in the order in which they read each other; what comes after a failure is not begun.
#[test]
fn saved_plans_are_applied_each_after_what_it_reads() {
    let sandbox = repository();
    network(&sandbox, "10.1.0.0/16");
    program(&sandbox, "alone", graph(json!([value("a", json!(2))])));
    let folders = ["stacks/shop", "stacks/network", "stacks/alone"];
    // Another stack of the same name, elsewhere.
    let toml = "[stack]\nname = \"alone\"\nprogram = { graph = \"graph.json\" }\n";
    sandbox.write("stacks/twin/Stack.toml", toml);
    program(&sandbox, "twin", graph(json!([value("b", json!(1))])));
    let all = [&["preview", "--save", "plans", "stacks/twin"], &folders[..]].concat();
    sandbox.succeeds(&all);
    let list = std::fs::read_to_string(sandbox.path("plans/plans.json")).unwrap();
    let list: Json = serde_json::from_str(&list).unwrap();
    let plans = list["plans"].as_array().unwrap();
    let of = |plan: &Json| plan["folder"].as_str().unwrap().to_owned();
    let order: Vec<String> = plans.iter().map(of).collect();
    let expected = [
        "stacks/twin",
        "stacks/network",
        "stacks/shop",
        "stacks/alone",
    ];
    assert_eq!(order, expected);

    // One that is stale stops what comes after it.
    sandbox.succeeds(&["-C", "stacks/network", "apply", "--yes"]);
    let output = sandbox.output(&["apply", "plans"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("2 plans not begun"), "{said}");
    let twin = sandbox.succeeds(&["-C", "stacks/twin", "state", "list"]);
    assert!(String::from_utf8_lossy(&twin.stdout).contains("Value/b"));
    // What is done needs nobody's approval, and the rest is what was approved.
    sandbox.succeeds(&["apply", "plans", "--replan"]);
    for folder in folders {
        sandbox.succeeds(&["-C", folder, "plan", "--exit-code"]);
    }
}

#[test]
fn a_branch_that_is_not_there_is_said() {
    let sandbox = repository();
    let output = sandbox.output(&["preview", "--changed-since", "nowhere"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("nowhere") && said.contains("fetch-depth: 0"),
        "{said}"
    );
    // No option of git can come in by it.
    let output = sandbox.output(&["preview", "--changed-since=--output=stolen"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(!sandbox.path("stolen").exists());
}
