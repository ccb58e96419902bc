//! Microsoft.ContainerRegistry.

use serde_json::json;

use super::table;
use crate::actions::{asked, check_name, hidden, which};
use crate::clock::written;
use crate::exchange::Reply;
use crate::json;
use crate::random::letters;
use crate::refusal::Refusal;
use crate::rules::{Act, Action, Draft, Location, NameRule, Put, Rules, Scene, Style, later};
use crate::store::Resource;
use crate::world::World;

/// The types of this service.
pub const TYPES: &[&Rules] = &[&REGISTRY];

/// What is asked of the service itself.
pub const ACTIONS: &[(&str, &str, Action)] = &[(
    "Microsoft.ContainerRegistry",
    "checkNameAvailability",
    |world, act| check_name(world, act, &REGISTRY, "Invalid"),
)];

static REGISTRY: Rules = Rules {
    name: "Microsoft.ContainerRegistry/registries",
    versions: &["2025-11-01", "2025-04-01", "2023-07-01"],
    table: table!("Microsoft.ContainerRegistry.registries"),
    location: Location::Region,
    name_rule: NameRule {
        length: (5, 50),
        others: "",
        ..NameRule::USUAL
    },
    taken: Some("AlreadyInUse"),
    put: Some(Put {
        created: later(201, Style::Operation),
        updated: later(200, Style::Operation),
    }),
    patch: Some(later(200, Style::Operation)),
    delete: Some(later(202, Style::Location)),
    prepare,
    actions: &[
        ("listCredentials", list_credentials),
        ("regenerateCredential", regenerate),
    ],
    ..Rules::USUAL
};

const PASSWORDS: &[&str] = &["password", "password2"];

fn prepare(scene: &Scene, draft: &mut Draft) -> Result<(), Refusal> {
    let tier = json::text(&draft.body, "sku.name")
        .unwrap_or_default()
        .to_owned();
    let server = format!("{}.azurecr.io", draft.id.name().to_lowercase());
    draft.keep("properties.creationDate", || written(scene.now).into());
    let body = &mut draft.body;
    json::set(body, "sku.tier", tier);
    json::set(body, "properties.loginServer", server);
    json::set(body, "properties.dataEndpointHostNames", json!([]));
    json::set(body, "properties.privateEndpointConnections", json!([]));
    for (path, value) in [
        ("properties.adminUserEnabled", json!(false)),
        ("properties.anonymousPullEnabled", json!(false)),
        ("properties.dataEndpointEnabled", json!(false)),
        ("properties.encryption", json!({ "status": "disabled" })),
        (
            "properties.networkRuleBypassOptions",
            json!("AzureServices"),
        ),
        ("properties.publicNetworkAccess", json!("Enabled")),
        (
            "properties.roleAssignmentMode",
            json!("LegacyRegistryPermissions"),
        ),
        ("properties.zoneRedundancy", json!("Disabled")),
        (
            "properties.policies.quarantinePolicy",
            json!({ "status": "disabled" }),
        ),
        (
            "properties.policies.trustPolicy",
            json!({ "type": "Notary", "status": "disabled" }),
        ),
        (
            "properties.policies.retentionPolicy",
            json!({ "days": 7, "status": "disabled" }),
        ),
        (
            "properties.policies.exportPolicy",
            json!({ "status": "enabled" }),
        ),
    ] {
        json::default(body, path, value);
    }
    for password in PASSWORDS {
        draft.keep_hidden(password, || letters(32).into());
    }
    Ok(())
}

fn list_credentials(world: &mut World, act: &Act) -> Result<Reply, Refusal> {
    credentials(asked(world, act)?)
}

fn regenerate(world: &mut World, act: &Act) -> Result<Reply, Refusal> {
    let which = which(act, "name", PASSWORDS)?;
    let registry = asked(world, act)?;
    json::set(&mut registry.hidden, which, letters(32));
    credentials(registry)
}

/// The code is not published; that the admin user has to be enabled is in the service's documentation.
fn credentials(registry: &Resource) -> Result<Reply, Refusal> {
    if !json::truth(&registry.body, "properties.adminUserEnabled") {
        let message = format!(
            "The admin user of registry '{}' is disabled; set 'adminUserEnabled' first.",
            registry.id.name()
        );
        return Err(Refusal::bad_request("AdminUserDisabled", message));
    }
    let passwords: Vec<_> = PASSWORDS
        .iter()
        .map(|name| json!({ "name": name, "value": hidden(registry, name) }))
        .collect();
    Ok(Reply::json(
        200,
        json!({ "username": registry.id.name(), "passwords": passwords }),
    ))
}
