//! What holds for every type of Azure, because it is written once: shown on a few.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stack_model::{Graph, Urn};
use stack_testkit::conformance::Bench;

use crate::emulated::{Emulated, emulated};

fn graph(resources: Value) -> Graph {
    let graph = json!({"format": 1, "resources": resources});
    Graph::parse(graph.to_string().as_bytes()).expect("the graph is well formed")
}

fn id_of(urn: &str) -> Value {
    json!({"$ref": {"urn": urn, "path": ["id"]}})
}

fn in_group(type_name: &str, mut inputs: Value) -> Value {
    inputs["resource_group_id"] = id_of("azure:resources:ResourceGroup/main");
    json!({"type": type_name, "name": "main", "inputs": inputs})
}

fn group() -> Value {
    json!({"type": "azure:resources:ResourceGroup", "name": "main", "inputs": {}})
}

fn network(tags: Value) -> Value {
    let inputs = json!({"address_prefixes": ["10.0.0.0/16"], "tags": tags});
    in_group("azure:network:VirtualNetwork", inputs)
}

fn subnet(name: &str, part: u8) -> Value {
    json!({"type": "azure:network:Subnet", "name": name, "inputs": {
        "virtual_network_id": id_of("azure:network:VirtualNetwork/main"),
        "address_prefixes": [format!("10.0.{part}.0/24")],
    }})
}

fn small() -> Graph {
    graph(json!([
        group(),
        network(json!({"a": "1"})),
        subnet("one", 1),
        subnet("two", 2)
    ]))
}

fn bench(azure: &Emulated) -> Bench {
    Bench::new(azure.provider())
}

async fn recorded(bench: &Bench, urn: &str) -> String {
    let urn: Urn = urn.parse().expect("a urn");
    bench.id(&urn).await.expect("it is recorded")
}

async fn count(azure: &Emulated, type_name: &str) -> usize {
    let resources = azure.resources().await;
    let of_type = |resource: &&Value| {
        let found = resource["type"].as_str().unwrap_or_default();
        found.eq_ignore_ascii_case(type_name)
    };
    resources.iter().filter(of_type).count()
}

/// Azure made it, and the answer never came. With tags (a network) it is known by them, without (a subnet) by what it has.
#[test]
fn what_was_made_without_an_answer_is_found() {
    emulated(async |azure| {
        let lost =
            |path: &str| json!({"method": "PUT", "path": path, "when": "after", "close": true});
        azure
            .faults(json!([
                lost("/virtualNetworks/kit-test-main"),
                lost("/subnets/kit-test-one")
            ]))
            .await;
        let bench = bench(&azure);
        bench
            .apply(&small())
            .await
            .expect("it is found and gone on with");
        assert_eq!(count(&azure, "Microsoft.Network/virtualNetworks").await, 1);
        assert_eq!(
            count(&azure, "Microsoft.Network/virtualNetworks/subnets").await,
            2
        );
        bench
            .settled(&small())
            .await
            .expect("a second plan is empty");
        bench.destroy().await.expect("everything goes");
        assert_eq!(azure.resources().await, Vec::<Value>::new());
    });
}

#[test]
fn retry_after_is_waited_for() {
    emulated(async |azure| {
        let bench = bench(&azure);
        let refused = json!([{"method": "PUT", "path": "/virtualNetworks/", "answer": {
            "status": 429, "code": "TooManyRequests", "retry_after": 2}}]);
        azure.faults(refused).await;
        let begin = Instant::now();
        bench.apply(&small()).await.expect("it is tried again");
        // Without the header the first pause is at most 200 ms.
        assert!(
            begin.elapsed() >= Duration::from_secs(2),
            "{:?}",
            begin.elapsed()
        );
    });
}

#[test]
fn throttling_slows_and_does_not_fail() {
    emulated(async |azure| {
        let bench = bench(&azure);
        azure
            .set(json!({"throttle": {"requests": 2, "window": 300}, "throttle_wait": 0}))
            .await;
        let subnets = (1..=6).map(|part| subnet(&format!("s{part}"), part));
        let all = [group(), network(json!({}))].into_iter().chain(subnets);
        let graph = graph(all.collect());
        bench.apply(&graph).await.expect("it is made, more slowly");
        let statuses = azure.calls().await;
        assert!(
            statuses.iter().any(|call| call["status"] == 429),
            "nothing was throttled"
        );
        bench.settled(&graph).await.expect("a second plan is empty");
    });
}

#[test]
fn a_failed_operation_tells_why_and_the_next_run_heals_it() {
    emulated(async |azure| {
        let bench = bench(&azure);
        azure
            .set(json!({"operation_time": 20, "retry_after": false}))
            .await;
        azure
            .faults(
                json!([{"method": "PUT", "path": "/virtualNetworks/", "fail_operation": {
                "code": "InternalOperationFailed", "message": "the fabric is out of thread"}}]),
            )
            .await;
        let told = bench.apply(&small()).await.expect_err("it fails");
        for part in [
            "azure:network:VirtualNetwork/main",
            "Microsoft.Network/virtualNetworks/write",
            "the fabric is out of thread",
            "InternalOperationFailed",
        ] {
            assert!(told.contains(part), "{part:?} is missing in: {told}");
        }
        bench.apply(&small()).await.expect("the next run makes it");
        assert_eq!(count(&azure, "Microsoft.Network/virtualNetworks").await, 1);
        bench
            .settled(&small())
            .await
            .expect("a second plan is empty");
    });
}

#[test]
fn what_is_there_and_not_ours_is_not_overwritten() {
    emulated(async |azure| {
        let named = |tags: Value| {
            graph(
                json!([{"type": "azure:resources:ResourceGroup", "name": "main",
                          "inputs": {"name": "shop", "tags": tags}}]),
            )
        };
        let colleague = bench(&azure);
        colleague
            .apply(&named(json!({"of": "a colleague"})))
            .await
            .expect("it is made");
        let told = bench(&azure)
            .apply(&named(json!({"of": "us"})))
            .await
            .expect_err("the name is taken");
        assert!(
            told.contains("is there already, and it is not ours"),
            "{told}"
        );
        colleague
            .settled(&named(json!({"of": "a colleague"})))
            .await
            .expect("it is as the colleague left it");
    });
}

#[test]
fn a_plan_reads_and_nothing_else() {
    emulated(async |azure| {
        let bench = bench(&azure);
        bench.apply(&small()).await.expect("it is made");
        let seen = azure.calls().await.len();
        for tags in [json!({"a": "1"}), json!({"a": "2"})] {
            let graph = graph(json!([group(), network(tags), subnet("other", 3)]));
            bench.plan(&graph).await.expect("a plan");
        }
        let planned = azure.calls().await.split_off(seen);
        assert!(planned.len() > 4, "the plans read nothing");
        let wrote: Vec<_> = planned
            .iter()
            .filter(|call| call["method"] != "GET")
            .collect();
        assert!(wrote.is_empty(), "a plan sent {wrote:?}");
    });
}

/// An update by PUT sends the whole object: what it does not manage has to stay as it is.
#[test]
fn an_update_keeps_what_is_not_ours() {
    emulated(async |azure| {
        let bench = bench(&azure);
        bench.apply(&small()).await.expect("it is made");
        let id = recorded(&bench, "azure:network:VirtualNetwork/main").await;
        azure
            .change(
                &id,
                json!({"properties": {"privateEndpointVNetPolicies": "Basic"}}),
            )
            .await;
        let changed = graph(json!([
            group(),
            network(json!({"a": "2"})),
            subnet("one", 1),
            subnet("two", 2)
        ]));
        bench.apply(&changed).await.expect("the tag changes");
        let network = azure.resource(&id).await;
        assert_eq!(
            network["properties"]["privateEndpointVNetPolicies"],
            "Basic"
        );
        assert_eq!(
            network["properties"]["subnets"].as_array().map(Vec::len),
            Some(2)
        );
        assert_eq!(network["tags"]["a"], "2");
        // What a crash is healed by stays too.
        for tag in ["stack:lineage", "stack:urn", "stack:token"] {
            assert!(network["tags"][tag].is_string(), "{tag} is gone");
        }
    });
}

#[test]
fn the_case_of_an_id_does_not_count() {
    emulated(async |azure| {
        let bench = bench(&azure);
        bench.apply(&small()).await.expect("it is made");
        let id = recorded(&bench, "azure:network:VirtualNetwork/main").await;
        let mut shouted = subnet("one", 1);
        shouted["inputs"]["virtual_network_id"] = json!(id.to_uppercase());
        let graph = graph(json!([
            group(),
            network(json!({"a": "1"})),
            shouted,
            subnet("two", 2)
        ]));
        let plan = bench.plan(&graph).await.expect("a plan");
        let changed: Vec<_> = plan
            .changes
            .iter()
            .filter(|change| !change.fields.is_empty())
            .collect();
        assert!(changed.is_empty(), "{changed:?}");
    });
}

/// Azure refuses two changes of one network at once, and the emulator does too: no call was refused.
#[test]
fn the_subnets_of_a_network_change_one_at_a_time() {
    emulated(async |azure| {
        azure
            .set(json!({"operation_time": 40, "retry_after": false}))
            .await;
        let bench = bench(&azure);
        let subnets = (1..=4).map(|part| subnet(&format!("s{part}"), part));
        let all = [group(), network(json!({}))].into_iter().chain(subnets);
        bench
            .apply(&graph(all.collect()))
            .await
            .expect("they are made");
        bench.destroy().await.expect("they go");
        let refused: Vec<_> = azure.calls().await;
        let refused: Vec<_> = refused
            .iter()
            .filter(|call| call["status"] == 409)
            .collect();
        assert!(refused.is_empty(), "{refused:?}");
    });
}
