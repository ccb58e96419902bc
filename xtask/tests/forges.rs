//! The judges of the double of GitHub and GitLab. Where one and the double disagree, the double is wrong.

use std::process::Command;

use serde_json::{Value as Json, json};
use xtask::forge::{COMMIT, Double, FORK_TOKEN, Kind, TOKEN, violations};
use xtask::venv;

const FOLDER: &str = "tests/forges";

fn judge(script: &str, arguments: [&str; 4]) {
    let python = venv::of(FOLDER).unwrap_or_else(|error| panic!("{error}: {error:?}"));
    let output = Command::new(python)
        .arg("-B")
        .arg(xtask::root().unwrap().join(FOLDER).join(script))
        .args(arguments)
        .env("NO_PROXY", "127.0.0.1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

#[test]
fn pygithub_finds_no_fault_and_all_is_as_github_describes_it() {
    let github = Double::start(Kind::GitHub).unwrap();
    judge(
        "judge_github.py",
        [&github.api(), TOKEN, COMMIT, FORK_TOKEN],
    );
    assert!(github.exchanges().len() > 80);
    let violations = github.violations().unwrap();
    assert!(violations.is_empty(), "{violations}");
}

#[test]
fn python_gitlab_finds_no_fault() {
    let gitlab = Double::start(Kind::GitLab).unwrap();
    let api = gitlab.api();
    let server = api.strip_suffix("/api/v4").unwrap();
    judge("judge_gitlab.py", [server, TOKEN, COMMIT, "mallory"]);
    assert!(gitlab.exchanges().len() > 60);
}

/// What holds exchanges against the descriptions sees what is wrong.
#[test]
fn what_is_not_as_described_is_seen() {
    let exchange = |method: &str, path: &str, body: Json, status: u16, answer: Json| json!({"method": method, "path": path, "query": "", "body": body, "status": status, "answer": answer});
    let statuses = format!("/api/v3/repos/acme/shop/statuses/{COMMIT}");
    let comments = "/api/v3/repos/acme/shop/issues/7/comments";
    let unknown = "/api/v3/repos/acme/shop/comment";
    let query = json!({"query": "query { viewer { logn } }"});
    let exchanges = [
        exchange(
            "POST",
            &statuses,
            json!({"state": "perhaps"}),
            403,
            json!({}),
        ),
        exchange("POST", comments, json!({"text": "x"}), 403, json!({})),
        exchange("GET", comments, Json::Null, 200, json!([{"id": 1}])),
        exchange("GET", comments, Json::Null, 203, json!([])),
        exchange("GET", unknown, Json::Null, 404, json!({})),
        exchange("POST", "/api/graphql", query, 200, json!({})),
    ];
    let seen = violations(&exchanges).unwrap();
    for part in [
        "'perhaps' is not one of",
        "'body' is a required property",
        "'html_url' is a required property",
        "203 Unknown response",
        "/api/v3/repos/acme/shop/comment 404",
        "Cannot query field 'logn'",
    ] {
        assert!(seen.contains(part), "{part}: {seen}");
    }
    assert_eq!(seen.lines().count(), exchanges.len(), "{seen}");
}
