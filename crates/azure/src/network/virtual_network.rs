//! `azure:network:VirtualNetwork`: a private network.

use stack::resource::*;

/// A private network. Its subnets are resources of their own.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("azure:network:VirtualNetwork", visibility_lag = "15s")]
pub struct VirtualNetwork {
    /// The id of its resource group.
    #[input(required, replaces, case_insensitive)]
    pub resource_group_id: String,
    /// Its name, unique in the group. Made by the engine when it is not set.
    #[input(replaces, case_insensitive, name(max_length = 64))]
    pub name: Option<String>,
    /// Its region. The provider configuration's when it is not set.
    #[input(replaces, case_and_space_insensitive)]
    pub location: Option<String>,
    /// Its address ranges, such as `10.0.0.0/16`.
    #[input(required, set)]
    pub address_prefixes: Vec<String>,
    /// The addresses of its name servers. Azure's own when there are none.
    #[input]
    pub dns_servers: Vec<String>,
    /// The id of the DDoS protection plan.
    #[input(case_insensitive, reset = "")]
    pub ddos_protection_plan_id: Option<String>,
    /// For how many minutes a flow may be idle: 4 to 30.
    #[input(reset = 4)]
    pub flow_timeout_in_minutes: Option<i64>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// Azure's lasting id of it, which a new network of the same name does not have.
    #[output]
    pub resource_guid: String,
}

#[cfg(feature = "provider")]
mod handler {
    use super::*;
    use crate::prelude::*;

    impl Arm for VirtualNetwork {
        const ARM: ArmType = ArmType::of_group(
            "providers/Microsoft.Network/virtualNetworks",
            "2025-07-01",
            // An empty list would delete the subnets; none keeps them.
            Update::Put {
                without: &["properties.subnets"],
            },
        );

        const PLACES: &[(&str, &str)] = &[
            (
                "address_prefixes",
                "properties.addressSpace.addressPrefixes",
            ),
            ("dns_servers", "properties.dhcpOptions.dnsServers"),
            (
                "ddos_protection_plan_id",
                "properties.ddosProtectionPlan.id",
            ),
        ];

        fn shape(body: &mut Json, inputs: &VirtualNetworkInputs) {
            match inputs.ddos_protection_plan_id.as_deref() {
                None => {}
                Some("") => drop(take(body, "properties.ddosProtectionPlan")),
                Some(_) => put(body, "properties.enableDdosProtection", json!(true)),
            }
        }
    }
}
