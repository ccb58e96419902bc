//! Environments with an expiry: how they get it, how it is put off, and their end without their program.

use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use crate::running::{begun, endless, signal};
use crate::sandbox::{STACK_TOML, Sandbox, graph, reference, transcript, value};

const ENVIRONMENTS: &str = "
[environments.pr-1]
[environments.pr-2]
[environments.pr-3]
[environments.dev]
expires_in = \"3d\"
[environments.prod]
production = true
";

fn shop(resources: Json) -> Sandbox {
    let sandbox = Sandbox::new(&graph(resources));
    sandbox.write("Stack.toml", &format!("{STACK_TOML}{ENVIRONMENTS}"));
    sandbox
}

fn chain() -> Json {
    json!([
        value("network", json!("10.0.0.0/16")),
        value("server", reference("network", json!(["value"]))),
    ])
}

impl Sandbox {
    fn expiring(&self, environment: &str) {
        self.succeeds(&["apply", "--yes", "-e", environment, "--expires-in", "1s"]);
    }

    /// Waits until so many environments have expired.
    fn expired(&self, backend: &str, number: usize) {
        let until = Instant::now() + Duration::from_secs(30);
        loop {
            let output =
                self.succeeds(&["teardown", "--expired", "--dry-run", "--backend", backend]);
            let found = String::from_utf8(output.stdout).unwrap().lines().count();
            if found == number {
                return;
            }
            assert!(Instant::now() < until, "{found} have expired");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn resources(&self, environment: &str) -> usize {
        let output = self.succeeds(&["state", "list", "-e", environment]);
        String::from_utf8(output.stdout).unwrap().lines().count()
    }
}

/// What a person sees, but for how long ago things were.
fn timeless(seen: &str) -> String {
    let lines = seen
        .lines()
        .map(|line| match line.split_once("  expired ") {
            Some((name, rest)) => {
                let (_, resources) = rest.split_once(", ").unwrap();
                format!("{name}  expired [AGO], {resources}\n")
            }
            // How much is left of a second depends on where in it the command was run.
            None => match line.split_once("Z, in ") {
                Some((name, _)) => format!("{name}Z\n"),
                None => format!("{line}\n"),
            },
        });
    lines.collect()
}

const BACKEND: &str = "file:.stack/state";

#[test]
fn what_has_expired_is_torn_down_and_nothing_else() {
    let sandbox = shop(chain());
    let mut seen = sandbox.stack(&["apply", "--yes", "-e", "pr-1", "--expires-in", "1s"]);
    sandbox.expiring("pr-2");
    sandbox.expiring("pr-3");
    seen += &sandbox.stack(&["extend", "4h", "-e", "pr-3"]);
    seen += &sandbox.stack(&["apply", "--yes", "-e", "dev"]);
    sandbox.succeeds(&["apply", "--yes", "-e", "prod"]);
    sandbox.expired(BACKEND, 2);
    // Neither a program nor a Stack.toml is needed.
    std::fs::rename(sandbox.path("Stack.toml"), sandbox.path("away.toml")).unwrap();
    std::fs::remove_file(sandbox.path("graph.json")).unwrap();
    let named = ["teardown", "--expired", "--backend", BACKEND];
    let before = sandbox.bytes_below(".stack");
    seen += &sandbox.stack(&[&named[..], &["--dry-run"]].concat());
    assert!(
        before == sandbox.bytes_below(".stack"),
        "a look wrote something"
    );
    seen += &sandbox.stack(&named);
    // One at once, so that the lines have an order.
    seen += &sandbox.stack(&[&named[..], &["--yes", "--at-once", "1"]].concat());
    seen += &sandbox.stack(&[&named[..], &["--yes"]].concat());
    sandbox.assert("teardown", &timeless(&seen));
    std::fs::rename(sandbox.path("away.toml"), sandbox.path("Stack.toml")).unwrap();
    let left = ["pr-1", "pr-2", "pr-3", "dev", "prod"].map(|name| sandbox.resources(name));
    assert_eq!(left, [0, 0, 2, 2, 2]);
}

#[test]
fn what_is_protected_stays_with_what_it_needs() {
    let mut resources = chain();
    resources[1]["options"] = json!({"protect": true});
    let loose = value("loose", reference("server", json!(["value"])));
    resources.as_array_mut().unwrap().push(loose);
    let sandbox = shop(resources);
    sandbox.expiring("pr-1");
    sandbox.expired(BACKEND, 1);
    let mut seen = sandbox.stack(&["destroy", "--yes", "-e", "pr-1"]);
    seen += &sandbox.stack(&["teardown", "--expired", "--yes"]);
    seen += &sandbox.stack(&["teardown", "--expired", "--yes"]);
    assert_eq!(sandbox.resources("pr-1"), 2);
    sandbox.assert("teardown_protected", &timeless(&seen));
}

#[test]
fn those_that_read_others_go_first() {
    let sandbox = shop(chain());
    let network = json!({"format": 1, "resources": [], "outputs": {"id": {"value": "net-1"}}});
    sandbox.write("network/graph.json", &network.to_string());
    let named = STACK_TOML.replace("shop", "a-network");
    let toml = format!("{named}\n[backend]\nurl = \"file:../.stack/state\"\n{ENVIRONMENTS}");
    sandbox.write("network/Stack.toml", &toml);
    let with_one = json!({"format": 1, "resources": [value("id", json!("net-1"))],
        "outputs": {"id": {"value": reference("id", json!(["value"]))}}});
    sandbox.write("network/graph.json", &with_one.to_string());
    let expiring = ["apply", "--yes", "-e", "pr-1", "--expires-in", "1s"];
    sandbox.succeeds(&[&["-C", "network"], &expiring[..]].concat());
    let shared = json!({"$stack": {"stack": "a-network", "environment": "pr-1", "output": "id"}});
    sandbox.graph(&graph(json!([value("server", shared)])));
    sandbox.succeeds(&expiring);
    sandbox.expired(BACKEND, 2);
    let output = sandbox.succeeds(&["teardown", "--expired", "--yes"]);
    let said = String::from_utf8(output.stderr).unwrap();
    let at = |what: &str| said.find(what).unwrap_or_else(|| panic!("{what}: {said}"));
    let reader = at("shop/pr-1: std:core:Value/server: deleted");
    assert!(
        reader < at("a-network/pr-1: std:core:Value/id: deleted"),
        "{said}"
    );
}

#[test]
fn what_was_killed_in_its_first_apply_is_found_and_torn_down() {
    let sandbox = endless();
    let toml = format!("{STACK_TOML}\n[environments.dev]\nexpires_in = \"1s\"\n");
    sandbox.write("Stack.toml", &toml);
    let (mut child, _stderr, _) = begun(&sandbox);
    signal(&child, "-KILL");
    child.wait().unwrap();
    sandbox.expired(BACKEND, 1);
    let output = sandbox.succeeds(&["teardown", "--expired", "--yes"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("shop/dev: gone"), "{said}");
    sandbox.expired(BACKEND, 0);
    assert_eq!(sandbox.resources("dev"), 0);
}

#[test]
fn one_that_is_being_worked_on_stays_and_keeps_nothing_else() {
    let sandbox = endless();
    let toml =
        format!("{STACK_TOML}\n[environments.dev]\nexpires_in = \"1s\"\n[environments.pr-1]\n");
    sandbox.write("Stack.toml", &toml);
    let (mut child, _stderr, _) = begun(&sandbox);
    sandbox.graph(&graph(chain()));
    sandbox.expiring("pr-1");
    sandbox.expired(BACKEND, 2);
    let arguments = ["teardown", "--expired", "--yes"];
    let output = sandbox.output(&arguments);
    let seen = transcript(&arguments, &output);
    signal(&child, "-KILL");
    child.wait().unwrap();
    assert_eq!(output.status.code(), Some(1), "{seen}");
    assert!(seen.contains("shop/dev: stays\n"), "{seen}");
    assert!(seen.contains("is locked by `stack apply`"), "{seen}");
    assert!(seen.contains("shop/pr-1: gone"), "{seen}");
}

#[test]
fn a_state_that_cannot_be_opened_is_said_and_hides_no_other() {
    let sandbox = shop(chain());
    sandbox.expiring("pr-1");
    sandbox.expiring("pr-2");
    sandbox.expired(BACKEND, 2);
    let state = sandbox.path(".stack/state/shop/pr-2/state");
    let newest = std::fs::read_dir(&state)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let newest = newest.max().unwrap();
    std::fs::write(&newest, "{\"format\":1").unwrap();
    let arguments = ["teardown", "--expired", "--yes"];
    let output = sandbox.output(&arguments);
    let seen = transcript(&arguments, &output);
    assert_eq!(output.status.code(), Some(1), "{seen}");
    assert!(
        seen.contains("warning: whether shop/pr-2 has expired cannot be told"),
        "{seen}"
    );
    assert!(seen.contains("shop/pr-1: gone"), "{seen}");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let sandbox = shop(chain());
    let mut seen = sandbox.stack(&["apply", "--yes", "-e", "prod", "--expires-in", "4h"]);
    seen += &sandbox.stack(&["extend", "4h", "-e", "pr-1"]);
    sandbox.succeeds(&["apply", "--yes", "-e", "pr-1"]);
    seen += &sandbox.stack(&["extend", "4h", "-e", "pr-1"]);
    sandbox.expiring("pr-1");
    seen += &sandbox.stack(&["extend", "--until", "2020-01-01T00:00:00Z", "-e", "pr-1"]);
    seen += &sandbox.stack(&["apply", "--yes", "-e", "pr-1", "--expires-in", "soon"]);
    seen += &sandbox.stack(&["teardown", "--expired", "-e", "pr-1"]);
    seen += &sandbox.stack(&["teardown", "--yes"]);
    seen += &sandbox.stack(&[
        "teardown",
        "--expired",
        "--yes",
        "--backend",
        "file:nowhere",
    ]);
    let toml = "\n[environments.live]\nproduction = true\nexpires_in = \"1h\"\n";
    sandbox.write("Stack.toml", &format!("{STACK_TOML}{toml}"));
    seen += &sandbox.stack(&["plan"]);
    sandbox.assert("expiry_refused", &timeless(&seen));
}

#[test]
fn an_expiry_can_be_taken_back_and_never_shrinks_by_itself() {
    let sandbox = shop(chain());
    let expires = |environment: &str| {
        let output = sandbox.succeeds(&["state", "export-file", "-", "-e", environment]);
        let state: Json = serde_json::from_slice(&output.stdout).unwrap();
        state["expires"].as_str().map(str::to_owned)
    };
    sandbox.succeeds(&["apply", "--yes", "-e", "dev"]);
    let first = expires("dev").unwrap();
    sandbox.succeeds(&["extend", "--until", "2999-01-01T00:00:00Z", "-e", "dev"]);
    sandbox.succeeds(&["apply", "--yes", "-e", "dev"]);
    assert_eq!(expires("dev").as_deref(), Some("2999-01-01T00:00:00Z"));
    sandbox.succeeds(&["apply", "--yes", "-e", "dev", "--expires-in", "1h"]);
    assert!(expires("dev").unwrap() < first);
    sandbox.succeeds(&["apply", "--yes", "-e", "dev", "--expires-in", "never"]);
    assert_eq!(expires("dev"), None);
    sandbox.succeeds(&["apply", "--yes", "-e", "dev"]);
    assert!(expires("dev").is_some(), "Stack.toml says so");
}

#[test]
fn the_stream_says_all() {
    let sandbox = shop(chain());
    sandbox.expiring("pr-1");
    sandbox.expired(BACKEND, 1);
    let seen = sandbox.stack(&["teardown", "--expired", "--yes", "--format", "json"]);
    sandbox.assert("teardown_json", &seen);
}

#[test]
fn what_somebody_who_lives_on_reads_stays() {
    let sandbox = shop(chain());
    let toml = STACK_TOML.replace("shop", "a-network");
    let toml = format!("{toml}\n[backend]\nurl = \"file:../.stack/state\"\n{ENVIRONMENTS}");
    sandbox.write("network/Stack.toml", &toml);
    let network = json!({"format": 1, "resources": [value("id", json!("net-1"))],
        "outputs": {"id": {"value": reference("id", json!(["value"]))}}});
    sandbox.write("network/graph.json", &network.to_string());
    let expiring = [
        "-C",
        "network",
        "apply",
        "--yes",
        "-e",
        "pr-1",
        "--expires-in",
        "1s",
    ];
    sandbox.succeeds(&expiring);
    let shared = json!({"$stack": {"stack": "a-network", "environment": "pr-1", "output": "id"}});
    sandbox.graph(&graph(json!([value("server", shared)])));
    sandbox.succeeds(&["apply", "--yes", "-e", "pr-1", "--expires-in", "4h"]);
    sandbox.expired(BACKEND, 1);
    let arguments = ["teardown", "--expired", "--yes"];
    let output = sandbox.output(&arguments);
    let seen = transcript(&arguments, &output);
    assert_eq!(output.status.code(), Some(1), "{seen}");
    assert!(
        seen.contains("a-network/pr-1: stays\n  shop/pr-1 reads its outputs, and is there"),
        "{seen}"
    );
    sandbox.succeeds(&["destroy", "--yes", "-e", "pr-1"]);
    sandbox.succeeds(&arguments);
    sandbox.expired(BACKEND, 0);
}
