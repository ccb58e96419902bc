//! Several stacks of a folder at once: each after those that it reads, and none because of another that it does not.

use serde_json::{Value as Json, json};

use crate::person;
use crate::sandbox::{Sandbox, reference, value};

/// A folder of stacks: web reads api, which reads network; notes reads nobody.
struct Folder {
    sandbox: Sandbox,
}

fn output(stack: &str, environment: &str) -> Json {
    json!({"$stack": {"stack": stack, "environment": environment, "output": "id"}})
}

impl Folder {
    fn new() -> Self {
        let folder = Self {
            sandbox: Sandbox::empty(),
        };
        folder.stack("api", json!([value("server", output("network", "dev"))]));
        folder.stack(
            "network",
            json!([value("net", json!({"$secret": "10.0.0.0/16"}))]),
        );
        folder.stack("notes", json!([value("page", json!("hello"))]));
        folder.stack("sites/web", json!([value("site", output("api", "dev"))]));
        // What is no stack of ours.
        folder
            .sandbox
            .write("node_modules/other/Stack.toml", "not ours");
        folder.sandbox.write(".cache/Stack.toml", "not ours");
        folder
    }

    /// A stack with one resource or more, whose first is its output.
    fn stack(&self, path: &str, resources: Json) {
        let name = path.rsplit('/').next().unwrap();
        let up = "../".repeat(path.split('/').count());
        let toml = format!(
            "[stack]\nname = \"{name}\"\nprogram = {{ graph = \"graph.json\" }}\n\
             [backend]\nurl = \"file:{up}.stack/state\"\n[environments.dev]\n"
        );
        self.sandbox.write(&format!("{path}/Stack.toml"), &toml);
        self.graph(path, resources);
    }

    fn graph(&self, path: &str, resources: Json) {
        let first = resources[0]["name"].as_str().unwrap();
        let id = match resources[0]["type"] == "std:core:Value" {
            true => reference(first, json!(["value"])),
            false => json!("none"),
        };
        let graph = json!({"format": 1, "resources": resources, "outputs": {"id": {"value": id}}});
        self.sandbox
            .write(&format!("{path}/graph.json"), &graph.to_string());
    }

    fn resources(&self, path: &str) -> usize {
        let output = self.sandbox.succeeds(&["-C", path, "state", "list"]);
        String::from_utf8(output.stdout).unwrap().lines().count()
    }

    fn all_resources(&self) -> [usize; 4] {
        ["network", "api", "sites/web", "notes"].map(|path| self.resources(path))
    }
}

#[test]
fn a_folder_of_stacks_from_nothing_and_back() {
    let folder = Folder::new();
    let sandbox = &folder.sandbox;
    let mut seen = sandbox.stack(&["plan", "--all", "--exit-code"]);
    let one_by_one = ["--yes", "--all", "--at-once", "1"];
    seen += &sandbox.stack(&[&["apply"], &one_by_one[..]].concat());
    assert_eq!(folder.all_resources(), [1, 1, 1, 1]);
    seen += &sandbox.stack(&["plan", "--all", "--exit-code"]);
    seen += &sandbox.stack(&[&["destroy"], &one_by_one[..]].concat());
    seen += &sandbox.stack(&["destroy", "--all", "--yes"]);
    assert_eq!(folder.all_resources(), [0, 0, 0, 0]);
    sandbox.assert("several", &seen);
    for (path, bytes) in sandbox.bytes_below(".stack") {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("10.0.0.0"), "{}", path.display());
    }
}

/// A check of an address at which nobody is.
fn failing() -> Json {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    json!({"type": "std:http:Check", "name": "up",
        "inputs": {"url": format!("http://127.0.0.1:{port}/"), "interval_seconds": 1},
        "options": {"timeouts": {"create": "1s"}}})
}

#[test]
fn a_failure_stops_what_reads_it_and_nothing_else() {
    let folder = Folder::new();
    let reading = value("server", output("network", "dev"));
    folder.graph("api", json!([reading, failing()]));
    let output = folder.sandbox.output(&["apply", "--all", "--yes"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    let report = said.split("\n\n").last().unwrap();
    assert_eq!(
        report,
        "api/dev: not all is done, as said above\n\
         network/dev: done\n\
         notes/dev: done\n\
         web/dev: not begun, because of api/dev\n\
         Applied: 2 stacks, 2 not.\n"
    );
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("api/dev: error: cannot run std:http:Check/up"),
        "{said}"
    );
    // That the check was begun is recorded too.
    assert_eq!(folder.all_resources(), [1, 2, 0, 1]);
    // It goes on from there.
    folder.graph("api", json!([value("server", json!("new"))]));
    folder.sandbox.succeeds(&["apply", "--all", "--yes"]);
    assert_eq!(folder.all_resources(), [1, 1, 1, 1]);
}

#[test]
fn what_is_protected_is_all_said_before_anything_ends() {
    let folder = Folder::new();
    for (path, name) in [("network", "net"), ("sites/web", "site")] {
        let mut guarded = value(name, json!("kept"));
        guarded["options"] = json!({"protect": true});
        folder.graph(path, json!([guarded]));
    }
    folder.sandbox.succeeds(&["apply", "--all", "--yes"]);
    let seen = folder.sandbox.stack(&["destroy", "--all", "--yes"]);
    folder.sandbox.assert("several_protected", &seen);
    assert_eq!(folder.all_resources(), [1, 1, 1, 1]);
}

#[test]
fn what_cannot_be_put_in_order_or_told_apart_is_refused() {
    let folder = Folder::new();
    let sandbox = &folder.sandbox;
    folder.graph("network", json!([value("net", output("web", "dev"))]));
    let mut seen = sandbox.stack(&["apply", "--all", "--yes"]);
    folder.graph("network", json!([value("net", json!(1))]));
    folder.stack("twin/notes", json!([value("page", json!("hello"))]));
    seen += &sandbox.stack(&["apply", "--all", "--yes"]);
    seen += &sandbox.stack(&["-C", ".cache/..", "apply", "--all", "--yes", "-e", "prod"]);
    std::fs::create_dir(sandbox.path("empty")).unwrap();
    seen += &sandbox.stack(&["-C", "empty", "plan", "--all"]);
    seen += &sandbox.stack(&["apply", "--all"]);
    sandbox.assert("several_refused", &seen);
    assert!(!sandbox.path(".stack").exists(), "nothing was begun");
}

#[test]
fn the_stream_of_several_says_of_which_stack_each_event_is() {
    let folder = Folder::new();
    let arguments = [
        "apply",
        "--all",
        "--yes",
        "--at-once",
        "1",
        "--format",
        "json",
    ];
    let output = folder.sandbox.succeeds(&arguments);
    let lines = String::from_utf8(output.stdout).unwrap();
    let events: Vec<Json> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let kind = |event: &Json| event["event"].as_str().unwrap().to_owned();
    assert_eq!(kind(&events[0]), "begin");
    assert_eq!(events[0]["version"], 1);
    let report = events.last().unwrap();
    assert_eq!(kind(report), "report");
    assert_eq!(
        report["stacks"][0],
        json!({"stack": "api", "environment": "dev", "exit": 0, "message": "done"})
    );
    for event in &events[1..events.len() - 1] {
        assert!(event["stack"].is_string(), "{event}");
        assert!(event["environment"].is_string(), "{event}");
    }
    let outputs = events.iter().filter(|event| kind(event) == "outputs");
    assert_eq!(outputs.count(), 4);
    assert!(!lines.contains("10.0.0.0"), "{lines}");
}

#[test]
fn a_destroy_of_all_deletes_nothing_that_it_did_not_show() {
    let folder = Folder::new();
    folder.sandbox.succeeds(&["apply", "--all", "--yes"]);
    let asked = person::asked(
        &folder.sandbox.binary(&["destroy", "--all"]),
        "Destroy this in 4 stacks? [y/N] ",
    );
    // While the person reads, somebody adds a resource.
    let more = json!([value("page", json!("hello")), value("later", json!("new"))]);
    folder.graph("notes", more);
    folder.sandbox.succeeds(&["-C", "notes", "apply", "--yes"]);
    let (seen, code) = asked.answers("y");
    assert_eq!(code, 1, "{seen}");
    let refused = "it would now delete std:core:Value/later too, which was not shown";
    assert!(seen.contains(refused), "{seen}");
    let left = ["network", "api", "sites/web", "notes"].map(|path| folder.resources(path));
    assert_eq!(left, [0, 0, 0, 2], "{seen}");
}
