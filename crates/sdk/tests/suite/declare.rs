//! What a program's declarations become in the graph.

use serde_json::json;
use stack::prelude::*;
use stack::testing::{self, Inspect};

use crate::derive::{Gate, Protocol, Rule, Zones};

fn whole(stack: &mut Stack, secret: Secret<String>) -> Result<()> {
    let zones = stack.lookup("zones", Zones::builder().region("x").build());
    let paris = stack.provider("paris", "test", [("region", "eu-west-3")]);
    let first = stack.add(
        "first",
        Gate::builder()
            .zone(zones.names.index(0))
            .rules([Rule::builder().port(80).protocol(Protocol::Tcp).build()])
            .extra(json!({"n": [1, 2]}))
            .key(&secret)
            .tags([("owner", "me")])
            .maybe_open(Some(true))
            .maybe_name(None::<&str>)
            .build(),
    );
    let literal = Rule {
        port: 443,
        protocol: None,
        r#type: None,
    };
    stack.add(
        "second",
        Gate::builder()
            .zone(&first.zone)
            .rules(vec![literal])
            .extra(stack::json!({"of": first.id, "all": [&first.address]}))
            .policy(interpolate!("{}!", first.address))
            .build()
            .protect()
            .retain()
            .create_first()
            .provider(&paris)
            .depends_on(&first)
            .replace_on("extra.of")
            .ignore_changes(["tags", "kubernetes.io/role"])
            .timeout_create("40m"),
    );
    stack.moved("test:net:Gate/old", first.urn());
    stack.output("ADDRESS", &first.address);
    stack.described_output("URL", secret.output().url_encode(), "where it is");
    let vpc: Output<String> = stack.stack_output("network", "prod", "vpc_id");
    stack.output("VPC", vpc);
    Ok(())
}

fn secret() -> Secret<String> {
    serde_json::from_value(json!({"$config": ["key"]})).unwrap()
}

#[test]
fn a_program_becomes_a_graph() {
    let graph = testing::graph(whole, secret());
    let mut made = serde_json::to_value(&graph).unwrap();
    for resource in made["resources"].as_array_mut().unwrap() {
        let at = resource["at"].take();
        let at = at.as_str().unwrap();
        assert!(
            at.starts_with("crates/sdk/tests/suite/declare.rs:")
                || at.starts_with("tests/suite/declare.rs:"),
            "{at}"
        );
        resource.as_object_mut().unwrap().remove("at");
    }
    let first = "test:net:Gate/first";
    assert_eq!(
        made,
        json!({
            "format": 1,
            "sdk": env!("CARGO_PKG_VERSION"),
            "providers": [{"name": "paris", "kind": "test", "config": {"region": "eu-west-3"}}],
            "lookups": [{"type": "test:net:Zones", "name": "zones", "inputs": {"region": "x"}}],
            "resources": [
                {"type": "test:net:Gate", "name": "first", "inputs": {
                    "zone": {"$lookup": {"name": "test:net:Zones/zones", "path": ["names", 0]}},
                    "rules": [{"port": 80, "protocol": "TCP"}],
                    "extra": {"n": [1, 2]},
                    "key": {"$secret": {"$config": ["key"]}},
                    "tags": {"owner": "me"},
                    "open": true,
                }},
                {"type": "test:net:Gate", "name": "second", "inputs": {
                    "zone": {"$ref": {"urn": first, "path": ["zone"]}},
                    "rules": [{"port": 443}],
                    "extra": {"of": {"$ref": {"urn": first, "path": ["id"]}},
                              "all": [{"$ref": {"urn": first, "path": ["address"]}}]},
                    "policy": {"$call": {"fn": "concat", "args": [
                        {"$ref": {"urn": first, "path": ["address"]}}, "!"]}},
                }, "options": {
                    "depends_on": [first], "provider": "paris", "protect": true, "retain": true,
                    "replace_order": "create-first", "replace_on": [["extra", "of"]],
                    "ignore_changes": [["tags", "kubernetes.io/role"]], "timeouts": {"create": "40m"},
                }},
            ],
            "moved": [{"from": "test:net:Gate/old", "to": first}],
            "outputs": {
                "ADDRESS": {"value": {"$ref": {"urn": first, "path": ["address"]}}},
                "URL": {"value": {"$call": {"fn": "url_encode", "args": [{"$secret": {"$config": ["key"]}}]}},
                        "description": "where it is"},
                "VPC": {"value": {"$stack": {"stack": "network", "environment": "prod", "output": "vpc_id"}}},
            },
        })
    );
}

#[test]
fn the_graph_is_read_back_as_it_was() {
    let graph = testing::graph(whole, secret());
    let json = serde_json::to_vec(&graph).unwrap();
    assert_eq!(stack::Graph::parse(&json).unwrap(), graph);
}

struct Pair;

impl Component for Pair {
    type Handle = stack::Urn;
    fn build(self, stack: &mut Stack) -> Result<stack::Urn> {
        let gate = Gate::builder()
            .zone("z")
            .rules([Rule::builder().port(1).build()])
            .build();
        let urn = stack.add("gate", gate).urn().clone();
        if stack.instance() == Some("outer") {
            stack.component("inner", Pair)?;
        }
        Ok(urn)
    }
}

#[test]
fn children_are_named_by_their_own_instance_alone() {
    let graph = testing::graph(
        |stack: &mut Stack, ()| {
            stack.component("outer", Pair)?;
            Ok(())
        },
        (),
    );
    assert_eq!(graph.resource("test:net:Gate/outer-gate").group, ["outer"]);
    assert_eq!(
        graph.resource("test:net:Gate/inner-gate").group,
        ["outer", "inner"]
    );
}

#[test]
fn all_problems_are_reported_together() {
    let rules = || [Rule::builder().port(1).build()];
    let problems = testing::problems(
        |stack: &mut Stack, ()| {
            stack.add("a b", Gate::builder().zone("z").rules(rules()).build());
            stack.add("x", Gate::builder().zone("z").rules(rules()).build());
            stack.add(
                "x",
                Gate::builder()
                    .zone("z")
                    .rules(rules())
                    .build()
                    .timeout_delete("soon"),
            );
            stack.output("o", 1);
            stack.output("o", 2);
            stack.moved("nowhere", "test:net:Gate/x");
            bail!("and then {}", "this");
        },
        (),
    );
    let lines: Vec<_> = problems
        .iter()
        .map(|problem| format!("{}: {}", problem.subject, problem.message))
        .collect();
    assert_eq!(lines.len(), 6, "{lines:#?}");
    assert!(lines[0].starts_with("test:net:Gate: \"a b\" is not a name"));
    assert!(lines[1].starts_with("test:net:Gate/x: is declared twice, first at "));
    assert_eq!(
        lines[2],
        "test:net:Gate/x: \"soon\" is not a duration: write 90s, 40m or 2h"
    );
    assert_eq!(
        lines[3],
        "output o: is given twice: give one of them another name"
    );
    assert!(lines[4].starts_with("moved: \"nowhere\" is not a urn"));
    assert_eq!(lines[5], "the program: and then this");
    assert!(problems[..5].iter().all(|problem| problem.at.is_some()));
}

#[test]
fn inputs_of_known_values_are_evaluated() {
    let graph = testing::graph(
        |stack: &mut Stack, zone: &str| {
            let name = Output::<String>::known(zone).upper();
            let rules = [Rule::builder().port(1).build()];
            stack.add(
                "x",
                Gate::builder()
                    .zone(interpolate!("<{name}>"))
                    .rules(rules)
                    .build(),
            );
            stack.output("o", name);
            Ok(())
        },
        "a",
    );
    assert_eq!(graph.input("test:net:Gate/x", "zone"), "<A>".into());
    assert_eq!(graph.input("test:net:Gate/x", "rules.0.port"), 1.into());
    assert_eq!(graph.output("o"), "A".into());
}
