//! A secret is planted, and must be nowhere.

use serde_json::json;

use crate::running::{begun, signal};
use crate::sandbox::{Sandbox, graph, value};

/// What is planted.
pub const SECRET: &str = "hunter2-planted";

/// Nothing that is planted is in it.
pub fn clean(what: &str, bytes: &[u8]) {
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

#[test]
fn a_secret_is_neither_in_the_journal_nor_in_what_a_step_waits_for() {
    let url = json!({"$secret": format!("http://127.0.0.1:1/{SECRET}")});
    let mut graph = graph(json!([
        value("holder", json!({"$secret": SECRET})),
        {"type": "std:http:Check", "name": "up", "inputs": {"url": url, "interval_seconds": 1,
         "headers": {"$secret": {"authorization": SECRET}}}},
    ]));
    graph["resources"][1]["options"] = json!({"depends_on": ["std:core:Value/holder"]});
    let sandbox = Sandbox::new(&graph);
    let (mut child, mut stderr, before) = begun(&sandbox);
    clean("stderr", before.as_bytes());
    let journals = sandbox.bytes_below(".stack/state/shop/dev/journal");
    assert!(journals.iter().any(|(_, bytes)| !bytes.is_empty()));
    for (path, bytes) in sandbox.bytes_below(".stack") {
        clean(&path.display().to_string(), &bytes);
    }
    signal(&child, "-TERM");
    let mut said = Vec::new();
    std::io::Read::read_to_end(&mut stderr, &mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    clean("stderr", &said);
    let shown = sandbox.output(&["plan", "--format", "json"]);
    clean("plan", &shown.stdout);
    for (path, bytes) in sandbox.bytes_below(".stack") {
        clean(&path.display().to_string(), &bytes);
    }
}

/// The binary with a passphrase, and perhaps one to change to.
fn with_words(
    sandbox: &Sandbox,
    words: &[(&str, &str)],
    arguments: &[&str],
) -> std::process::Output {
    let mut command = sandbox.binary(arguments);
    command.envs(words.iter().copied());
    command.output().unwrap()
}

#[test]
fn a_passphrase_keeps_the_key_and_can_be_changed() {
    let old = ("STACK_PASSPHRASE", "correct horse battery");
    let new = ("STACK_PASSPHRASE", "staple staple staple");
    let next = ("STACK_NEW_PASSPHRASE", new.1);
    let sandbox = Sandbox::new(&graph(json!([
        {"type": "std:random:Password", "name": "door", "inputs": {}},
    ])));
    let said = |output: &std::process::Output| String::from_utf8_lossy(&output.stderr).into_owned();
    let applied = with_words(&sandbox, &[old], &["apply", "--yes"]);
    assert!(applied.status.success(), "{}", said(&applied));
    assert!(!sandbox.path("home/.config/stack/keys/default.key").exists());

    let forgotten = with_words(&sandbox, &[], &["plan"]);
    assert!(
        said(&forgotten).contains("set STACK_PASSPHRASE"),
        "{}",
        said(&forgotten)
    );
    let wrong = with_words(&sandbox, &[new], &["plan"]);
    assert!(
        said(&wrong).contains("another passphrase"),
        "{}",
        said(&wrong)
    );
    let short = with_words(&sandbox, &[("STACK_PASSPHRASE", "short")], &["plan"]);
    assert!(
        said(&short).contains("take several words"),
        "{}",
        said(&short)
    );

    let rotate = ["secrets", "rotate", "--to", "passphrase"];
    let rotated = with_words(&sandbox, &[old, next], &rotate);
    assert!(rotated.status.success(), "{}", said(&rotated));
    let refused = with_words(&sandbox, &[old], &["plan", "--exit-code"]);
    assert!(
        said(&refused).contains("another passphrase"),
        "{}",
        said(&refused)
    );
    let same = with_words(&sandbox, &[new], &["plan", "--exit-code"]);
    assert_eq!(same.status.code(), Some(0), "{}", said(&same));

    let to_file = with_words(&sandbox, &[new], &["secrets", "rotate", "--to", "key-file"]);
    assert!(to_file.status.success(), "{}", said(&to_file));
    let same = with_words(&sandbox, &[], &["plan", "--exit-code"]);
    assert_eq!(same.status.code(), Some(0), "{}", said(&same));
}

/// What a person at a terminal sees of a run, and its exit code, when they type these lines without being shown them.
fn typed(sandbox: &Sandbox, arguments: &[&str], lines: &str) -> (String, i32) {
    // Python's pseudo-terminal, since ours would take unsafe code. It sends a line when it is asked for one, and not
    // before the terminal is told not to show it, as no person could.
    const TERMINAL: &str = "import os, pty, sys, termios, time\n\
        lines = iter(os.environ['TYPED'].splitlines())\n\
        def read(fd):\n\
        \x20   said = os.read(fd, 1024)\n\
        \x20   if said.endswith((b'passphrase of dev: ', b'the same again: ', b'key: ')):\n\
        \x20       until = time.monotonic() + 10\n\
        \x20       while termios.tcgetattr(fd)[3] & termios.ECHO and time.monotonic() < until:\n\
        \x20           time.sleep(0.01)\n\
        \x20       os.write(fd, next(lines, '').encode() + b'\\n')\n\
        \x20   return said\n\
        sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:], read)))\n";
    let stack = sandbox.binary(&[]);
    let mut command = std::process::Command::new("python3");
    command
        .args(["-c", TERMINAL])
        .arg(stack.get_program())
        .args(arguments);
    command.current_dir(stack.get_current_dir().unwrap());
    for (name, value) in stack.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let output = command
        .env("TYPED", lines)
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let seen = String::from_utf8_lossy(&output.stdout).into_owned();
    (seen, output.status.code().unwrap())
}

#[test]
fn a_person_is_asked_for_the_passphrase_and_it_is_not_shown() {
    let secret = json!({"$secret": "hunter2-planted"});
    let sandbox = Sandbox::new(&graph(json!([value("key", secret)])));
    let text = format!(
        "{}\n[environments.dev]\nsealed_by = \"passphrase\"\n",
        crate::sandbox::STACK_TOML
    );
    sandbox.write("Stack.toml", &text);
    let apply = ["apply", "--yes"];
    let (seen, code) = typed(
        &sandbox,
        &apply,
        "correct horse battery\ncorrect horse buttery\n",
    );
    assert_eq!(code, 1, "{seen}");
    assert!(seen.contains("the two are not the same"), "{seen}");
    let (seen, code) = typed(
        &sandbox,
        &apply,
        "correct horse battery\ncorrect horse battery\n",
    );
    assert_eq!(code, 0, "{seen}");
    assert!(seen.contains("passphrase of dev: "), "{seen}");
    assert!(!seen.contains("horse"), "{seen}");
    let (seen, code) = typed(
        &sandbox,
        &["plan", "--exit-code"],
        "correct horse battery\n",
    );
    assert_eq!(code, 0, "{seen}");
    let (seen, code) = typed(&sandbox, &["plan"], "incorrect horse battery\n");
    assert_eq!(code, 1, "{seen}");
    assert!(seen.contains("another passphrase"), "{seen}");
    // Without a terminal nobody is asked.
    let output = sandbox.output(&["plan"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("set STACK_PASSPHRASE"), "{said}");
}

#[test]
fn a_secret_is_typed_without_being_shown() {
    let sandbox = Sandbox::new(&graph(json!([])));
    let (seen, code) = typed(
        &sandbox,
        &["config", "set", "key", "--secret"],
        "hunter2-planted\n",
    );
    assert_eq!(code, 0, "{seen}");
    assert!(
        seen.contains("key: ") && !seen.contains("hunter2"),
        "{seen}"
    );
    let listed = sandbox.succeeds(&["config", "list"]).stdout;
    assert_eq!(String::from_utf8(listed).unwrap(), "key = [secret]\n");
}
