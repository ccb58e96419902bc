//! Reads bodies with the models of `azure_mgmt_app` and `azure_mgmt_postgresql`, and writes them again: a line of JSON a
//! body on standard input, `{"type", "method", "body"}`, and a line a judgement on standard output,
//! `{"back", "error", "unknown_choices"}`.

use std::fmt::Debug;
use std::io::{Read, Result, stdin};

use azure_mgmt_app::models as app;
use azure_mgmt_postgresql::models as postgres;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

fn main() -> Result<()> {
    let mut bodies = String::new();
    stdin().read_to_string(&mut bodies)?;
    for line in bodies.lines() {
        let asked: Json = serde_json::from_str(line)?;
        let text = |field: &str| asked[field].as_str().unwrap_or_default();
        let judgement = judge(text("type"), text("method"), &asked["body"]);
        let (back, error) = match judgement.back {
            Ok(back) => (back, None),
            Err(error) => (Json::Null, Some(error)),
        };
        println!(
            "{}",
            json!({"back": back, "error": error, "unknown_choices": judgement.unknown_choices})
        );
    }
    Ok(())
}

/// What a model made of a body.
struct Judgement {
    back: std::result::Result<Json, String>,
    unknown_choices: Vec<String>,
}

/// Has a body judged by the model that the crate's client sends.
fn judge(type_name: &str, method: &str, json: &Json) -> Judgement {
    match (type_name, method) {
        ("Microsoft.App/containerApps", "PUT") => by::<app::ContainerApp>(json),
        ("Microsoft.App/containerApps", "PATCH") => {
            in_part::<app::ContainerApp>(json, &["/location"])
        }
        ("Microsoft.App/jobs", "PUT") => by::<app::Job>(json),
        ("Microsoft.App/jobs", "PATCH") => {
            let configuration = "/properties/configuration";
            in_part::<app::JobPatchProperties>(
                json,
                &[
                    &format!("{configuration}/triggerType"),
                    &format!("{configuration}/replicaTimeout"),
                ],
            )
        }
        ("Microsoft.App/managedEnvironments", "PUT") => by::<app::ManagedEnvironment>(json),
        ("Microsoft.App/managedEnvironments", "PATCH") => {
            in_part::<app::ManagedEnvironment>(json, &["/location"])
        }
        ("Microsoft.App/managedEnvironments/managedCertificates", "PUT") => {
            by::<app::ManagedCertificate>(json)
        }
        ("Microsoft.App/managedEnvironments/managedCertificates", "PATCH") => {
            by::<app::ManagedCertificatePatch>(json)
        }
        ("Microsoft.DBforPostgreSQL/flexibleServers", "PUT") => by::<postgres::Server>(json),
        ("Microsoft.DBforPostgreSQL/flexibleServers", "PATCH") => {
            in_part::<postgres::ServerForUpdate>(json, &["/sku/tier"])
        }
        ("Microsoft.DBforPostgreSQL/flexibleServers/configurations", "PUT") => {
            by::<postgres::Configuration>(json)
        }
        ("Microsoft.DBforPostgreSQL/flexibleServers/configurations", "PATCH") => {
            by::<postgres::ConfigurationForUpdate>(json)
        }
        ("Microsoft.DBforPostgreSQL/flexibleServers/databases", "PUT") => {
            by::<postgres::Database>(json)
        }
        ("Microsoft.DBforPostgreSQL/flexibleServers/firewallRules", "PUT") => {
            by::<postgres::FirewallRule>(json)
        }
        other => panic!("no model is known for {other:?}"),
    }
}

fn by<M: Serialize + DeserializeOwned + Debug>(body: &Json) -> Judgement {
    let model: serde_json::Result<M> = serde_json::from_value(body.clone());
    Judgement {
        unknown_choices: model.as_ref().map(unknown_choices).unwrap_or_default(),
        back: model
            .and_then(serde_json::to_value)
            .map_err(|error| error.to_string()),
    }
}

/// A part of an object, read by a model that cannot do without these properties: they are lent to it.
fn in_part<M: Serialize + DeserializeOwned + Debug>(body: &Json, needed: &[&str]) -> Judgement {
    let mut whole = body.clone();
    let mut lent = Vec::new();
    for place in needed {
        let (outer, name) = place.rsplit_once('/').expect("a pointer");
        if let Some(Json::Object(outer)) = whole.pointer_mut(outer)
            && !outer.contains_key(name)
        {
            outer.insert(name.to_owned(), lend(name));
            lent.push(*place);
        }
    }
    let mut judgement = by::<M>(&whole);
    for place in lent {
        let (outer, name) = place.rsplit_once('/').expect("a pointer");
        let back = judgement.back.as_mut().ok();
        if let Some(Json::Object(outer)) = back.and_then(|back| back.pointer_mut(outer)) {
            outer.remove(name);
        }
    }
    judgement
}

fn lend(name: &str) -> Json {
    match name {
        "replicaTimeout" => json!(1),
        "triggerType" => json!("Manual"),
        "tier" => json!("Burstable"),
        _ => json!("westeurope"),
    }
}

/// The models keep a text that is none of their choices, in a variant for it. Its place is not told: its value is.
fn unknown_choices(model: &impl Debug) -> Vec<String> {
    let shown = format!("{model:?}");
    let found = shown.split("UnknownValue(").skip(1);
    found
        .filter_map(|rest| rest.split(')').next())
        .map(str::to_owned)
        .collect()
}
