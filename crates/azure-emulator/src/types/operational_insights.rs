//! Microsoft.OperationalInsights: Log Analytics.

use serde_json::{Value, json};

use super::table;
use crate::actions::{asked, hidden};
use crate::clock::{Millis, written};
use crate::exchange::{Reply, Request};
use crate::id::ResourceId;
use crate::json;
use crate::random::{guid, key};
use crate::refusal::Refusal;
use crate::rules::{
    Act, Draft, Location, NameRule, Place, Put, Rules, Scene, Style, at_once, later,
};
use crate::store::Resource;
use crate::world::World;

/// The types of this service.
pub const TYPES: &[&Rules] = &[&WORKSPACE, &DELETED_WORKSPACE];

const VERSIONS: &[&str] = &["2025-07-01", "2025-02-01", "2023-09-01"];

static WORKSPACE: Rules = Rules {
    name: "Microsoft.OperationalInsights/workspaces",
    versions: VERSIONS,
    table: table!("Microsoft.OperationalInsights.workspaces"),
    location: Location::Region,
    name_rule: NameRule {
        length: (4, 63),
        others: "-",
        ..NameRule::USUAL
    },
    put: Some(Put {
        created: later(201, Style::Body),
        updated: later(200, Style::Body),
    }),
    patch: Some(at_once(200)),
    delete: Some(later(202, Style::Location)),
    malformed: "InvalidParameter",
    prepare,
    stored: |world, id, _, _| drop(world.store.deleted.remove(&id.key())),
    gone,
    actions: &[
        ("sharedKeys", shared_keys),
        ("regenerateSharedKey", regenerate),
    ],
    ..Rules::USUAL
};

/// A list of workspaces that can be recovered; nothing else is asked of it.
static DELETED_WORKSPACE: Rules = Rules {
    name: "Microsoft.OperationalInsights/deletedWorkspaces",
    versions: VERSIONS,
    place: Place::Group,
    list: Some(list_deleted),
    ..Rules::READ_ONLY
};

const KEYS: &[&str] = &["primarySharedKey", "secondarySharedKey"];

/// A workspace of the same name as one that was deleted in the last 14 days is that one, recovered.
fn prepare(scene: &Scene, draft: &mut Draft) -> Result<(), Refusal> {
    let now = written(scene.now);
    let days = json::at(&draft.body, "properties.retentionInDays").and_then(Value::as_i64);
    if days.is_some_and(|days| days != -1 && !(4..=730).contains(&days)) {
        let message = "'RetentionInDays' must be between 4 and 730 days.";
        return Err(
            Refusal::bad_request("InvalidParameter", message).at("properties.retentionInDays")
        );
    }
    let before = draft
        .before
        .or_else(|| scene.world.store.deleted.get(&draft.id.key()));
    if let Some(before) = before {
        draft.hidden = before.hidden.clone();
        for path in ["properties.customerId", "properties.createdDate"] {
            json::set(
                &mut draft.body,
                path,
                json::at(&before.body, path).cloned().unwrap_or(Value::Null),
            );
        }
    }
    let body = &mut draft.body;
    for (path, value) in [
        ("properties.customerId", json!(guid())),
        ("properties.createdDate", json!(now)),
        ("properties.sku.name", json!("PerGB2018")),
        ("properties.sku.lastSkuUpdate", json!(now)),
        ("properties.retentionInDays", json!(30)),
        (
            "properties.features.enableLogAccessUsingOnlyResourcePermissions",
            json!(true),
        ),
        ("properties.workspaceCapping.dailyQuotaGb", json!(-1.0)),
        (
            "properties.publicNetworkAccessForIngestion",
            json!("Enabled"),
        ),
        ("properties.publicNetworkAccessForQuery", json!("Enabled")),
    ] {
        json::default(body, path, value);
    }
    json::set(body, "properties.modifiedDate", now);
    json::set(
        body,
        "properties.workspaceCapping.dataIngestionStatus",
        "RespectQuota",
    );
    for name in KEYS {
        draft.keep_hidden(name, || key().into());
    }
    Ok(())
}

/// A deleted workspace can be recovered, unless the deletion was forced.
fn gone(world: &mut World, workspace: &Resource, _: Millis) {
    if !json::truth(&workspace.hidden, "force") {
        world
            .store
            .deleted
            .insert(workspace.id.key(), workspace.clone());
    }
}

fn list_deleted(scene: &Scene, _: &Request) -> Vec<Value> {
    let inside = |id: &ResourceId| id.key().starts_with(&format!("{}/", scene.id.key()));
    let deleted = scene.world.store.deleted.values();
    deleted
        .filter(|workspace| workspace.is(WORKSPACE.name) && inside(&workspace.id))
        .map(|workspace| scene.world.shown(workspace, scene.now))
        .collect()
}

fn shared_keys(world: &mut World, act: &Act) -> Result<Reply, Refusal> {
    let workspace = asked(world, act)?;
    let keys = KEYS
        .iter()
        .map(|name| ((*name).to_owned(), hidden(workspace, name)));
    Ok(Reply::json(200, Value::Object(keys.collect())))
}

fn regenerate(world: &mut World, act: &Act) -> Result<Reply, Refusal> {
    let workspace = asked(world, act)?;
    for name in KEYS {
        json::set(&mut workspace.hidden, name, key());
    }
    shared_keys(world, act)
}
