//! Revisions: what an app was at a time. The service makes them, and a user switches them on and off.

use serde_json::{Value, json};

use super::super::table;
use super::VERSIONS;
use crate::actions::asked;
use crate::clock::{Millis, written};
use crate::exchange::Reply;
use crate::id::ResourceId;
use crate::json;
use crate::refusal::Refusal;
use crate::rules::{Act, Rules, State};
use crate::store::{Outcome, Resource};
use crate::world::World;

/// `Microsoft.App/containerApps/revisions`.
pub static REVISION: Rules = Rules {
    name: "Microsoft.App/containerApps/revisions",
    versions: VERSIONS,
    table: table!("Microsoft.App.containerApps.revisions"),
    state: State::NONE,
    show,
    actions: &[
        ("activate", |world, act| switch(world, act, true)),
        ("deactivate", |world, act| switch(world, act, false)),
        ("restart", |world, act| {
            asked(world, act).map(|_| Reply::empty(200))
        }),
    ],
    ..Rules::READ_ONLY
};

/// Makes the revision that an app names as its latest, unless it is there.
pub fn of_app(world: &mut World, app: &ResourceId, _: Option<&Resource>, now: Millis) {
    let Some(found) = world.store.get(app) else {
        return;
    };
    let name = json::text(&found.body, "properties.latestRevisionName").unwrap_or_default();
    let id = app.child("revisions", name);
    if world.store.get(&id).is_some() {
        return;
    }
    let body = json!({ "properties": {
        "active": true,
        "createdTime": written(now),
        "fqdn": json::at(&found.body, "properties.latestRevisionFqdn"),
        "template": json::at(&found.body, "properties.template"),
    } });
    let mut revision = Resource::new(id, REVISION.name, json::without_nulls(&body), now);
    if let Some(reason) = world.failing_revision.take() {
        revision.hidden["failed"] = reason.into();
    }
    world.store.put(revision);
}

/// The latest revision of an app is ready. In single mode the ones before it are switched off.
pub fn ready(world: &mut World, app: &ResourceId, _: Millis) {
    let Some(found) = world.store.by_key_mut(&app.key()) else {
        return;
    };
    let latest = json::text(&found.body, "properties.latestRevisionName")
        .unwrap_or_default()
        .to_owned();
    let single =
        json::text(&found.body, "properties.configuration.activeRevisionsMode") != Some("Multiple");
    let failed = world.store.get(&app.child("revisions", &latest));
    if failed.is_some_and(|revision| json::text(&revision.hidden, "failed").is_some()) {
        return;
    }
    if let Some(found) = world.store.by_key_mut(&app.key()) {
        json::set(
            &mut found.body,
            "properties.latestReadyRevisionName",
            latest.clone(),
        );
    }
    let all: Vec<ResourceId> = world
        .store
        .of_type(app, REVISION.name)
        .map(|revision| revision.id.clone())
        .collect();
    for id in all {
        let Some(revision) = world.store.by_key_mut(&id.key()) else {
            continue;
        };
        if id.name() == latest {
            revision.hidden["ready"] = true.into();
            json::set(&mut revision.body, "properties.active", true);
        } else if single {
            json::set(&mut revision.body, "properties.active", false);
        }
    }
}

fn show(world: &World, revision: &Resource, body: &mut Value) {
    let Some(app) = revision.id.parent().and_then(|id| world.store.get(&id)) else {
        return;
    };
    let active = json::truth(body, "properties.active");
    let ready = json::truth(&revision.hidden, "ready");
    let reason = json::text(&revision.hidden, "failed").map(str::to_owned);
    let failed = app.pending.is_none() && (app.outcome != Outcome::Succeeded || reason.is_some());
    let (provisioning, running, health) = match (ready, active, failed) {
        (true, true, _) => ("Provisioned", "Running", "Healthy"),
        (true, false, _) => ("Provisioned", "Stopped", "None"),
        (false, _, true) => ("Failed", "Failed", "Unhealthy"),
        (false, _, false) => ("Provisioning", "Processing", "None"),
    };
    let least = json::at(body, "properties.template.scale.minReplicas").and_then(Value::as_u64);
    let replicas = if ready && active {
        least.unwrap_or(0).max(1)
    } else {
        0
    };
    for (path, value) in [
        ("properties.provisioningState", json!(provisioning)),
        ("properties.runningState", json!(running)),
        ("properties.healthState", json!(health)),
        ("properties.replicas", json!(replicas)),
        ("properties.trafficWeight", json!(weight(app, revision))),
    ] {
        json::set(body, path, value);
    }
    if let Some(reason) = reason.filter(|_| failed) {
        json::set(body, "properties.runningStateDetails", reason);
    }
}

/// How much of the traffic a revision gets. What goes to the latest goes to the latest that is ready.
fn weight(app: &Resource, revision: &Resource) -> i64 {
    let latest =
        json::text(&app.body, "properties.latestReadyRevisionName") == Some(revision.id.name());
    let weights = json::list(&app.body, "properties.configuration.ingress.traffic").iter();
    weights
        .filter(|weight| match json::text(weight, "revisionName") {
            Some(name) => name == revision.id.name(),
            None => latest && json::truth(weight, "latestRevision"),
        })
        .filter_map(|weight| json::at(weight, "weight").and_then(Value::as_i64))
        .sum()
}

fn switch(world: &mut World, act: &Act, on: bool) -> Result<Reply, Refusal> {
    let app = act.id.parent().and_then(|id| world.store.get(&id));
    let carries = app
        .zip(world.store.get(act.id))
        .is_some_and(|(app, revision)| weight(app, revision) > 0);
    if carries && !on {
        let message = format!(
            "The revision '{}' gets traffic and cannot be deactivated.",
            act.id.name()
        );
        return Err(Refusal::bad_request("RevisionHasTraffic", message));
    }
    json::set(&mut asked(world, act)?.body, "properties.active", on);
    Ok(Reply::empty(200))
}
