//! Names.

use std::sync::Arc;

use aws_sdk_route53::types as sdk;
use serde_json::{Value as Json, json};
use stack_aws::AwsProvider;
use stack_model::{Graph, Map, Value};
use stack_provider::{Error, Provider};
use stack_testkit::conformance::{Bench, Case, run};
use xtask::emulator::Emulator;

use crate::emulated::Kind;
use crate::listed::Counted;
use crate::watch::watched;
use crate::wire;

/// The inputs that each case covers besides those of every record. A record has one routing policy, so no case has all.
const CASES: [(&str, &[&str]); 7] = [
    ("simple", &["ttl", "records", "health_check_id"]),
    ("alias", &["alias"]),
    ("weighted", &["ttl", "records", "set_identifier", "weight"]),
    ("latency", &["set_identifier", "region"]),
    ("failover", &["set_identifier", "failover"]),
    ("geolocation", &["set_identifier", "geolocation"]),
    ("multivalue", &["set_identifier", "multivalue_answer"]),
];
const EVERY: [&str; 3] = ["zone_id", "name", "type"];

/// A provider on an emulator in an account of its own, and the SDK on the same.
async fn account(
    kind: Kind,
) -> (
    Arc<AwsProvider>,
    aws_sdk_route53::Client,
    aws_config::SdkConfig,
) {
    let config = wire::config(&Emulator::shared(kind), &xtask::account::fresh()).await;
    let client = aws_sdk_route53::Client::new(&config);
    (Arc::new(AwsProvider::on(config.clone())), client, config)
}

async fn zone(client: &aws_sdk_route53::Client, name: &str, vpc: Option<&str>) -> String {
    let config = sdk::HostedZoneConfig::builder()
        .private_zone(vpc.is_some())
        .build();
    let vpc = vpc.map(|id| {
        sdk::Vpc::builder()
            .vpc_id(id)
            .vpc_region(sdk::VpcRegion::EuWest3)
            .build()
    });
    let zone = client
        .create_hosted_zone()
        .name(name)
        .caller_reference(format!("{name} {vpc:?}"))
        .hosted_zone_config(config)
        .set_vpc(vpc)
        .send()
        .await
        .expect("a zone can be made");
    let zone = zone.hosted_zone().expect("a zone was made");
    zone.id().trim_start_matches("/hostedzone/").to_owned()
}

async fn health_check(client: &aws_sdk_route53::Client) -> String {
    let config = sdk::HealthCheckConfig::builder()
        .r#type(sdk::HealthCheckType::Http)
        .fully_qualified_domain_name("www.example.com")
        .port(80)
        .build()
        .expect("it is complete");
    let check = client
        .create_health_check()
        .caller_reference("check")
        .health_check_config(config)
        .send()
        .await
        .expect("a health check can be made");
    check.health_check().expect("it was made").id().to_owned()
}

fn run_future<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime starts");
    runtime.block_on(future)
}

fn inputs() -> Vec<String> {
    let schemas = stack_aws::provider().schemas();
    let schema = schemas
        .iter()
        .find(|schema| schema.type_name.as_str() == "aws:route53:Record");
    schema
        .expect("it is there")
        .inputs
        .keys()
        .cloned()
        .collect()
}

#[test]
fn every_input_is_in_a_case() {
    for input in inputs() {
        let covered = EVERY.contains(&input.as_str())
            || CASES
                .iter()
                .any(|(_, fields)| fields.contains(&input.as_str()));
        assert!(covered, "{input}");
    }
}

fn case(name: &str, zone: &str, check: &str) -> Case {
    let mut base = json!({"zone_id": zone, "name": "WWW.example.com.", "type": "A"});
    let mut with = |more: Json| {
        let (Json::Object(base), Json::Object(more)) = (&mut base, more) else {
            unreachable!("both are objects");
        };
        base.extend(more);
        base.clone()
    };
    let routed = |more: Json| {
        let mut inputs = json!({"ttl": 60, "records": ["10.0.0.1"], "set_identifier": "blue_A_1"});
        inputs
            .as_object_mut()
            .expect("it is one")
            .extend(more.as_object().expect("it is one").clone());
        inputs
    };
    let new = |inputs: serde_json::Map<String, Json>| {
        Case::new("aws:route53:Record", Json::Object(inputs))
    };
    let case = match name {
        "simple" => new(with(json!({"records": ["10.0.0.2", "10.0.0.1"]})))
            .update("ttl", json!(60))
            .update("records", json!(["10.0.0.3", "10.0.0.1"]))
            .update("health_check_id", json!(check)),
        "alias" => {
            let alias = |name: &str, health: bool| json!({"name": name, "zone_id": "Z3Q77PNBQS71R4", "evaluate_target_health": health});
            new(with(
                json!({"alias": alias("One-1.eu-west-3.elb.amazonaws.com", false)}),
            ))
            .update("alias", alias("one-1.eu-west-3.elb.amazonaws.com", true))
            .update("alias", alias("other-2.eu-west-3.elb.amazonaws.com", true))
        }
        "weighted" => new(with(routed(json!({"weight": 10}))))
            .update("ttl", json!(120))
            .update("records", json!(["10.0.0.2"]))
            .update("weight", json!(20)),
        "latency" => {
            new(with(routed(json!({"region": "eu-west-3"})))).update("region", json!("us-east-1"))
        }
        "failover" => {
            new(with(routed(json!({"failover": "PRIMARY"})))).update("failover", json!("SECONDARY"))
        }
        "geolocation" => new(with(routed(json!({"geolocation": {"continent": "EU"}}))))
            .update("geolocation", json!({"country": "FR"})),
        "multivalue" => new(with(routed(json!({"multivalue_answer": true})))),
        other => unreachable!("{other} is no case"),
    };
    let (_, covered) = CASES
        .iter()
        .find(|(case, _)| *case == name)
        .expect("it is one");
    let mut case = case;
    // The first one is carried out. On moto it cannot be the name where there are set identifiers: a delete takes all
    // records with that set identifier, whatever their names.
    if covered.contains(&"set_identifier") {
        case = case.replace("set_identifier", json!("green"));
    }
    case = case
        .replace("name", json!("*.example.com"))
        .replace("type", json!("AAAA"))
        .replace("zone_id", json!("Z0000000000"));
    if name == "multivalue" {
        case = case.replace("multivalue_answer", json!(false));
    }
    for input in inputs() {
        let input = input.as_str();
        if !covered.contains(&input) && !EVERY.contains(&input) {
            case = case.leave_out(input, "another case covers it; see CASES");
        }
    }
    case.uncalled(["route53:GetChange"], "on moto a change is in sync at once")
}

fn conforms(kind: Kind, name: &str) {
    run_future(async {
        let (_, client, config) = account(kind).await;
        let zone = zone(&client, "example.com", None).await;
        let check = health_check(&client).await;
        let (provider, calls) = watched(config);
        run(&case(name, &zone, &check), Arc::new(provider), &calls).await;
    });
}

macro_rules! records {
    ($($case:ident on $($kind:ident),+;)*) => {$(
        mod $case {
            $(
                #[test]
                #[allow(non_snake_case, reason = "named after the emulator")]
                fn $kind() {
                    super::conforms(crate::emulated::Kind::$kind, stringify!($case));
                }
            )+
        }
    )*};
}

records! {
    simple on Moto, Ministack;
    alias on Moto, Ministack;
    weighted on Moto, Ministack;
    latency on Moto, Ministack;
    failover on Moto, Ministack;
    geolocation on Moto, Ministack;
    multivalue on Moto, Ministack;
}

fn graph(inputs: Json) -> Graph {
    let record = json!({"type": "aws:route53:Record", "name": "one", "inputs": inputs});
    let text = json!({"format": 1, "resources": [record]}).to_string();
    Graph::parse(text.as_bytes()).expect("the graph is good")
}

#[test]
fn a_record_that_is_there_is_not_overwritten() {
    run_future(async {
        let (provider, client, _) = account(Kind::Ministack).await;
        let zone = zone(&client, "example.com", None).await;
        let inputs = |address: &str| json!({"zone_id": zone, "name": "www.example.com", "type": "A", "records": [address]});
        let theirs = Bench::new(provider.clone());
        let before = graph(inputs("10.0.0.1"));
        theirs.apply(&before).await.expect("theirs is made");
        let ours = Bench::new(provider);
        let refused = ours.apply(&graph(inputs("10.0.0.2"))).await;
        let complaint = refused.expect_err("what is somebody else's was overwritten");
        assert!(complaint.contains("already exists"), "{complaint}");
        theirs.settled(&before).await.expect("theirs is as it was");
    });
}

/// A record and an alias take each other's place without a moment in which nothing answers.
#[test]
fn records_and_an_alias_replace_each_other_in_place() {
    run_future(async {
        let (provider, client, _) = account(Kind::Ministack).await;
        let zone = zone(&client, "example.com", None).await;
        let bench = Bench::new(provider);
        let with = |field: &str, value: Json| {
            let mut inputs = json!({"zone_id": zone, "name": "www.example.com", "type": "A"});
            inputs[field] = value;
            graph(inputs)
        };
        let records = with("records", json!(["10.0.0.1"]));
        let target =
            json!({"name": "one.eu-west-3.elb.amazonaws.com", "zone_id": "Z3Q77PNBQS71R4"});
        let alias = with("alias", target);
        bench.apply(&records).await.expect("it is made");
        for (graph, is_alias) in [(&alias, true), (&records, false)] {
            let plan = bench.apply(graph).await.expect("it is changed");
            let actions: Vec<_> = plan.changes.iter().map(|change| change.action).collect();
            assert_eq!(format!("{actions:?}"), "[Update]");
            bench.settled(graph).await.expect("it is as asked");
            let sets = client.list_resource_record_sets().hosted_zone_id(&zone);
            let sets = sets.send().await.expect("the zone can be listed");
            let ours = sets
                .resource_record_sets()
                .iter()
                .find(|set| set.r#type() == &sdk::RrType::A)
                .expect("the record is there");
            assert_eq!(ours.alias_target().is_some(), is_alias);
            assert_eq!(ours.resource_records().is_empty(), is_alias);
        }
    });
}

/// Adds address records to a zone, each of a name and, where several share it, a set identifier.
async fn add(client: &aws_sdk_route53::Client, zone: &str, records: &[(String, Option<&str>)]) {
    let changes = records.iter().map(|(name, set)| {
        let address = sdk::ResourceRecord::builder().value("192.0.2.1").build();
        let record = sdk::ResourceRecordSet::builder()
            .name(name)
            .r#type(sdk::RrType::A)
            .ttl(60)
            .resource_records(address.expect("it is complete"))
            .set_set_identifier(set.map(str::to_owned))
            .set_weight(set.map(|_| 1));
        let change = sdk::Change::builder()
            .action(sdk::ChangeAction::Create)
            .resource_record_set(record.build().expect("it is complete"));
        change.build().expect("it is complete")
    });
    let batch = sdk::ChangeBatch::builder().set_changes(Some(changes.collect()));
    let request = client.change_resource_record_sets().hosted_zone_id(zone);
    let request = request.change_batch(batch.build().expect("it is complete"));
    request.send().await.expect("records can be added");
}

/// Records of two zones, one of which has more than one page of others: each call shows what is near the record that it
/// begins at, and one that is not there is not made up.
#[test]
fn records_near_each_other_are_read_together() {
    run_future(async {
        let counted = Counted::on(Kind::Moto).await;
        let client = aws_sdk_route53::Client::new(&counted.config);
        let large = zone(&client, "large.example", None).await;
        let small = zone(&client, "small.example", None).await;
        let many = |from: usize| {
            let names = (from..from + 350).map(|number| format!("r{number:03}.large.example"));
            names.map(|name| (name, None)).collect::<Vec<_>>()
        };
        add(&client, &large, &many(0)).await;
        add(&client, &large, &many(350)).await;
        let weighted = |set| ("w.small.example".to_owned(), Some(set));
        let wild = ("*.small.example".to_owned(), None);
        add(
            &client,
            &small,
            &[weighted("blue"), weighted("green"), wild],
        )
        .await;

        let in_large = |name| format!("{large}_{name}.large.example_A");
        let in_small = |record| format!("{small}_{record}");
        let ids = [
            ["r650", "r699", "r000", "r005", "r299"]
                .map(in_large)
                .as_slice(),
            &[
                "w.small.example_A_blue",
                "*.small.example_A",
                "w.small.example_A_green",
            ]
            .map(in_small),
        ]
        .concat();
        let gone = ["r100x", "z"].map(in_large);
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let gone: Vec<&str> = gone.iter().map(String::as_str).collect();
        // A page from the first, one each from the far ones and what is not there, and the small zone.
        let calls = counted.calls("aws:route53:Record", &ids, &gone).await;
        assert!((3..=5).contains(&calls), "{calls} calls");
    });
}

async fn ask(provider: &AwsProvider, inputs: Json) -> Result<Map, Error> {
    let observer = provider.observe(&Map::new()).await?;
    let type_name = "aws:route53:Zone".parse().expect("it is a type");
    let lookup = observer.lookup(&type_name).expect("it is there");
    let inputs: Map = serde_json::from_value(inputs).expect("inputs are values");
    lookup.answer(&inputs).await
}

fn text<'a>(answer: &'a Map, field: &str) -> &'a str {
    let value = answer
        .get(field)
        .unwrap_or_else(|| panic!("no {field} in {answer:?}"));
    value.as_str().expect("it is a text")
}

fn finds_zones(kind: Kind) {
    run_future(async {
        let (provider, client, config) = account(kind).await;
        let vpc = aws_sdk_ec2::Client::new(&config)
            .create_vpc()
            .cidr_block("10.1.0.0/16")
            .send()
            .await
            .expect("a VPC can be made");
        let vpc = vpc
            .vpc()
            .and_then(|vpc| vpc.vpc_id())
            .expect("it has an id");
        let public = zone(&client, "example.com", None).await;
        let private = zone(&client, "example.com", Some(vpc)).await;
        let other = zone(&client, "sub.example.com", None).await;

        let found = ask(&provider, json!({"name": "Sub.Example.com."}))
            .await
            .expect("there is one");
        assert_eq!(text(&found, "zone_id"), other);
        assert_eq!(text(&found, "name"), "sub.example.com");
        assert_eq!(found["private"], Value::Bool(false));
        assert_eq!(
            text(&found, "arn"),
            format!("arn:aws:route53:::hostedzone/{other}")
        );
        assert!(matches!(&found["name_servers"], Value::List(names) if !names.is_empty()));

        for (inputs, id) in [
            (json!({"zone_id": public}), &public),
            (json!({"zone_id": format!("/hostedzone/{public}")}), &public),
            (json!({"name": "example.com", "private": false}), &public),
            (json!({"name": "example.com", "private": true}), &private),
            (json!({"name": "example.com", "vpc_id": vpc}), &private),
        ] {
            let found = ask(&provider, inputs.clone()).await.expect("there is one");
            assert_eq!(text(&found, "zone_id"), id, "{inputs}");
        }

        let several = ask(&provider, json!({"name": "example.com"})).await;
        let error = several.expect_err("there are two");
        for id in [&public, &private] {
            assert!(error.message.contains(id), "{error}");
        }
        for inputs in [
            json!({"name": "example.org"}),
            json!({"name": "ample.com"}),
            json!({"name": "sub.example.com", "private": true}),
            json!({"name": "example.com", "vpc_id": "vpc-0"}),
            json!({"zone_id": public, "name": "example.org"}),
            json!({"zone_id": "Z00000000000000000000"}),
            json!({}),
        ] {
            ask(&provider, inputs.clone())
                .await
                .expect_err(&format!("there is none of {inputs}"));
        }
    });
}

mod zones {
    #[test]
    #[allow(non_snake_case, reason = "named after the emulator")]
    fn Moto() {
        super::finds_zones(crate::emulated::Kind::Moto);
    }

    #[test]
    #[allow(non_snake_case, reason = "named after the emulator")]
    fn Ministack() {
        super::finds_zones(crate::emulated::Kind::Ministack);
    }
}
