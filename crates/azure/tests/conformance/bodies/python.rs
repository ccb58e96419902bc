//! The models of Microsoft's Python SDK, in the releases that `tests/emulators/requirements.txt` pins.

use std::process::Command;

use super::compare::{Fault, Judgement, Models};
use super::program;
use super::sent::Body;

/// What is known of these models.
pub const MODELS: Models = Models {
    leaves_out: |_| false,
    faults: &[
        Fault {
            type_name: "Microsoft.DBforPostgreSQL/flexibleServers",
            method: "",
            path: "properties.highAvailability.mode",
            reason: "the package has lost `Disabled`, as the emulator's overlay says with its source",
        },
        Fault {
            type_name: "Microsoft.OperationalInsights/workspaces",
            method: "",
            path: "identity.type",
            reason: "right: a workspace takes one kind of identity, and Azure refuses a program that asks for both",
        },
    ],
};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/bodies.py");

/// Has each body judged by the model of its type and method.
pub fn judge(sent: &[Body]) -> Vec<Judgement> {
    let python = xtask::venv::ensure().unwrap_or_else(|error| panic!("{error}: {error:?}"));
    let mut command = Command::new(python);
    command.args(["-B", SCRIPT]);
    program::judge(&mut command, sent)
}
