//! Vaults that were deleted: their names and secrets are kept until they are recovered or purged.

use serde_json::{Value, json};

use super::vault::VAULT;
use super::{VERSIONS, secret};
use crate::actions::begin;
use crate::clock::{Millis, written};
use crate::exchange::Reply;
use crate::id::ResourceId;
use crate::json;
use crate::refusal::Refusal;
use crate::rules::{Act, Place, Rules, State};
use crate::store::Resource;
use crate::world::World;

const DAY: Millis = 86_400_000;

/// `Microsoft.KeyVault/deletedVaults`: the list of them.
pub static DELETED: Rules = Rules {
    name: "Microsoft.KeyVault/deletedVaults",
    versions: VERSIONS,
    place: Place::Group,
    list: Some(|scene, _| {
        let deleted = scene.world.store.deleted.values();
        let ours =
            |vault: &&Resource| vault.is(VAULT.name) && vault.id.subscription_id() == *scene.id;
        deleted.filter(ours).map(told).collect()
    }),
    ..Rules::READ_ONLY
};

/// `Microsoft.KeyVault/locations/deletedVaults`: one of them.
pub static DELETED_IN_LOCATION: Rules = Rules {
    name: "Microsoft.KeyVault/locations/deletedVaults",
    versions: VERSIONS,
    place: Place::Group,
    state: State::NONE,
    find: Some(|scene| found(scene.world, scene.id).map(told)),
    actions: &[("purge", purge)],
    ..Rules::READ_ONLY
};

/// The deleted vault of a name, in whatever subscription.
pub fn named<'a>(world: &'a World, name: &str) -> Option<&'a Resource> {
    let mut deleted = world.store.deleted.values();
    deleted.find(|vault| vault.is(VAULT.name) && vault.id.name().eq_ignore_ascii_case(name))
}

fn found<'a>(world: &'a World, id: &ResourceId) -> Result<&'a Resource, Refusal> {
    let location = id.parent().map(|location| location.name().to_lowercase());
    let vault = named(world, id.name()).filter(|vault| {
        vault.id.subscription_id() == id.subscription_id() && vault.location() == location
    });
    vault.ok_or_else(|| {
        let message = format!(
            "The specified deleted vault '{}' does not exist.",
            id.name()
        );
        Refusal::not_found("DeletedVaultNotFound", message)
    })
}

fn told(vault: &Resource) -> Value {
    let location = vault.location().unwrap_or_default();
    let days =
        json::at(&vault.body, "properties.softDeleteRetentionInDays").and_then(Value::as_u64);
    let end = vault
        .changed
        .saturating_add(days.unwrap_or(90).saturating_mul(DAY));
    let place = vault
        .id
        .subscription_id()
        .resource("Microsoft.KeyVault/locations", &location);
    json!({
        "id": place.child("deletedVaults", vault.id.name()).as_str(),
        "name": vault.id.name(),
        "type": DELETED.name,
        "properties": {
            "vaultId": vault.id.as_str(), "location": location, "tags": vault.body.get("tags"),
            "deletionDate": written(vault.changed), "scheduledPurgeDate": written(end),
            "purgeProtectionEnabled": json::truth(&vault.body, "properties.enablePurgeProtection"),
        },
    })
}

/// Keeps a vault, or a secret of one, that was deleted.
pub fn keep(world: &mut World, resource: &Resource, now: Millis) {
    let mut kept = resource.clone();
    kept.changed = now;
    kept.pending = None;
    world.store.deleted.insert(kept.id.key(), kept);
}

/// Brings back what was kept of a vault that exists again.
pub fn recover(world: &mut World, vault: &ResourceId, before: Option<&Resource>, _: Millis) {
    if before.is_none() {
        for resource in forget(world, vault) {
            if resource.is(secret::SECRET.name) {
                world.store.put(resource);
            }
        }
    }
}

/// Takes a vault and its secrets out of what is kept.
fn forget(world: &mut World, vault: &ResourceId) -> Vec<Resource> {
    let inside = format!("{}/", vault.key());
    let keys: Vec<String> = world
        .store
        .deleted
        .keys()
        .filter(|key| **key == vault.key() || key.starts_with(&inside))
        .cloned()
        .collect();
    keys.iter()
        .filter_map(|key| world.store.deleted.remove(key))
        .collect()
}

fn purge(world: &mut World, act: &Act) -> Result<Reply, Refusal> {
    let vault = found(world, act.id)?;
    if json::truth(&vault.body, "properties.enablePurgeProtection") {
        let message = format!(
            "Operation \"DeletedVaultPurge\" is not allowed on vault '{}': purge protection is enabled.",
            act.id.name()
        );
        return Err(Refusal::new(403, "Forbidden", message));
    }
    let id = vault.id.clone();
    forget(world, &id);
    let inside = format!("{}/", id.key());
    world
        .store
        .keys
        .retain(|place, _| !place.starts_with(&inside));
    Ok(begin(world, act, None, None))
}
