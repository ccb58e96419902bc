//! How an app is reached.

use serde_json::{Value, json};

use super::environment::domain;
use crate::json;
use crate::refusal::Refusal;
use crate::rules::{Draft, Scene};
use crate::store::Resource;

const PATH: &str = "properties.configuration.ingress";

/// Checks the ingress of an app and gives it its address.
pub fn complete(scene: &Scene, draft: &mut Draft, environment: &Resource) -> Result<(), Refusal> {
    if json::at(&draft.body, PATH).is_none() {
        return Ok(());
    }
    traffic(scene, draft)?;
    certificates(scene, &draft.body)?;
    let external = json::truth(&draft.body, "properties.configuration.ingress.external");
    let middle = if external { "" } else { ".internal" };
    let address = format!("{}{middle}.{}", draft.id.name(), domain(environment));
    let body = &mut draft.body;
    json::set(body, "properties.configuration.ingress.fqdn", address);
    for (name, value) in [
        ("external", json!(false)),
        ("transport", json!("auto")),
        ("allowInsecure", json!(false)),
        ("targetPort", json!(0)),
        ("exposedPort", json!(0)),
        (
            "traffic",
            json!([{ "latestRevision": true, "weight": 100 }]),
        ),
    ] {
        json::default(body, &format!("{PATH}.{name}"), value);
    }
    Ok(())
}

fn traffic(scene: &Scene, draft: &Draft) -> Result<(), Refusal> {
    let weights = json::list(&draft.body, "properties.configuration.ingress.traffic");
    if weights.is_empty() {
        return Ok(());
    }
    let sum: i64 = weights
        .iter()
        .filter_map(|weight| json::at(weight, "weight").and_then(Value::as_i64))
        .sum();
    if sum != 100 {
        let message = format!("The weights of the traffic must add up to 100; they are {sum}.");
        return Err(Refusal::bad_request("ContainerAppInvalidTrafficWeight", message).at(PATH));
    }
    let coming = json::text(&draft.body, "properties.template.revisionSuffix").unwrap_or_default();
    let coming = format!("{}--{coming}", draft.id.name());
    for name in weights
        .iter()
        .filter_map(|weight| json::text(weight, "revisionName"))
    {
        let there = scene
            .world
            .store
            .get(&draft.id.child("revisions", name))
            .is_some();
        if !there && name != coming {
            let message = format!("The revision '{name}', which gets traffic, was not found.");
            return Err(Refusal::bad_request("RevisionNotFound", message).at(PATH));
        }
    }
    Ok(())
}

fn certificates(scene: &Scene, body: &Value) -> Result<(), Refusal> {
    for domain in json::list(body, "properties.configuration.ingress.customDomains") {
        let name = json::text(domain, "name").unwrap_or_default();
        let secure = json::text(domain, "bindingType") == Some("SniEnabled");
        let Some(id) = json::text(domain, "certificateId") else {
            if secure {
                let message = format!(
                    "The custom domain '{name}' needs 'certificateId' when its binding is SniEnabled."
                );
                return Err(Refusal::bad_request("InvalidCustomDomain", message).at(PATH));
            }
            continue;
        };
        if scene.world.store.named(id).is_none() {
            let message =
                format!("The certificate {id} of the custom domain '{name}' was not found.");
            return Err(Refusal::bad_request("CertificateMissing", message).at(PATH));
        }
    }
    Ok(())
}
