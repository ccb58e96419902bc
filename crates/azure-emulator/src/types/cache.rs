//! Microsoft.Cache: Azure Managed Redis, which is a cluster with one database.

use serde_json::{Value, json};

use super::table;
use crate::actions::{asked, begin, hidden, which};
use crate::exchange::Reply;
use crate::json;
use crate::random::key;
use crate::refusal::Refusal;
use crate::rules::{
    Act, Action, Answer, Draft, Location, NameRule, Place, Put, Rules, Scene, Style, later,
};
use crate::store::{Resource, canonical_location};
use crate::world::World;

/// The types of this service.
pub const TYPES: &[&Rules] = &[&CLUSTER, &DATABASE];

/// What is asked of the service itself.
pub const ACTIONS: &[(&str, &str, Action)] =
    &[("Microsoft.Cache", "checkNameAvailability", |world, act| {
        crate::actions::check_name(world, act, &CLUSTER, "Invalid")
    })];

const VERSIONS: &[&str] = &["2025-07-01", "2025-04-01", "2024-10-01"];

const ACCEPTED: Option<Answer> = Some(later(202, Style::Both));

/// Creations are followed by the resource itself, everything else by an operation.
const USUAL: Rules = Rules {
    versions: VERSIONS,
    put: Some(Put {
        created: later(201, Style::Body),
        updated: later(200, Style::Body),
    }),
    patch: ACCEPTED,
    delete: ACCEPTED,
    busy: "Conflict",
    malformed: "BadRequest",
    ..Rules::USUAL
};

static CLUSTER: Rules = Rules {
    name: "Microsoft.Cache/redisEnterprise",
    table: table!("Microsoft.Cache.redisEnterprise"),
    location: Location::Region,
    name_rule: NameRule {
        length: (1, 60),
        others: "-",
        ..NameRule::USUAL
    },
    taken: Some("NameNotAvailable"),
    prepare: prepare_cluster,
    show: show_state,
    ..USUAL
};

static DATABASE: Rules = Rules {
    name: "Microsoft.Cache/redisEnterprise/databases",
    table: table!("Microsoft.Cache.redisEnterprise.databases"),
    place: Place::Parent,
    serial: true,
    prepare: prepare_database,
    show: show_state,
    actions: &[("listKeys", list_keys), ("regenerateKey", regenerate)],
    ..USUAL
};

fn prepare_cluster(_: &Scene, draft: &mut Draft) -> Result<(), Refusal> {
    let name = json::text(&draft.body, "sku.name").unwrap_or_default();
    let managed = !name.starts_with("Enterprise");
    if managed && json::at(&draft.body, "sku.capacity").is_some() {
        let message = format!(
            "The property 'sku.capacity' is for the Enterprise sizes only, and not for '{name}'."
        );
        return Err(Refusal::bad_request("BadRequest", message).at("sku.capacity"));
    }
    let location = json::text(&draft.body, "location")
        .map(canonical_location)
        .unwrap_or_default();
    let address = format!(
        "{}.{location}.redis.azure.net",
        draft.id.name().to_lowercase()
    );
    let body = &mut draft.body;
    json::default(body, "properties.minimumTlsVersion", "1.2");
    json::default(body, "properties.highAvailability", "Enabled");
    let available = json::text(body, "properties.highAvailability") == Some("Enabled");
    for (path, value) in [
        ("kind", json!("v2")),
        ("properties.hostName", json!(address)),
        ("properties.redisVersion", json!("7.4")),
        (
            "properties.redundancyMode",
            json!(if available { "ZR" } else { "None" }),
        ),
        ("properties.privateEndpointConnections", json!([])),
    ] {
        json::set(body, path, value);
    }
    Ok(())
}

fn prepare_database(scene: &Scene, draft: &mut Draft) -> Result<(), Refusal> {
    if draft.id.name() != "default" {
        let message = "The name of a database must be 'default'.";
        return Err(Refusal::bad_request("BadRequest", message));
    }
    for path in [
        "properties.port",
        "properties.clusteringPolicy",
        "properties.modules",
    ] {
        draft.immutable(path, "BadRequest")?;
    }
    let cluster = draft
        .id
        .parent()
        .and_then(|cluster| scene.world.store.get(&cluster));
    let version = cluster
        .and_then(|cluster| json::at(&cluster.body, "properties.redisVersion"))
        .cloned();
    let body = &mut draft.body;
    for (path, value) in [
        ("properties.clientProtocol", json!("Encrypted")),
        ("properties.port", json!(10000)),
        ("properties.clusteringPolicy", json!("OSSCluster")),
        ("properties.evictionPolicy", json!("VolatileLRU")),
        ("properties.deferUpgrade", json!("NotDeferred")),
        ("properties.accessKeysAuthentication", json!("Disabled")),
        ("properties.modules", json!([])),
    ] {
        json::default(body, path, value);
    }
    json::set(body, "properties.redisVersion", version);
    for name in KEYS {
        draft.keep_hidden(name, || key().into());
    }
    Ok(())
}

/// The state of the machines beside that of the last request, in the same words but for the end.
fn show_state(_: &World, _: &Resource, body: &mut Value) {
    let state = match json::text(body, "properties.provisioningState").unwrap_or_default() {
        "Succeeded" => "Running",
        "Failed" | "Canceled" => "UpdateFailed",
        other => other,
    };
    let state = state.to_owned();
    json::set(body, "properties.resourceState", state);
}

const KEYS: &[&str] = &["primaryKey", "secondaryKey"];

/// The keys; with their authentication switched off, as it is unless somebody switches it on, there are none to give.
fn keys(database: &Resource) -> Result<Value, Refusal> {
    if json::text(&database.body, "properties.accessKeysAuthentication") != Some("Enabled") {
        let message = "Access keys authentication is disabled for this database; set 'accessKeysAuthentication' to 'Enabled' first.";
        return Err(Refusal::bad_request("BadRequest", message));
    }
    let all = KEYS
        .iter()
        .map(|name| ((*name).to_owned(), hidden(database, name)));
    Ok(Value::Object(all.collect()))
}

fn list_keys(world: &mut World, act: &Act) -> Result<Reply, Refusal> {
    Ok(Reply::json(200, keys(asked(world, act)?)?))
}

fn regenerate(world: &mut World, act: &Act) -> Result<Reply, Refusal> {
    let name = match which(act, "keyType", &["Primary", "Secondary"])? {
        "Primary" => KEYS[0],
        _ => KEYS[1],
    };
    let database = asked(world, act)?;
    json::set(&mut database.hidden, name, key());
    let result = keys(database)?;
    let mut reply = begin(world, act, None, Some(result));
    reply.body = None;
    Ok(reply)
}
