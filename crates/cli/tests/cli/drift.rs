//! What changed outside: found, recorded and put back.

use std::process::{Command, Output};
use std::time::Duration;

use serde_json::{Value as Json, json};
use uuid::Uuid;
use xtask::azure::LocalAzure;

use crate::sandbox::{STACK_TOML, Sandbox, graph, transcript, value};

/// What a tag of a resource holds that the program calls secret.
const SECRET: &str = "canary-of-the-tags";

/// A stack in a subscription of its own.
pub struct Changed {
    pub sandbox: Sandbox,
    azure: LocalAzure,
    subscription: String,
}

const GROUP: &str = "azure:resources:ResourceGroup/all";
const IDENTITY: &str = "azure:managedidentity:UserAssignedIdentity/web";

impl Changed {
    /// Applied, with an account of storage where data is asked for.
    pub fn new(with_data: bool) -> Self {
        let place = |name: &str, mut inputs: Json| {
            inputs["resource_group_id"] = json!({"$ref": {"urn": GROUP, "path": ["id"]}});
            inputs["location"] = json!("westeurope");
            inputs["name"] = json!(name);
            inputs
        };
        let mut resources = vec![
            json!({"type": "azure:resources:ResourceGroup", "name": "all", "inputs": {
                "name": "shop", "location": "westeurope", "tags": {"team": "web", "app": "shop"}}}),
            json!({"type": "azure:managedidentity:UserAssignedIdentity", "name": "web", "inputs":
                place("shop-web", json!({"tags": {"team": "web", "word": {"$secret": SECRET}}}))}),
            json!({"type": "azure:managedidentity:UserAssignedIdentity", "name": "job", "inputs":
                place("shop-job", json!({"tags": {"team": "web"}}))}),
            value("kept", json!(1)),
        ];
        if with_data {
            resources.push(
                json!({"type": "azure:storage:StorageAccount", "name": "files", "inputs":
                place("shopfiles", json!({"sku_name": "Standard_LRS"}))}),
            );
        }
        let one = Self {
            sandbox: Sandbox::new(&graph(json!(resources))),
            azure: LocalAzure::start(Duration::ZERO).unwrap(),
            subscription: Uuid::new_v4().to_string(),
        };
        one.run(&["apply", "--yes"], 0);
        one
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.sandbox.binary(arguments);
        command.envs(self.azure.variables(&self.subscription));
        command
    }

    /// Runs it to its end, which is as expected.
    fn run(&self, arguments: &[&str], code: i32) -> Output {
        let output = self.command(arguments).output().unwrap();
        let all = transcript(arguments, &output);
        assert_eq!(output.status.code(), Some(code), "{all}");
        assert!(!all.contains(SECRET), "{all}");
        output
    }

    /// All that a person sees of it.
    fn seen(&self, arguments: &[&str], code: i32) -> String {
        transcript(arguments, &self.run(arguments, code))
    }

    fn id(&self, urn: &str) -> String {
        let shown = self.run(&["state", "show", urn, "--format", "json"], 0);
        let shown: Json = serde_json::from_slice(&shown.stdout).unwrap();
        shown["object"]["id"].as_str().unwrap().to_owned()
    }

    /// Changes what is there, behind the engine's back.
    pub fn patch(&self, urn: &str, body: &Json) {
        let what = format!("resource?id={}", self.id(urn));
        self.azure.control("PATCH", &what, Some(body)).unwrap();
    }

    /// Deletes what is there, behind the engine's back.
    fn delete(&self, urn: &str) {
        let what = format!("resource?id={}", self.id(urn));
        self.azure.control("DELETE", &what, None).unwrap();
    }

    /// A tag is another, one is new, a secret one is another, and an object is gone.
    fn disturb(&self) {
        self.patch(GROUP, &json!({"tags": {"team": "ops", "by": "hand"}}));
        self.patch(IDENTITY, &json!({"tags": {"word": "another"}}));
        self.delete("azure:managedidentity:UserAssignedIdentity/job");
    }

    /// The state and the lock, to the last byte.
    fn bytes(&self) -> Vec<(std::path::PathBuf, Vec<u8>)> {
        let mut bytes = self.sandbox.bytes_below(".stack");
        bytes.sort();
        bytes
    }
}

#[test]
fn what_changed_outside_is_shown_and_nothing_is_written() {
    let changed = Changed::new(false);
    let before = changed.bytes();
    let mut seen = changed.seen(&["drift"], 0);
    changed.disturb();
    seen += &changed.seen(&["drift"], 3);
    seen += &changed.seen(&["drift", "--target", IDENTITY], 3);
    seen += &changed.seen(&["drift", "--target", "std:core:Value/kept"], 0);
    seen += &changed.seen(&["drift", "--target", "std:core:Value/none"], 1);
    seen += &changed.seen(&["drift", "--format", "markdown"], 3);
    seen += &changed.seen(&["drift", "--format", "json"], 3);
    changed.sandbox.assert("drift", &seen);
    assert_eq!(changed.bytes(), before);
}

#[test]
fn a_program_is_not_needed_and_a_report_may_go_to_a_file() {
    let changed = Changed::new(false);
    std::fs::remove_file(changed.sandbox.path("graph.json")).unwrap();
    changed.disturb();
    let limited = [
        "drift", "--format", "markdown", "--limit", "1600", "--out", "drift.md",
    ];
    let output = changed.run(&limited, 3);
    assert!(output.stdout.is_empty());
    let written = std::fs::read_to_string(changed.sandbox.path("drift.md")).unwrap();
    assert!(written.len() <= 1600, "{}", written.len());
    assert!(written.contains("more do not fit here"), "{written}");
    changed.run(&["drift", "--format", "json", "--out", "drift.json"], 3);
    let written = std::fs::read_to_string(changed.sandbox.path("drift.json")).unwrap();
    let event: Json = serde_json::from_str(&written).unwrap();
    assert_eq!(
        (&event["event"], &event["read"]),
        (&json!("drift"), &json!(3))
    );
    changed.run(&["drift", "--revert", "--yes"], 0);
    changed.run(&["drift"], 0);
}

#[test]
fn what_changed_outside_is_recorded_on_demand() {
    let changed = Changed::new(false);
    changed.disturb();
    let before = changed.bytes();
    let mut seen = changed.seen(&["drift", "--accept"], 2);
    assert_eq!(changed.bytes(), before);
    // Of one resource: the others are found again.
    seen += &changed.seen(&["drift", "--accept", "--yes", "--target", GROUP], 0);
    seen += &changed.seen(&["drift"], 3);
    seen += &changed.seen(&["drift", "--accept", "--yes"], 0);
    seen += &changed.seen(&["drift", "--accept", "--yes"], 0);
    seen += &changed.seen(&["drift"], 0);
    seen += &changed.seen(&["state", "history"], 0);
    // The program still says otherwise.
    seen += &changed.seen(&["plan", "--exit-code"], 3);
    changed.sandbox.assert("drift_accepted", &seen);
}

#[test]
fn what_changed_outside_is_put_back_on_demand() {
    let changed = Changed::new(false);
    changed.disturb();
    let mut seen = changed.seen(&["drift", "--revert"], 2);
    seen += &changed.seen(&["drift", "--revert", "--yes", "--target", IDENTITY], 0);
    seen += &changed.seen(&["drift"], 3);
    changed.sandbox.assert("drift_reverted", &seen);
    changed.run(&["drift", "--revert", "--yes"], 0);
    changed.run(&["drift"], 0);
    let said = changed.seen(&["drift", "--revert", "--yes"], 0);
    assert!(said.contains("everything is as recorded"), "{said}");
    // It is what the program asks for, secrets included.
    changed.run(&["plan", "--exit-code"], 0);
}

#[test]
fn what_held_data_is_made_again_only_by_whoever_says_so() {
    let changed = Changed::new(true);
    changed.delete("azure:storage:StorageAccount/files");
    let before = changed.bytes();
    let said = changed.seen(&["drift", "--revert", "--yes"], 1);
    for part in ["held data", "--accept-loss"] {
        assert!(said.contains(part), "{said}");
    }
    let recorded = |bytes: Vec<(std::path::PathBuf, Vec<u8>)>| {
        let is_state = |(path, _): &(std::path::PathBuf, Vec<u8>)| !path.ends_with("lock");
        bytes.into_iter().filter(is_state).collect::<Vec<_>>()
    };
    assert_eq!(recorded(changed.bytes()), recorded(before));
    changed.run(&["drift", "--revert", "--yes", "--accept-loss"], 0);
    changed.run(&["drift"], 0);
}

#[test]
fn when_everything_is_gone_it_is_shown_and_recorded_only_by_whoever_says_so() {
    let changed = Changed::new(false);
    let mut program: Json =
        serde_json::from_slice(&std::fs::read(changed.sandbox.path("graph.json")).unwrap())
            .unwrap();
    let mut third = program["resources"][2].clone();
    (third["name"], third["inputs"]["name"]) = (json!("third"), json!("shop-third"));
    program["resources"].as_array_mut().unwrap().push(third);
    changed.sandbox.graph(&program);
    changed.run(&["apply", "--yes"], 0);
    for name in ["web", "job", "third"] {
        changed.delete(&format!(
            "azure:managedidentity:UserAssignedIdentity/{name}"
        ));
    }
    let seen = changed.seen(&["drift"], 3);
    assert!(seen.contains("Drift: 3 gone; 1 as recorded;"), "{seen}");
    let seen = changed.seen(&["drift", "--accept", "--yes"], 5);
    assert!(
        seen.contains("`stack drift --accept --accept-gone`"),
        "{seen}"
    );
    changed.run(&["drift", "--revert", "--yes"], 5);
    changed.run(&["drift", "--accept", "--accept-gone", "--yes"], 0);
    changed.run(&["drift"], 0);
}

#[test]
fn every_environment_is_looked_at_whatever_becomes_of_another() {
    let changed = Changed::new(false);
    let many = format!(
        "{STACK_TOML}\n[environments.dev]\nproduction = true\n[environments.none]\n[environments.other]\naccounts = [\"azure:00000000-0000-0000-0000-000000000000\"]\n"
    );
    changed.sandbox.write("Stack.toml", &many);
    changed.run(&["-e", "none", "drift"], 0);
    changed.disturb();
    let mut seen = changed.seen(&["drift", ".", "--all-environments"], 3);
    // One that cannot be looked at: the account that holds it is not one that may be touched.
    let refused = many.replace(
        "[environments.dev]",
        "[environments.dev]\naccounts = [\"azure:1\"]",
    );
    changed.sandbox.write("Stack.toml", &refused);
    seen += &changed.seen(&["drift", "--all-environments", "--format", "markdown"], 1);
    seen += &changed.seen(&["drift", "--all-environments", "--format", "json"], 1);
    seen += &changed.seen(&["-e", "dev", "drift", "--all-environments"], 2);
    seen += &changed.seen(&["drift", "--all-environments", "--accept"], 2);
    seen += &changed.seen(&["drift", "--format", "html"], 2);
    changed.sandbox.assert("drift_many", &seen);
}
