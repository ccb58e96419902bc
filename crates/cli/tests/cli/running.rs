//! While a run is under way: locks, signals, and what a killed run leaves behind.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStderr, Command};

use serde_json::json;

use crate::sandbox::{Sandbox, graph, value};

/// A project whose apply goes on until it is stopped: nobody answers at the address.
pub fn endless() -> Sandbox {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    // It begins only when what is before it is durable.
    let check = json!({"type": "std:http:Check", "name": "up",
        "inputs": {"url": format!("http://127.0.0.1:{port}/"), "interval_seconds": 1},
        "options": {"depends_on": ["std:core:Value/before"]}});
    let mut after = value("after", json!(1));
    after["options"] = json!({"depends_on": ["std:http:Check/up"]});
    Sandbox::new(&graph(json!([value("before", json!(1)), check, after])))
}

/// Starts an apply, and waits until its check is being tried. Gives what it has said until then.
pub fn begun(sandbox: &Sandbox) -> (Child, BufReader<ChildStderr>, String) {
    let mut child = sandbox.start(&["apply", "--yes"]);
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    while !said.contains("std:http:Check/up: waiting") {
        let read = stderr.read_line(&mut said).unwrap();
        assert!(read > 0, "the apply ended early: {said}");
    }
    (child, stderr, said)
}

pub fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .args([name, &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
}

#[test]
fn another_run_is_kept_out_and_a_signal_ends_the_first() {
    let sandbox = endless();
    let (mut child, mut stderr, _) = begun(&sandbox);
    let mut seen = sandbox.stack(&["apply", "--yes"]);
    seen += &sandbox.stack(&["plan", "--out", "plan.json"]);
    let plan = sandbox.output(&["plan"]);
    assert_eq!(plan.status.code(), Some(0), "a plan needs no lock");
    assert!(String::from_utf8_lossy(&plan.stderr).contains("is under way"));
    seen += &sandbox.stack(&["state", "unlock", "--yes"]);
    sandbox.assert("locked", &seen);

    signal(&child, "-INT");
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut stderr, &mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest}");
    assert!(rest.contains("stopping: nothing new is started"), "{rest}");
    assert!(
        rest.contains("not started:\n  std:core:Value/after")
            || rest.contains("std:core:Value/after"),
        "{rest}"
    );
    let state = sandbox.succeeds(&["state", "list"]);
    assert!(String::from_utf8_lossy(&state.stdout).contains("std:core:Value/before"));
    let unlocked = sandbox.succeeds(&["state", "unlock", "--yes"]);
    let said = String::from_utf8_lossy(&unlocked.stderr);
    assert_eq!(said, "nobody holds the lock\n");
}

#[test]
fn a_killed_run_leaves_a_doubt_that_refresh_settles() {
    let sandbox = endless();
    let (mut child, _stderr, _) = begun(&sandbox);
    signal(&child, "-KILL");
    child.wait().unwrap();
    let plan = sandbox.output(&["plan", "--out", "plan.json"]);
    assert_eq!(
        plan.status.code(),
        Some(5),
        "{}",
        String::from_utf8_lossy(&plan.stderr)
    );
    assert!(!sandbox.path("plan.json").exists());
    let offline = sandbox.output(&["plan", "--offline"]);
    assert!(String::from_utf8_lossy(&offline.stderr).contains("in doubt"));
    let refreshed = sandbox.succeeds(&["refresh"]);
    let said = String::from_utf8_lossy(&refreshed.stderr);
    assert!(
        said.contains("std:http:Check/up: left in doubt by an earlier run; it may have run"),
        "{said}"
    );
    sandbox.succeeds(&["plan", "--out", "plan.json"]);
    let state = sandbox.succeeds(&["state", "list"]);
    assert!(
        String::from_utf8_lossy(&state.stdout).contains("std:core:Value/before"),
        "nothing is lost"
    );
}

#[test]
fn a_step_that_fails_is_said_with_what_to_try() {
    let mut graph = graph(json!([
        {"type": "std:http:Check", "name": "up", "inputs": {"url": "http://127.0.0.1:1/", "deadline_seconds": 1}},
        value("after", json!(1)),
        value("beside", json!(1)),
    ]));
    graph["resources"][1]["options"] = json!({"depends_on": ["std:http:Check/up"]});
    let sandbox = Sandbox::new(&graph);
    let output = sandbox.output(&["apply", "--yes"]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    for expected in [
        "error: cannot run std:http:Check/up\n",
        "skipped, because they depend on what failed:\n  std:core:Value/after\n",
        "Applied: 1 step, 1 failed, 1 skipped because of that",
    ] {
        assert!(stderr.contains(expected), "{stderr}");
    }
}
