//! The models of `azure_mgmt_app` and `azure_mgmt_postgresql`, made from the specifications of August 2024.

use std::process::Command;

use super::compare::{Fault, Judgement, Models};
use super::program;
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

/// The program that reads with these models: a workspace of its own.
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/models/Cargo.toml");

/// Has each body judged by the model that the crate's client sends.
pub fn judge(sent: &[Body]) -> Vec<Judgement> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["run", "--quiet", "--locked", "--manifest-path", PROGRAM]);
    program::judge(&mut command, sent)
}
