//! `azure:network:Subnet`: a part of a private network.

use stack::resource::*;

/// A part of a private network. Azure changes the subnets of one network one at a time, and so does the engine.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource(
    "azure:network:Subnet",
    unique("virtual_network_id", "address_prefixes"),
    visibility_lag = "15s"
)]
pub struct Subnet {
    /// The id of its network.
    #[input(required, replaces, case_insensitive)]
    pub virtual_network_id: String,
    /// Its name, unique in the network. Made by the engine when it is not set.
    #[input(replaces, case_insensitive, name(max_length = 80))]
    pub name: Option<String>,
    /// Its address ranges, within those of the network: one, or one of each IP version.
    #[input(required, replaces, set)]
    pub address_prefixes: Vec<String>,
    /// The service that the subnet is handed over to, such as `Microsoft.App/environments` or
    /// `Microsoft.DBforPostgreSQL/flexibleServers`.
    #[input(case_insensitive, reset = "")]
    pub delegation: Option<String>,
    /// The services that are reached over Azure's own network, such as `Microsoft.Storage`.
    #[input(set)]
    pub service_endpoints: Vec<String>,
    /// The id of the network security group that guards it.
    #[input(case_insensitive, reset = "")]
    pub network_security_group_id: Option<String>,
    /// The id of its route table.
    #[input(case_insensitive, reset = "")]
    pub route_table_id: Option<String>,
    /// The id of the NAT gateway through which it reaches the internet.
    #[input(case_insensitive, reset = "")]
    pub nat_gateway_id: Option<String>,
    /// Whether Azure gives its machines a way to the internet unasked. New subnets of this API version have none.
    #[input(replaces)]
    pub default_outbound_access: Option<bool>,
    /// Whether security groups and routes count for private endpoints in it.
    #[input(reset = "Disabled")]
    pub private_endpoint_network_policies: Option<PrivateEndpointNetworkPolicies>,
}

/// What counts for private endpoints in a subnet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum PrivateEndpointNetworkPolicies {
    /// Nothing.
    #[choice("Disabled")]
    Disabled,
    /// Security groups and route tables.
    #[choice("Enabled")]
    Enabled,
    /// Security groups.
    #[choice("NetworkSecurityGroupEnabled")]
    NetworkSecurityGroupEnabled,
    /// Route tables.
    #[choice("RouteTableEnabled")]
    RouteTableEnabled,
}

#[cfg(feature = "provider")]
mod handler {
    use super::*;
    use crate::network::VirtualNetwork;
    use crate::prelude::*;

    impl Arm for Subnet {
        const ARM: ArmType = ArmType::beneath::<VirtualNetwork>(
            "virtual_network_id",
            "subnets",
            "2025-07-01",
            Update::Put { without: &[] },
        )
        .one_at_a_time();

        const PLACES: &[(&str, &str)] = &[
            ("delegation", ""),
            ("service_endpoints", ""),
            (
                "network_security_group_id",
                "properties.networkSecurityGroup.id",
            ),
            ("route_table_id", "properties.routeTable.id"),
            ("nat_gateway_id", "properties.natGateway.id"),
        ];

        fn shape(body: &mut Json, inputs: &SubnetInputs) {
            without_empty_ids(
                body,
                &[
                    "properties.networkSecurityGroup",
                    "properties.routeTable",
                    "properties.natGateway",
                ],
            );
            if let Some(service) = &inputs.delegation {
                let delegations = match service.as_str() {
                    "" => json!([]),
                    service => {
                        json!([{"name": "delegation", "properties": {"serviceName": service}}])
                    }
                };
                put(body, "properties.delegations", delegations);
            }
            let endpoints = inputs.service_endpoints.iter();
            let endpoints = endpoints.map(|service| json!({"service": service}));
            put(body, "properties.serviceEndpoints", endpoints.collect());
        }

        async fn observe(_: &Azure, _: &ResourceId, answer: &Json, values: &mut Map) -> Result<()> {
            let properties = &answer["properties"];
            let texts = |list: &Json, name: &str| -> Vec<String> {
                let items = list.as_array().into_iter().flatten();
                items
                    .filter_map(|item| at(item, name)?.as_str().map(str::to_owned))
                    .collect()
            };
            if let Some(prefix) = properties["addressPrefix"].as_str() {
                let prefixes = vec![prefix.to_owned()];
                values.insert("address_prefixes".to_owned(), prefixes.to_value());
            }
            let services = texts(&properties["serviceEndpoints"], "service");
            values.insert("service_endpoints".to_owned(), services.to_value());
            let delegation = texts(&properties["delegations"], "properties.serviceName").pop();
            values.insert("delegation".to_owned(), delegation.to_value());
            Ok(())
        }
    }
}
