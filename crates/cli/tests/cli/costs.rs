//! `--cost`: what a plan changes of what is paid for a month. The lists of prices are a double.

use std::process::Output;

use serde_json::{Value as Json, json};
use xtask::prices::PriceLists;

use crate::sandbox::{Sandbox, graph, transcript, value};

const PLAN: &[&str] = &["plan", "--offline", "--cost"];

/// Nothing listens there.
const NOBODY: &str = "http://127.0.0.1:1";

/// A database, a cache whose size is known later, and what is free, paid by use, or of no cloud.
fn shop() -> Sandbox {
    let group = json!("/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/shop");
    let azure = |kind: &str, name: &str, mut inputs: Json| {
        inputs["resource_group_id"] = group.clone();
        inputs["location"] = json!("westeurope");
        // A name that the engine makes is another one each time.
        if inputs["name"].is_null() {
            inputs["name"] = json!(format!("shop{name}"));
        }
        json!({"type": format!("azure:{kind}"), "name": name, "inputs": inputs})
    };
    let later = json!({"$ref": {"urn": "std:random:Id/size", "path": ["hex"]}});
    let mut zone = azure(
        "network:PrivateDnsZone",
        "names",
        json!({"name": "shop.internal"}),
    );
    zone["inputs"].as_object_mut().unwrap().remove("location");
    Sandbox::new(&graph(json!([
        {"type": "std:random:Id", "name": "size", "inputs": {"byte_length": 2}},
        value("plain", json!(1)),
        azure("dbforpostgresql:FlexibleServer", "orders", json!({
            "sku_name": "Standard_D2ds_v5", "sku_tier": "GeneralPurpose", "storage_size_gb": 64,
            "high_availability_mode": "ZoneRedundant",
        })),
        azure("cache:RedisEnterprise", "sessions", json!({"sku_name": later, "public_network_access": false})),
        azure("storage:StorageAccount", "files", json!({"sku_name": "Standard_LRS", "kind": "StorageV2"})),
        azure("network:VirtualNetwork", "network", json!({"address_prefixes": ["10.0.0.0/16"]})),
        zone,
    ])))
}

/// Runs the binary with the lists at this address.
fn run(sandbox: &Sandbox, lists: &str, arguments: &[&str]) -> Output {
    let mut command = sandbox.binary(arguments);
    command.env("STACK_AZURE_PRICES", lists);
    command.env_remove("XDG_CACHE_HOME").output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What is said of costs.
fn costs(output: &Output) -> String {
    let text = text(output);
    let begin = text
        .find("Costs a month")
        .unwrap_or_else(|| panic!("{}", transcript(&["plan"], output)));
    text[begin..].to_owned()
}

#[test]
fn a_plan_says_what_it_costs_and_what_of_that_is_not_known() {
    let (sandbox, double) = (shop(), PriceLists::start().unwrap());
    let first = run(&sandbox, double.endpoint(), PLAN);
    assert!(first.status.success());
    insta::assert_snapshot!("costs", costs(&first));
    assert!(!double.take().is_empty());
    // The answers are kept: nobody is asked again, and nobody needs to be there.
    for lists in [double.endpoint(), NOBODY] {
        assert_eq!(costs(&run(&sandbox, lists, PLAN)), costs(&first));
    }
    assert_eq!(double.take(), [""; 0]);
    // Without the option nobody wants to know.
    assert!(!text(&run(&sandbox, NOBODY, &["plan", "--offline"])).contains("Costs"));
}

/// Nothing about prices keeps anybody from a plan.
#[test]
fn without_a_network_the_plan_is_whole_and_says_so() {
    let sandbox = shop();
    let output = run(&sandbox, NOBODY, PLAN);
    assert!(output.status.success());
    let plain = text(&run(&sandbox, NOBODY, &["plan", "--offline"]));
    assert!(
        text(&output).starts_with(&plain),
        "the plan is as it is without --cost"
    );
    insta::assert_snapshot!("costs-without-network", costs(&output));
}

#[test]
fn old_answers_are_used_without_a_network_and_their_age_is_said() {
    let (sandbox, double) = (shop(), PriceLists::start().unwrap());
    let new = costs(&run(&sandbox, double.endpoint(), PLAN));
    let folder = sandbox.path("home/.cache/stack/prices");
    let mut count = 0;
    for file in std::fs::read_dir(&folder).unwrap() {
        let path = file.unwrap().path();
        let mut kept: Json = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let asked: jiff::Timestamp = kept["asked"].as_str().unwrap().parse().unwrap();
        kept["asked"] = json!(asked - jiff::SignedDuration::from_hours(75));
        std::fs::write(&path, kept.to_string()).unwrap();
        count += 1;
    }
    assert_eq!(count, 3, "one file for each question");
    let old = costs(&run(&sandbox, NOBODY, PLAN));
    let warning = "  warning: prices of 3 days ago: cannot reach Azure's Retail Prices API at http://127.0.0.1:1: ";
    let (said, rest): (Vec<&str>, Vec<&str>) =
        old.lines().partition(|line| line.starts_with(warning));
    assert_eq!((said.len(), rest), (1, new.lines().collect()));
}

#[test]
fn programs_and_reviewers_get_the_same_amounts() {
    let (sandbox, double) = (shop(), PriceLists::start().unwrap());
    let lines = text(&run(
        &sandbox,
        double.endpoint(),
        &["plan", "--offline", "--cost", "--format", "json"],
    ));
    let events = lines
        .lines()
        .map(|line| serde_json::from_str::<Json>(line).unwrap());
    let mut event = events
        .into_iter()
        .find(|event| event["event"] == "costs")
        .unwrap();
    event.as_object_mut().unwrap().remove("event");
    assert_eq!(
        (&event["difference"], &event["currency"]),
        (&json!("350.916"), &json!("USD"))
    );
    let preview = |format: &str| {
        let output = run(
            &sandbox,
            double.endpoint(),
            &["preview", "--offline", "--cost", "--format", format],
        );
        assert!(output.status.success());
        text(&output)
    };
    let json: Json = serde_json::from_str(&preview("json")).unwrap();
    assert_eq!(json["previews"][0]["costs"], event);
    let markdown = preview("markdown");
    let begin = markdown.find("<details><summary>Costs").unwrap();
    let end = begin + markdown[begin..].find("</details>").unwrap();
    insta::assert_snapshot!("costs-markdown", &markdown[begin..end]);
    assert!(preview("html").contains("350.916"));
    assert!(preview("text").contains(&costs(&run(&sandbox, NOBODY, PLAN))));
}

#[test]
fn prices_are_not_asked_for_in_clear_text() {
    let output = run(&shop(), "http://prices.example.com", PLAN);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("\"http://prices.example.com\" is no address of Azure's Retail Prices API"),
        "{said}"
    );
}
