//! Storage accounts.

use serde_json::{Value, json};

use super::super::table;
use super::{VERSIONS, blob};
use crate::actions::{asked, hidden, which};
use crate::clock::{Millis, written};
use crate::exchange::Reply;
use crate::id::ResourceId;
use crate::json;
use crate::random::key;
use crate::refusal::Refusal;
use crate::rules::{
    Act, Draft, Location, NameRule, Put, Rules, Scene, State, Style, at_once, later,
};
use crate::store::{Resource, canonical_location};
use crate::world::World;

/// `Microsoft.Storage/storageAccounts`.
pub static ACCOUNT: Rules = Rules {
    name: "Microsoft.Storage/storageAccounts",
    versions: VERSIONS,
    table: table!("Microsoft.Storage.storageAccounts"),
    location: Location::Region,
    name_rule: NameRule {
        length: (3, 24),
        others: "",
        lower: true,
        code: "AccountNameInvalid",
    },
    taken: Some("StorageAccountAlreadyTaken"),
    put: Some(Put {
        created: later(202, Style::Location),
        updated: at_once(200),
    }),
    patch: Some(at_once(200)),
    state: State {
        creating: &["Creating", "ResolvingDNS"],
        ..State::USUAL
    },
    busy: "StorageAccountOperationInProgress",
    prepare,
    stored,
    actions: &[("listKeys", list_keys), ("regenerateKey", regenerate)],
    ..Rules::USUAL
};

const KEYS: &[&str] = &["key1", "key2"];

fn prepare(scene: &Scene, draft: &mut Draft) -> Result<(), Refusal> {
    draft.immutable("properties.isHnsEnabled", "AccountPropertyCannotBeUpdated")?;
    draft.immutable(
        "properties.encryption.requireInfrastructureEncryption",
        "AccountPropertyCannotBeUpdated",
    )?;
    upgrade(draft)?;
    reachable(scene, &draft.body)?;
    let now = written(scene.now);
    draft.keep("properties.creationTime", || now.clone().into());
    draft.keep(
        "properties.keyCreationTime",
        || json!({ "key1": now, "key2": now }),
    );
    let name = draft.id.name().to_owned();
    let sku = json::text(&draft.body, "sku.name")
        .unwrap_or_default()
        .to_owned();
    let location = json::text(&draft.body, "location").map(canonical_location);
    let body = &mut draft.body;
    json::set(body, "sku.tier", sku.split('_').next().unwrap_or_default());
    json::set(body, "properties.primaryLocation", location);
    json::set(body, "properties.statusOfPrimary", "available");
    json::set(body, "properties.primaryEndpoints", endpoints(&name));
    json::set(body, "properties.privateEndpointConnections", json!([]));
    for (path, value) in [
        ("properties.accessTier", json!("Hot")),
        ("properties.allowBlobPublicAccess", json!(false)),
        ("properties.allowCrossTenantReplication", json!(false)),
        ("properties.allowSharedKeyAccess", json!(true)),
        ("properties.isHnsEnabled", json!(false)),
        ("properties.minimumTlsVersion", json!("TLS1_0")),
        ("properties.publicNetworkAccess", json!("Enabled")),
        ("properties.supportsHttpsTrafficOnly", json!(true)),
        ("properties.networkAcls.bypass", json!("AzureServices")),
        ("properties.networkAcls.defaultAction", json!("Allow")),
        ("properties.networkAcls.ipRules", json!([])),
        ("properties.networkAcls.virtualNetworkRules", json!([])),
        (
            "properties.encryption.keySource",
            json!("Microsoft.Storage"),
        ),
        (
            "properties.encryption.services.blob",
            json!({ "enabled": true, "keyType": "Account" }),
        ),
        (
            "properties.encryption.services.file",
            json!({ "enabled": true, "keyType": "Account" }),
        ),
    ] {
        json::default(body, path, value);
    }
    for name in KEYS {
        draft.keep_hidden(name, || key().into());
    }
    Ok(())
}

/// The kind of an account changes in one way only: from the first generation to the second.
fn upgrade(draft: &Draft) -> Result<(), Refusal> {
    let old = draft
        .before
        .and_then(|before| json::text(&before.body, "kind"));
    let new = json::text(&draft.body, "kind");
    match (old, new) {
        (Some(old), Some(new))
            if old != new && !(new == "StorageV2" && matches!(old, "Storage" | "BlobStorage")) =>
        {
            let message =
                format!("The kind of a storage account cannot be changed from {old} to {new}.");
            Err(Refusal::conflict("AccountPropertyCannotBeUpdated", message).at("kind"))
        }
        _ => Ok(()),
    }
}

/// Subnets that are let in exist and have the service endpoint of storage.
fn reachable(scene: &Scene, body: &Value) -> Result<(), Refusal> {
    for rule in json::list(body, "properties.networkAcls.virtualNetworkRules") {
        let id = json::text(rule, "id").unwrap_or_default();
        let subnet = scene.world.store.named(id);
        let mut services = subnet
            .iter()
            .flat_map(|subnet| json::list(&subnet.body, "properties.serviceEndpoints"))
            .filter_map(|endpoint| json::text(endpoint, "service"));
        let why = match subnet {
            None => "SubnetsNotFound",
            Some(_) if services.any(|service| service.starts_with("Microsoft.Storage")) => continue,
            Some(_) => "SubnetsHaveNoServiceEndpointsConfigured",
        };
        let message = format!("Validation of network acls failure: {why}: {id}.");
        return Err(Refusal::bad_request(
            "NetworkAclsValidationFailure",
            message,
        ));
    }
    Ok(())
}

fn endpoints(name: &str) -> Value {
    let services = ["blob", "dfs", "file", "queue", "table"];
    let address = |service: &str| format!("https://{name}.{service}.core.windows.net/");
    let mut all: serde_json::Map<String, Value> = services
        .iter()
        .map(|service| ((*service).to_owned(), address(service).into()))
        .collect();
    all.insert(
        "web".to_owned(),
        format!("https://{name}.z22.web.core.windows.net/").into(),
    );
    Value::Object(all)
}

/// Every account has its blob service from the start.
fn stored(world: &mut World, account: &ResourceId, before: Option<&Resource>, now: Millis) {
    if before.is_none() {
        let id = account.child("blobServices", "default");
        world
            .store
            .put(Resource::new(id, blob::SERVICE.name, blob::defaults(), now));
    }
}

fn list_keys(world: &mut World, act: &Act) -> Result<Reply, Refusal> {
    let account = asked(world, act)?;
    let keys: Vec<Value> = KEYS
        .iter()
        .map(|name| {
            let made = json::at(&account.body, &format!("properties.keyCreationTime.{name}"));
            json!({ "keyName": name, "value": hidden(account, name), "permissions": "FULL", "creationTime": made })
        })
        .collect();
    Ok(Reply::json(200, json!({ "keys": keys })))
}

fn regenerate(world: &mut World, act: &Act) -> Result<Reply, Refusal> {
    let name = which(act, "keyName", KEYS)?;
    let account = asked(world, act)?;
    json::set(&mut account.hidden, name, key());
    json::set(
        &mut account.body,
        &format!("properties.keyCreationTime.{name}"),
        written(act.now),
    );
    list_keys(world, act)
}
