//! The Azure starter on a local Azure whose operations take their time: how much longer an apply takes than its longest
//! chain of them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;
use xtask::azure::LocalAzure;
use xtask::binary::{self, Profile};
use xtask::starter::Starter;

use super::measure::measured;
use super::{head, row};
use crate::step::{Outcome, step};

/// How long every operation takes. Azure's own take from seconds to half an hour.
const OPERATION: Duration = Duration::from_millis(300);

/// What is allowed, as a part of the longest chain.
const ALLOWED: f64 = 1.25;

/// Beneath these Azure takes one change at a time.
const ONE_AT_A_TIME: [&str; 5] = [
    "subnets",
    "virtualnetworklinks",
    "databases",
    "configurations",
    "firewallrules",
];

pub fn run() -> Outcome {
    let stack = step("the binary `stack`", || Ok(binary::stack(Profile::Dev)?))?;
    let azure = Arc::new(LocalAzure::start(OPERATION)?);
    let starter = Starter::azure(stack, &azure)?;
    // The program is built and the files are warm.
    measured(starter.stack(&["plan"]))?;
    let apply = measured(starter.stack(&["apply", "--yes"]))?;
    let calls = azure.control(
        "GET",
        &format!("calls?subscription={}", starter.account()),
        None,
    )?;
    let chain = longest_chain(&starter, calls.as_array().map_or(&[], Vec::as_slice))?;
    measured(starter.stack(&["destroy", "--yes"]))?;

    head(
        "The Azure starter, every operation slowed to 300 ms (a debug build of ours)",
        &["longest chain s", "apply, wall s", "ratio", "allowed"],
    );
    let ratio = apply.wall / chain.seconds;
    let cells = [
        format!("{:.2}", chain.seconds),
        format!("{:.2}", apply.wall),
        format!("{ratio:.2}"),
        format!("{ALLOWED:.2}"),
    ];
    println!("{}\n\nThe chain: {}", row(&cells), chain.urns.join(", "));
    Ok(())
}

struct Chain {
    seconds: f64,
    urns: Vec<String>,
}

/// When everything would be done if calls took no time: each resource begins when what it depends on is done, and where
/// Azure takes one change at a time, when the one before it is.
fn longest_chain(starter: &Starter, calls: &[Json]) -> Outcome<Chain> {
    let ids = ids(starter)?;
    let dependencies = dependencies(starter)?;
    let mut took: HashMap<&str, f64> = HashMap::new();
    let mut order: Vec<&str> = Vec::new();
    for call in calls {
        let Some(urn) = owner(call, &ids) else {
            continue;
        };
        if !order.contains(&urn) {
            order.push(urn);
        }
        *took.entry(urn).or_default() += call["operation"].as_f64().unwrap_or_default() / 1000.0;
    }
    let mut done: HashMap<&str, (f64, Vec<String>)> = HashMap::new();
    let mut last_beneath: HashMap<String, &str> = HashMap::new();
    for urn in order {
        let parent = parent_of(&ids[urn]);
        let turn = parent.as_ref().and_then(|parent| last_beneath.get(parent));
        let before = dependencies
            .get(urn)
            .into_iter()
            .flatten()
            .map(String::as_str);
        let latest = before
            .chain(turn.copied())
            .filter_map(|before| done.get(before))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let (begin, mut urns) = latest.cloned().unwrap_or_default();
        urns.push(urn.to_owned());
        done.insert(urn, (begin + took[urn], urns));
        if let Some(parent) = parent {
            last_beneath.insert(parent, urn);
        }
    }
    let longest = done.into_values().max_by(|a, b| a.0.total_cmp(&b.0));
    let (seconds, urns) = longest.unwrap_or_default();
    Ok(Chain { seconds, urns })
}

/// The id of each resource, in lower case, by urn.
fn ids(starter: &Starter) -> Outcome<BTreeMap<String, String>> {
    let listed = starter
        .stack(&["state", "list", "--format", "json"])
        .output()?;
    let listed: Json = serde_json::from_slice(&listed.stdout)?;
    let resources = listed["resources"].as_array().cloned().unwrap_or_default();
    let pair = |resource: &Json| {
        let id = resource["state"]["object"]["id"].as_str()?;
        Some((resource["urn"].as_str()?.to_owned(), id.to_lowercase()))
    };
    Ok(resources.iter().filter_map(pair).collect())
}

/// What each resource depends on, by urn: the arrows of the graph.
fn dependencies(starter: &Starter) -> Outcome<BTreeMap<String, Vec<String>>> {
    let graph = starter.stack(&["graph", "--format", "dot"]).output()?;
    let mut dependencies: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in String::from_utf8(graph.stdout)?.lines() {
        if let Some((from, to)) = line.split_once(" -> ") {
            let name = |text: &str| text.trim().trim_matches([';', '"']).to_owned();
            dependencies.entry(name(from)).or_default().push(name(to));
        }
    }
    Ok(dependencies)
}

/// Whose write a call was: that of the resource with the longest id that its path begins with. A job is started by the
/// run of it.
fn owner<'a>(call: &Json, ids: &'a BTreeMap<String, String>) -> Option<&'a str> {
    let method = call["method"].as_str()?;
    let path = call["path"].as_str()?.to_lowercase();
    let path = match (method, path.strip_suffix("/start")) {
        ("POST", Some(job)) => format!("{job}/executions/"),
        ("PUT" | "PATCH", _) => path,
        _ => return None,
    };
    let of_run = path.ends_with("/executions/");
    let within = |id: &String| match of_run {
        true => id.starts_with(&path),
        false => path == *id || path.starts_with(&format!("{id}/")),
    };
    ids.iter()
        .filter(|(_, id)| within(id))
        .max_by_key(|(_, id)| id.len())
        .map(|(urn, _)| urn.as_str())
}

/// What takes one change at a time, of which this id is one.
fn parent_of(id: &str) -> Option<String> {
    let (rest, _) = id.rsplit_once('/')?;
    let (parent, kind) = rest.rsplit_once('/')?;
    ONE_AT_A_TIME.contains(&kind).then(|| parent.to_owned())
}
