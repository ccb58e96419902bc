//! `stack ui` in a real browser, over what the real binary has written.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStderr, ChildStdout};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value as Json, json};

use crate::sandbox::{STACK_TOML, Sandbox, graph, reference, transcript, value};

/// The page's server.
struct Served {
    child: Child,
    address: String,
    _stdout: BufReader<ChildStdout>,
    stderr: BufReader<ChildStderr>,
}

impl Served {
    fn start(sandbox: &Sandbox, arguments: &[&str]) -> Self {
        let mut child = sandbox.start(&[&["ui"], arguments].concat());
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let mut address = String::new();
        stdout.read_line(&mut address).unwrap();
        Self {
            child,
            address: address.trim().to_owned(),
            _stdout: stdout,
            stderr,
        }
    }

    /// Ends it as a person does, and gives what it said.
    fn end(mut self) -> String {
        let id = Pid::from_raw(self.child.id().try_into().unwrap()).unwrap();
        kill_process(id, Signal::INT).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        std::io::read_to_string(&mut self.stderr).unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program(number: u32) -> Json {
    let base = |path: Json| reference("base", path);
    let mut program = graph(json!([
        value("base", json!({"n": number, "text": "one"})),
        value("secret", json!({"$secret": "canary-secret"})),
        value(
            "leaf",
            json!([base(json!(["id"])), reference("secret", json!(["value"]))])
        ),
        value("pair", base(json!(["value", "text"]))),
    ]));
    program["outputs"] = json!({
        "told": {"value": base(json!(["value", "text"]))},
        "hidden": {"value": reference("secret", json!(["value"]))},
    });
    program
}

/// Environments as people have them: one with a past, one that expires, one in production, and one that is damaged.
fn lived_in() -> Sandbox {
    let sandbox = Sandbox::new(&program(1));
    sandbox.write(
        "Stack.toml",
        &format!("{STACK_TOML}\n[environments.prod]\nproduction = true\n[environments.dev]\n[environments.pr-7]\n[environments.broken]\n[environments.killed]\n"),
    );
    let apply = |environment: &str, further: &[&str]| {
        sandbox.succeeds(&[&["apply", "--yes", "-e", environment], further].concat());
    };
    apply("dev", &[]);
    apply("prod", &[]);
    apply("pr-7", &["--expires-in", "4h"]);
    apply("broken", &[]);
    let mut more = program(1);
    more["resources"].as_array_mut().unwrap().pop();
    sandbox.graph(&more);
    apply("dev", &[]);
    sandbox.graph(&program(2));
    apply("dev", &[]);
    kill(&sandbox, "killed");
    let states = sandbox.path(".stack/state/shop/broken/state");
    for state in std::fs::read_dir(states).unwrap() {
        std::fs::write(state.unwrap().path(), "{}\nnonsense\n").unwrap();
    }
    sandbox
}

/// An apply that dies while it waits for an answer that never comes.
fn kill(sandbox: &Sandbox, environment: &str) {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    sandbox.graph(&graph(json!([
        {"type": "std:http:Check", "name": "gate", "inputs": {"url": url}},
    ])));
    let mut run = sandbox.start(&["apply", "--yes", "-e", environment]);
    let _asked = silent.accept().unwrap();
    run.kill().unwrap();
    run.wait().unwrap();
}

#[test]
fn a_browser_shows_what_is_recorded_and_how_a_run_goes_on() {
    let sandbox = lived_in();
    let toml = "[stack]\nname = \"live\"\nprogram = { graph = \"graph.json\" }\n[backend]\nurl = \"file:../.stack/state\"\n";
    sandbox.write("live/Stack.toml", toml);
    sandbox.write(
        "live/graph.json",
        &graph(json!([value("first", json!(1))])).to_string(),
    );
    let applied = sandbox.output(&["apply", "--yes", "-C", "live"]);
    assert!(applied.status.success(), "{}", transcript(&[], &applied));

    let before = sandbox.bytes_below(".stack/state/shop");
    let served = Served::start(&sandbox, &[]);
    let browser = xtask::browser::ensure().unwrap();
    let script = xtask::root().unwrap().join("crates/ui/tests/page.js");
    let output = browser
        .script(&script)
        .unwrap()
        .env("ADDRESS", &served.address)
        .env("FOLDER", sandbox.path("."))
        .env("STACK", env!("CARGO_BIN_EXE_stack"))
        .env("HOME", sandbox.path("home"))
        .env("USER", "tester")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let wrong = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{wrong}");
    let said = served.end();
    assert!(!said.contains("error"), "{said}");
    assert_eq!(
        before,
        sandbox.bytes_below(".stack/state/shop"),
        "the page wrote something"
    );
}

#[test]
fn it_needs_neither_a_project_nor_a_key() {
    let sandbox = lived_in();
    std::fs::remove_dir_all(sandbox.path("home")).unwrap();
    std::fs::remove_file(sandbox.path("Stack.toml")).unwrap();
    let served = Served::start(&sandbox, &["--backend", "file:.stack/state"]);
    assert!(
        served.address.starts_with("http://127.0.0.1:"),
        "{}",
        served.address
    );
    let (_, token) = served.address.split_once("/?token=").unwrap();
    assert_eq!(token.len(), 64);
    let said = served.end();
    assert!(said.contains("the page of file:.stack/state"), "{said}");
    assert!(!sandbox.path("home").exists());
}

#[test]
fn what_leads_nowhere_is_said_before_anything_is_served() {
    let sandbox = Sandbox::empty();
    let refused = sandbox.output(&["ui"]);
    assert_eq!(refused.status.code(), Some(2));
    let refused = sandbox.output(&["ui", "--backend", "ftp://nowhere"]);
    assert_eq!(refused.status.code(), Some(2));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    std::fs::create_dir(sandbox.path("state")).unwrap();
    let refused = sandbox.output(&["ui", "--backend", "file:state", "--port", &port]);
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(
        said.contains(&format!("cannot listen on port {port}")),
        "{said}"
    );
}
