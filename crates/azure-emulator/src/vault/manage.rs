//! Creating, reading, changing and deleting keys.

use serde_json::{Value, json};

use super::key::{Key, Version, retention};
use super::material::Material;
use super::{Scene, forbidden, wrong};
use crate::clock::Millis;
use crate::exchange::Reply;
use crate::json;
use crate::refusal::Refusal;
use crate::store::Resource;

/// The most that one page of a list has.
const PAGE: usize = 25;

const DAY: u64 = 86_400;

/// `GET /keys`
pub fn list(scene: &Scene) -> Result<Reply, Refusal> {
    let there = keys(scene).filter(|key| key.deleted.is_none());
    let newest = there.filter_map(|key| Some((key, key.version(None)?)));
    let items = newest.map(|(key, version)| {
        let mut item = item(scene, key, version)?;
        item["kid"] = format!("{}/keys/{}", scene.address.uri, key.name).into();
        Ok(item)
    });
    page(scene, "keys", items)
}

/// `GET /keys/NAME/versions`
pub fn versions(scene: &Scene, name: &str) -> Result<Reply, Refusal> {
    let (key, _) = found(scene, name, None)?;
    let versions = key.versions.iter();
    let items = versions.map(|version| item(scene, key, version));
    page(scene, &format!("keys/{}/versions", key.name), items)
}

/// `GET /keys/NAME` and `GET /keys/NAME/VERSION`
pub fn read(scene: &Scene, name: &str, version: Option<&str>) -> Result<Reply, Refusal> {
    let (key, version) = found(scene, name, version)?;
    if !version.enabled {
        let message = "Operation get is not allowed on a disabled key.";
        return Err(forbidden("KeyDisabled", message));
    }
    Ok(Reply::json(200, bundle(scene, key, version)?))
}

/// `POST /keys/NAME/create`: a key, or a new version of one.
pub fn create(scene: &mut Scene, name: &str) -> Result<Reply, Refusal> {
    let body = body(scene)?;
    let before = stored(scene, name);
    if before.is_some_and(|key| key.deleted.is_some()) {
        let message = format!(
            "Key {name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, \
             the key can only be recovered or purged."
        );
        return Err(Refusal::conflict("Conflict", message).because("ObjectIsDeletedButRecoverable"));
    }
    let mut version = Version::new(Material::asked(&body)?, scene.now);
    operations(&version, &body)?;
    version.change(&body, scene.now);
    let before = before.cloned().unwrap_or_else(|| Key {
        name: name.to_owned(),
        versions: Vec::new(),
        deleted: None,
    });
    put(scene, before.next(version))
}

/// `POST /keys/NAME/rotate`: a new version like the newest.
pub fn rotate(scene: &mut Scene, name: &str) -> Result<Reply, Refusal> {
    let (key, newest) = found(scene, name, None)?;
    let mut version = Version::new(newest.material.another()?, scene.now);
    version.operations.clone_from(&newest.operations);
    version.tags.clone_from(&newest.tags);
    let next = key.clone().next(version);
    put(scene, next)
}

/// `PATCH /keys/NAME/VERSION`
pub fn update(scene: &mut Scene, name: &str, id: Option<&str>) -> Result<Reply, Refusal> {
    let body = body(scene)?;
    let (key, version) = found(scene, name, id)?;
    operations(version, &body)?;
    let mut key = key.clone();
    if let Some(version) = key.version_mut(id) {
        version.change(&body, scene.now);
    }
    let shown = key.version(id).map(|version| bundle(scene, &key, version));
    let shown = shown.unwrap_or_else(|| Err(not_found(name)))?;
    scene.world.store.keys.insert(place(scene, name), key);
    Ok(Reply::json(200, shown))
}

/// `DELETE /keys/NAME`: it can be recovered.
pub fn delete(scene: &mut Scene, name: &str) -> Result<Reply, Refusal> {
    let (key, _) = found(scene, name, None)?;
    let mut key = key.clone();
    key.deleted = Some(scene.now);
    let shown = deleted_bundle(scene, &key, scene.now)?;
    scene.world.store.keys.insert(place(scene, name), key);
    Ok(Reply::json(200, shown))
}

/// `GET /deletedkeys`
pub fn list_deleted(scene: &Scene) -> Result<Reply, Refusal> {
    let there = keys(scene).filter_map(|key| Some((key, key.deleted?, key.version(None)?)));
    let items = there.map(|(key, when, version)| {
        let mut shown = item(scene, key, version)?;
        json::merge(&mut shown, &deletion(scene, key, when)?);
        shown["kid"] = format!("{}/keys/{}", scene.address.uri, key.name).into();
        Ok(shown)
    });
    page(scene, "deletedkeys", items)
}

/// `GET /deletedkeys/NAME`
pub fn read_deleted(scene: &Scene, name: &str) -> Result<Reply, Refusal> {
    let (key, when) = deleted(scene, name)?;
    Ok(Reply::json(200, deleted_bundle(scene, key, when)?))
}

/// `POST /deletedkeys/NAME/recover`
pub fn recover(scene: &mut Scene, name: &str) -> Result<Reply, Refusal> {
    let (key, _) = deleted(scene, name)?;
    let mut key = key.clone();
    key.deleted = None;
    put(scene, key)
}

/// `DELETE /deletedkeys/NAME`: it is gone for good.
pub fn purge(scene: &mut Scene, name: &str) -> Result<Reply, Refusal> {
    deleted(scene, name)?;
    if json::truth(&vault(scene)?.body, "properties.enablePurgeProtection") {
        let message = "Operation \"purge\" is not allowed because purge protection is enabled for this vault. Key Vault \
                       service will automatically purge it after the retention period has passed.";
        return Err(Refusal::new(403, "Forbidden", message));
    }
    let place = place(scene, name);
    scene.world.store.keys.remove(&place);
    Ok(Reply::empty(204))
}

/// A version of a key that is not deleted, or its newest.
pub fn found<'a>(
    scene: &'a Scene,
    name: &str,
    version: Option<&str>,
) -> Result<(&'a Key, &'a Version), Refusal> {
    let key = stored(scene, name).filter(|key| key.deleted.is_none());
    let version = key.and_then(|key| Some((key, key.version(version)?)));
    version.ok_or_else(|| not_found(name))
}

/// The identifier of a version.
pub fn kid(scene: &Scene, key: &Key, version: &Version) -> String {
    format!("{}/keys/{}/{}", scene.address.uri, key.name, version.id)
}

/// The body of a request.
pub fn body(scene: &Scene) -> Result<Value, Refusal> {
    match serde_json::from_slice(&scene.request.body) {
        Ok(body @ Value::Object(_)) => Ok(body),
        _ => Err(wrong("The request body is not a JSON object.")),
    }
}

fn not_found(name: &str) -> Refusal {
    let message = format!(
        "A key with (name/id) {name} was not found in this key vault. If you recently deleted this key you may be able to \
         recover it using the correct recovery command. For help resolving this issue, please see \
         https://go.microsoft.com/fwlink/?linkid=2125182"
    );
    Refusal::not_found("KeyNotFound", message)
}

fn deleted<'a>(scene: &'a Scene, name: &str) -> Result<(&'a Key, Millis), Refusal> {
    let key = stored(scene, name).and_then(|key| Some((key, key.deleted?)));
    let message = || format!("Deleted Key not found: {name}");
    key.ok_or_else(|| Refusal::not_found("KeyNotFound", message()))
}

/// Where a key is kept.
fn place(scene: &Scene, name: &str) -> String {
    scene.vault.child("keys", name).key()
}

fn stored<'a>(scene: &'a Scene, name: &str) -> Option<&'a Key> {
    scene.world.store.keys.get(&place(scene, name))
}

fn keys<'a>(scene: &'a Scene) -> impl Iterator<Item = &'a Key> {
    scene.world.store.keys_of(&scene.vault)
}

fn vault<'a>(scene: &'a Scene) -> Result<&'a Resource, Refusal> {
    let vault = scene.world.store.get(&scene.vault);
    vault.ok_or_else(|| Refusal::not_found("VaultNotFound", "The vault was not found."))
}

/// Stores a key, and shows its newest version.
fn put(scene: &mut Scene, key: Key) -> Result<Reply, Refusal> {
    let newest = key
        .version(None)
        .map(|version| bundle(scene, &key, version));
    let shown = newest.unwrap_or_else(|| Err(not_found(&key.name)))?;
    let place = place(scene, &key.name);
    scene.world.store.keys.insert(place, key);
    Ok(Reply::json(200, shown))
}

/// Refuses uses that a key of its kind does not have.
fn operations(version: &Version, body: &Value) -> Result<(), Refusal> {
    let quoted = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        words.join(", ")
    };
    let there = version.material.operations();
    let asked = json::list(body, "key_ops").iter();
    let unknown = asked.map(|word| word.as_str().unwrap_or_default());
    let unknown: Vec<&str> = unknown.filter(|word| !there.contains(word)).collect();
    match unknown.is_empty() {
        true => Ok(()),
        false => Err(wrong(format!(
            "Unsupported key operation(s): {}. Supported values are {}.",
            quoted(&unknown),
            quoted(there)
        ))),
    }
}

/// A version as a list has it.
fn item(scene: &Scene, key: &Key, version: &Version) -> Result<Value, Refusal> {
    let mut item = json!({
        "kid": kid(scene, key, version), "attributes": version.attributes(vault(scene)?),
    });
    if !version.tags.is_null() {
        item["tags"] = version.tags.clone();
    }
    Ok(item)
}

/// A version with the public half of the key.
fn bundle(scene: &Scene, key: &Key, version: &Version) -> Result<Value, Refusal> {
    let mut bundle = item(scene, key, version)?;
    let mut web_key = version.material.public()?;
    web_key["kid"] = json::take(&mut bundle, "kid").unwrap_or_default();
    web_key["key_ops"] = version.operations.clone().into();
    bundle["key"] = web_key;
    Ok(bundle)
}

fn deleted_bundle(scene: &Scene, key: &Key, when: Millis) -> Result<Value, Refusal> {
    let newest = key.version(None).map(|version| bundle(scene, key, version));
    let mut bundle = newest.unwrap_or_else(|| Err(not_found(&key.name)))?;
    json::merge(&mut bundle, &deletion(scene, key, when)?);
    Ok(bundle)
}

fn deletion(scene: &Scene, key: &Key, when: Millis) -> Result<Value, Refusal> {
    let seconds = when / 1000;
    let end = seconds.saturating_add(retention(vault(scene)?).saturating_mul(DAY));
    Ok(json!({
        "recoveryId": format!("{}/deletedkeys/{}", scene.address.uri, key.name),
        "deletedDate": seconds, "scheduledPurgeDate": end,
    }))
}

/// A page of a list. The next one's address says how many items came before it.
fn page(
    scene: &Scene,
    path: &str,
    items: impl Iterator<Item = Result<Value, Refusal>>,
) -> Result<Reply, Refusal> {
    let number = |name: &str| scene.request.parameter(name).map(str::parse::<usize>);
    let size = match number("maxresults") {
        None => PAGE,
        Some(Ok(size)) if (1..=PAGE).contains(&size) => size,
        Some(_) => return Err(wrong(format!("maxresults must be between 1 and {PAGE}."))),
    };
    let before = number("$skiptoken").and_then(Result::ok).unwrap_or(0);
    let mut items = items.skip(before);
    let value: Vec<Value> = items.by_ref().take(size).collect::<Result<_, _>>()?;
    let next = items.next().map(|_| {
        let version = scene.request.parameter("api-version").unwrap_or_default();
        format!(
            "{}/{path}?api-version={version}&maxresults={size}&$skiptoken={}",
            scene.address.uri,
            before + size
        )
    });
    Ok(Reply::json(
        200,
        json!({ "value": value, "nextLink": next }),
    ))
}
