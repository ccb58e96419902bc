//! Redacted snapshots: what forks are shown, and what they are not.

use std::process::Output;

use serde_json::{Value as Json, json};

use crate::sandbox::{STACK_TOML, Sandbox, graph, reference, transcript, value};

/// What every secret begins with.
const CANARY: &str = "canary-redacted";

/// The folder of the snapshots.
const PUBLISHED: &str = "published";

/// A secret with this name.
fn secret(name: &str) -> Json {
    json!({"$secret": format!("{CANARY}-{name}")})
}

/// A secret in every place that may have one.
fn full() -> Json {
    let door = json!({"$ref": {"urn": "std:random:Password/door", "path": ["result"]}});
    let url =
        json!({"$call": {"fn": "concat", "args": ["postgres://u:", door, "@db/", secret("url")]}});
    let mut graph = graph(json!([
        value("plain", json!({"cidr": "10.0.0.0/16", "n": [1, 2]})),
        value("whole", secret("whole")),
        value("inside", json!({"name": "a", "keys": [1, secret("list")], "deep": {"key": secret("map")}})),
        value("written", json!({"list": ["x", {"$secret": {"$call": {"fn": "concat", "args": ["a", secret("call")]}}}]})),
        value("config", json!({"key": {"$config": ["payment", "key"]}})),
        value("url", url),
        {"type": "std:random:Password", "name": "door", "inputs": {"length": 20}},
        value("part", reference("inside", json!(["value", "deep", "key"]))),
    ]));
    graph["outputs"] = json!({
        "URL": {"value": reference("url", json!(["value"]))},
        "PLAIN": {"value": "http://plain"},
        "KEY": {"value": secret("output")},
    });
    graph
}

/// A stack that is applied and published.
fn published(graph: &Json) -> Sandbox {
    let sandbox = Sandbox::new(graph);
    let sealed = sandbox.fed(&["seal"], &format!("{CANARY}-config"));
    assert!(
        sealed.status.success(),
        "{}",
        transcript(&["seal"], &sealed)
    );
    let sealed = String::from_utf8(sealed.stdout).unwrap();
    let sealed = sealed.trim();
    let text =
        format!("{STACK_TOML}\n[environments.dev]\nplain = 1\npayment = {{ key = {sealed} }}\n");
    sandbox.write("Stack.toml", &text);
    sandbox.succeeds(&["apply", "--yes"]);
    sandbox.succeeds(&["state", "publish-redacted", "--to", PUBLISHED]);
    sandbox
}

/// Takes everything away that a fork does not have.
fn forked(sandbox: &Sandbox) {
    std::fs::remove_dir_all(sandbox.path(".stack")).unwrap();
    std::fs::remove_dir_all(sandbox.path("home")).unwrap();
}

/// A preview with nothing of a person around it.
fn preview(sandbox: &Sandbox, arguments: &[&str]) -> Output {
    let arguments = [&["preview", "--redacted", PUBLISHED], arguments].concat();
    let mut command = sandbox.binary(&arguments);
    command.env_remove("HOME").env_remove("USER");
    let output = command.output().unwrap();
    for bytes in [&output.stdout, &output.stderr] {
        let text = String::from_utf8_lossy(bytes);
        assert!(!text.contains(CANARY), "{text}");
    }
    output
}

fn as_json(sandbox: &Sandbox) -> Json {
    let output = preview(sandbox, &["--format", "json"]);
    assert!(output.status.success(), "{}", transcript(&[], &output));
    let all: Json = serde_json::from_slice(&output.stdout).unwrap();
    all["previews"][0].clone()
}

/// What happens to each resource to which something happens, and what may.
fn shown(preview: &Json) -> (Vec<(String, String)>, Vec<(String, Json)>) {
    let mut happens = Vec::new();
    let mut may = Vec::new();
    for resource in preview["resources"].as_array().unwrap() {
        let name = resource["name"].as_str().unwrap().to_owned();
        let action = resource["action"].as_str().unwrap();
        if action != "none" {
            happens.push((name.clone(), action.to_owned()));
        }
        if !resource["may_change"].is_null() {
            may.push((name, resource["may_change"].clone()));
        }
    }
    (happens, may)
}

/// Everything sealed in a state, and its key.
fn sealed_texts(json: &Json, found: &mut Vec<String>) {
    match json {
        Json::Object(map) => {
            let texts =
                ["$sealed", "wrapped", "token"].map(|key| map.get(key).and_then(Json::as_str));
            found.extend(texts.into_iter().flatten().map(str::to_owned));
            map.values().for_each(|value| sealed_texts(value, found));
        }
        Json::Array(items) => items.iter().for_each(|item| sealed_texts(item, found)),
        _ => {}
    }
}

#[test]
fn a_snapshot_has_neither_a_secret_nor_what_it_was_sealed_to() {
    let sandbox = published(&full());
    let states = sandbox.bytes_below(".stack/state/shop/dev/state");
    let (_, newest) = states.iter().max_by_key(|(path, _)| path).unwrap();
    let mut found = Vec::new();
    for line in String::from_utf8_lossy(newest).lines() {
        sealed_texts(&serde_json::from_str(line).unwrap(), &mut found);
    }
    // Six inputs, one expression, the password, two outputs, the wrapped key, and a token for each of eight resources.
    assert!(found.len() >= 19, "{found:?}");
    let door = sandbox.succeeds(&["output", "URL", "--show-secrets"]);
    let door = String::from_utf8(door.stdout).unwrap();
    let password = door["postgres://u:".len()..].split_once('@').unwrap().0;
    found.push(password.to_owned());
    found.push(CANARY.to_owned());
    let files = sandbox.bytes_below(PUBLISHED);
    assert_eq!(files.len(), 1, "one state, and neither lock nor journal");
    let (path, bytes) = &files[0];
    assert!(path.ends_with("shop/dev/state/0000000002"), "{path:?}");
    let text = String::from_utf8(bytes.clone()).unwrap();
    for secret in &found {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    for mark in ["$sealed", "$secret", "tester", "\"at\":\"", "\"command\""] {
        assert!(!text.contains(mark), "{mark}: {text}");
    }
    assert!(text.contains("10.0.0.0/16"), "{text}");
    let line = |line: &str| {
        let mut line: Json = serde_json::from_str(line).unwrap();
        // What differs from run to run.
        line.as_object_mut().unwrap().remove("digest");
        if let Some(object) = line.pointer_mut("/resource/object") {
            object.as_object_mut().unwrap().remove("durations");
            assert_eq!(object["id"].as_str().unwrap().len(), 16);
            object["id"] = json!("…");
        }
        format!("{line}\n")
    };
    let mut lines: Vec<String> = text.lines().map(line).collect();
    lines.sort();
    sandbox.assert("redacted_snapshot", &lines.concat());
}

#[test]
fn the_same_program_changes_nothing_and_what_could_is_named() {
    let sandbox = published(&full());
    forked(&sandbox);
    let preview = as_json(&sandbox);
    let (happens, may) = shown(&preview);
    assert_eq!(happens, [], "{preview:#}");
    assert_eq!(preview["empty"], true);
    assert_eq!(preview["redacted"], true);
    let may: Vec<(&str, &Json)> = may.iter().map(|(name, may)| (name.as_str(), may)).collect();
    assert_eq!(
        may,
        [
            ("whole", &json!(["value"])),
            ("inside", &json!(["value.deep.key", "value.keys[1]"])),
            ("written", &json!(["value.list[1]"])),
            ("config", &json!(["value.key"])),
            ("url", &json!(["value"])),
            ("part", &json!(["value"])),
        ]
    );
    assert_eq!(preview["outputs_may_change"], json!(["KEY", "URL"]));
    assert!(!sandbox.path("home").exists(), "no key was made");
    assert!(!sandbox.path(".stack").exists(), "no backend was made");
}

#[test]
fn what_is_no_secret_is_compared_as_ever() {
    let sandbox = published(&full());
    let mut changed = full();
    let resources = changed["resources"].as_array_mut().unwrap();
    // In the order of `full`.
    resources[0] = value("plain", json!({"cidr": "10.1.0.0/16", "n": [1, 2]}));
    resources[1] = value("whole", secret("another"));
    resources[2] = value(
        "inside",
        json!({"name": "b", "keys": [1, secret("list")], "deep": {"key": secret("map")}}),
    );
    resources[6] = json!({"type": "std:random:Password", "name": "door", "inputs": {"length": 24}});
    resources[7] = value("new", secret("new"));
    changed["outputs"]["PLAIN"]["value"] = json!("http://other");
    // A secret that is to be seen from now on.
    changed["outputs"]["KEY"]["value"] = json!("shown");
    sandbox.graph(&changed);
    let with_key = sandbox.succeeds(&["preview", "--offline", "--format", "json"]);
    let with_key: Json = serde_json::from_slice(&with_key.stdout).unwrap();
    let (mut expected, _) = shown(&with_key["previews"][0]);
    forked(&sandbox);
    let preview = as_json(&sandbox);
    let (happens, may) = shown(&preview);
    // All but what only a key would show.
    expected.retain(|(name, _)| name != "whole");
    assert_eq!(happens, expected, "{preview:#}");
    assert!(happens.contains(&("door".into(), "replace".into())));
    assert!(may.contains(&("whole".into(), json!(["value"]))), "{may:?}");
    let outputs: Vec<&str> = preview["outputs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|output| output["name"].as_str().unwrap())
        .collect();
    assert_eq!(outputs, ["KEY", "PLAIN", "URL"], "{preview:#}");
}

#[test]
fn a_preview_says_what_it_does_not_know() {
    let sandbox = published(&full());
    forked(&sandbox);
    sandbox.graph(&{
        let mut changed = full();
        changed["resources"][0] = value("plain", json!({"cidr": "10.1.0.0/16", "n": [1, 2]}));
        changed
    });
    let text = transcript(
        &["preview", "--redacted", PUBLISHED],
        &preview(&sandbox, &[]),
    );
    sandbox.assert("redacted_preview", &text);
    let markdown = preview(&sandbox, &["--format", "markdown"]);
    let markdown = String::from_utf8(markdown.stdout).unwrap();
    let (markdown, _) = markdown.rsplit_once("<code>").unwrap();
    sandbox.assert("redacted_markdown", markdown);
}

#[test]
fn the_digest_is_of_what_is_shown() {
    let digest = |sandbox: &Sandbox| as_json(sandbox)["digest"].as_str().unwrap().to_owned();
    let program = graph(json!([value("a", json!({"$secret": "text"}))]));
    let [hidden, told] = [json!({"$secret": "text"}), json!("text")].map(|recorded| {
        let sandbox = published(&graph(json!([value("a", recorded)])));
        sandbox.graph(&program);
        forked(&sandbox);
        sandbox
    });
    assert_eq!(digest(&hidden), digest(&hidden));
    // Neither changes; of one nobody knows.
    assert_ne!(digest(&hidden), digest(&told));
    // A secret has no part in it.
    let before = digest(&hidden);
    hidden.graph(&graph(json!([value("a", secret("another"))])));
    assert_eq!(digest(&hidden), before);
    let resources = json!([value("a", secret("another")), value("b", json!(1))]);
    hidden.graph(&graph(resources));
    assert_ne!(digest(&hidden), before);
}

#[test]
fn an_environment_without_a_snapshot_is_planned_from_nothing() {
    let sandbox = published(&full());
    forked(&sandbox);
    let toml = std::fs::read_to_string(sandbox.path("Stack.toml")).unwrap();
    let other = toml.replace("environments.dev", "environments.staging");
    sandbox.write(
        "Stack.toml",
        &(toml + "\n[environments.staging]\n" + other.rsplit_once("staging]\n").unwrap().1),
    );
    let output = preview(&sandbox, &["-e", "staging"]);
    assert!(output.status.success(), "{}", transcript(&[], &output));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("Plan: 8 to create."), "{text}");
    let note = "There is no snapshot of this environment: it is planned as if nothing were there.";
    assert!(text.contains(note), "{text}");
    assert!(!sandbox.path(PUBLISHED).join("shop/staging").exists());
}

#[test]
fn nothing_else_works_by_a_snapshot() {
    let sandbox = published(&full());
    forked(&sandbox);
    let toml = std::fs::read_to_string(sandbox.path("Stack.toml")).unwrap();
    sandbox.write(
        "Stack.toml",
        &format!("{toml}\n[backend]\nurl = \"file:{PUBLISHED}\"\n"),
    );
    let before = sandbox.bytes_below("published/shop/dev/state");
    for arguments in [
        &["plan"][..],
        &["plan", "--offline"],
        &["preview", "--offline"],
        &["apply", "--yes"],
        &["destroy", "--yes"],
        &["rollback", "--yes"],
        &["refresh"],
        &["output"],
        &["state", "list"],
        &["state", "show", "std:core:Value/plain"],
        &["state", "history"],
        &["state", "verify"],
        &["state", "rm", "std:core:Value/plain", "--yes"],
        &["state", "export-file", "-"],
        &["state", "publish-redacted", "--to", "elsewhere"],
        &["secrets", "rotate", "--to", "key-file"],
        &["seal"],
    ] {
        let output = sandbox.fed(arguments, "text");
        let seen = transcript(arguments, &output);
        assert_eq!(output.status.code(), Some(1), "{seen}");
        assert!(
            seen.contains("only `stack preview --redacted` reads it"),
            "{seen}"
        );
    }
    assert_eq!(sandbox.bytes_below("published/shop/dev/state"), before);
    assert!(!sandbox.path("home").exists(), "no key was made");
    assert!(!sandbox.path("elsewhere").exists());
}

#[test]
fn a_snapshot_takes_the_place_of_nothing_but_an_older_one() {
    let sandbox = published(&full());
    let publish = |to: &str| sandbox.output(&["state", "publish-redacted", "--to", to]);
    // The same again, and a newer one.
    assert!(publish(PUBLISHED).status.success());
    sandbox.graph(&graph(json!([value("plain", json!(2))])));
    sandbox.succeeds(&["apply", "--yes"]);
    assert!(publish(PUBLISHED).status.success());
    let files = sandbox.bytes_below(PUBLISHED);
    assert_eq!(files.len(), 1, "{files:?}");
    assert!(files[0].0.ends_with("0000000003"), "{files:?}");

    let real = sandbox.bytes_below(".stack");
    let refused = publish(".stack/state");
    let seen = transcript(&[], &refused);
    assert_eq!(refused.status.code(), Some(1), "{seen}");
    assert!(
        seen.contains("is a real state, and nothing takes its place"),
        "{seen}"
    );
    assert_eq!(sandbox.bytes_below(".stack"), real);

    std::fs::remove_dir_all(sandbox.path(".stack")).unwrap();
    sandbox.write("Stack.toml", STACK_TOML);
    sandbox.succeeds(&["apply", "--yes"]);
    let refused = publish(PUBLISHED);
    let seen = transcript(&[], &refused);
    assert_eq!(refused.status.code(), Some(1), "{seen}");
    assert!(seen.contains("is a snapshot of another state"), "{seen}");
    assert_eq!(sandbox.bytes_below(PUBLISHED), files);
}

#[test]
fn publishing_needs_no_key_and_no_lock() {
    let sandbox = published(&full());
    std::fs::remove_dir_all(sandbox.path("home")).unwrap();
    let before = sandbox.bytes_below(".stack");
    sandbox.succeeds(&[
        "state",
        "publish-redacted",
        "--all-environments",
        "--to",
        "again",
    ]);
    assert_eq!(sandbox.bytes_below(".stack"), before);
    assert!(!sandbox.path("home").exists());
    let bytes = |folder: &str| sandbox.bytes_below(folder).remove(0).1;
    assert_eq!(bytes("again"), bytes(PUBLISHED));

    let nothing = Sandbox::new(&full());
    let refused = nothing.output(&["state", "publish-redacted", "--to", PUBLISHED]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(!nothing.path(PUBLISHED).exists());
}

#[test]
fn other_stacks_are_read_from_their_snapshots() {
    let mut graph = graph(json!([]));
    graph["outputs"] = json!({
        "vpc": {"value": "vpc-1"},
        "password": {"value": secret("other")},
    });
    let sandbox = published(&graph);
    let other =
        |output: &str| json!({"$stack": {"stack": "shop", "environment": "dev", "output": output}});
    let user = json!({"format": 1, "resources": [
        value("vpc", other("vpc")),
        value("login", json!({"user": "a", "password": other("password")})),
    ]});
    sandbox.write("user/graph.json", &user.to_string());
    let toml = STACK_TOML.replace("shop", "user") + "[backend]\nurl = \"file:../.stack/state\"\n";
    sandbox.write("user/Stack.toml", &toml);
    sandbox.succeeds(&["-C", "user", "apply", "--yes"]);
    sandbox.succeeds(&["-C", "user", "state", "publish-redacted", "--to", PUBLISHED]);
    forked(&sandbox);
    let output = preview(&sandbox, &["user", "--format", "json"]);
    assert!(output.status.success(), "{}", transcript(&[], &output));
    let all: Json = serde_json::from_slice(&output.stdout).unwrap();
    let (happens, may) = shown(&all["previews"][0]);
    assert_eq!(happens, []);
    assert_eq!(may, [("login".to_owned(), json!(["value.password"]))]);

    std::fs::remove_dir_all(sandbox.path(PUBLISHED).join("shop")).unwrap();
    let output = preview(&sandbox, &["user"]);
    let seen = transcript(&[], &output);
    assert_eq!(output.status.code(), Some(1), "{seen}");
    assert!(seen.contains("has no snapshot of dev of shop"), "{seen}");
}

#[test]
fn a_program_cannot_say_that_something_is_redacted() {
    let sandbox = Sandbox::new(&graph(json!([value(
        "one",
        json!({"a": [{"$redacted": true}]})
    )])));
    for command in ["check", "plan"] {
        let seen = sandbox.stack(&[command]);
        assert!(
            seen.contains("std:core:Value/one\n  says $redacted"),
            "{seen}"
        );
    }
    // A literal of that name is just one.
    sandbox.graph(&graph(json!([value("one", json!({"$$redacted": true}))])));
    sandbox.succeeds(&["apply", "--yes"]);
    let plan = sandbox.succeeds(&["plan", "--exit-code"]);
    assert_eq!(plan.status.code(), Some(0));
}

#[test]
fn what_is_redacted_is_never_imported() {
    let sandbox = published(&full());
    let exported = sandbox.succeeds(&["state", "export-file", "-"]);
    let text = String::from_utf8(exported.stdout).unwrap();
    let forged = text.replace("\"10.0.0.0/16\"", "{\"$redacted\": true}");
    assert_ne!(forged, text);
    sandbox.write("forged.json", &forged);
    let seen = sandbox.stack(&["state", "import-file", "forged.json", "--yes"]);
    assert!(
        seen.contains("it was read from a redacted snapshot"),
        "{seen}"
    );
}

#[test]
fn what_asks_a_cloud_or_takes_a_key_is_refused_beside_it() {
    let sandbox = Sandbox::new(&full());
    std::fs::create_dir(sandbox.path(PUBLISHED)).unwrap();
    for arguments in [&["--cost"][..], &["--preflight"], &["--save", "plans"]] {
        let output = preview(&sandbox, arguments);
        let seen = transcript(arguments, &output);
        assert_eq!(output.status.code(), Some(2), "{seen}");
        assert!(seen.contains("cannot be used with"), "{seen}");
    }
}

#[test]
fn a_folder_that_is_not_there_is_a_typing_error() {
    let sandbox = Sandbox::new(&full());
    let output = preview(&sandbox, &[]);
    assert_eq!(
        output.status.code(),
        Some(2),
        "{}",
        transcript(&[], &output)
    );
}
