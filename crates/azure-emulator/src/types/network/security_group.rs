//! Network security groups and their rules.

use serde_json::{Value, json};

use super::super::table;
use super::inline::{Inline, plain};
use super::{PATCH, USUAL, users};
use crate::json;
use crate::random::guid;
use crate::refusal::Refusal;
use crate::rules::{Draft, Location, Place, Rules, Scene};
use crate::store::Resource;
use crate::world::World;

/// `Microsoft.Network/networkSecurityGroups`.
pub static GROUP: Rules = Rules {
    name: "Microsoft.Network/networkSecurityGroups",
    table: table!("Microsoft.Network.networkSecurityGroups"),
    location: Location::Region,
    patch: PATCH,
    prepare: prepare_group,
    stored: |world, group, _, now| RULES.write(world, group, now),
    show: show_group,
    guard: |scene, group| match users(
        scene.world,
        &group.id,
        SUBNET,
        "properties.networkSecurityGroup.id",
    )
    .next()
    {
        Some(subnet) => {
            let message = format!(
                "Network security group {} cannot be deleted because it is in use by the following resources: {}.",
                group.id, subnet.id
            );
            Err(Refusal::bad_request(
                "InUseNetworkSecurityGroupCannotBeDeleted",
                message,
            ))
        }
        None => Ok(()),
    },
    ..USUAL
};

/// `Microsoft.Network/networkSecurityGroups/securityRules`.
pub static RULE: Rules = Rules {
    name: "Microsoft.Network/networkSecurityGroups/securityRules",
    table: table!("Microsoft.Network.networkSecurityGroups.securityRules"),
    place: Place::Parent,
    serial: true,
    prepare: prepare_rule,
    ..USUAL
};

const SUBNET: &str = "Microsoft.Network/virtualNetworks/subnets";

const RULES: Inline = Inline {
    word: "securityRules",
    rules: &RULE,
};

fn prepare_group(_: &Scene, draft: &mut Draft) -> Result<(), Refusal> {
    draft.keep("properties.resourceGuid", || guid().into());
    let Some(rules) = RULES.take(draft)? else {
        return Ok(());
    };
    for (_, rule) in &rules {
        complete(rule)?;
    }
    apart(&rules)?;
    RULES.leave(draft, rules);
    Ok(())
}

fn prepare_rule(scene: &Scene, draft: &mut Draft) -> Result<(), Refusal> {
    plain(&mut draft.body);
    complete(&draft.body)?;
    let Some(group) = draft.id.parent() else {
        return Ok(());
    };
    let mut all = RULES.there(scene, &group);
    all.retain(|(name, _)| !name.eq_ignore_ascii_case(draft.id.name()));
    all.push((draft.id.name().to_owned(), draft.body.clone()));
    apart(&all)
}

/// A rule says from where to where, by one prefix or a list of them, or by application security groups.
fn complete(rule: &Value) -> Result<(), Refusal> {
    let ends = [
        [
            "sourceAddressPrefix",
            "sourceAddressPrefixes",
            "sourceApplicationSecurityGroups",
        ],
        [
            "destinationAddressPrefix",
            "destinationAddressPrefixes",
            "destinationApplicationSecurityGroups",
        ],
        ["sourcePortRange", "sourcePortRanges", "sourcePortRanges"],
        [
            "destinationPortRange",
            "destinationPortRanges",
            "destinationPortRanges",
        ],
    ];
    for end in ends {
        if end
            .iter()
            .all(|name| json::at(rule, &format!("properties.{name}")).is_none())
        {
            let message = format!("A security rule needs one of: {}.", end.join(", "));
            return Err(
                Refusal::bad_request("SecurityRuleMissingRequiredProperty", message)
                    .at(format!("properties.{}", end[0])),
            );
        }
    }
    match priority(rule) {
        Some(100..=4096) => Ok(()),
        _ => {
            let message = "The priority of a security rule must be between 100 and 4096.";
            Err(Refusal::bad_request("SecurityRuleInvalidPriority", message)
                .at("properties.priority"))
        }
    }
}

fn priority(rule: &Value) -> Option<i64> {
    json::at(rule, "properties.priority").and_then(Value::as_i64)
}

/// Two rules of one direction differ in their priorities.
fn apart(rules: &[(String, Value)]) -> Result<(), Refusal> {
    for (index, (name, rule)) in rules.iter().enumerate() {
        let place = |rule: &Value| {
            (
                json::text(rule, "properties.direction").map(str::to_owned),
                priority(rule),
            )
        };
        if let Some((other, _)) = rules[..index]
            .iter()
            .find(|(_, other)| place(other) == place(rule))
        {
            let message = format!(
                "Security rules {other} and {name} conflict. They have the same priority and direction."
            );
            return Err(Refusal::bad_request("SecurityRuleConflict", message));
        }
    }
    Ok(())
}

/// The rules that every group has: "Default security rules" in the service's documentation.
const DEFAULTS: &[(&str, i64, &str, &str, &str, &str)] = &[
    (
        "AllowVnetInBound",
        65000,
        "Inbound",
        "Allow",
        "VirtualNetwork",
        "VirtualNetwork",
    ),
    (
        "AllowAzureLoadBalancerInBound",
        65001,
        "Inbound",
        "Allow",
        "AzureLoadBalancer",
        "*",
    ),
    ("DenyAllInBound", 65500, "Inbound", "Deny", "*", "*"),
    (
        "AllowVnetOutBound",
        65000,
        "Outbound",
        "Allow",
        "VirtualNetwork",
        "VirtualNetwork",
    ),
    (
        "AllowInternetOutBound",
        65001,
        "Outbound",
        "Allow",
        "*",
        "Internet",
    ),
    ("DenyAllOutBound", 65500, "Outbound", "Deny", "*", "*"),
];

fn show_group(world: &World, group: &Resource, body: &mut Value) {
    RULES.show(world, group, body);
    let defaults = DEFAULTS.iter().map(|(name, priority, direction, access, from, to)| {
        json!({
            "id": group.id.child("defaultSecurityRules", name).as_str(),
            "name": name, "etag": group.etag(),
            "type": "Microsoft.Network/networkSecurityGroups/defaultSecurityRules",
            "properties": {
                "provisioningState": "Succeeded", "protocol": "*", "priority": priority, "direction": direction,
                "access": access, "sourceAddressPrefix": from, "destinationAddressPrefix": to,
                "sourcePortRange": "*", "destinationPortRange": "*",
            },
        })
    });
    json::set(
        body,
        "properties.defaultSecurityRules",
        defaults.collect::<Value>(),
    );
    let subnets: Value = users(
        world,
        &group.id,
        SUBNET,
        "properties.networkSecurityGroup.id",
    )
    .map(|subnet| json!({ "id": subnet.id.as_str() }))
    .collect();
    if subnets
        .as_array()
        .is_some_and(|subnets| !subnets.is_empty())
    {
        json::set(body, "properties.subnets", subnets);
    }
}
