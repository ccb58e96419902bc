//! Microsoft.App: Azure Container Apps.

mod certificate;
mod container_app;
mod environment;
mod execution;
mod ingress;
mod job;
mod revision;
mod secrets;
mod template;

use serde_json::{Value, json};

use crate::exchange::Reply;
use crate::json;
use crate::locations;
use crate::rules::{Action, Answer, NameRule, Put, Rules, State, Style, later};
use crate::store::canonical_location;

/// The types of this service.
pub const TYPES: &[&Rules] = &[
    &environment::ENVIRONMENT,
    &certificate::MANAGED_CERTIFICATE,
    &container_app::APP,
    &revision::REVISION,
    &job::JOB,
    &execution::EXECUTION,
];

/// What is asked of the service itself.
pub const ACTIONS: &[(&str, &str, Action)] =
    &[("Microsoft.App", "getCustomDomainVerificationId", |_, _| {
        Ok(Reply::json(200, json!(VERIFICATION)))
    })];

const VERSIONS: &[&str] = &["2025-07-01", "2025-01-01", "2024-03-01"];

/// What somebody who owns a domain puts into its DNS.
const VERIFICATION: &str = "5A7E6C1B0D2F4E8F9A3B5C7D9E1F20314253647586970A1B2C3D4E5F60718293";

/// The code for a property that cannot be changed.
const FIXED: &str = "InvalidParameterChange";

const PUT: Option<Put> = Some(Put {
    created: later(201, Style::Operation),
    updated: later(200, Style::Operation),
});

const PATCH: Option<Answer> = Some(later(202, Style::Location));

const DELETE: Option<Answer> = Some(later(202, Style::Location));

/// Apps and jobs are in one state from their start to their end.
const STATE: State = State {
    creating: &["InProgress"],
    updating: &["InProgress"],
    ..State::USUAL
};

/// What is usual for a type of this service.
const USUAL: Rules = Rules {
    versions: VERSIONS,
    put: PUT,
    patch: PATCH,
    delete: DELETE,
    state: STATE,
    name_rule: NAME,
    ..Rules::USUAL
};

const NAME: NameRule = NameRule {
    length: (2, 32),
    others: "-",
    lower: true,
    code: "ContainerAppInvalidName",
};

/// This service answers with what people read for a region: `West US`.
fn show_location(body: &mut Value) {
    let written = json::text(body, "location").map(canonical_location);
    if let Some(display) = written.as_deref().and_then(locations::display_name) {
        json::set(body, "location", display);
    }
}
