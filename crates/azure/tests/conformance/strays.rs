//! What is there in a subscription, whoever knows of it.

use serde_json::{Value, json};
use stack_model::{Graph, Map};
use stack_provider::{Provider, Search, Stray, Strays};
use stack_testkit::conformance::{Bench, Case, searched};

use crate::emulated::{Emulated, emulated};

/// What its parent alone lists, and what goes with it: secrets of a vault, and what lies deeper than a resource of a group.
fn is_unlisted(type_name: &str, id: &str) -> bool {
    match type_name {
        "azure:keyvault:Secret" => true,
        "azure:resources:Generic" => id.split('/').count() > 9,
        _ => false,
    }
}

/// A case's objects are found by a search, one a page, while Azure is busy.
pub fn finds(case: Case) {
    emulated(async |azure| {
        azure.set(json!({"page_size": 1})).await;
        searched(&case, azure.provider(), is_unlisted).await;
    });
}

async fn search(azure: &Emulated, search: Search) -> Strays {
    let observer = azure.provider().observe(&Map::new()).await;
    let observer = observer.expect("it connects");
    observer.strays(search).await.expect("it is answered")
}

fn named<'a>(strays: &'a Strays, name: &str) -> Option<&'a Stray> {
    let mut found = strays.found.iter();
    found.find(|stray| stray.id.rsplit('/').next() == Some(name))
}

fn group(name: &str) -> Value {
    json!({"type": "azure:resources:ResourceGroup", "name": name, "inputs": {"name": name}})
}

fn network(name: &str, group: &str) -> Value {
    let group =
        json!({"$ref": {"urn": format!("azure:resources:ResourceGroup/{group}"), "path": ["id"]}});
    json!({"type": "azure:network:VirtualNetwork", "name": name, "inputs": {
        "name": name, "resource_group_id": group, "address_prefixes": ["10.0.0.0/16"]}})
}

/// Routes of a type that has none here.
fn routes(name: &str, group: &str) -> Value {
    let group =
        json!({"$ref": {"urn": format!("azure:resources:ResourceGroup/{group}"), "path": ["id"]}});
    json!({"type": "azure:resources:Generic", "name": name, "inputs": {
        "name": name, "parent_id": group, "type": "Microsoft.Network/routeTables",
        "api_version": "2025-07-01", "location": "westeurope"}})
}

async fn made(azure: &Emulated, resources: Value) -> Vec<String> {
    let graph = json!({"format": 1, "resources": resources});
    let graph = Graph::parse(graph.to_string().as_bytes()).expect("the graph is well formed");
    let bench = Bench::new(azure.provider());
    bench.apply(&graph).await.expect("it is made");
    let resources = azure.resources().await;
    let ids = resources
        .iter()
        .filter_map(|resource| resource["id"].as_str());
    ids.map(str::to_owned).collect()
}

/// As somebody makes it without us.
async fn without_tags(azure: &Emulated, name: &str) {
    let resources = azure.resources().await;
    let ids = resources
        .iter()
        .filter_map(|resource| resource["id"].as_str());
    for id in ids.filter(|id| id.rsplit('/').next() == Some(name)) {
        azure.change(id, json!({"tags": null})).await;
    }
}

#[test]
fn what_has_none_of_our_tags_is_found_when_everything_is_asked_for() {
    emulated(async |azure| {
        made(
            &azure,
            json!([
                group("ours"),
                network("net", "ours"),
                network("theirs", "ours")
            ]),
        )
        .await;
        without_tags(&azure, "theirs").await;

        let tagged = search(&azure, Search::Tagged).await;
        assert!(named(&tagged, "net").is_some());
        assert_eq!(named(&tagged, "theirs"), None);

        let all = search(&azure, Search::All).await;
        let theirs = named(&all, "theirs").expect("it is found");
        assert_eq!(theirs.type_name.as_str(), "azure:network:VirtualNetwork");
        assert_eq!(theirs.lineage(), None);
        let created = theirs.created.as_deref().expect("Azure tells when");
        assert!(
            created.starts_with("20") && created.ends_with('Z'),
            "{created}"
        );
        assert_eq!(named(&all, "ours").expect("it is found").created, None);
    });
}

/// What services keep for themselves: they and nobody else may delete it.
#[test]
fn what_azure_keeps_is_not_found() {
    emulated(async |azure| {
        let resources = json!([
            group("mine"),
            group("NetworkWatcherRG"),
            group("kept"),
            network("mine-net", "mine"),
            network("watched", "NetworkWatcherRG"),
            network("inner", "kept"),
            network("managed", "mine"),
        ]);
        for id in made(&azure, resources).await {
            if id.ends_with("/kept") || id.ends_with("/managed") {
                azure
                    .change(
                        &id,
                        json!({"managedBy": "/subscriptions/s/resourceGroups/g"}),
                    )
                    .await;
            }
        }
        for kind in [Search::Tagged, Search::All] {
            let found = search(&azure, kind).await;
            let mut names: Vec<_> = found
                .found
                .iter()
                .filter_map(|stray| stray.id.rsplit('/').next())
                .collect();
            names.sort_unstable();
            assert_eq!(names, ["mine", "mine-net"], "{kind:?}");
        }
    });
}

#[test]
fn what_cannot_be_seen_is_said() {
    emulated(async |azure| {
        made(
            &azure,
            json!([
                group("ours"),
                routes("known", "ours"),
                routes("unknown", "ours")
            ]),
        )
        .await;
        without_tags(&azure, "unknown").await;
        let assignments =
            "azure:authorization:RoleAssignment: carries no tags, and no list of resources has it";

        let tagged = search(&azure, Search::Tagged).await;
        let known = named(&tagged, "known").expect("it is found");
        assert_eq!(known.type_name.as_str(), "azure:resources:Generic");
        assert_eq!(tagged.unseen, [assignments]);

        let all = search(&azure, Search::All).await;
        assert_eq!(named(&all, "unknown"), None);
        let of_no_type =
            "Microsoft.Network/routeTables: 1 resource of a type that stack does not know";
        assert_eq!(all.unseen, [of_no_type, assignments]);
    });
}

#[test]
fn what_is_denied_is_said_and_hides_nothing_else() {
    emulated(async |azure| {
        made(&azure, json!([group("ours"), network("net", "ours")])).await;
        let denied = |path: &str| {
            json!([{"method": "GET", "path": path, "count": 1, "answer": {
                "status": 403, "code": "AuthorizationFailed", "message": "the client has no role"}}])
        };
        // Where it is not known what is in a group, the group is not told: it would take that along.
        for (path, hidden, seen) in [
            ("/resources", ["net", "ours"].as_slice(), None),
            ("/resourceGroups", &["ours"], Some("net")),
        ] {
            azure.faults(denied(path)).await;
            let found = search(&azure, Search::Tagged).await;
            assert!(hidden.iter().all(|name| named(&found, name).is_none()));
            assert!(
                seen.is_none_or(|seen| named(&found, seen).is_some()),
                "{seen:?} is hidden"
            );
            assert_eq!(found.unanswered, 1);
            let said = &found.unseen[0];
            assert!(
                said.contains("/read: the client has no role (AuthorizationFailed"),
                "{said}"
            );
        }
    });
}

#[test]
fn a_busy_azure_is_asked_again() {
    emulated(async |azure| {
        made(&azure, json!([group("ours"), network("net", "ours")])).await;
        let busy = json!([{"method": "GET", "path": "/resources", "count": 2, "answer": {
            "status": 429, "code": "TooManyRequests"}}]);
        azure.faults(busy).await;
        let found = search(&azure, Search::Tagged).await;
        assert!(named(&found, "net").is_some(), "{:?}", found.unseen);
    });
}

/// What cannot be tagged is said; everything else is.
#[test]
fn what_cannot_be_tagged_is_said() {
    emulated(async |azure| {
        made(
            &azure,
            json!([
                group("ours"),
                network("net", "ours"),
                network("locked", "ours")
            ]),
        )
        .await;
        let found = search(&azure, Search::Tagged).await;
        let lineage = named(&found, "net")
            .and_then(Stray::lineage)
            .expect("it has one");
        let locked = json!([{"method": "PATCH", "path": "/locked/providers/", "count": 1, "answer": {
            "status": 403, "code": "AuthorizationFailed", "message": "the client has no role"}}]);
        azure.faults(locked).await;
        let mutator = azure
            .provider()
            .mutate(&Map::new())
            .await
            .expect("it connects");
        let missed = mutator
            .retag("another", "stack:expires", Some("soon"))
            .await;
        assert_eq!(missed.expect("it is answered"), Vec::<String>::new());
        let missed = mutator.retag(lineage, "stack:expires", Some("soon")).await;
        let missed = missed.expect("it is answered");
        assert!(
            missed.len() == 1 && missed[0].contains("the client has no role"),
            "{missed:?}"
        );
        let found = search(&azure, Search::Tagged).await;
        let expires = |name| named(&found, name).and_then(|stray| stray.tag("stack:expires"));
        assert_eq!(
            [expires("ours"), expires("net"), expires("locked")],
            [Some("soon"), Some("soon"), None]
        );
    });
}
