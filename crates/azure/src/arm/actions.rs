//! What a type calls, as Azure's roles name it: all of it follows from where its objects are and how they live.
//!
//! <https://learn.microsoft.com/azure/role-based-access-control/resource-provider-operations>

use stack_model::Schema;
use stack_provider::{Actions, Implied, Verb};

use super::{Arm, Life, ResourceId, Update};

/// What Azure asks for besides when an object is tied to another, by the input that ties it.
const TIES: [(&str, &str); 13] = [
    (
        "identity",
        "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
    ),
    ("subnet_id", JOIN_SUBNET),
    ("infrastructure_subnet_id", JOIN_SUBNET),
    ("delegated_subnet_id", JOIN_SUBNET),
    (
        "network_rules",
        "Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action",
    ),
    (
        "virtual_network_id",
        "Microsoft.Network/virtualNetworks/join/action",
    ),
    (
        "network_security_group_id",
        "Microsoft.Network/networkSecurityGroups/join/action",
    ),
    (
        "route_table_id",
        "Microsoft.Network/routeTables/join/action",
    ),
    (
        "nat_gateway_id",
        "Microsoft.Network/natGateways/join/action",
    ),
    (
        "ddos_protection_plan_id",
        "Microsoft.Network/ddosProtectionPlans/join/action",
    ),
    ("private_dns_zone_id", JOIN_ZONE),
    ("private_dns_zone_ids", JOIN_ZONE),
    (
        "environment_id",
        "Microsoft.App/managedEnvironments/join/action",
    ),
];
const JOIN_SUBNET: &str = "Microsoft.Network/virtualNetworks/subnets/join/action";
const JOIN_ZONE: &str = "Microsoft.Network/privateDnsZones/join/action";

/// An object of the type, for what its place says.
fn example<T: Arm>() -> ResourceId {
    let parent = T::ARM.beneath.map(|parent| parent());
    let parent = parent.unwrap_or_else(|| ResourceId::subscription("any"));
    parent.child(T::ARM.path, "any")
}

/// The type, as Azure's roles name it.
pub(super) fn kind_of<T: Arm>() -> String {
    example::<T>().kind()
}

/// An object that another lies beneath; see [`ArmType::beneath`](super::ArmType::beneath).
pub(super) fn parent<T: Arm>() -> ResourceId {
    example::<T>()
}

/// What a type calls.
pub(super) fn of<T: Arm>(schema: &Schema) -> Actions {
    let kind = kind_of::<T>();
    let (read, write) = (format!("{kind}/read"), format!("{kind}/write"));
    let actions = Actions::none().to_read([read]).to_create([write.clone()]);
    let actions = match T::ARM.update {
        Update::Patch | Update::Put { .. } => actions.to_update([write.clone()]),
        Update::Never => actions,
    };
    let actions = match T::ARM.life {
        Life::Made => actions.to_delete([format!("{kind}/delete")]),
        Life::Left { .. } | Life::Part { .. } => actions.to_delete([write]),
    };
    let ties = TIES
        .iter()
        .filter(|(input, _)| schema.inputs.contains_key(*input) && *input != T::ARM.parent);
    let ties = ties.map(|(input, action)| Implied::by(Verb::Create, *action).given(input));
    let names = T::NAME_CHECK.map(|action| Implied::by(Verb::Read, action));
    let waits = if T::ARM.at_once {
        Vec::new()
    } else {
        waiting(&kind)
    };
    let waits = waits
        .into_iter()
        .map(|action| Implied::by(Verb::Create, action));
    T::actions(
        actions.implying(ties).implying(names).implying(waits),
        &kind,
    )
}

/// `Microsoft.Storage` of `Microsoft.Storage/storageAccounts`.
pub(super) fn namespace_of(kind: &str) -> &str {
    kind.split('/').next().unwrap_or_default()
}

/// Asking how an operation goes that takes its time. Services call it by several names, so that a `*` stands for them.
pub(crate) fn waiting(kind: &str) -> Vec<String> {
    let namespace = namespace_of(kind);
    let usual = format!("{namespace}/locations/*/read");
    if namespace == "Microsoft.Resources" {
        return vec![format!("{namespace}/subscriptions/operationresults/read")];
    }
    if kind.starts_with("Microsoft.Network/privateDnsZones") {
        let words = ["privateDnsOperationStatuses", "privateDnsOperationResults"];
        let words = words.map(|word| format!("{namespace}/{word}/read"));
        return std::iter::once(usual).chain(words).collect();
    }
    if namespace == "Microsoft.ContainerRegistry" {
        return vec![usual, format!("{kind}/operationStatuses/read")];
    }
    vec![usual]
}
