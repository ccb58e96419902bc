//! Databases and firewall rules of a server.

use std::net::Ipv4Addr;

use serde_json::json;

use super::super::table;
use super::{CHILD, invalid};
use crate::clock::Millis;
use crate::id::ResourceId;
use crate::json;
use crate::refusal::Refusal;
use crate::rules::{Draft, NameRule, Rules, Scene};
use crate::store::Resource;

/// `Microsoft.DBforPostgreSQL/flexibleServers/databases`.
pub static DATABASE: Rules = Rules {
    name: "Microsoft.DBforPostgreSQL/flexibleServers/databases",
    table: table!("Microsoft.DBforPostgreSQL.flexibleServers.databases"),
    name_rule: NameRule {
        length: (1, 63),
        others: "_-",
        code: super::INVALID,
        ..NameRule::USUAL
    },
    prepare: |_, draft| {
        draft.immutable("properties.charset", "PropertyChangeNotAllowed")?;
        draft.immutable("properties.collation", "PropertyChangeNotAllowed")?;
        json::default(&mut draft.body, "properties.charset", "UTF8");
        json::default(&mut draft.body, "properties.collation", "en_US.utf8");
        Ok(())
    },
    guard: |_, database| match SYSTEM.contains(&database.id.name()) {
        true => invalid(
            "name",
            format!(
                "The database '{}' belongs to the service.",
                database.id.name()
            ),
        ),
        false => Ok(()),
    },
    ..CHILD
};

/// `Microsoft.DBforPostgreSQL/flexibleServers/firewallRules`.
pub static FIREWALL_RULE: Rules = Rules {
    name: "Microsoft.DBforPostgreSQL/flexibleServers/firewallRules",
    table: table!("Microsoft.DBforPostgreSQL.flexibleServers.firewallRules"),
    name_rule: NameRule {
        length: (1, 128),
        others: "_-",
        code: super::INVALID,
        ..NameRule::USUAL
    },
    prepare: addresses,
    ..CHILD
};

/// The databases of the service itself.
const SYSTEM: &[&str] = &["azure_maintenance", "azure_sys"];

/// The databases that a new server has.
pub fn first(server: &ResourceId, now: Millis) -> Vec<Resource> {
    let body = || json!({ "properties": { "charset": "UTF8", "collation": "en_US.utf8" } });
    let names = SYSTEM.iter().chain(&["postgres"]);
    names
        .map(|name| Resource::new(server.child("databases", name), DATABASE.name, body(), now))
        .collect()
}

fn addresses(scene: &Scene, draft: &mut Draft) -> Result<(), Refusal> {
    let read = |path: &str| match json::text(&draft.body, path).map(str::parse::<Ipv4Addr>) {
        Some(Ok(address)) => Ok(address),
        _ => invalid(
            path,
            format!("The value of '{path}' must be an IPv4 address."),
        ),
    };
    if read("properties.startIpAddress")? > read("properties.endIpAddress")? {
        return invalid(
            "properties.endIpAddress",
            "The last address must not be before the first.",
        );
    }
    let server = draft
        .id
        .parent()
        .and_then(|server| scene.world.store.get(&server));
    let closed = server.is_some_and(|server| {
        json::text(&server.body, "properties.network.publicNetworkAccess") == Some("Disabled")
    });
    match closed {
        true => {
            let message =
                "Firewall rule operations cannot be requested for a private access enabled server.";
            Err(Refusal::bad_request(
                "FirewallRuleOperationsNotAllowed",
                message,
            ))
        }
        false => Ok(()),
    }
}
