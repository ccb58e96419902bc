//! Virtual networks and their subnets.

use ipnet::IpNet;
use serde_json::{Value, json};

use super::super::table;
use super::address::{overlap, range, ranges};
use super::{MALFORMED, PATCH, USUAL, users};
use crate::clock::Millis;
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
    stored: write_inline,
    show: show_network,
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
    // Without the list the subnets stay as they are, and must still fit; with it they are replaced, by none if it is empty.
    let Some(inline) = json::take(&mut draft.body, "properties.subnets") else {
        let subnets = scene.world.store.of_type(&draft.id, SUBNET.name);
        let kept: Vec<(String, Value)> = subnets
            .map(|subnet| (subnet.id.name().to_owned(), subnet.body.clone()))
            .collect();
        return fit(&draft.id, &space, &kept);
    };
    let mut subnets = Vec::new();
    for mut subnet in inline.as_array().cloned().unwrap_or_default() {
        let name = json::text(&subnet, "name").unwrap_or_default().to_owned();
        SUBNET.name_rule.check(&name)?;
        json::take(&mut subnet, "name");
        json::take(&mut subnet, "id");
        complete_subnet(scene, &mut subnet)?;
        subnets.push((name, subnet));
    }
    fit(&draft.id, &space, &subnets)?;
    let names = |id: &ResourceId| {
        subnets
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case(id.name()))
    };
    for old in scene.world.store.of_type(&draft.id, SUBNET.name) {
        if !names(&old.id) {
            unused(scene.world, &old.id)?;
        }
    }
    draft.hidden["inline"] = subnets
        .into_iter()
        .map(|(name, body)| json!({ "name": name, "body": body }))
        .collect();
    Ok(())
}

fn prepare_subnet(scene: &Scene, draft: &mut Draft) -> Result<(), Refusal> {
    json::take(&mut draft.body, "name");
    json::take(&mut draft.body, "id");
    json::take(&mut draft.body, "type");
    complete_subnet(scene, &mut draft.body)?;
    let Some(network) = draft.id.parent() else {
        return Ok(());
    };
    let Some(found) = scene.world.store.get(&network) else {
        return Ok(());
    };
    let space = ranges(&found.body, "properties.addressSpace.addressPrefixes")?;
    let siblings = scene
        .world
        .store
        .of_type(&network, SUBNET.name)
        .filter(|other| other.id != draft.id);
    let mut all: Vec<(String, Value)> = siblings
        .map(|other| (other.id.name().to_owned(), other.body.clone()))
        .collect();
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

/// Subnets that were written inside their network become children of it; those that were left out go.
fn write_inline(world: &mut World, network: &ResourceId, _: Option<&Resource>, now: Millis) {
    let inline = world
        .store
        .by_key_mut(&network.key())
        .and_then(|network| json::take(&mut network.hidden, "inline"));
    let Some(inline) = inline.as_ref().and_then(Value::as_array) else {
        return;
    };
    let name = |subnet: &Value| json::text(subnet, "name").unwrap_or_default().to_owned();
    let old: Vec<ResourceId> = world
        .store
        .of_type(network, SUBNET.name)
        .map(|subnet| subnet.id.clone())
        .collect();
    for id in old {
        if !inline
            .iter()
            .any(|subnet| name(subnet).eq_ignore_ascii_case(id.name()))
        {
            world.forget(&id, now);
        }
    }
    for subnet in inline {
        let id = network.child("subnets", &name(subnet));
        let mut resource = Resource::new(id, SUBNET.name, subnet["body"].clone(), now);
        if let Some(before) = world.store.get(&resource.id) {
            resource.created = before.created;
            resource.version = before.version + u64::from(before.body != resource.body);
        }
        world.store.put(resource);
    }
}

fn show_network(world: &World, network: &Resource, body: &mut Value) {
    let subnets = world.store.of_type(&network.id, SUBNET.name);
    let shown: Value = subnets
        .map(|subnet| world.shown(subnet, network.changed))
        .collect();
    json::set(body, "properties.subnets", shown);
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
