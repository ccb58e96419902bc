//! The models of `azure_mgmt_app` and `azure_mgmt_postgresql`, made from the specifications of August 2024.

use std::fmt::Debug;

use azure_mgmt_app::models as app;
use azure_mgmt_postgresql::models as postgres;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

use super::compare::{Fault, Judgement, Models};
use super::sent::Body;

/// What is known of these models.
pub const MODELS: Models = Models {
    leaves_out: |value| value.as_array().is_some_and(Vec::is_empty),
    faults: &[
        Fault {
            type_name: "Microsoft.App/containerApps",
            method: "",
            path: IDENTITIES,
            reason: EMPTY,
        },
        Fault {
            type_name: "Microsoft.App/jobs",
            method: "",
            path: IDENTITIES,
            reason: EMPTY,
        },
        Fault {
            type_name: "Microsoft.App/managedEnvironments",
            method: "",
            path: IDENTITIES,
            reason: EMPTY,
        },
        Fault {
            type_name: "Microsoft.DBforPostgreSQL/flexibleServers",
            method: "",
            path: IDENTITIES,
            reason: EMPTY,
        },
        Fault {
            type_name: "Microsoft.App/containerApps",
            method: "",
            path: r#""Auto""#,
            reason: "the binding of a domain whose certificate Azure makes: newer than the model",
        },
        Fault {
            type_name: "Microsoft.DBforPostgreSQL/flexibleServers",
            method: "",
            path: r#""17""#,
            reason: "a version of Postgres: newer than the model, which ends with 16",
        },
        Fault {
            type_name: "Microsoft.DBforPostgreSQL/flexibleServers",
            method: "",
            path: r#""SystemAssigned""#,
            reason: OWN_IDENTITY,
        },
        Fault {
            type_name: "Microsoft.DBforPostgreSQL/flexibleServers",
            method: "",
            path: r#""SystemAssigned,UserAssigned""#,
            reason: OWN_IDENTITY,
        },
    ],
};

const IDENTITIES: &str = "identity.userAssignedIdentities";
const EMPTY: &str = "the model of this map is a struct without fields, so every identity is lost";
const OWN_IDENTITY: &str =
    "servers have identities of their own by now; the model has user-assigned ones alone";

/// Whether the crates have models of a type.
pub fn knows(type_name: &str) -> bool {
    type_name.starts_with("Microsoft.App/") || type_name.starts_with("Microsoft.DBforPostgreSQL/")
}

/// Has a body judged by the model that the crate's client sends.
pub fn judge(body: &Body) -> Judgement {
    let json = &body.json;
    match (body.type_name.as_str(), body.method.as_str()) {
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
    let model: Result<M, _> = serde_json::from_value(body.clone());
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
