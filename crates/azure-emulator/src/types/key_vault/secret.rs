//! Secrets through Azure Resource Manager: written, listed without their values, never deleted.

use serde_json::json;

use super::super::authorization::{SECRET_READERS, may};
use super::super::table;
use super::vault::VAULT;
use super::{MALFORMED, VERSIONS, deleted};
use crate::json;
use crate::random::guid;
use crate::refusal::Refusal;
use crate::rules::{Draft, NameRule, Place, Rules, Scene, State, at_once};
use crate::store::Resource;

/// `Microsoft.KeyVault/vaults/secrets`.
pub static SECRET: Rules = Rules {
    name: "Microsoft.KeyVault/vaults/secrets",
    versions: VERSIONS,
    table: table!("Microsoft.KeyVault.vaults.secrets"),
    place: Place::Parent,
    name_rule: NameRule {
        length: (1, 127),
        others: "-",
        code: MALFORMED,
        ..NameRule::USUAL
    },
    patch: Some(at_once(200)),
    delete: None,
    state: State::NONE,
    malformed: MALFORMED,
    prepare,
    show: |world, secret, body| {
        let vault = secret.id.parent().and_then(|vault| world.store.get(&vault));
        if let Some(location) = vault.and_then(Resource::location) {
            json::set(body, "location", location);
        }
    },
    gone: deleted::keep,
    ..Rules::USUAL
};

fn prepare(scene: &Scene, draft: &mut Draft) -> Result<(), Refusal> {
    const PATH: &str = "properties.value";
    match json::take(&mut draft.body, PATH) {
        Some(value) => {
            draft.hidden["value"] = value;
            draft.hidden["version"] = guid().replace('-', "").into();
        }
        None if draft.before.is_none() => {
            let message = "The property 'properties.value' is required to create a secret.";
            return Err(Refusal::bad_request(MALFORMED, message).at(PATH));
        }
        None => {}
    }
    let seconds = scene.now / 1000;
    let vault = draft
        .id
        .parent()
        .map(|vault| vault.name().to_lowercase())
        .unwrap_or_default();
    let address = format!(
        "https://{vault}.vault.azure.net/secrets/{}",
        draft.id.name()
    );
    let version = json::text(&draft.hidden, "version")
        .unwrap_or_default()
        .to_owned();
    draft.keep("properties.attributes.created", || seconds.into());
    let body = &mut draft.body;
    json::set(body, "properties.attributes.updated", seconds);
    json::default(body, "properties.attributes.enabled", true);
    json::set(
        body,
        "properties.secretUriWithVersion",
        format!("{address}/{version}"),
    );
    json::set(body, "properties.secretUri", address);
    Ok(())
}

/// The vault, the secret and the version that an address names.
fn parts(address: &str) -> Option<(&str, &str, &str)> {
    let (vault, secret) = address
        .strip_prefix("https://")?
        .split_once(".vault.azure.net/secrets/")?;
    let (name, version) = secret.split_once('/').unwrap_or((secret, ""));
    (!vault.is_empty() && !name.is_empty()).then_some((vault, name, version))
}

/// Whether a text is the address of a secret in a vault.
pub fn is_address(text: &str) -> bool {
    parts(text).is_some()
}

/// Whether a principal can read the secret that an address names, and if not, why.
pub fn readable(scene: &Scene, address: &str, principal: &str) -> Result<(), String> {
    let (vault, name, version) = parts(address).ok_or("it is not the address of a secret")?;
    let mut vaults = scene
        .world
        .store
        .all()
        .filter(|resource| resource.is(VAULT.name));
    let vault = vaults
        .find(|candidate| candidate.id.name().eq_ignore_ascii_case(vault))
        .ok_or("the vault was not found")?;
    let id = vault.id.child("secrets", name);
    let secret = scene
        .world
        .store
        .get(&id)
        .ok_or("the secret was not found")?;
    if !version.is_empty() && Some(version) != json::text(&secret.hidden, "version") {
        return Err("the version was not found".to_owned());
    }
    match json::truth(&vault.body, "properties.enableRbacAuthorization") {
        true if may(scene, principal, &id, SECRET_READERS) => Ok(()),
        false if in_policies(vault, principal) => Ok(()),
        _ => Err("ForbiddenByRbac: the caller is not authorized to read it".to_owned()),
    }
}

fn in_policies(vault: &Resource, principal: &str) -> bool {
    json::list(&vault.body, "properties.accessPolicies")
        .iter()
        .any(|policy| {
            let reads = json::list(policy, "permissions.secrets");
            json::text(policy, "objectId") == Some(principal)
                && (reads.contains(&json!("get")) || reads.contains(&json!("all")))
        })
}
