//! Containers, of apps and of jobs.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::environment::is_consumption;
use super::secrets;
use crate::json;
use crate::refusal::Refusal;
use crate::rules::{Draft, Scene};
use crate::store::Resource;
use crate::types::authorization::{ACR_PULL, may};

const CONTAINERS: &str = "properties.template.containers";

/// Checks the containers of a body and gives them what they leave out.
pub fn complete(environment: &Resource, body: &mut Value) -> Result<(), Refusal> {
    let invalid = |message: String| {
        Err(
            Refusal::bad_request("InvalidParameterValueInContainerTemplate", message)
                .at(CONTAINERS),
        )
    };
    if json::list(body, CONTAINERS).is_empty() {
        return invalid("'template.containers' needs at least one container.".to_owned());
    }
    let mut names = BTreeSet::new();
    let first = json::list(body, "properties.template.initContainers").iter();
    for container in first.chain(json::list(body, CONTAINERS)) {
        let name = json::text(container, "name").unwrap_or_default();
        if name.is_empty() || json::text(container, "image").is_none_or(str::is_empty) {
            return invalid("Each container needs a name and an image.".to_owned());
        }
        if !names.insert(name) {
            return invalid(format!(
                "The container name '{name}' is there more than once."
            ));
        }
        mounts(body, container)?;
    }
    for path in [CONTAINERS, "properties.template.initContainers"] {
        if let Some(Value::Array(containers)) = json::at_mut(body, path) {
            for container in containers {
                json::default(container, "resources.cpu", 0.5);
                json::default(container, "resources.memory", "1Gi");
                json::set(container, "resources.ephemeralStorage", "2Gi");
            }
        }
    }
    sizes(environment, body)
}

fn mounts(body: &Value, container: &Value) -> Result<(), Refusal> {
    let volumes = json::list(body, "properties.template.volumes");
    let known = |name: &str| {
        volumes
            .iter()
            .any(|volume| json::text(volume, "name") == Some(name))
    };
    let mut mounts = json::list(container, "volumeMounts")
        .iter()
        .filter_map(|mount| json::text(mount, "volumeName"));
    match mounts.find(|name| !known(name)) {
        Some(name) => {
            let message =
                format!("The volume '{name}' is mounted and is not in 'template.volumes'.");
            Err(Refusal::bad_request("ContainerAppVolumeNotFound", message))
        }
        None => Ok(()),
    }
}

/// On shared machines CPU and memory go together, from 0.25 and 0.5Gi to 4 and 8Gi in steps of that.
fn sizes(environment: &Resource, body: &Value) -> Result<(), Refusal> {
    if !is_consumption(
        environment,
        json::text(body, "properties.workloadProfileName"),
    ) {
        return Ok(());
    }
    let (mut cpu, mut memory) = (0.0, 0.0);
    for container in json::list(body, CONTAINERS) {
        cpu += json::at(container, "resources.cpu")
            .and_then(Value::as_f64)
            .unwrap_or_default();
        let text = json::text(container, "resources.memory").unwrap_or_default();
        memory += text
            .strip_suffix("Gi")
            .and_then(|number| number.parse::<f64>().ok())
            .unwrap_or(f64::NAN);
    }
    let steps = cpu / 0.25;
    if (1.0..=16.0).contains(&steps) && steps.fract() == 0.0 && memory == cpu * 2.0 {
        return Ok(());
    }
    let message = format!(
        "The total requested CPU and memory resources for this application (CPU: {cpu}, memory: {memory}Gi) is invalid. \
         Total CPU and memory for all containers defined in a Container App must add up to one of the following CPU - \
         Memory combinations: [cpu: 0.25, memory: 0.5Gi] to [cpu: 4.0, memory: 8.0Gi] in steps of the first."
    );
    Err(Refusal::bad_request(
        "ContainerAppInvalidResourceTotal",
        message,
    ))
}

/// Registries are signed in to with a password from the secrets, or with an identity that may pull.
pub fn registries(scene: &Scene, draft: &Draft) -> Result<(), Refusal> {
    const PATH: &str = "properties.configuration.registries";
    let invalid = |message: String| {
        Err(Refusal::bad_request("InvalidParameterValueInContainerTemplate", message).at(PATH))
    };
    for registry in json::list(&draft.body, PATH) {
        let server = json::text(registry, "server").unwrap_or_default();
        let identity = json::text(registry, "identity").filter(|identity| !identity.is_empty());
        let password = json::text(registry, "passwordSecretRef").filter(|name| !name.is_empty());
        let identity = match (identity, password) {
            _ if server.is_empty() => return invalid("Each registry needs a server.".to_owned()),
            (None, None) => {
                return invalid(format!(
                    "The registry '{server}' needs an identity, or a user name and a password."
                ));
            }
            (Some(_), Some(_)) => {
                return invalid(format!(
                    "The registry '{server}' takes an identity or a password, not both."
                ));
            }
            (None, Some(_)) => continue,
            (Some(identity), None) => identity,
        };
        let Some(principal) = secrets::principal(&draft.body, identity) else {
            return invalid(format!(
                "The identity '{identity}' of registry '{server}' is not assigned to the resource."
            ));
        };
        let mut all = scene
            .world
            .store
            .all()
            .filter(|other| other.is("Microsoft.ContainerRegistry/registries"));
        let ours =
            all.find(|other| json::text(&other.body, "properties.loginServer") == Some(server));
        if ours.is_some_and(|ours| !may(scene, &principal, &ours.id, ACR_PULL)) {
            return invalid(format!(
                "Unable to pull from '{server}' using the identity '{identity}': UNAUTHORIZED: authentication required."
            ));
        }
    }
    Ok(())
}

/// Names that GET fills in when there is nothing to say.
pub fn scale(body: &mut Value) -> Result<(), Refusal> {
    const PATH: &str = "properties.template.scale";
    json::default(body, "properties.template.scale.maxReplicas", 10);
    json::default(body, "properties.template.scale.cooldownPeriod", 300);
    json::default(body, "properties.template.scale.pollingInterval", 30);
    let count = |name: &str| json::at(body, &format!("{PATH}.{name}")).and_then(Value::as_i64);
    let (least, most) = (
        count("minReplicas").unwrap_or(0),
        count("maxReplicas").unwrap_or(10),
    );
    if !(0..=1000).contains(&least) || !(1..=1000).contains(&most) || least > most {
        let message = format!(
            "'minReplicas' ({least}) must be 0 to 'maxReplicas' ({most}), which must be 1 to 1000."
        );
        return Err(Refusal::bad_request("ContainerAppInvalidScale", message).at(PATH));
    }
    let rules = json::list(body, "properties.template.scale.rules");
    let kinds = |rule: &Value| {
        ["azureQueue", "custom", "http", "tcp"]
            .iter()
            .filter(|kind| json::at(rule, kind).is_some())
            .count()
    };
    if let Some(rule) = rules
        .iter()
        .find(|rule| json::text(rule, "name").is_none() || kinds(rule) != 1)
    {
        let message = format!(
            "A scale rule needs a name and one of azureQueue, custom, http and tcp; this is {}.",
            json!(rule)
        );
        return Err(Refusal::bad_request("ContainerAppInvalidScaleRule", message).at(PATH));
    }
    Ok(())
}
