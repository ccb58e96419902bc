//! What an account has for blobs: its service, containers, and the policy of their life.

use serde_json::{Value, json};

use super::super::table;
use super::VERSIONS;
use crate::clock::written;
use crate::json;
use crate::refusal::Refusal;
use crate::rules::{Draft, NameRule, Place, Put, Rules, Scene, State, at_once};

/// Its one name.
const DEFAULT: NameRule = NameRule {
    length: (7, 7),
    others: "",
    lower: true,
    code: "InvalidResourceName",
};

/// `Microsoft.Storage/storageAccounts/blobServices`, of which each account has one.
pub static SERVICE: Rules = Rules {
    name: "Microsoft.Storage/storageAccounts/blobServices",
    versions: VERSIONS,
    table: table!("Microsoft.Storage.storageAccounts.blobServices"),
    place: Place::Parent,
    name_rule: DEFAULT,
    state: State::NONE,
    delete: None,
    prepare: |_, draft| {
        let mut body = defaults();
        json::merge(&mut body, &draft.body);
        draft.body = body;
        Ok(())
    },
    ..Rules::USUAL
};

/// A blob service as it is at first.
pub fn defaults() -> Value {
    json!({ "properties": {
        "cors": { "corsRules": [] },
        "deleteRetentionPolicy": { "enabled": false, "allowPermanentDelete": false },
    } })
}

/// `Microsoft.Storage/storageAccounts/blobServices/containers`.
pub static CONTAINER: Rules = Rules {
    name: "Microsoft.Storage/storageAccounts/blobServices/containers",
    versions: VERSIONS,
    table: table!("Microsoft.Storage.storageAccounts.blobServices.containers"),
    place: Place::Parent,
    name_rule: NameRule {
        length: (3, 63),
        others: "-$",
        lower: true,
        code: "InvalidResourceName",
    },
    patch: Some(at_once(200)),
    state: State::NONE,
    etag: true,
    prepare,
    ..Rules::USUAL
};

/// `Microsoft.Storage/storageAccounts/managementPolicies`: the lifecycle of blobs. PUT answers 200 also at first.
pub static MANAGEMENT_POLICY: Rules = Rules {
    name: "Microsoft.Storage/storageAccounts/managementPolicies",
    versions: VERSIONS,
    table: table!("Microsoft.Storage.storageAccounts.managementPolicies"),
    place: Place::Parent,
    name_rule: DEFAULT,
    put: Some(Put {
        created: at_once(200),
        updated: at_once(200),
    }),
    state: State::NONE,
    prepare: |scene, draft| {
        json::set(
            &mut draft.body,
            "properties.lastModifiedTime",
            written(scene.now),
        );
        Ok(())
    },
    ..Rules::USUAL
};

fn prepare(scene: &Scene, draft: &mut Draft) -> Result<(), Refusal> {
    let account = draft.id.parent().and_then(|service| service.parent());
    let account = account.and_then(|id| scene.world.store.get(&id));
    let open = account
        .is_some_and(|account| json::truth(&account.body, "properties.allowBlobPublicAccess"));
    let public =
        json::text(&draft.body, "properties.publicAccess").is_some_and(|access| access != "None");
    if public && !open {
        let message = "Public access is not permitted on this storage account.";
        return Err(Refusal::conflict("PublicAccessNotPermitted", message));
    }
    let body = &mut draft.body;
    for (path, value) in [
        ("properties.publicAccess", json!("None")),
        (
            "properties.defaultEncryptionScope",
            json!("$account-encryption-key"),
        ),
        ("properties.denyEncryptionScopeOverride", json!(false)),
    ] {
        json::default(body, path, value);
    }
    for (path, value) in [
        ("properties.deleted", json!(false)),
        ("properties.hasImmutabilityPolicy", json!(false)),
        ("properties.hasLegalHold", json!(false)),
        ("properties.leaseState", json!("Available")),
        ("properties.leaseStatus", json!("Unlocked")),
        ("properties.remainingRetentionDays", json!(0)),
        ("properties.lastModifiedTime", json!(written(scene.now))),
    ] {
        json::set(body, path, value);
    }
    Ok(())
}
