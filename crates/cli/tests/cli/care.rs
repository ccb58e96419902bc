//! What is recorded is looked after: verified, renamed, exported and put back, moved, unlocked.

use serde_json::{Value as Json, json};

use crate::sandbox::{Sandbox, graph, reference, value};

fn pair() -> Json {
    let secret = value("key", json!({"$secret": "hunter2-canary"}));
    graph(json!([
        value("a", json!(1)),
        value("b", reference("a", json!(["value"]))),
        secret
    ]))
}

fn applied() -> Sandbox {
    let sandbox = Sandbox::new(&pair());
    sandbox.succeeds(&["apply", "--yes"]);
    sandbox
}

fn exported(sandbox: &Sandbox) -> String {
    sandbox.succeeds(&["state", "export-file", "export.json"]);
    std::fs::read_to_string(sandbox.path("export.json")).unwrap()
}

#[test]
fn what_is_sound_is_verified() {
    let sandbox = Sandbox::new(&pair());
    let mut seen = sandbox.stack(&["state", "verify"]);
    sandbox.succeeds(&["apply", "--yes"]);
    seen += &sandbox.stack(&["state", "verify"]);
    seen += &sandbox.stack(&["state", "verify", "--format", "json"]);
    sandbox.assert("verified", &seen);
}

#[test]
fn an_older_state_that_is_damaged_hides_no_other() {
    let sandbox = applied();
    sandbox.graph(&graph(json!([])));
    sandbox.succeeds(&["apply", "--yes"]);
    let older = sandbox.state().join("state/0000000002");
    let text = std::fs::read_to_string(&older).unwrap();
    std::fs::write(&older, text.replace("std:core:Value/a", "std:core:Value/z")).unwrap();
    let mut seen = sandbox.stack(&["state", "verify"]);
    seen += &sandbox.stack(&["state", "history"]);
    seen += &sandbox.stack(&["plan"]);
    sandbox.assert("verify_damaged", &seen);
}

#[test]
fn a_resource_can_get_another_name() {
    let sandbox = applied();
    let (a, z) = ("std:core:Value/a", "std:core:Value/z");
    let mut seen = sandbox.stack(&["state", "mv", a, z]);
    seen += &sandbox.stack(&["state", "mv", "--yes", a, "std:core:Value/b"]);
    seen += &sandbox.stack(&["state", "mv", "--yes", a, "std:random:Id/a"]);
    seen += &sandbox.stack(&["state", "mv", "--yes", a, z]);
    seen += &sandbox.stack(&["state", "list"]);
    sandbox.graph(&graph(json!([
        value("z", json!(1)),
        value("b", reference("z", json!(["value"]))),
        value("key", json!({"$secret": "hunter2-canary"}))
    ])));
    seen += &sandbox.stack(&["plan"]);
    sandbox.assert("renamed_by_hand", &seen);
}

#[test]
fn a_state_that_was_lost_is_born_again_from_its_export() {
    let sandbox = applied();
    let sealed = sandbox.fed(&["seal"], "another-canary");
    let sealed = String::from_utf8(sealed.stdout).unwrap();
    let text = exported(&sandbox);
    assert!(!text.contains("canary"), "secrets stay sealed");
    let mut seen = sandbox.stack(&["state", "export-file", "export.json"]);
    std::fs::remove_dir_all(sandbox.state()).unwrap();
    seen += &sandbox.stack(&["plan"]);
    sandbox.write("wrong.json", &text.replace("\"inputs\"", "\"imputs\""));
    let wrong = sandbox.stack(&["state", "import-file", "--yes", "wrong.json"]);
    assert!(wrong.contains("imputs means nothing there"), "{wrong}");
    let history = sandbox.succeeds(&["state", "history"]).stdout;
    assert!(
        history.is_empty(),
        "nothing is born of what is not understood"
    );
    seen += &sandbox.stack(&["state", "import-file", "--yes", "export.json"]);
    seen += &sandbox.stack(&["plan"]);
    seen += &sandbox.stack(&["state", "import-file", "--yes", "export.json", "--older"]);
    sandbox.assert("born_again", &seen);
    let again: Json = serde_json::from_str(&exported_as(&sandbox, "again.json")).unwrap();
    let before: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(again["lineage"], before["lineage"]);
    // What was sealed for Stack.toml still opens: the data key is the same.
    let config = format!("\n[environments.dev]\nkey = {}\n", sealed.trim());
    sandbox.write(
        "Stack.toml",
        &format!("{}{config}", crate::sandbox::STACK_TOML),
    );
    sandbox.graph(&graph(json!([value("a", json!({"$config": ["key"]}))])));
    let plan = sandbox.stack(&["plan"]);
    assert!(
        plan.contains("[secret]") && plan.contains("exit 0"),
        "{plan}"
    );
}

fn exported_as(sandbox: &Sandbox, name: &str) -> String {
    sandbox.succeeds(&["state", "export-file", name]);
    std::fs::read_to_string(sandbox.path(name)).unwrap()
}

#[test]
fn an_export_can_be_edited() {
    let sandbox = applied();
    let text = exported(&sandbox);
    let import = |text: &str| {
        sandbox.write("edited.json", text);
        sandbox.stack(&["state", "import-file", "--yes", "edited.json"])
    };
    let mut seen = import(&text);
    seen += &import(&text.replacen("\"dependencies\"", "\"dependancies\"", 1));
    seen += &import(&text.replace("\"format\": 1", "\"format\": 9"));
    seen += &import(&text.replace("\"dev\"", "\"prod\""));
    seen += &import(&text[..text.len() / 2]);
    let mut document: Json = serde_json::from_str(&text).unwrap();
    let content = document["content"].as_array_mut().unwrap();
    content.retain(|line| line["resource"]["urn"] != "std:core:Value/key");
    seen += &import(&document.to_string());
    seen += &sandbox.stack(&["plan"]);
    // Exported before that import.
    seen += &import(&text);
    sandbox.assert("edited_export", &seen);
}

#[test]
fn a_state_of_another_lineage_is_not_put_back() {
    let other = applied();
    let text = exported(&other);
    let sandbox = applied();
    sandbox.write("export.json", &text);
    std::fs::copy(
        other.path("home/.config/stack/keys/default.key"),
        sandbox.path("home/.config/stack/keys/other.key"),
    )
    .unwrap();
    let seen = sandbox.stack(&["state", "import-file", "--yes", "export.json"]);
    sandbox.assert("another_lineage", &seen);
}

#[test]
fn nothing_is_done_by_a_state_that_contradicts_itself() {
    let sandbox = applied();
    let mut document: Json = serde_json::from_str(&exported(&sandbox)).unwrap();
    for line in document["content"].as_array_mut().unwrap() {
        if line["resource"]["urn"] == "std:core:Value/a" {
            line["resource"]["object"]["dependencies"] = json!(["std:core:Value/b"]);
        }
    }
    sandbox.write("edited.json", &document.to_string());
    let mut seen = sandbox.stack(&["state", "import-file", "--yes", "edited.json"]);
    for command in [
        &["plan"][..],
        &["apply", "--yes"],
        &["destroy", "--yes"],
        &["refresh"],
        &["state", "verify"],
    ] {
        seen += &sandbox.stack(command);
    }
    seen += &sandbox.stack(&["state", "rm", "--yes", "std:core:Value/a"]);
    seen += &sandbox.stack(&["state", "verify"]);
    sandbox.assert("contradictions", &seen);
}

#[test]
fn a_backend_can_be_moved() {
    let sandbox = applied();
    let text = format!(
        "# Ours.\n{}\n[backend]\nurl = \"file:.stack/state\" # for now\n",
        crate::sandbox::STACK_TOML
    );
    sandbox.write("Stack.toml", &text);
    let mut seen = sandbox.stack(&["state", "move-backend", "file:.stack/state", "--yes"]);
    seen += &sandbox.stack(&["state", "move-backend", "nowhere:x", "--yes"]);
    seen += &sandbox.stack(&["state", "move-backend", "file:elsewhere"]);
    seen += &sandbox.stack(&["state", "move-backend", "file:elsewhere", "--yes"]);
    seen += &std::fs::read_to_string(sandbox.path("Stack.toml")).unwrap();
    seen += &sandbox.stack(&["plan"]);
    seen += &sandbox.stack(&["state", "history"]);
    sandbox.graph(&graph(json!([value("a", json!(2))])));
    seen += &sandbox.stack(&["apply", "--yes"]);
    // Somebody who still has the old Stack.toml.
    sandbox.write("Stack.toml", &text);
    seen += &sandbox.stack(&["plan"]);
    seen += &sandbox.stack(&["apply", "--yes"]);
    sandbox.assert("moved_backend", &seen);
}

#[test]
fn a_move_that_was_broken_off_goes_on() {
    let sandbox = applied();
    // One state is there already, as a move that died leaves it.
    sandbox.succeeds(&["state", "move-backend", "file:elsewhere", "--yes"]);
    let states = sandbox.path("elsewhere/shop/dev/state");
    let newest = std::fs::read_dir(&states)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .max()
        .unwrap();
    std::fs::remove_file(newest).unwrap();
    let source = sandbox.state().join("state");
    let tombstone = std::fs::read_dir(source)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .max()
        .unwrap();
    std::fs::remove_file(tombstone).unwrap();
    sandbox.write("Stack.toml", crate::sandbox::STACK_TOML);
    let mut seen = sandbox.stack(&["state", "move-backend", "file:elsewhere", "--yes"]);
    // Every state moved, and the file not changed.
    sandbox.write("Stack.toml", crate::sandbox::STACK_TOML);
    seen += &sandbox.stack(&["state", "move-backend", "file:elsewhere", "--yes"]);
    seen += &sandbox.stack(&["plan"]);
    // What is there is somebody else's.
    let other = applied();
    let place = format!("file:{}", sandbox.path("elsewhere").display());
    let refused = other.stack(&["state", "move-backend", &place, "--yes"]);
    sandbox.assert("move_goes_on", &seen);
    assert!(
        refused.contains("is no copy of the state that moves"),
        "{refused}"
    );
    other.succeeds(&["plan"]);
}
