//! Vaults.

use serde_json::{Value, json};

use super::super::table;
use super::{MALFORMED, VERSIONS, deleted};
use crate::json;
use crate::refusal::Refusal;
use crate::rules::{Draft, Location, NameRule, Put, Rules, Scene, State, Style, at_once, later};

/// `Microsoft.KeyVault/vaults`.
pub static VAULT: Rules = Rules {
    name: "Microsoft.KeyVault/vaults",
    versions: VERSIONS,
    table: table!("Microsoft.KeyVault.vaults"),
    location: Location::Region,
    name_rule: NameRule {
        length: (3, 24),
        others: "-",
        code: "VaultNameNotValid",
        ..NameRule::USUAL
    },
    taken: Some("VaultAlreadyExists"),
    put: Some(Put {
        created: later(201, Style::Body),
        updated: at_once(200),
    }),
    patch: Some(at_once(200)),
    state: State {
        creating: &["RegisteringDns"],
        updating: &["RegisteringDns"],
        ..State::USUAL
    },
    busy: "ConflictError",
    malformed: MALFORMED,
    prepare,
    stored: deleted::recover,
    gone: deleted::keep,
    ..Rules::USUAL
};

fn prepare(scene: &Scene, draft: &mut Draft) -> Result<(), Refusal> {
    let recover = json::take(&mut draft.body, "properties.createMode") == Some("recover".into());
    if draft.before.is_none() {
        let known = deleted::named(scene.world, draft.id.name());
        match (known, recover) {
            (Some(known), true) if known.id == draft.id => {
                let tags = json::take(&mut draft.body, "tags");
                draft.body = known.body.clone();
                if let Some(tags) = tags {
                    json::set(&mut draft.body, "tags", tags);
                }
                return Ok(());
            }
            (Some(_), _) => {
                let message = format!(
                    "A vault with the same name already exists in deleted state. You need to either recover or purge \
                     existing key vault '{}'.",
                    draft.id.name()
                );
                return Err(Refusal::conflict("ConflictError", message));
            }
            (None, true) => {
                let message = format!(
                    "There is no deleted vault '{}' to recover.",
                    draft.id.name()
                );
                return Err(Refusal::not_found("DeletedVaultNotFound", message));
            }
            (None, false) => {}
        }
    }
    switches(draft)?;
    let address = format!(
        "https://{}.vault.azure.net/",
        draft.id.name().to_lowercase()
    );
    let body = &mut draft.body;
    json::set(body, "properties.vaultUri", address);
    for (path, value) in [
        // The default of the API versions from 2026-02-01 on; before it was the other way around.
        ("properties.enableRbacAuthorization", json!(true)),
        ("properties.enableSoftDelete", json!(true)),
        ("properties.softDeleteRetentionInDays", json!(90)),
        ("properties.enabledForDeployment", json!(false)),
        ("properties.accessPolicies", json!([])),
        ("properties.publicNetworkAccess", json!("Enabled")),
    ] {
        json::default(body, path, value);
    }
    Ok(())
}

fn switches(draft: &mut Draft) -> Result<(), Refusal> {
    let refused =
        |path: &str, message: &str| Err(Refusal::bad_request(MALFORMED, message).at(path));
    let path = "properties.enablePurgeProtection";
    if json::at(&draft.body, path) == Some(&Value::Bool(false)) {
        let message = "The property \"enablePurgeProtection\" cannot be set to false. Enabling the purge protection for a vault is an irreversible action.";
        return refused(path, message);
    }
    // What was switched on stays on, also when a PUT leaves it out.
    if draft
        .before
        .is_some_and(|before| json::truth(&before.body, path))
    {
        json::set(&mut draft.body, path, true);
    }
    let path = "properties.enableSoftDelete";
    if json::at(&draft.body, path) == Some(&Value::Bool(false)) {
        return refused(
            path,
            "The property \"enableSoftDelete\" can be set to false only for creating a vault of the past; soft delete is always on.",
        );
    }
    let path = "properties.softDeleteRetentionInDays";
    let days = json::at(&draft.body, path).and_then(Value::as_i64);
    if days.is_some_and(|days| !(7..=90).contains(&days)) {
        return refused(
            path,
            "The property \"softDeleteRetentionInDays\" must be between 7 and 90.",
        );
    }
    let before = draft
        .before
        .and_then(|before| json::at(&before.body, path))
        .cloned();
    match before {
        Some(before) if days.is_some() && before.as_i64() != days => {
            return refused(
                path,
                "The property \"softDeleteRetentionInDays\" has been set already and it can't be modified.",
            );
        }
        Some(before) => json::set(&mut draft.body, path, before),
        None => {}
    }
    let roles =
        json::at(&draft.body, "properties.enableRbacAuthorization") != Some(&Value::Bool(false));
    if !roles && json::at(&draft.body, "properties.accessPolicies").is_none() {
        let message =
            "The parameter accessPolicies is not specified, and enableRbacAuthorization is false.";
        return refused("properties.accessPolicies", message);
    }
    Ok(())
}
