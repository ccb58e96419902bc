//! The life of pull requests, as the workflows of `ci/` lead it: their own scripts, the real binary, git, and a double of
//! GitHub.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value as Json, json};
use xtask::forge::{BOT, COMMIT, Double, Kind, NUMBER, TOKEN};

use crate::sandbox::{Sandbox, graph, value};

fn root() -> PathBuf {
    xtask::root().unwrap()
}

/// A program of the environment of `tests/ci`.
fn tool(name: &str) -> Command {
    let python = xtask::venv::of("tests/ci").unwrap();
    let folder = python.parent().unwrap();
    let mut command = Command::new(folder.join(name));
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{}:{path}", folder.display()));
    command
}

/// The script of a step, as CI runs it.
pub fn script(workflow: &str, step: &str) -> String {
    let file = root().join("ci/github").join(workflow);
    let code =
        "import json, sys, yaml\nprint(json.dumps(yaml.safe_load(open(sys.argv[1]))['jobs']))";
    let output = tool("python")
        .args(["-c", code])
        .arg(file)
        .output()
        .unwrap();
    let jobs: Json = serde_json::from_slice(&output.stdout).unwrap();
    let jobs = jobs.as_object().unwrap().values();
    let steps = jobs.flat_map(|job| job["steps"].as_array().unwrap());
    let found: Vec<&Json> = steps.filter(|one| one["name"] == step).collect();
    let [found] = found.as_slice() else {
        panic!("{workflow} has no step {step}");
    };
    found["run"].as_str().unwrap().to_owned()
}

#[test]
fn the_workflows_are_sound() {
    let folder = root().join("ci/github");
    let files = std::fs::read_dir(&folder).unwrap();
    let files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    assert!(files.len() >= 2, "{files:?}");
    let output = tool("actionlint").args(&files).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    // It looks into the scripts as well.
    let sandbox = Sandbox::empty();
    let wrong = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: rm $UNQUOTED\n";
    sandbox.write("wrong.yml", wrong);
    let output = tool("actionlint")
        .arg(sandbox.path("wrong.yml"))
        .output()
        .unwrap();
    assert!(
        String::from_utf8_lossy(&output.stdout).contains("SC2086"),
        "{output:?}"
    );
}

/// A repository with a stack in it, on GitHub.
struct Repository {
    sandbox: Sandbox,
    forge: Double,
}

impl Repository {
    /// Its main branch is applied: two values, and a policy about them.
    fn new() -> Self {
        let sandbox = Sandbox::empty();
        sandbox.write(
            "event.json",
            &json!({"number": NUMBER, "pull_request": {
                "number": NUMBER, "head": {"sha": COMMIT}, "merge_commit_sha": "f".repeat(40),
            }})
            .to_string(),
        );
        let one = Self {
            sandbox,
            forge: Double::start(Kind::GitHub).unwrap(),
        };
        one.write(
            "stacks/shop/Stack.toml",
            "[stack]\nname = \"shop\"\nprogram = { graph = \"graph.json\" }\n\n[backend]\nurl = \"file:../../../state\"\n\n[environments.prod]\nproduction = true\n",
        );
        one.write(
            "policies/large.rego",
            "package large\n\ndeny contains {\"urn\": resource.urn, \"message\": \"it is larger than 10\"} if {\n\tsome resource in input.resources\n\tresource.after.value > 10\n}\n",
        );
        one.program(1, 1);
        one.git(&["init", "--quiet", "--initial-branch", "main"]);
        one.commit();
        one.stack(&["-C", "stacks/shop", "apply", "--yes"]);
        one
    }

    fn folder(&self) -> PathBuf {
        self.sandbox.path("repository")
    }

    fn write(&self, path: &str, text: &str) {
        self.sandbox.write(&format!("repository/{path}"), text);
    }

    fn program(&self, a: i64, b: i64) {
        let graph = graph(json!([value("a", json!(a)), value("b", json!(b))]));
        self.write("stacks/shop/graph.json", &format!("{graph:#}\n"));
    }

    fn git(&self, arguments: &[&str]) {
        self.sandbox.git("repository", arguments);
    }

    fn head(&self) -> String {
        let head = self.sandbox.git("repository", &["rev-parse", "HEAD"]);
        head.trim().to_owned()
    }

    fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "change"]);
    }

    fn stack(&self, arguments: &[&str]) -> String {
        let mut command = self.sandbox.binary(arguments);
        let output = command.current_dir(self.folder()).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What is there of a value.
    fn recorded(&self, name: &str) -> i64 {
        let urn = format!("std:core:Value/{name}");
        let shown = self.stack(&[
            "-C",
            "stacks/shop",
            "state",
            "show",
            &urn,
            "--format",
            "json",
        ]);
        let shown: Json = serde_json::from_str(&shown).unwrap();
        let found = find(&shown, "value").and_then(Json::as_i64);
        found.unwrap_or_else(|| panic!("{shown:#}"))
    }

    /// Runs a step of a workflow in a job with this folder for its temporary files, and gives how it ended.
    fn step(&self, workflow: &str, step: &str, job: &str) -> Output {
        let temp = self.sandbox.path(job);
        std::fs::create_dir_all(&temp).unwrap();
        let binary = Path::new(env!("CARGO_BIN_EXE_stack")).parent().unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        // The sandbox's own surroundings, without which nothing of this machine is kept out.
        let surroundings = self.sandbox.binary(&[]);
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c"]);
        command
            .arg(script(workflow, step))
            .current_dir(self.folder());
        for (name, value) in surroundings.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
            .env("PATH", format!("{}:{path}", binary.display()))
            .env("RUNNER_TEMP", &temp)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("BASE", "main")
            .env("NUMBER", NUMBER.to_string())
            .env("GITHUB_TOKEN", TOKEN)
            .env("GITHUB_API_URL", self.forge.api())
            .env("GITHUB_REPOSITORY", "acme/shop")
            .env("GITHUB_EVENT_PATH", self.sandbox.path("event.json"))
            .env("GITHUB_SHA", self.head())
            .env("GITHUB_STEP_SUMMARY", temp.join("summary.md"))
            .output()
            .unwrap()
    }

    fn preview(&self, job: &str, code: i32) -> String {
        let output = self.step("stack-preview.yml", "Preview", job);
        // What its worktree of the main branch is of goes with the machine that ran the job.
        let base = self.sandbox.path(job).join("base");
        self.git(&["worktree", "remove", "--force", base.to_str().unwrap()]);
        ended(&output, code)
    }

    fn apply(&self, job: &str, code: i32) -> String {
        ended(&self.step("stack-apply.yml", "Apply", job), code)
    }

    /// The comment of ours; there is one, whatever happens.
    fn comment(&self) -> xtask::forge::Comment {
        let comments = self.forge.comments().into_iter();
        let mut ours: Vec<_> = comments.filter(|one| one.author == BOT).collect();
        assert_eq!(ours.len(), 1, "{ours:#?}");
        ours.remove(0)
    }

    /// The newest status, as `STATE: DESCRIPTION`.
    fn status(&self) -> String {
        let statuses = self.forge.statuses();
        let last = statuses.last().unwrap();
        assert_eq!(last["context"], "stack/shop/prod");
        let text = |name: &str| last[name].as_str().unwrap().to_owned();
        format!("{}: {}", text("state"), text("description"))
    }
}

fn ended(output: &Output, code: i32) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let shown = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(code), "{shown}\n{said}");
    said
}

/// The first value of a key, wherever it is.
fn find<'j>(json: &'j Json, key: &str) -> Option<&'j Json> {
    match json {
        Json::Object(map) => map
            .get(key)
            .or_else(|| map.values().find_map(|one| find(one, key))),
        Json::Array(items) => items.iter().find_map(|one| find(one, key)),
        _ => None,
    }
}

#[test]
fn a_pull_request_lives_from_its_change_to_its_apply() {
    let repository = Repository::new();

    // A change that the policies deny. That it brings its own policies along helps nobody.
    repository.git(&["switch", "--quiet", "--create", "feature"]);
    repository.program(11, 1);
    repository.write("policies/large.rego", "package large\n\ndeny := set()\n");
    repository.commit();
    let said = repository.preview("first", 6);
    assert!(said.contains("touch 1 of 1 stacks"), "{said}");
    let denied = repository.comment();
    assert!(
        denied.body.contains("it is larger than 10"),
        "{}",
        denied.body
    );
    assert_eq!(
        repository.status(),
        "failure: 1 violation: 1 to update; 1 unchanged"
    );
    let plans = std::fs::read_to_string(repository.sandbox.path("first/plans/plans.json"));
    assert!(
        plans.unwrap().contains("\"plans\": []"),
        "what is denied is not kept"
    );

    // It is mended, and its preview takes the place of the first.
    repository.git(&["checkout", "--quiet", "main", "--", "policies"]);
    repository.program(2, 1);
    repository.commit();
    repository.preview("second", 0);
    let approved = repository.comment();
    assert_eq!(approved.id, denied.id);
    assert!(
        approved.body.contains("1 -> 2") || approved.body.contains("+ value = 2"),
        "{}",
        approved.body
    );
    assert!(!approved.body.contains("larger"), "{}", approved.body);
    assert_eq!(repository.status(), "success: 1 to update; 1 unchanged");
    let page = std::fs::read_to_string(repository.sandbox.path("second/preview.html")).unwrap();
    assert!(page.contains("std:core:Value/a"));
    assert_eq!(repository.recorded("a"), 1, "a preview changes nothing");

    // Two others are approved meanwhile: one merges first, which makes the plan stale; one comes last.
    let other = |name: &str, b: i64| {
        repository.git(&["switch", "--quiet", "--create", name, "main"]);
        repository.program(1, b);
        repository.commit();
        repository.preview(name, 0);
    };
    other("other", 5);
    other("late", 7);
    let merge = |branch: &str, resolved: (i64, i64)| {
        repository.git(&["switch", "--quiet", "main"]);
        repository.git(&[
            "merge",
            "--quiet",
            "--no-ff",
            "--no-commit",
            "--strategy=ours",
            branch,
        ]);
        repository.program(resolved.0, resolved.1);
        repository.commit();
        repository.forge.push(&repository.head());
    };
    merge("other", (1, 5));
    let said = repository.apply("other", 0);
    assert!(!said.contains("stale"), "{said}");
    assert_eq!((repository.recorded("a"), repository.recorded("b")), (1, 5));

    // Stale, made again, and the same: applied.
    merge("feature", (2, 5));
    let said = repository.apply("second", 0);
    assert!(said.contains("the plan is stale"), "{said}");
    assert_eq!((repository.recorded("a"), repository.recorded("b")), (2, 5));

    // Stale, and by now another change than what was approved (from 5, and not from 1): not applied, and said.
    merge("late", (2, 7));
    let said = repository.apply("late", 1);
    assert!(said.contains("not those that were approved"), "{said}");
    assert_eq!((repository.recorded("a"), repository.recorded("b")), (2, 5));
    let output = repository.step("stack-apply.yml", "Say what it would take now", "after");
    ended(&output, 0);
    assert!(repository.comment().body.contains("std:core:Value/b"));
    assert_eq!(repository.status(), "success: 1 to update; 1 unchanged");

    let violations = repository.forge.violations().unwrap();
    assert_eq!(
        violations, "",
        "what was asked of GitHub is as GitHub describes it"
    );
}

/// What the main branch publishes is all that a fork's preview has: no key, no backend, no token.
#[test]
fn a_fork_is_previewed_by_what_was_published() {
    let repository = Repository::new();
    let secret = "canary-of-the-main-branch";
    let with = |a: i64| {
        let resources = json!([value("a", json!(a)), value("b", json!({"$secret": secret}))]);
        let graph = graph(resources);
        repository.write("stacks/shop/graph.json", &format!("{graph:#}\n"));
        repository.commit();
    };
    with(1);
    repository.stack(&["-C", "stacks/shop", "apply", "--yes"]);
    ended(
        &repository.step("stack-apply.yml", "Publish a redacted snapshot", "fork"),
        0,
    );

    // Another machine, and another's change.
    let gone = |path: &str| std::fs::remove_dir_all(repository.sandbox.path(path)).unwrap();
    gone("state");
    gone("home");
    repository.git(&["switch", "--quiet", "--create", "stranger"]);
    with(12);
    let output = repository.step("stack-preview-fork.yml", "Preview", "fork");
    let said = ended(&output, 6);
    assert!(said.contains("redacted snapshots"), "{said}");
    let shown = std::fs::read_to_string(repository.sandbox.path("fork/preview.md")).unwrap();
    assert!(shown.contains("1 to update; 1 unchanged"), "{shown}");
    assert!(shown.contains("it is larger than 10"), "{shown}");
    assert!(!shown.contains(secret), "{shown}");
    assert!(!repository.sandbox.path("home").exists(), "no key was made");
    assert_eq!(repository.forge.exchanges().len(), 0, "nobody is told");
}
