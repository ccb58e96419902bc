//! Virtual networks and their subnets.

use ipnet::IpNet;
use serde_json::{Value, json};

use super::super::table;
use super::address::{overlap, range, ranges};
use super::inline::{Inline, plain};
use super::{MALFORMED, PATCH, USUAL, users};
use crate::id::ResourceId;
use crate::json;
use crate::random::guid;
use crate::refusal::Refusal;
use crate::rules::{Draft, Location, NameRule, Place, Rules, Scene};
use crate::store::Resource;
use crate::world::World;

/// `Microsoft.Network/virtualNetworks`.
pub static NETWORK: Rules = Rules {
    name: "Microsoft.Network/virtualNetworks",
    table: table!("Microsoft.Network.virtualNetworks"),
    location: Location::Region,
    name_rule: NameRule {
        length: (2, 64),
        ..NameRule::USUAL
    },
    patch: PATCH,
    prepare: prepare_network,
    stored: |world, network, _, now| SUBNETS.write(world, network, now),
    show: |world, network, body| SUBNETS.show(world, network, body),
    guard: |scene, network| {
        let mut subnets = scene.world.store.of_type(&network.id, SUBNET.name);
        subnets.try_for_each(|subnet| unused(scene.world, &subnet.id))
    },
    ..USUAL
};

/// `Microsoft.Network/virtualNetworks/subnets`. Subnets of one network change one at a time.
pub static SUBNET: Rules = Rules {
    name: "Microsoft.Network/virtualNetworks/subnets",
    table: table!("Microsoft.Network.virtualNetworks.subnets"),
    place: Place::Parent,
    serial: true,
    prepare: prepare_subnet,
    show: |_, subnet, body| show_delegations(subnet, body),
    guard: |scene, subnet| unused(scene.world, &subnet.id),
    ..USUAL
};

const SUBNETS: Inline = Inline {
    word: "subnets",
    rules: &SUBNET,
};

/// What puts something into a subnet: the type and where it names the subnet.
const USES: &[(&str, &str)] = &[
    ("Microsoft.Network/privateEndpoints", "properties.subnet.id"),
    (
        "Microsoft.App/managedEnvironments",
        "properties.vnetConfiguration.infrastructureSubnetId",
    ),
    (
        "Microsoft.DBforPostgreSQL/flexibleServers",
        "properties.network.delegatedSubnetResourceId",
    ),
];

/// A subnet with something in it stays.
fn unused(world: &World, subnet: &ResourceId) -> Result<(), Refusal> {
    let used = |(type_name, path): &(&'static str, &'static str)| {
        users(world, subnet, type_name, path).next()
    };
    let Some(user) = USES.iter().find_map(used) else {
        return Ok(());
    };
    let message = format!(
        "Subnet {} is in use by {} and cannot be deleted. In order to delete the subnet, delete all the resources within \
         the subnet.",
        subnet.name(),
        user.id
    );
    Err(Refusal::bad_request("InUseSubnetCannotBeDeleted", message))
}

fn prepare_network(scene: &Scene, draft: &mut Draft) -> Result<(), Refusal> {
    let space = ranges(&draft.body, "properties.addressSpace.addressPrefixes")?;
    if space.is_empty() {
        let path = "properties.addressSpace.addressPrefixes";
        let message = "A virtual network needs at least one address prefix.";
        return Err(Refusal::bad_request(MALFORMED, message).at(path));
    }
    json::default(&mut draft.body, "properties.enableDdosProtection", false);
    json::default(
        &mut draft.body,
        "properties.virtualNetworkPeerings",
        json!([]),
    );
    draft.keep("properties.resourceGuid", || guid().into());
    let Some(mut subnets) = SUBNETS.take(draft)? else {
        // They stay, and must still fit.
        return fit(&draft.id, &space, &SUBNETS.there(scene, &draft.id));
    };
    for (_, subnet) in &mut subnets {
        complete_subnet(scene, subnet)?;
    }
    fit(&draft.id, &space, &subnets)?;
    for old in SUBNETS.dropped(scene, &draft.id, &subnets) {
        unused(scene.world, &old.id)?;
    }
    SUBNETS.leave(draft, subnets);
    Ok(())
}

fn prepare_subnet(scene: &Scene, draft: &mut Draft) -> Result<(), Refusal> {
    plain(&mut draft.body);
    complete_subnet(scene, &mut draft.body)?;
    let Some(network) = draft.id.parent() else {
        return Ok(());
    };
    let Some(found) = scene.world.store.get(&network) else {
        return Ok(());
    };
    let space = ranges(&found.body, "properties.addressSpace.addressPrefixes")?;
    let mut all = SUBNETS.there(scene, &network);
    all.retain(|(name, _)| !name.eq_ignore_ascii_case(draft.id.name()));
    all.push((draft.id.name().to_owned(), draft.body.clone()));
    fit(&network, &space, &all)
}

fn complete_subnet(scene: &Scene, body: &mut Value) -> Result<(), Refusal> {
    let ranges = subnet_ranges(body)?;
    if ranges.is_empty() {
        let message = "A subnet needs 'properties.addressPrefix' or 'properties.addressPrefixes'.";
        return Err(Refusal::bad_request(MALFORMED, message).at("properties.addressPrefix"));
    }
    scene.referred(
        body,
        "properties.networkSecurityGroup.id",
        "Microsoft.Network/networkSecurityGroups",
    )?;
    scene.referred(
        body,
        "properties.routeTable.id",
        "Microsoft.Network/routeTables",
    )?;
    json::default(
        body,
        "properties.privateEndpointNetworkPolicies",
        "Disabled",
    );
    json::default(
        body,
        "properties.privateLinkServiceNetworkPolicies",
        "Enabled",
    );
    json::default(body, "properties.delegations", json!([]));
    for delegation in json::list(body, "properties.delegations") {
        if json::text(delegation, "properties.serviceName").is_none() {
            let message = "A delegation needs 'properties.serviceName'.";
            return Err(Refusal::bad_request(MALFORMED, message).at("properties.delegations"));
        }
    }
    Ok(())
}

fn subnet_ranges(body: &Value) -> Result<Vec<IpNet>, Refusal> {
    let mut all = ranges(body, "properties.addressPrefixes")?;
    if let Some(one) = json::text(body, "properties.addressPrefix") {
        all.push(range(one, "properties.addressPrefix")?);
    }
    Ok(all)
}

/// Subnets lie in their network and apart from each other.
fn fit(network: &ResourceId, space: &[IpNet], subnets: &[(String, Value)]) -> Result<(), Refusal> {
    let mut taken: Vec<(&str, IpNet)> = Vec::new();
    for (name, body) in subnets {
        for range in subnet_ranges(body)? {
            if !space.iter().any(|whole| whole.contains(&range)) {
                let message = format!(
                    "Subnet '{name}' is not valid in virtual network '{}'.",
                    network.name()
                );
                return Err(Refusal::bad_request("NetcfgInvalidSubnet", message));
            }
            let other = taken
                .iter()
                .find(|(other, theirs)| other != name && overlap(theirs, &range));
            if let Some((other, _)) = other {
                let message = format!(
                    "Subnet '{name}' is not valid because its IP address range overlaps with that of subnet '{other}'."
                );
                return Err(Refusal::bad_request("NetcfgSubnetRangesOverlap", message));
            }
            taken.push((name, range));
        }
    }
    Ok(())
}

fn show_delegations(subnet: &Resource, body: &mut Value) {
    let Some(Value::Array(delegations)) = json::at_mut(body, "properties.delegations") else {
        return;
    };
    for delegation in delegations {
        let name = json::text(delegation, "name")
            .unwrap_or_default()
            .to_owned();
        json::set(
            delegation,
            "id",
            subnet.id.child("delegations", &name).as_str(),
        );
        json::set(delegation, "etag", subnet.etag());
        json::set(
            delegation,
            "type",
            "Microsoft.Network/virtualNetworks/subnets/delegations",
        );
        json::set(delegation, "properties.provisioningState", "Succeeded");
    }
}
