//! Private endpoints, and the zones that their names are written to.

use serde_json::{Value, json};

use super::super::table;
use super::{MALFORMED, USUAL};
use crate::id::ResourceId;
use crate::json;
use crate::random::guid;
use crate::refusal::Refusal;
use crate::rules::{Draft, Location, Place, Rules, Scene};

/// `Microsoft.Network/privateEndpoints`.
pub static ENDPOINT: Rules = Rules {
    name: "Microsoft.Network/privateEndpoints",
    table: table!("Microsoft.Network.privateEndpoints"),
    location: Location::Region,
    prepare: prepare_endpoint,
    ..USUAL
};

/// `Microsoft.Network/privateEndpoints/privateDnsZoneGroups`.
pub static ZONE_GROUP: Rules = Rules {
    name: "Microsoft.Network/privateEndpoints/privateDnsZoneGroups",
    table: table!("Microsoft.Network.privateEndpoints.privateDnsZoneGroups"),
    place: Place::Parent,
    serial: true,
    prepare: prepare_zones,
    ..USUAL
};

/// What is approved at once, and what waits for its owner.
const CONNECTIONS: &[(&str, &str, &str)] = &[
    ("privateLinkServiceConnections", "Approved", "Auto-approved"),
    (
        "manualPrivateLinkServiceConnections",
        "Pending",
        "Awaiting Approval",
    ),
];

fn prepare_endpoint(scene: &Scene, draft: &mut Draft) -> Result<(), Refusal> {
    draft.immutable(
        "properties.subnet.id",
        "PrivateEndpointSubnetCannotBeChanged",
    )?;
    let subnet = scene.referred(
        &draft.body,
        "properties.subnet.id",
        "Microsoft.Network/virtualNetworks/subnets",
    )?;
    if subnet.is_none() {
        let message = "A private endpoint needs 'properties.subnet.id'.";
        return Err(Refusal::bad_request(MALFORMED, message).at("properties.subnet.id"));
    }
    let own = draft.id.clone();
    let mut targets = Vec::new();
    for (list, status, description) in CONNECTIONS {
        let path = format!("properties.{list}");
        json::default(&mut draft.body, &path, json!([]));
        let Some(Value::Array(connections)) = json::at_mut(&mut draft.body, &path) else {
            continue;
        };
        for connection in connections {
            targets.push(target(scene, connection)?);
            let name = json::text(connection, "name")
                .unwrap_or_default()
                .to_owned();
            json::set(connection, "id", own.child(list, &name).as_str());
            json::set(connection, "type", format!("{}/{list}", ENDPOINT.name));
            json::set(connection, "properties.provisioningState", "Succeeded");
            let state =
                json!({ "status": status, "description": description, "actionsRequired": "None" });
            json::default(
                connection,
                "properties.privateLinkServiceConnectionState",
                state,
            );
        }
    }
    if targets.is_empty() {
        let message = "A private endpoint needs a private link service connection.";
        return Err(Refusal::bad_request(
            "PrivateEndpointMustHavePrivateLinkServiceConnection",
            message,
        ));
    }
    let name = json::text(&draft.body, "properties.customNetworkInterfaceName").map(str::to_owned);
    let card = name.unwrap_or_else(|| format!("{}.nic.{}", draft.id.name(), guid()));
    let group = draft
        .id
        .group()
        .unwrap_or_else(|| draft.id.subscription_id());
    let card = group.resource("Microsoft.Network/networkInterfaces", &card);
    draft.keep(
        "properties.networkInterfaces",
        || json!([{ "id": card.as_str() }]),
    );
    let names: Vec<Value> = targets
        .iter()
        .map(|name| json!({ "fqdn": name, "ipAddresses": ["10.0.0.4"] }))
        .collect();
    json::set(&mut draft.body, "properties.customDnsConfigs", names);
    json::default(&mut draft.body, "properties.ipConfigurations", json!([]));
    Ok(())
}

/// What a connection leads to, by the name that it has.
fn target(scene: &Scene, connection: &Value) -> Result<String, Refusal> {
    const PATH: &str = "properties.privateLinkServiceId";
    let id = json::text(connection, PATH).unwrap_or_default();
    let Some(found) = scene.world.store.named(id) else {
        let message = format!("Resource {id} referenced by {} was not found.", scene.id);
        return Err(Refusal::bad_request("InvalidResourceReference", message).at(PATH));
    };
    if json::list(connection, "properties.groupIds").is_empty() {
        let message = "A connection to a service of Azure needs 'properties.groupIds'.";
        return Err(
            Refusal::bad_request("PrivateEndpointGroupIdsMissing", message)
                .at("properties.groupIds"),
        );
    }
    Ok(format!(
        "{}.{}",
        found.id.name(),
        found.id.type_name().rsplit('/').next().unwrap_or_default()
    ))
}

fn prepare_zones(scene: &Scene, draft: &mut Draft) -> Result<(), Refusal> {
    json::take(&mut draft.body, "name");
    let endpoint: Option<ResourceId> = draft.id.parent();
    let endpoint = endpoint.and_then(|endpoint| scene.world.store.get(&endpoint));
    let names =
        endpoint.map(|endpoint| json::list(&endpoint.body, "properties.customDnsConfigs").to_vec());
    let Some(Value::Array(zones)) =
        json::at_mut(&mut draft.body, "properties.privateDnsZoneConfigs")
    else {
        return Ok(());
    };
    for zone in zones {
        scene.referred(
            zone,
            "properties.privateDnsZoneId",
            "Microsoft.Network/privateDnsZones",
        )?;
        let records: Value = names
            .iter()
            .flatten()
            .map(|name| {
                json!({
                    "recordType": "A", "recordSetName": json::text(name, "fqdn"), "fqdn": json::text(name, "fqdn"),
                    "ttl": 10, "ipAddresses": json::at(name, "ipAddresses"), "provisioningState": "Succeeded",
                })
            })
            .collect();
        json::set(zone, "properties.recordSets", records);
    }
    Ok(())
}
