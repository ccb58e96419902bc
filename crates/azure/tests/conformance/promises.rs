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
        let subnets = (1..=6).map(|part| subnet(&format!("s{part}"), part));
        let all = [group(), network(json!({}))].into_iter().chain(subnets);
        let graph = graph(all.collect());
        let throttled = json!([{"method": "PUT", "path": "/subnets/", "count": 5, "answer": {
            "status": 429, "code": "TooManyRequests"}}]);
        azure.faults(throttled).await;
        bench.apply(&graph).await.expect("it is made, more slowly");
        let calls = azure.calls().await;
        let refused = calls.iter().filter(|call| call["status"] == 429);
        assert_eq!(refused.count(), 5);
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

fn environment(workspace: &str) -> Value {
    let of_workspace = |field: &str| json!({"$ref": {"urn": format!("azure:operationalinsights:Workspace/{workspace}"), "path": [field]}});
    in_group(
        "azure:app:ManagedEnvironment",
        json!({
            "log_analytics_customer_id": of_workspace("customer_id"),
            "log_analytics_shared_key": of_workspace("primary_shared_key"),
        }),
    )
}

fn workspace(name: &str) -> Value {
    let inputs = json!({"resource_group_id": id_of("azure:resources:ResourceGroup/main")});
    json!({"type": "azure:operationalinsights:Workspace", "name": name, "inputs": inputs})
}

#[test]
fn a_workspace_and_its_key_change_together() {
    emulated(async |azure| {
        let bench = bench(&azure);
        let to = |name: &str| {
            graph(json!([
                group(),
                workspace("one"),
                workspace("two"),
                environment(name)
            ]))
        };
        bench.apply(&to("one")).await.expect("it is made");
        bench
            .apply(&to("two"))
            .await
            .expect("it is led to the other");
        bench
            .settled(&to("two"))
            .await
            .expect("a second plan is empty");
    });
}

fn app(image: &str, secret: &str) -> Value {
    in_group(
        "azure:app:ContainerApp",
        json!({
            "environment_id": id_of("azure:app:ManagedEnvironment/main"),
            "containers": [{"name": "main", "image": image, "env": [{"name": "KEY", "secret_ref": "key"}]}],
            "secrets": [{"name": "key", "value": {"$secret": secret}}],
        }),
    )
}

fn app_graph(image: &str, secret: &str) -> Graph {
    let environment = in_group("azure:app:ManagedEnvironment", json!({}));
    graph(json!([group(), environment, app(image, secret)]))
}

/// Azure never tells a secret again, so a change of one among several needs all of them from the sealed state.
#[test]
fn secrets_are_sent_again_from_the_state() {
    emulated(async |azure| {
        let bench = bench(&azure);
        let with = |secrets: Value| {
            let mut app = app("registry.example/api:1", "");
            app["inputs"]["secrets"] = secrets;
            graph(json!([
                group(),
                in_group("azure:app:ManagedEnvironment", json!({})),
                app
            ]))
        };
        let secret = |name: &str, value: &str| json!({"name": name, "value": {"$secret": value}});
        bench
            .apply(&with(json!([secret("key", "tomato")])))
            .await
            .expect("it is made");
        let more = with(json!([secret("key", "tomato"), secret("other", "potato")]));
        bench.apply(&more).await.expect("it gets another");
        let id = recorded(&bench, "azure:app:ContainerApp/main").await;
        let kept = azure.resource(&id).await["_hidden"].to_string();
        assert!(kept.contains("tomato") && kept.contains("potato"), "{kept}");
        bench.settled(&more).await.expect("a second plan is empty");
    });
}

/// Azure's own operation ends before the containers run: a revision that never gets ready fails the apply.
#[test]
fn an_app_is_done_when_its_newest_revision_is_ready() {
    emulated(async |azure| {
        let bench = bench(&azure);
        bench
            .apply(&app_graph("registry.example/api:1", "tomato"))
            .await
            .expect("it is made");
        azure
            .faults(
                json!([{"method": "PATCH", "path": "/containerApps/", "fail_revision": "the container main exits with 3"}]),
            )
            .await;
        let told = bench
            .apply(&app_graph("registry.example/api:2", "tomato"))
            .await
            .expect_err("the new revision fails");
        for part in ["azure:app:ContainerApp/main", "failed", "exits with 3"] {
            assert!(told.contains(part), "{part:?} is missing in: {told}");
        }
        assert!(!told.contains("tomato"), "{told}");
    });
}

/// A deleted vault is taken back where it was, so its group has a name of ours too.
fn vault(inputs: Value) -> Graph {
    let group = json!({"type": "azure:resources:ResourceGroup", "name": "main", "inputs": {"name": "shop"}});
    graph(json!([group, in_group("azure:keyvault:Vault", inputs)]))
}

#[test]
fn the_kept_name_of_a_deleted_vault_has_a_clear_choice() {
    emulated(async |azure| {
        let bench = bench(&azure);
        let named = || vault(json!({"name": "shop-secrets"}));
        bench.apply(&named()).await.expect("it is made");
        bench.destroy().await.expect("it goes");
        let told = bench.apply(&named()).await.expect_err("the name is kept");
        for part in ["ConflictError", "azure:keyvault:Vault/main"] {
            assert!(told.contains(part), "{part:?} is missing in: {told}");
        }
        let back = vault(json!({"name": "shop-secrets", "recover_deleted": true}));
        bench.apply(&back).await.expect("it is taken back");
        bench.settled(&back).await.expect("a second plan is empty");
        // A name that the engine makes never meets a kept one.
        bench.destroy().await.expect("it goes");
        for _ in 0..2 {
            bench.apply(&vault(json!({}))).await.expect("it is made");
            bench.destroy().await.expect("it goes");
        }
    });
}

/// A secret cannot be deleted: it is disabled, and taken up again when it is declared again.
#[test]
fn a_secret_that_was_left_is_taken_up_again() {
    emulated(async |azure| {
        let bench = bench(&azure);
        let secret = |value: &str| {
            json!({"type": "azure:keyvault:Secret", "name": "main", "inputs": {
                "vault_id": id_of("azure:keyvault:Vault/main"), "name": "key", "value": {"$secret": value}}})
        };
        let with = |more: Option<Value>| {
            let all = [group(), in_group("azure:keyvault:Vault", json!({}))];
            graph(all.into_iter().chain(more).collect())
        };
        bench
            .apply(&with(Some(secret("tomato"))))
            .await
            .expect("it is made");
        let id = recorded(&bench, "azure:keyvault:Secret/main").await;
        bench.apply(&with(None)).await.expect("it is left");
        assert_eq!(
            azure.resource(&id).await["properties"]["attributes"]["enabled"],
            false
        );
        let again = with(Some(secret("potato")));
        bench.apply(&again).await.expect("it is taken up again");
        let found = azure.resource(&id).await;
        assert_eq!(found["properties"]["attributes"]["enabled"], true);
        assert!(found["tags"]["stack:left"].is_null(), "{found}");
        bench.settled(&again).await.expect("a second plan is empty");
    });
}

fn server_with(children: Vec<Value>) -> Graph {
    let server = in_group(
        "azure:dbforpostgresql:FlexibleServer",
        json!({
            "sku_name": "Standard_B1ms", "sku_tier": "Burstable", "version": "16",
            "administrator_login": "app", "administrator_login_password": {"$secret": "correct-horse-1"},
        }),
    );
    graph([group(), server].into_iter().chain(children).collect())
}

/// Postgres refuses changes of a server's children in parallel, and the emulator does too: no call was refused.
#[test]
fn the_children_of_a_server_change_one_at_a_time() {
    emulated(async |azure| {
        azure
            .set(json!({"operation_time": 40, "retry_after": false}))
            .await;
        let bench = bench(&azure);
        let server = id_of("azure:dbforpostgresql:FlexibleServer/main");
        let database = |name: &str| json!({"type": "azure:dbforpostgresql:Database", "name": name, "inputs": {"server_id": server}});
        let setting = |name: &str, value: &str| {
            json!({"type": "azure:dbforpostgresql:Configuration", "name": name, "inputs": {
                "server_id": server, "name": name, "value": value}})
        };
        let children = vec![
            database("one"),
            database("two"),
            setting("lock_timeout", "1000"),
            setting("log_min_duration_statement", "1000"),
        ];
        bench
            .apply(&server_with(children))
            .await
            .expect("they are made");
        bench.destroy().await.expect("they go");
        let calls = azure.calls().await;
        let refused: Vec<_> = calls.iter().filter(|call| call["status"] == 409).collect();
        assert!(refused.is_empty(), "{refused:?}");
    });
}

fn migration(version: &str) -> Graph {
    let environment = in_group("azure:app:ManagedEnvironment", json!({}));
    let job = in_group(
        "azure:app:Job",
        json!({
            "environment_id": id_of("azure:app:ManagedEnvironment/main"),
            "trigger_type": "Manual", "replica_timeout": 60,
            "containers": [{"name": "main", "image": "registry.example/api:1"}],
        }),
    );
    let run = json!({"type": "azure:app:JobRun", "name": "main", "inputs": {
        "job_id": id_of("azure:app:Job/main"), "triggers": {"version": version}}});
    graph(json!([group(), environment, job, run]))
}

#[test]
fn a_job_runs_once_and_again_when_a_trigger_changes() {
    emulated(async |azure| {
        azure
            .set(json!({"operation_time": 30, "retry_after": false}))
            .await;
        let bench = bench(&azure);
        let starts = async || {
            let calls = azure.calls().await;
            let is_start = |call: &&Value| {
                call["path"]
                    .as_str()
                    .is_some_and(|path| path.ends_with("/start"))
            };
            calls.iter().filter(is_start).count()
        };
        bench
            .apply(&migration("1"))
            .await
            .expect("the run succeeds");
        bench
            .settled(&migration("1"))
            .await
            .expect("a second plan is empty");
        assert_eq!(starts().await, 1);
        bench.apply(&migration("2")).await.expect("it runs again");
        assert_eq!(starts().await, 2);

        azure
            .faults(
                json!([{"method": "POST", "path": "/start", "fail_operation": {
            "code": "JobFailed", "message": "exit code 3"}}]),
            )
            .await;
        let told = bench
            .apply(&migration("3"))
            .await
            .expect_err("the run fails");
        assert!(
            told.contains("azure:app:JobRun/main") && told.contains("ended as Failed"),
            "{told}"
        );
        bench
            .apply(&migration("3"))
            .await
            .expect("what failed runs again");
    });
}

/// Both objects would have one id, so the second would overwrite the first.
#[test]
fn a_name_of_the_program_s_own_is_free_before_it_is_used_again() {
    emulated(async |azure| {
        let bench = bench(&azure);
        let identity = |location: &str| {
            let inputs = json!({"name": "shop", "location": location});
            graph(json!([
                group(),
                in_group("azure:managedidentity:UserAssignedIdentity", inputs)
            ]))
        };
        bench
            .apply(&identity("westeurope"))
            .await
            .expect("it is made");
        let id = recorded(&bench, "azure:managedidentity:UserAssignedIdentity/main").await;
        let before = azure.resource(&id).await;
        bench
            .apply(&identity("northeurope"))
            .await
            .expect("it is replaced");
        let after = azure.resource(&id).await;
        assert_eq!(after["location"], "northeurope");
        let principal = |found: &Value| found["properties"]["principalId"].clone();
        assert_ne!(principal(&before), principal(&after));
        bench
            .settled(&identity("northeurope"))
            .await
            .expect("a second plan is empty");
    });
}

/// An app that reads its secrets as an identity whose role is minutes old, which here are milliseconds.
#[test]
fn a_role_that_is_felt_late_is_waited_for() {
    const SECRETS_USER: &str = "4633458b-17de-408a-b874-0445c86b69e6";
    emulated(async |azure| {
        azure.set(json!({"role_lag": 3000})).await;
        let bench = bench(&azure);
        let group_id = id_of("azure:resources:ResourceGroup/main");
        let identity = "azure:managedidentity:UserAssignedIdentity/main";
        let secret = json!({"type": "azure:keyvault:Secret", "name": "main", "inputs": {
            "vault_id": id_of("azure:keyvault:Vault/main"), "name": "key", "value": {"$secret": "tomato"}}});
        let role = json!({"type": "azure:authorization:RoleAssignment", "name": "main",
            // The app comes right behind it.
            "options": {"depends_on": ["azure:app:ManagedEnvironment/main", "azure:keyvault:Secret/main"]},
            "inputs": {
            "scope": id_of("azure:keyvault:Vault/main"), "role_id": SECRETS_USER,
            "principal_id": {"$ref": {"urn": identity, "path": ["principal_id"]}}}});
        let app = json!({"type": "azure:app:ContainerApp", "name": "main",
        "options": {"depends_on": ["azure:authorization:RoleAssignment/main"]},
        "inputs": {
            "resource_group_id": group_id,
            "environment_id": id_of("azure:app:ManagedEnvironment/main"),
            "containers": [{"name": "main", "image": "registry.example/api:1"}],
            "identity": {"user_assigned_ids": [id_of(identity)]},
            "secrets": [{
                "name": "key", "identity": id_of(identity),
                "key_vault_url": {"$ref": {"urn": "azure:keyvault:Secret/main", "path": ["secret_uri"]}},
            }],
        }});
        let graph = graph(json!([
            group(),
            in_group("azure:managedidentity:UserAssignedIdentity", json!({})),
            in_group("azure:keyvault:Vault", json!({})),
            secret,
            role,
            in_group("azure:app:ManagedEnvironment", json!({})),
            app,
        ]));
        bench.apply(&graph).await.expect("it is waited for");
        let calls = azure.calls().await;
        let refused = |call: &&Value| {
            call["type"] == "Microsoft.App/containerApps"
                && call["status"].as_u64() >= Some(400)
                && call["method"] == "PUT"
        };
        assert!(
            calls.iter().any(|call| refused(&call)),
            "the role was felt at once"
        );
        bench.settled(&graph).await.expect("a second plan is empty");
    });
}

/// A list goes on over all of its pages: here one a page.
#[test]
fn a_list_is_read_to_its_end() {
    emulated(async |azure| {
        azure.set(json!({"page_size": 1})).await;
        let bench = bench(&azure);
        let lookup = json!({"format": 1, "resources": [],
            "lookups": [{"type": "azure:authorization:RoleDefinition", "name": "pull", "inputs": {"name": "AcrPull"}}],
            "outputs": {"role": {"value": {"$lookup": {"name": "azure:authorization:RoleDefinition/pull", "path": ["role_id"]}}}}});
        let graph = Graph::parse(lookup.to_string().as_bytes()).expect("the graph is well formed");
        let plan = bench.plan(&graph).await.expect("a plan");
        let shown = serde_json::to_string(&plan.outputs).expect("a plan is JSON");
        assert!(
            shown.contains("7f951dda-4ed3-4680-a7ca-43fe172d538d"),
            "{shown}"
        );
    });
}

/// An operation whose end is told at its `Location`, by the status of the answer there.
#[test]
fn an_update_that_fails_is_not_looked_at_again_and_again() {
    emulated(async |azure| {
        azure
            .set(json!({"operation_time": 20, "retry_after": false}))
            .await;
        let bench = bench(&azure);
        bench
            .apply(&app_graph("registry.example/api:1", "tomato"))
            .await
            .expect("it is made");
        for code in ["ContainerAppOperationError", "ServerBusy"] {
            azure
                .faults(
                    json!([{"method": "PATCH", "path": "/containerApps/", "fail_operation": {
                    "code": code, "message": "the fabric is out of thread"}}]),
                )
                .await;
            let begin = Instant::now();
            let image = format!("registry.example/api:{code}");
            let told = bench
                .apply(&app_graph(&image, "tomato"))
                .await
                .expect_err("it fails");
            assert!(told.contains("the fabric is out of thread"), "{told}");
            assert!(
                begin.elapsed() < Duration::from_secs(10),
                "{:?}",
                begin.elapsed()
            );
        }
    });
}

/// A server that is made from another's data at a time: what tells how it came into being is sent once, and is no change
/// later, though Azure never tells it again.
#[test]
fn a_server_is_restored_from_another() {
    emulated(async |azure| {
        let bench = bench(&azure);
        let restored = json!({"type": "azure:dbforpostgresql:FlexibleServer", "name": "restored", "inputs": {
            "resource_group_id": id_of("azure:resources:ResourceGroup/main"),
            "sku_name": "Standard_B1ms", "sku_tier": "Burstable",
            "create_mode": "PointInTimeRestore",
            "source_server_id": id_of("azure:dbforpostgresql:FlexibleServer/main"),
            "point_in_time_utc": "2026-01-31T12:00:00Z",
        }});
        let graph = server_with(vec![restored]);
        bench.apply(&graph).await.expect("both are made");
        let calls = azure.calls().await;
        let sent = calls.iter().map(|call| &call["body"]["properties"]);
        let sent = sent.filter(|sent| sent["createMode"] == "PointInTimeRestore");
        let sent: Vec<&Value> = sent.collect();
        assert_eq!(sent.len(), 1, "{sent:?}");
        let source = recorded(&bench, "azure:dbforpostgresql:FlexibleServer/main").await;
        assert_eq!(sent[0]["sourceServerResourceId"], json!(source));
        assert_eq!(sent[0]["pointInTimeUTC"], "2026-01-31T12:00:00Z");
        bench.settled(&graph).await.expect("a second plan is empty");
    });
}
