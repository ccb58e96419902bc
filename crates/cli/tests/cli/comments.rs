//! `stack preview --comment`: the real binary on a double of GitHub and of GitLab.

use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};

use serde_json::{Value as Json, json};
use xtask::forge::{
    BOT, COMMIT, Double, FORK_TOKEN, Fault, How, Kind, MALLORY, NUMBER, Reply, TOKEN,
};

use crate::running::signal;
use crate::sandbox::{STACK_TOML, Sandbox, graph, transcript, value};

/// What CIs set; nothing of the one that this may run in counts.
pub const VARIABLES: [&str; 18] = [
    "CI_API_V4_URL",
    "CI_COMMIT_SHA",
    "CI_JOB_TOKEN",
    "CI_JOB_URL",
    "CI_MERGE_REQUEST_IID",
    "CI_PIPELINE_ID",
    "CI_PROJECT_ID",
    "CI_PROJECT_PATH",
    "GITHUB_API_URL",
    "GITHUB_EVENT_PATH",
    "GITHUB_REPOSITORY",
    "GITHUB_RUN_ID",
    "GITHUB_SERVER_URL",
    "GITHUB_SHA",
    "GITHUB_STEP_SUMMARY",
    "GITHUB_TOKEN",
    "GITLAB_TOKEN",
    "STACK_GITLAB_TOKEN",
];

const GITHUB: [&str; 3] = ["preview", "--comment", "github"];
const GITLAB: [&str; 3] = ["preview", "--comment", "gitlab"];
const MARKER: &str = "<!-- stack preview of shop/dev -->";

/// A stack, and a pull request about it.
struct Change {
    sandbox: Sandbox,
    forge: Double,
}

impl Change {
    fn on(kind: Kind) -> Self {
        Self::of(kind, Sandbox::new(&graph(json!([value("one", json!(1))]))))
    }

    fn of(kind: Kind, sandbox: Sandbox) -> Self {
        let event = json!({"number": NUMBER, "pull_request": {
            "number": NUMBER, "head": {"sha": COMMIT}, "merge_commit_sha": "f".repeat(40),
        }});
        sandbox.write("event.json", &event.to_string());
        let forge = Double::start(kind).unwrap();
        Self { sandbox, forge }
    }

    /// The binary, with nothing of any CI around it.
    fn bare(&self, arguments: &[&str]) -> Command {
        let mut command = self.sandbox.binary(arguments);
        for name in VARIABLES {
            command.env_remove(name);
        }
        // A proxy is another machine: what is for this one never goes there. Nobody listens at this address.
        command
            .env("HTTP_PROXY", "http://127.0.0.1:9")
            .env("http_proxy", "http://127.0.0.1:9");
        command
    }

    /// The binary in a job of a pull request.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.bare(arguments);
        let api = self.forge.api();
        command.envs([
            ("GITHUB_TOKEN", TOKEN),
            ("GITHUB_API_URL", &api),
            ("GITHUB_REPOSITORY", "acme/shop"),
            ("GITHUB_EVENT_PATH", "event.json"),
            ("GITHUB_SHA", &"f".repeat(40)),
            ("GITHUB_SERVER_URL", "https://git.example.com"),
            ("GITHUB_RUN_ID", "99"),
        ]);
        command.envs([
            ("STACK_GITLAB_TOKEN", TOKEN),
            ("CI_API_V4_URL", &api),
            ("CI_PROJECT_ID", "1"),
            ("CI_MERGE_REQUEST_IID", "7"),
            ("CI_COMMIT_SHA", COMMIT),
            ("CI_PIPELINE_ID", "33"),
            ("CI_JOB_URL", "https://git.example.com/acme/shop/-/jobs/99"),
        ]);
        command
    }

    /// Runs it in a job of a pull request, and gives what it said on standard error.
    fn says(&self, arguments: &[&str], code: i32) -> String {
        let output = self.command(arguments).output().unwrap();
        said(arguments, &output, code)
    }

    fn wants(&self, number: u32) {
        self.sandbox
            .graph(&graph(json!([value("one", json!(number))])));
    }

    /// What is said on the pull request by us, and what by others.
    fn bodies(&self) -> (Vec<String>, Vec<String>) {
        let (ours, others): (Vec<_>, Vec<_>) = self
            .forge
            .comments()
            .into_iter()
            .partition(|one| one.author == BOT);
        let body = |comments: Vec<xtask::forge::Comment>| {
            comments.into_iter().map(|one| one.body).collect()
        };
        (body(ours), body(others))
    }

    /// The only comment of ours.
    fn body(&self) -> String {
        let (mut ours, _) = self.bodies();
        assert_eq!(ours.len(), 1, "{ours:#?}");
        ours.remove(0)
    }

    /// Each status as `STATE CONTEXT: DESCRIPTION`.
    fn statuses(&self) -> Vec<String> {
        let text = |status: &Json, names: [&str; 2]| {
            let found = names.iter().find_map(|name| status[name].as_str());
            found.unwrap_or_default().to_owned()
        };
        let shown = |status: &Json| {
            let state = text(status, ["state", "status"]);
            let context = text(status, ["context", "name"]);
            format!("{state} {context}: {}", text(status, ["description", ""]))
        };
        self.forge.statuses().iter().map(shown).collect()
    }

    /// All that went over the wire is as GitHub describes it.
    fn is_as_described(&self) {
        let violations = self.forge.violations().unwrap();
        assert!(violations.is_empty(), "{violations}");
    }
}

/// What a run said on standard error; no token is in anything that it wrote.
fn said(arguments: &[&str], output: &Output, code: i32) -> String {
    let all = transcript(arguments, output);
    assert_eq!(output.status.code(), Some(code), "{all}");
    assert!(!all.contains("canary"), "{all}");
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn fault(method: &'static str, path: &'static str, times: usize, how: How) -> Fault {
    Fault {
        method,
        path,
        times,
        how,
    }
}

#[test]
fn a_pull_request_has_one_comment_that_is_kept_up_to_date() {
    let change = Change::on(Kind::GitHub);
    let said = change.says(&GITHUB, 0);
    assert!(
        said.ends_with(
            "comment on dev of shop: new: https://git.example.com/acme/shop/pull/7#issuecomment-2\n"
        ),
        "{said}"
    );
    let body = change.body();
    assert!(
        body.starts_with(&format!("{MARKER}\n### `shop` in `dev`: 1 to create\n")),
        "{body}"
    );
    let both = [
        "pending stack/shop/dev: being planned",
        "success stack/shop/dev: 1 to create",
    ];
    assert_eq!(change.statuses(), both);
    let run = "https://git.example.com/acme/shop/actions/runs/99";
    assert_eq!(change.forge.statuses()[1]["target_url"], run);

    let said = change.says(&GITHUB, 0);
    assert!(
        said.contains("comment on dev of shop: unchanged: "),
        "{said}"
    );
    assert_eq!(change.forge.count("PATCH", "/comments/"), 0);

    change.sandbox.succeeds(&["apply", "--yes"]);
    let said = change.says(&GITHUB, 0);
    assert!(said.contains("comment on dev of shop: updated: "), "{said}");
    let body = change.body();
    assert!(
        body.contains("### `shop` in `dev`: no changes; 1 unchanged\n"),
        "{body}"
    );
    let last = change.statuses().pop().unwrap();
    assert_eq!(last, "success stack/shop/dev: no changes; 1 unchanged");
    assert_eq!(change.forge.count("DELETE", ""), 0);
    change.is_as_described();
}

#[test]
fn each_environment_has_a_comment_and_a_status_and_what_fails_says_so() {
    let change = Change::on(Kind::GitHub);
    let broken = "[environments.broken]\nkey = { sealed = \"AAAA\" }\n";
    change.sandbox.write(
        "Stack.toml",
        &format!("{STACK_TOML}\n[environments.dev]\n{broken}[environments.prod]\n"),
    );
    let every = [&GITHUB[..], &["--all-environments", "--color", "always"]].concat();
    change.says(&every, 2);
    change.says(&every, 2);
    let (ours, _) = change.bodies();
    let of = |environment: &str| {
        let marker = format!("<!-- stack preview of shop/{environment} -->\n");
        let found: Vec<_> = ours.iter().filter(|one| one.starts_with(&marker)).collect();
        assert_eq!(found.len(), 1, "{environment}: {ours:#?}");
        found[0].as_str()
    };
    assert_eq!(ours.len(), 3);
    assert!(of("dev").contains(": 1 to create") && of("prod").contains(": 1 to create"));
    let failure = of("broken");
    assert!(
        failure.contains("could not be planned\n\n```text\nerror: "),
        "{failure}"
    );
    assert!(!failure.contains('\u{1b}'), "{failure}");
    let statuses = change.statuses();
    for status in [
        "success stack/shop/dev: 1 to create",
        "error stack/shop/broken: could not be planned",
        "success stack/shop/prod: 1 to create",
    ] {
        assert_eq!(
            statuses.iter().filter(|one| *one == status).count(),
            2,
            "{statuses:#?}"
        );
    }
}

/// What a policy denies must not be merged; what it warns of may.
#[test]
fn what_a_policy_denies_fails_the_status() {
    let change = Change::on(Kind::GitHub);
    let policy =
        "package small\n\nLEVEL contains \"too small\" if input.resources[_].after.value < 3\n";
    let judged = |level: &str| {
        let policy = policy.replace("LEVEL", level);
        change.sandbox.write("policies/small.rego", &policy);
    };
    judged("warn");
    change.says(&GITHUB, 0);
    judged("deny");
    change.says(&GITHUB, 6);
    assert!(
        change
            .body()
            .contains("**Policies: 1 violation: this is not applied**")
    );
    change.wants(3);
    change.says(&GITHUB, 0);
    let ended = change.statuses();
    let ended = ended.iter().filter(|one| !one.starts_with("pending"));
    assert_eq!(
        ended.collect::<Vec<_>>(),
        [
            "success stack/shop/dev: 1 to create",
            "failure stack/shop/dev: 1 violation: 1 to create",
            "success stack/shop/dev: 1 to create",
        ]
    );
}

#[test]
fn our_comment_is_found_among_many() {
    let change = Change::on(Kind::GitHub);
    let others = |number: usize| {
        for number in 0..number {
            change.forge.comment(MALLORY, &format!("number {number}"));
        }
    };
    others(230);
    change.says(&GITHUB, 0);
    others(10);
    change.wants(2);
    let before = change.forge.count("GET", "/comments");
    change.says(&GITHUB, 0);
    assert_eq!(
        change.forge.count("GET", "/comments") - before,
        3,
        "three pages of 100"
    );
    change.body();
    change.is_as_described();
}

/// Anybody may write the marker, and quote a whole preview.
#[test]
fn a_strangers_comment_is_never_taken_for_ours() {
    for kind in [Kind::GitHub, Kind::GitLab] {
        let change = Change::on(kind);
        let forged = format!("{MARKER}\n### `shop` in `dev`: no changes\n");
        change.forge.comment(MALLORY, &forged);
        let quoted = format!("> {MARKER}\n\nDid it say that?");
        change.forge.comment(BOT, &quoted);
        let arguments = match kind {
            Kind::GitHub => GITHUB,
            Kind::GitLab => GITLAB,
        };
        change.says(&arguments, 0);
        change.says(&arguments, 0);
        let (ours, theirs) = change.bodies();
        assert_eq!(theirs, [forged]);
        assert_eq!((ours.len(), &ours[0]), (2, &quoted));
        assert!(ours[1].contains(": 1 to create"), "{}", ours[1]);
    }
}

#[test]
fn a_comment_keeps_githubs_limit_whatever_was_asked_for() {
    let resources: Vec<Json> = (0..1000)
        .map(|number| value(&format!("resource-{number}"), json!("x".repeat(100))))
        .collect();
    let change = Change::of(Kind::GitHub, Sandbox::new(&graph(json!(resources))));
    change.says(&[&GITHUB[..], &["--limit", "1000000"]].concat(), 0);
    let body = change.body();
    assert!((50_000..=65_000).contains(&body.len()), "{}", body.len());
    let change = Change::of(Kind::GitLab, Sandbox::new(&graph(json!(resources))));
    change.says(&[&GITLAB[..], &["--limit", "1000000"]].concat(), 0);
    assert!(change.body().len() > 65_536);
}

/// The token of a pull request from a fork may read alone. The preview is shown, and in the summary of the job.
#[test]
fn a_fork_may_not_comment_and_its_preview_is_in_the_summary() {
    let change = Change::on(Kind::GitHub);
    change.sandbox.write("summary.md", "# Before\n");
    let mut command = change.command(&GITHUB);
    command
        .env("GITHUB_TOKEN", FORK_TOKEN)
        .env("GITHUB_STEP_SUMMARY", "summary.md");
    let output = command.output().unwrap();
    let said = said(&GITHUB, &output, 1);
    change
        .sandbox
        .assert("comment_of_a_fork", &transcript(&GITHUB, &output));
    assert!(
        said.contains("permissions: { pull-requests: write, statuses: write }"),
        "{said}"
    );
    let summary = std::fs::read_to_string(change.sandbox.path("summary.md")).unwrap();
    assert!(
        summary.starts_with(&format!("# Before\n{MARKER}\n### `shop` in `dev`")),
        "{summary}"
    );
    assert_eq!(change.forge.count("POST", "/comments"), 1);
    assert_eq!(
        change.forge.count("POST", "/statuses/"),
        2,
        "told in spite of it"
    );
    assert_eq!((change.bodies().0, change.statuses()), (vec![], vec![]));
}

#[test]
fn a_limit_is_waited_for_and_a_long_one_is_named() {
    let change = Change::on(Kind::GitHub);
    let secondary = Reply::refusal(403, "You have exceeded a secondary rate limit.");
    let soon = How::Answer(secondary.with("retry-after", "1"));
    change.forge.fault(fault("POST", "/comments", 2, soon));
    change.says(&GITHUB, 0);
    assert_eq!(change.forge.count("POST", "/comments"), 3);
    change.body();

    let spent = Reply::refusal(429, "API rate limit exceeded")
        .with("x-ratelimit-remaining", "0")
        .with("x-ratelimit-reset", "4102444800");
    change
        .forge
        .fault(fault("GET", "/comments", 9, How::Answer(spent)));
    change.wants(2);
    let said = change.says(&GITHUB, 1);
    let named = "error: cannot list the comments of pull request 7 of acme/shop: GitHub takes no more requests of this \
                 token until 2100-01-01T00:00:0";
    assert!(said.contains(named), "{said}");
    assert_eq!(
        change.statuses().pop().unwrap(),
        "success stack/shop/dev: 1 to create"
    );
    change.is_as_described();
}

/// The comment was made, and the answer did not arrive, or said otherwise.
#[test]
fn a_lost_answer_makes_no_second_comment() {
    for (how, asked) in [
        (How::Lose, 1),
        (How::Deny(Reply::refusal(502, "Server Error")), 1),
        (How::Answer(Reply::refusal(500, "Server Error")), 2),
    ] {
        let change = Change::on(Kind::GitHub);
        change
            .forge
            .fault(fault("POST", "/comments", 1, how.clone()));
        let said = change.says(&GITHUB, 0);
        assert!(
            said.contains("comment on dev of shop: new"),
            "{how:?}: {said}"
        );
        assert_eq!(change.forge.count("POST", "/comments"), asked, "{how:?}");
        change.body();
    }
}

#[test]
fn what_does_no_harm_twice_is_asked_again() {
    let change = Change::on(Kind::GitHub);
    change.says(&GITHUB, 0);
    for (method, path) in [
        ("GET", "/comments"),
        ("PATCH", ""),
        ("POST", COMMIT),
        ("POST", "/graphql"),
    ] {
        let down = How::Answer(Reply::refusal(503, "Unavailable"));
        change.forge.fault(fault(method, path, 1, down));
    }
    change.wants(2);
    let said = change.says(&GITHUB, 0);
    assert!(said.contains("comment on dev of shop: updated"), "{said}");
}

#[test]
fn two_runs_at_once_leave_one_comment() {
    for (kind, arguments) in [(Kind::GitHub, GITHUB), (Kind::GitLab, GITLAB)] {
        let change = Change::on(kind);
        // Both have seen that there is none before either makes one.
        change.forge.meet();
        let start = || {
            let mut command = change.command(&arguments);
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            command.spawn().unwrap()
        };
        let runs = [start(), start()];
        for run in runs {
            said(&arguments, &run.wait_with_output().unwrap(), 0);
        }
        let kept = change.forge.comments();
        assert_eq!(kept.len(), 1);
        let path = match kind {
            Kind::GitHub => "/comments",
            Kind::GitLab => "/notes",
        };
        assert_eq!(change.forge.count("POST", path), 2, "both made one");
    }
}

#[test]
fn a_comment_and_a_status_fail_apart_and_the_preview_is_shown() {
    let down = || How::Answer(Reply::refusal(422, "Validation Failed"));
    let change = Change::on(Kind::GitHub);
    change.forge.fault(fault("POST", "/comments", 9, down()));
    let output = change.command(&GITHUB).output().unwrap();
    let heard = said(&GITHUB, &output, 1);
    assert!(String::from_utf8_lossy(&output.stdout).contains("std:core:Value/one"));
    let named = "error: cannot comment on pull request 7 of acme/shop: GitHub answered 422: Validation Failed \
                 (request C0FF:EE)\n";
    assert!(heard.contains(named), "{heard}");
    assert_eq!(change.statuses().len(), 2);

    let change = Change::on(Kind::GitHub);
    change.forge.fault(fault("POST", COMMIT, 9, down()));
    let heard = change.says(&[&GITHUB[..], &["--exit-code"]].concat(), 1);
    let named = format!(
        "error: cannot set the status stack/shop/dev of commit {COMMIT} of pull request 7 of acme/shop: GitHub answered 422"
    );
    assert_eq!(heard.matches(&named).count(), 1, "{heard}");
    change.body();
}

/// A change whose program waits until somebody writes to its pipe.
fn waiting(kind: Kind) -> Change {
    let sandbox = Sandbox::command(&["sh", "-c", "echo begun >&2; exec cat pipe"]);
    let made = Command::new("mkfifo").arg(sandbox.path("pipe")).status();
    assert!(made.unwrap().success());
    Change::of(kind, sandbox)
}

/// Starts a run, and sends it a signal once it is planning.
fn stopped(change: &Change, arguments: &[&str], name: &str) -> Option<i32> {
    let mut child = change
        .command(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    while !said.contains("begun") {
        assert!(stderr.read_line(&mut said).unwrap() > 0, "{said}");
    }
    signal(&child, name);
    child.wait().unwrap().code()
}

/// Nobody waits for the result of what was stopped.
#[test]
fn a_run_that_is_stopped_says_so() {
    let change = waiting(Kind::GitHub);
    assert_eq!(stopped(&change, &GITHUB, "-INT"), Some(130));
    let both = [
        "pending stack/shop/dev: being planned",
        "error stack/shop/dev: stopped before its end",
    ];
    assert_eq!(change.statuses(), both);
}

/// GitLab refuses a status that is pending already, as a killed run leaves it.
#[test]
fn a_status_that_is_pending_already_is_fine() {
    let change = waiting(Kind::GitLab);
    assert_eq!(stopped(&change, &GITLAB, "-KILL"), None);
    // Its program waits still.
    std::fs::write(change.sandbox.path("pipe"), "").unwrap();
    assert_eq!(change.statuses(), ["pending stack/shop/dev: being planned"]);
    change.sandbox.write("Stack.toml", STACK_TOML);
    change.wants(1);
    change.says(&GITLAB, 0);
    assert_eq!(change.statuses(), ["success stack/shop/dev: 1 to create"]);
}

#[test]
fn what_is_missing_is_named_all_at_once_and_nothing_is_asked() {
    let change = Change::on(Kind::GitHub);
    let run = |command: &mut Command, arguments: &[&str]| {
        let output = command.output().unwrap();
        said(arguments, &output, 2);
        transcript(arguments, &output)
    };
    let mut seen = run(&mut change.bare(&GITHUB), &GITHUB);
    seen += &run(&mut change.bare(&GITLAB), &GITLAB);
    // The event is of another pull request, so its commit is another's.
    let other = [&GITHUB[..], &["--pull-request", "8"]].concat();
    seen += &run(&mut change.command(&other), &other);
    let other = [&GITLAB[..], &["--repository", "2"]].concat();
    seen += &run(&mut change.command(&other), &other);
    let short = [&GITHUB[..], &["--commit", "6dcb09b"]].concat();
    seen += &run(&mut change.command(&short), &short);
    let odd = [
        &GITHUB[..],
        &[
            "--repository",
            "../shop",
            "--pull-request",
            "7",
            "--commit",
            COMMIT,
        ],
    ]
    .concat();
    seen += &run(&mut change.command(&odd), &odd);
    let mut clear = change.command(&GITHUB);
    clear.env("GITHUB_API_URL", "http://git.example.com/api/v3");
    seen += &run(&mut clear, &GITHUB);
    change.sandbox.assert("comment_lacks", &seen);
    assert!(change.forge.exchanges().is_empty());
}

#[test]
fn flags_say_what_no_ci_does() {
    let change = Change::on(Kind::GitHub);
    let arguments = [
        &GITHUB[..],
        &[
            "--repository",
            "acme/shop",
            "--pull-request",
            "7",
            "--commit",
            COMMIT,
        ],
    ]
    .concat();
    let mut command = change.bare(&arguments);
    command
        .env("GITHUB_TOKEN", TOKEN)
        .env("GITHUB_API_URL", change.forge.api());
    said(&arguments, &command.output().unwrap(), 0);
    change.body();
    assert_eq!(change.forge.statuses()[0]["target_url"], Json::Null);
    change.is_as_described();

    let change = Change::on(Kind::GitLab);
    let arguments = [
        &GITLAB[..],
        &[
            "--repository",
            "group/shop",
            "--pull-request",
            "7",
            "--commit",
            COMMIT,
        ],
    ]
    .concat();
    let mut command = change.bare(&arguments);
    command
        .env("GITLAB_TOKEN", TOKEN)
        .env("CI_API_V4_URL", change.forge.api());
    said(&arguments, &command.output().unwrap(), 0);
    change.body();
    assert_eq!(
        change
            .forge
            .count("POST", "/projects/group%2Fshop/statuses/"),
        2
    );
    assert_eq!(change.forge.statuses()[0]["pipeline_id"], Json::Null);
}

#[test]
fn a_merge_request_has_one_note_that_is_kept_up_to_date() {
    let change = Change::on(Kind::GitLab);
    let heard = change.says(&GITLAB, 0);
    assert!(heard.ends_with("comment on dev of shop: new\n"), "{heard}");
    assert!(
        change
            .body()
            .starts_with(&format!("{MARKER}\n### `shop` in `dev`: 1 to create\n"))
    );
    // GitLab has one status for the way from pending to its end.
    assert_eq!(change.statuses(), ["success stack/shop/dev: 1 to create"]);
    let status = &change.forge.statuses()[0];
    assert_eq!(status["pipeline_id"], "33");
    assert_eq!(
        status["target_url"],
        "https://git.example.com/acme/shop/-/jobs/99"
    );

    assert!(change.says(&GITLAB, 0).ends_with(": unchanged\n"));
    change.sandbox.succeeds(&["apply", "--yes"]);
    assert!(change.says(&GITLAB, 0).ends_with(": updated\n"));
    assert!(change.body().contains(": no changes; 1 unchanged\n"));

    for number in 0..230 {
        change.forge.comment(MALLORY, &format!("number {number}"));
    }
    change.wants(2);
    assert!(change.says(&GITLAB, 0).ends_with(": updated\n"));
    change.body();
}

#[test]
fn what_gitlab_refuses_is_said_with_what_to_do() {
    let change = Change::on(Kind::GitLab);
    let mut command = change.command(&GITLAB);
    command.env("STACK_GITLAB_TOKEN", FORK_TOKEN);
    let output = command.output().unwrap();
    said(&GITLAB, &output, 1);
    let mut seen = transcript(&GITLAB, &output);
    let mut command = change.command(&GITLAB);
    command.env("STACK_GITLAB_TOKEN", "canary-old-token");
    let output = command.output().unwrap();
    said(&GITLAB, &output, 1);
    seen += &transcript(&GITLAB, &output);
    change.sandbox.assert("comment_refused", &seen);

    change.sandbox.graph(&json!("no graph"));
    change.says(&GITLAB, 1);
    assert!(change.body().contains("could not be planned"));
    assert_eq!(
        change.statuses(),
        ["failed stack/shop/dev: could not be planned"]
    );
}
