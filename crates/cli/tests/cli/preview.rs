//! `stack preview`: what a pull request shows.

use serde_json::{Value as Json, json};

use crate::sandbox::{STACK_TOML, Sandbox, graph, value};

const SECRET: &str = "canary-preview-secret";

/// A stack that is applied, and a program that changes in every way that a preview tells apart.
fn changing() -> Sandbox {
    let with = |resources: Json, outputs: Json| {
        let mut graph = graph(resources);
        graph["outputs"] = outputs;
        graph
    };
    let before = with(
        json!([
            value("network", json!({"cidr": "10.0.0.0/16"})),
            value("same", json!("|stays|")),
            value("old", json!(["gone"])),
            value("holder", json!({"$secret": {"password": SECRET}})),
            {"type": "std:random:Password", "name": "door", "inputs": {"length": 20}},
        ]),
        json!({"url": {"value": "http://old"}}),
    );
    let sandbox = Sandbox::new(&before);
    sandbox.succeeds(&["apply", "--yes"]);
    let reference = json!({"$ref": {"urn": "std:random:Password/door", "path": ["result"]}});
    sandbox.graph(&with(
        json!([
            value("network", json!({"cidr": "10.1.0.0/16", "note": "``` @everyone <b>"})),
            value("same", json!("|stays|")),
            value("holder", json!({"$secret": {"password": format!("{SECRET}-2")}})),
            {"type": "std:random:Password", "name": "door", "inputs": {"length": 24}},
            {"type": "std:core:Value", "name": "user", "at": "src/main.rs:7", "group": ["app"],
             "inputs": {"value": {"key": reference}}},
        ]),
        json!({"url": {"value": "http://new"}}),
    ));
    sandbox
}

fn shown(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let output = sandbox.succeeds(arguments);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains(SECRET), "{text}");
    text
}

#[test]
fn a_preview_is_a_comment_in_markdown() {
    let sandbox = changing();
    let before = sandbox.bytes_below(".stack");
    let text = shown(&sandbox, &["preview", "--format", "markdown"]);
    let (text, digest) = text.rsplit_once("<code>").unwrap();
    assert_eq!(digest.split_once("</code>").unwrap().0.len(), 64);
    // Ids are another each time.
    insta::with_settings!({filters => [(r"\([0-9a-f]{16}\)", "(id)")]}, {
        insta::assert_snapshot!("preview", text);
    });
    assert_eq!(sandbox.bytes_below(".stack"), before, "nothing was written");
}

#[test]
fn a_preview_is_json_for_programs() {
    let sandbox = changing();
    let text = shown(&sandbox, &["preview", "--format", "json"]);
    let all: Json = serde_json::from_str(&text).unwrap();
    let one = &all["previews"][0];
    assert_eq!(
        (&one["stack"], &one["environment"]),
        (&json!("shop"), &json!("dev"))
    );
    let find = |urn: &str| {
        let resources = one["resources"].as_array().unwrap();
        resources.iter().find(|found| found["urn"] == urn).unwrap()
    };
    assert_eq!(find("std:core:Value/same")["action"], "none");
    assert_eq!(find("std:core:Value/same")["after"]["value"], "|stays|");
    assert_eq!(find("std:core:Value/old")["after"], Json::Null);
    assert_eq!(find("std:core:Value/old")["late"], true);
    assert_eq!(
        find("std:core:Value/network")["after"]["value"]["cidr"],
        "10.1.0.0/16"
    );
    let secret = json!({"$secret": true});
    assert_eq!(find("std:core:Value/holder")["after"]["value"], secret);
    let door = find("std:random:Password/door");
    assert_eq!(
        (&door["action"], &door["before"]["length"]),
        (&json!("replace"), &json!(20))
    );
    let user = find("std:core:Value/user");
    assert_eq!(user["depends_on"], json!(["std:random:Password/door"]));
    let key = &user["after"]["value"]["key"];
    assert!(
        key.get("$secret").is_some() || key.get("$unknown").is_some(),
        "{key}"
    );

    // The same changes have the same digest, whatever else was learned; others do not.
    let digest = |text: &str| {
        let all: Json = serde_json::from_str(text).unwrap();
        all["previews"][0]["digest"].as_str().unwrap().to_owned()
    };
    let again = shown(&sandbox, &["preview", "--format", "json"]);
    assert_eq!(digest(&again), digest(&text));
    sandbox.graph(&graph(json!([value(
        "network",
        json!({"cidr": "10.2.0.0/16"})
    )])));
    let other = shown(&sandbox, &["preview", "--format", "json"]);
    assert_ne!(digest(&other), digest(&text));
}

/// A comment has a limit: what matters most stays, whole, and what is left out is counted.
#[test]
fn what_does_not_fit_is_counted() {
    let resources: Vec<Json> = (0..2000)
        .map(|number| {
            value(
                &format!("resource-{number}"),
                json!({"text": "x".repeat(200)}),
            )
        })
        .collect();
    let sandbox = Sandbox::new(&graph(json!(resources)));
    let text = shown(&sandbox, &["preview", "--format", "markdown"]);
    assert!(text.len() <= 65_000, "{}", text.len());
    assert!(text.contains(": 2000 to create\n"), "the head is there");
    let rows = text.matches("| ➕ |").count();
    let rest: usize = text
        .split_once("_… and ")
        .and_then(|(_, rest)| rest.split_once(" more"))
        .and_then(|(number, _)| number.split(' ').next()?.parse().ok())
        .unwrap();
    assert_eq!(rows + rest, 2000);
    assert!(
        text.trim_end().ends_with("</code></sub>"),
        "the end is there"
    );
    let small = shown(
        &sandbox,
        &["preview", "--format", "markdown", "--limit", "3000"],
    );
    assert!(small.len() <= 3000, "{}", small.len());
}

#[test]
fn every_environment_is_shown_and_what_fails_hides_no_other() {
    let sandbox = Sandbox::new(&graph(json!([value("one", json!(1))])));
    let sealed = "[environments.broken]\nkey = { sealed = \"AAAA\" }\n";
    let toml = format!(
        "{STACK_TOML}\n[environments.dev]\n{sealed}[environments.prod]\nproduction = true\n"
    );
    sandbox.write("Stack.toml", &toml);
    let output = sandbox.output(&["preview", "--all-environments", "--format", "markdown"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(2), "{text}");
    for part in [
        "### `shop` in `dev`: 1 to create",
        "### `shop` in `prod` (production): 1 to create",
        "### `shop` in `broken`: could not be planned",
        "<!-- stack preview of shop/prod -->",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let changes = sandbox.output(&["preview", "-e", "dev", "--exit-code"]);
    assert_eq!(changes.status.code(), Some(3));
    let both = sandbox.output(&["preview", "-e", "dev", "--all-environments"]);
    assert_eq!(both.status.code(), Some(2));
}

/// What is embedded in a page, as it is read there.
fn embedded(page: &str) -> Json {
    let (_, rest) = page
        .split_once(r#"<script type="application/json" id="previews">"#)
        .unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

#[test]
fn a_preview_is_a_page_for_a_browser() {
    let sandbox = changing();
    let page = shown(&sandbox, &["preview", "--format", "html"]);
    assert!(page.starts_with("<!doctype html>"));
    let all: Json =
        serde_json::from_str(&shown(&sandbox, &["preview", "--format", "json"])).unwrap();
    // Ids are another each time, and what takes longer begins earlier.
    let said = |all: &Json| {
        let one = &all["previews"][0];
        let mut urns: Vec<_> = one["resources"].as_array().unwrap().iter().collect();
        urns.sort_by_key(|one| one["urn"].to_string());
        json!([one["digest"], one["stack"], one["outputs"], urns])
    };
    assert_eq!(said(&embedded(&page)), said(&all));
    assert!(page.contains("``` @everyone \\u003cb\\u003e"));
}

#[test]
fn a_preview_is_written_to_a_file() {
    let sandbox = Sandbox::new(&graph(json!([value("one", json!(1))])));
    let sealed = "[environments.broken]\nkey = { sealed = \"AAAA\" }\n";
    sandbox.write(
        "Stack.toml",
        &format!("{STACK_TOML}\n[environments.dev]\n{sealed}"),
    );
    let output = sandbox.output(&[
        "preview",
        "--all-environments",
        "--format",
        "html",
        "-o",
        "page.html",
    ]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("written to page.html\n"), "{said}");
    let page = std::fs::read_to_string(sandbox.path("page.html")).unwrap();
    let previews = &embedded(&page)["previews"];
    let broken = previews.as_array().unwrap().iter();
    let broken = broken.filter_map(|one| one["error"].as_str());
    let errors: Vec<_> = broken.collect();
    assert_eq!(errors.len(), 1);
    assert!(errors[0].starts_with("error: "), "{errors:?}");

    let text = sandbox.output(&[
        "preview", "-e", "dev", "--color", "always", "-o", "plan.txt",
    ]);
    assert_eq!(text.status.code(), Some(0));
    let text = std::fs::read_to_string(sandbox.path("plan.txt")).unwrap();
    assert!(text.contains("+   std:core:Value/one"), "{text}");
    assert!(!text.contains('\u{1b}'), "a file has no colours: {text}");

    let nowhere = sandbox.output(&["preview", "-e", "dev", "--out", "no/such/folder/page"]);
    assert_eq!(nowhere.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&nowhere.stderr).contains("cannot write no/such/folder/page"));
}

#[test]
fn a_page_is_a_format_of_previews_alone() {
    let sandbox = Sandbox::new(&graph(json!([])));
    for command in ["plan", "check", "graph", "output", "schema"] {
        let output = sandbox.output(&[command, "--format", "html"]);
        assert_eq!(output.status.code(), Some(2), "{command}");
        assert!(output.stdout.is_empty(), "{command}");
    }
}
