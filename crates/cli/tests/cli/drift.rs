//! What changed outside: found, recorded and put back.

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::{Value as Json, json};
use uuid::Uuid;
use xtask::azure::LocalAzure;
use xtask::forge::{BOT, Double, Fault, How, Issue, Kind, MALLORY, Reply, TOKEN};

use crate::comments::VARIABLES;
use crate::pull_request::script;
use crate::running::{begun, endless, signal};
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

    /// Runs it in a job of a CI; gives what it says on standard error.
    fn in_ci(&self, forge: &Double, arguments: &[&str], code: i32) -> String {
        let mut command = self.command(arguments);
        for name in VARIABLES {
            command.env_remove(name);
        }
        let api = forge.api();
        let set = [
            ("GITHUB_TOKEN", TOKEN),
            ("GITHUB_API_URL", &api),
            ("GITHUB_REPOSITORY", "acme/shop"),
            ("STACK_GITLAB_TOKEN", TOKEN),
            ("CI_API_V4_URL", &api),
            ("CI_PROJECT_ID", "1"),
        ];
        let summary = self.sandbox.path("summary.md");
        command.envs(set).env("GITHUB_STEP_SUMMARY", summary);
        let output = command.output().unwrap();
        let all = transcript(arguments, &output);
        assert_eq!(output.status.code(), Some(code), "{all}");
        assert!(!all.contains("canary"), "{all}");
        String::from_utf8(output.stderr).unwrap()
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

const MARKER: &str = "<!-- stack drift of shop/dev -->";

/// The issues of ours, each with whether it is open.
fn ours(forge: &Double) -> Vec<Issue> {
    let issues = forge.issues().into_iter();
    issues
        .filter(|one| one.author == BOT && !one.pull_request)
        .collect()
}

/// From nothing to an issue, another drift, none any more, and drift again.
fn lives(kind: Kind, option: &str) -> Double {
    let changed = Changed::new(false);
    let forge = Double::start(kind).unwrap();
    // What is neither ours nor about this, however it looks.
    forge.issue(MALLORY, "mine", MARKER, false);
    forge.issue(BOT, "another", "<!-- stack drift of shop/prod -->", false);
    if kind == Kind::GitHub {
        forge.issue(BOT, "a pull request", MARKER, true);
    }
    let before = forge.issues();
    let look = ["drift", "--issue", option];
    let before_it = ours(&forge).len();
    changed.in_ci(&forge, &look, 0);
    assert_eq!(forge.issues(), before);

    changed.patch(GROUP, &json!({"tags": {"team": "ops"}}));
    let said = changed.in_ci(&forge, &look, 3);
    assert!(
        said.contains("issue on dev of shop: new: https://"),
        "{said}"
    );
    let opened = ours(&forge).pop().unwrap();
    assert_eq!(opened.title, "Drift: shop in dev is not as recorded");
    assert!(opened.body.starts_with(MARKER), "{}", opened.body);
    assert!(
        opened.body.contains("+ tags.team = \"ops\""),
        "{}",
        opened.body
    );

    let said = changed.in_ci(&forge, &look, 3);
    assert!(said.contains("issue on dev of shop: unchanged: "), "{said}");
    changed.delete("azure:managedidentity:UserAssignedIdentity/job");
    let said = changed.in_ci(&forge, &look, 3);
    assert!(said.contains("issue on dev of shop: updated: "), "{said}");
    let updated = ours(&forge).pop().unwrap();
    assert_eq!(updated.number, opened.number);
    assert!(updated.body.contains("**is gone**"), "{}", updated.body);

    // It cannot be looked at: what is said stays.
    let refused = format!("{STACK_TOML}\n[environments.dev]\naccounts = [\"azure:1\"]\n");
    changed.sandbox.write("Stack.toml", &refused);
    changed.in_ci(&forge, &look, 1);
    changed.sandbox.write("Stack.toml", STACK_TOML);
    assert_eq!(ours(&forge).pop().unwrap(), updated);

    changed.run(&["drift", "--revert", "--yes"], 0);
    let said = changed.in_ci(&forge, &look, 0);
    assert!(
        said.contains("issue on dev of shop: closed: https://"),
        "{said}"
    );
    let closed = ours(&forge).pop().unwrap();
    assert!((closed.number, closed.open) == (opened.number, false));
    let said = changed.in_ci(&forge, &look, 0);
    assert!(!said.contains("issue on"), "{said}");

    changed.patch(GROUP, &json!({"tags": {"team": "ops"}}));
    changed.in_ci(&forge, &look, 3);
    assert_eq!(ours(&forge).len(), before_it + 2);
    assert_eq!(forge.issues()[..before.len()], before);
    let summary = std::fs::read_to_string(changed.sandbox.path("summary.md"));
    assert_eq!(summary.is_ok(), kind == Kind::GitHub);
    forge
}

#[test]
fn an_issue_of_github_lives_as_long_as_the_drift() {
    let forge = lives(Kind::GitHub, "github");
    let violations = forge.violations().unwrap();
    assert!(violations.is_empty(), "{violations}");
}

#[test]
fn an_issue_of_gitlab_lives_as_long_as_the_drift() {
    lives(Kind::GitLab, "gitlab");
}

#[test]
fn an_issue_that_is_refused_says_what_to_do() {
    let changed = Changed::new(false);
    changed.patch(GROUP, &json!({"tags": {"team": "ops"}}));
    let forge = Double::start(Kind::GitHub).unwrap();
    let said = changed.in_ci(
        &forge,
        &["drift", "--issue", "github", "--repository", "shop"],
        2,
    );
    assert!(said.contains("write OWNER/NAME"), "{said}");
    let refused = |status, message| Fault {
        method: "POST",
        path: "/issues",
        times: 1,
        how: How::Answer(Reply::refusal(status, message)),
    };
    for (status, hint) in [
        (403, "give the job `permissions: { issues: write }`"),
        (410, "turn issues on in the settings of the repository"),
    ] {
        forge.fault(refused(status, "no"));
        let said = changed.in_ci(&forge, &["drift", "--issue", "github"], 1);
        assert!(said.contains("cannot open an issue of acme/shop"), "{said}");
        assert!(said.contains(hint), "{said}");
    }
    let output = changed.run(&["drift", "--issue", "gitlab"], 2);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("`--issue gitlab` lacks"), "{said}");
    assert!(ours(&forge).is_empty());
}

#[test]
fn two_at_once_leave_one_issue() {
    let changed = Changed::new(false);
    changed.patch(GROUP, &json!({"tags": {"team": "ops"}}));
    let forge = Double::start(Kind::GitHub).unwrap();
    forge.meet();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| changed.in_ci(&forge, &["drift", "--issue", "github"], 3));
        }
    });
    let open = ours(&forge).into_iter().filter(|one| one.open).count();
    assert_eq!(open, 1);
}

/// The workflow's own script: drift is in the issues and no failure; what could not be looked at is one.
#[test]
fn the_workflow_looks_at_every_stack_of_the_repository() {
    let changed = Changed::new(false);
    let toml = STACK_TOML
        .replace("shop", "other")
        .replace("graph.json", "none.json");
    changed.sandbox.write("stacks/other/Stack.toml", &toml);
    changed.sandbox.git(".", &["init", "--quiet"]);
    changed.sandbox.git(".", &["add", "Stack.toml", "stacks"]);
    changed.patch(GROUP, &json!({"tags": {"team": "ops"}}));
    let forge = Double::start(Kind::GitHub).unwrap();
    let look = || {
        let binary = Path::new(env!("CARGO_BIN_EXE_stack")).parent().unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c"]);
        command.arg(script("stack-drift.yml", "Look for drift"));
        let surroundings = changed.command(&[]);
        command.current_dir(surroundings.get_current_dir().unwrap());
        for (name, value) in surroundings.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.env("PATH", format!("{}:{path}", binary.display()));
        command.envs([("GITHUB_TOKEN", TOKEN), ("GITHUB_API_URL", &forge.api())]);
        command
            .env("GITHUB_REPOSITORY", "acme/shop")
            .env_remove("GITHUB_STEP_SUMMARY");
        let output = command.output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (code, said) = look();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("issue on dev of shop: new"), "{said}");
    changed
        .sandbox
        .write("stacks/other/Stack.toml", "[stack]\n");
    let (code, said) = look();
    assert_eq!(code, Some(2), "{said}");
}

#[test]
fn what_another_run_does_is_no_drift() {
    let sandbox = endless();
    let (mut child, _stderr, _) = begun(&sandbox);
    let forge = Double::start(Kind::GitHub).unwrap();
    let number = forge.issue(BOT, "Drift", MARKER, false);
    let mut command = sandbox.binary(&["drift", "--issue", "github"]);
    command
        .env("GITHUB_TOKEN", TOKEN)
        .env("GITHUB_API_URL", forge.api());
    command
        .env("GITHUB_REPOSITORY", "acme/shop")
        .env_remove("GITHUB_STEP_SUMMARY");
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("is under way"), "{said}");
    assert!(
        said.contains("left as it is, because of another run"),
        "{said}"
    );
    let kept = forge.issues().pop().unwrap();
    assert!((kept.number, kept.open) == (number, true));
    // Killed in its middle, it leaves something in doubt.
    signal(&child, "-KILL");
    child.wait().unwrap();
    let said = sandbox.stack(&["drift"]);
    assert!(said.contains("left something in doubt"), "{said}");
}
