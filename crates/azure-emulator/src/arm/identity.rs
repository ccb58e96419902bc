//! Managed identities of a resource: the `identity` of its body.

use serde_json::{Map, Value, json};

use crate::id::ResourceId;
use crate::json;
use crate::random::guid;
use crate::refusal::Refusal;
use crate::rules::{Draft, Scene};
use crate::token::TENANT;

/// Where user-assigned identities come from.
const TYPE: &str = "Microsoft.ManagedIdentity/userAssignedIdentities";

/// Checks the identities of a body and fills in who they are.
pub fn complete(scene: &Scene, draft: &mut Draft) -> Result<(), Refusal> {
    let Some(kind) = json::text(&draft.body, "identity.type").map(str::to_owned) else {
        return Ok(());
    };
    let kinds: Vec<&str> = kind.split(',').map(str::trim).collect();
    if kinds.contains(&"SystemAssigned") {
        draft.keep("identity.principalId", || guid().into());
        draft.keep("identity.tenantId", || TENANT.into());
    } else if let Some(identity) = json::at_mut(&mut draft.body, "identity") {
        json::take(identity, "principalId");
        json::take(identity, "tenantId");
    }
    let named = json::at(&draft.body, "identity.userAssignedIdentities").and_then(Value::as_object);
    let ids: Vec<String> = named
        .into_iter()
        .flatten()
        .map(|(id, _)| id.clone())
        .collect();
    let wanted = kinds.contains(&"UserAssigned");
    if wanted == ids.is_empty() {
        let message = match wanted {
            true => {
                "The identity type 'UserAssigned' needs at least one id in 'userAssignedIdentities'."
            }
            false => {
                "The property 'userAssignedIdentities' is only allowed with the identity type 'UserAssigned'."
            }
        };
        return Err(Refusal::bad_request("InvalidIdentityValues", message).at("identity"));
    }
    let mut filled = Map::new();
    for id in ids {
        filled.insert(id.clone(), known(scene, &id)?);
    }
    if wanted {
        json::set(&mut draft.body, "identity.userAssignedIdentities", filled);
    }
    Ok(())
}

fn known(scene: &Scene, id: &str) -> Result<Value, Refusal> {
    let right = ResourceId::parse(id).is_some_and(|id| id.type_name().eq_ignore_ascii_case(TYPE));
    match scene.world.store.named(id).filter(|_| right) {
        Some(identity) => Ok(json!({
            "principalId": json::at(&identity.body, "properties.principalId"),
            "clientId": json::at(&identity.body, "properties.clientId"),
        })),
        None => {
            let message = format!(
                "Identity operation for resource '{}' failed: the user-assigned identity '{id}' was not found.",
                scene.id
            );
            Err(Refusal::bad_request("FailedIdentityOperation", message)
                .at("identity.userAssignedIdentities"))
        }
    }
}
