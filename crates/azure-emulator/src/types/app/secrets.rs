//! Secrets of apps and jobs: written, never read back.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::actions::asked;
use crate::exchange::Reply;
use crate::json;
use crate::refusal::Refusal;
use crate::rules::{Act, Draft, Scene};
use crate::types::key_vault;
use crate::world::World;

const PATH: &str = "properties.configuration.secrets";

/// Moves the values of secrets out of what GET answers. A secret without a value keeps the one that is known; one that
/// nobody knows is refused.
pub fn hide(scene: &Scene, draft: &mut Draft) -> Result<(), Refusal> {
    let invalid =
        |message: String| Err(Refusal::bad_request("ContainerAppSecretInvalid", message).at(PATH));
    let known = draft
        .hidden
        .get("secrets")
        .cloned()
        .unwrap_or_else(|| json!({}));
    let mut values = json!({});
    let mut names = BTreeSet::new();
    for secret in json::list(&draft.body, PATH) {
        let name = json::text(secret, "name").unwrap_or_default();
        let right = |letter: char| {
            letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-.".contains(letter)
        };
        if name.is_empty() || !name.chars().all(right) {
            return invalid(format!(
                "The secret name '{name}' must be lower-case letters, digits, '-' and '.'."
            ));
        }
        if !names.insert(name.to_owned()) {
            return invalid(format!("The secret '{name}' is there more than once."));
        }
        if json::at(secret, "keyVaultUrl").is_some() {
            from_vault(scene, &draft.body, name, secret)?;
            continue;
        }
        match json::text(secret, "value")
            .map(Value::from)
            .or_else(|| known.get(name).cloned())
        {
            Some(value) => values[name] = value,
            None => return invalid(incomplete(name)),
        }
    }
    draft.hidden["secrets"] = values;
    if let Some(Value::Array(secrets)) = json::at_mut(&mut draft.body, PATH) {
        for secret in secrets {
            json::take(secret, "value");
        }
    }
    Ok(())
}

/// In the service's words; azure-native#2673 has them.
fn incomplete(name: &str) -> String {
    format!(
        "Invalid Request: Container app secret(s) with name(s) '{name}' are invalid: value or keyVaultUrl and identity \
         should be provided."
    )
}

/// A secret in a vault is read by an identity of the app, which must be allowed to. The codes are those that
/// azure-container-apps#733 and #1174 tell of.
fn from_vault(scene: &Scene, body: &Value, name: &str, secret: &Value) -> Result<(), Refusal> {
    let refused = |code: &str, message: String| Err(Refusal::bad_request(code, message).at(PATH));
    let url = json::text(secret, "keyVaultUrl").unwrap_or_default();
    if !key_vault::is_address(url) {
        let message = format!(
            "The keyVaultUrl '{url}' of secret '{name}' is not the address of a secret in a vault."
        );
        return refused("ContainerAppSecretKeyVaultUrlInvalid", message);
    }
    let Some(identity) = json::text(secret, "identity") else {
        return refused("ContainerAppSecretInvalid", incomplete(name));
    };
    let why = match principal(body, identity) {
        None => "the identity is not assigned to the app".to_owned(),
        Some(principal) => match key_vault::readable(scene, url, &principal) {
            Ok(()) => return Ok(()),
            Err(why) => why,
        },
    };
    let message = format!(
        "The following field(s) are either invalid or missing. Field 'configuration.secrets' is invalid with details: \
         'Invalid value: \"{name}\": Unable to get value using Managed identity {identity} for secret {name}. Error: {why}'."
    );
    refused("InvalidParameterValueInContainerTemplate", message)
}

/// Who an identity of a body is: `System`, or the id of a user-assigned identity.
pub fn principal(body: &Value, identity: &str) -> Option<String> {
    if identity.eq_ignore_ascii_case("system") {
        return json::text(body, "identity.principalId").map(str::to_owned);
    }
    let assigned = json::at(body, "identity.userAssignedIdentities")?.as_object()?;
    let (_, found) = assigned
        .iter()
        .find(|(id, _)| id.eq_ignore_ascii_case(identity))?;
    json::text(found, "principalId").map(str::to_owned)
}

/// Every reference to a secret must name one.
pub fn references(body: &Value) -> Result<(), Refusal> {
    let names: BTreeSet<&str> = json::list(body, PATH)
        .iter()
        .filter_map(|secret| json::text(secret, "name"))
        .collect();
    let mut used = Vec::new();
    collect(body, &mut used);
    match used.into_iter().find(|name| !names.contains(name)) {
        Some(name) => {
            let message = format!(
                "SecretRef '{name}' defined for the container app was not found in its secrets."
            );
            Err(Refusal::bad_request(
                "ContainerAppSecretRefNotFound",
                message,
            ))
        }
        None => Ok(()),
    }
}

fn collect<'a>(value: &'a Value, used: &mut Vec<&'a str>) {
    match value {
        Value::Array(list) => list.iter().for_each(|value| collect(value, used)),
        Value::Object(object) => {
            for (key, value) in object {
                match value.as_str() {
                    Some(name)
                        if matches!(key.as_str(), "secretRef" | "passwordSecretRef")
                            && !name.is_empty() =>
                    {
                        used.push(name)
                    }
                    _ => collect(value, used),
                }
            }
        }
        _ => {}
    }
}

/// `listSecrets`: the one way to read them.
pub fn list(world: &mut World, act: &Act) -> Result<Reply, Refusal> {
    let resource = asked(world, act)?;
    let told: Vec<Value> = json::list(&resource.body, PATH)
        .iter()
        .map(|secret| {
            let mut told = secret.clone();
            let name = json::text(secret, "name").unwrap_or_default();
            if let Some(value) = resource
                .hidden
                .get("secrets")
                .and_then(|values| values.get(name))
            {
                told["value"] = value.clone();
            }
            told
        })
        .collect();
    Ok(Reply::json(200, json!({ "value": told })))
}
