//! The network: a subnet for services, one for the database, one for what is reached by private endpoints.

use stack::prelude::*;
use stack_azure::network as azure;
use stack_azure::resources::ResourceGroupHandle;

use crate::settings;

/// A network that everything but the ingress is in.
pub struct Network<'a> {
    /// Where it lies.
    pub group: &'a ResourceGroupHandle,
    /// Its settings.
    pub settings: &'a settings::Network,
}

/// What the rest of the program needs of the network.
pub struct NetworkHandle {
    /// The network.
    pub network: azure::VirtualNetworkHandle,
    /// For services.
    pub services: azure::SubnetHandle,
    /// For the database.
    pub database: azure::SubnetHandle,
    /// For private endpoints.
    pub endpoints: azure::SubnetHandle,
}

impl Component for Network<'_> {
    type Handle = NetworkHandle;

    fn build(self, stack: &mut Stack) -> Result<NetworkHandle> {
        let cidr = self.settings.cidr;
        let network = stack.add(
            "main",
            azure::VirtualNetwork::builder()
                .resource_group_id(&self.group.id)
                .address_prefixes([cidr.to_string()])
                .build(),
        );
        let guard = stack.add(
            "guard",
            azure::NetworkSecurityGroup::builder()
                .resource_group_id(&self.group.id)
                .security_rules(vec![from_the_network(), from_nowhere_else()])
                .build(),
        );
        // Sixteen equal parts. Services get the first: an environment cannot move to a larger subnet.
        let mut parts = cidr.subnets(cidr.prefix() + 4)?;
        let mut subnet = |stack: &mut Stack,
                          name: &str,
                          delegation: Option<&str>|
         -> Result<azure::SubnetHandle> {
            let Some(part) = parts.next() else {
                bail!("network.cidr {cidr} is too small");
            };
            let subnet = azure::Subnet::builder()
                .virtual_network_id(&network.id)
                .address_prefixes([part.to_string()])
                .maybe_delegation(delegation);
            let subnet = match delegation {
                Some(_) => subnet.build(),
                None => subnet.network_security_group_id(&guard.id).build(),
            };
            Ok(stack.add(name, subnet))
        };
        let services = subnet(stack, "services", Some("Microsoft.App/environments"))?;
        let database = subnet(
            stack,
            "database",
            Some("Microsoft.DBforPostgreSQL/flexibleServers"),
        )?;
        let endpoints = subnet(stack, "endpoints", None)?;
        Ok(NetworkHandle {
            network,
            services,
            database,
            endpoints,
        })
    }
}

impl NetworkHandle {
    /// A private DNS zone that the network knows. What answers to its names waits for the link.
    pub fn zone(
        &self,
        stack: &mut Stack,
        group: &ResourceGroupHandle,
        name: impl IntoInput<String>,
    ) -> (azure::PrivateDnsZoneHandle, azure::PrivateDnsZoneLinkHandle) {
        let zone = stack.add(
            "names",
            azure::PrivateDnsZone::builder()
                .resource_group_id(&group.id)
                .name(name)
                .build(),
        );
        let link = stack.add(
            "names",
            azure::PrivateDnsZoneLink::builder()
                .private_dns_zone_id(&zone.id)
                .virtual_network_id(&self.network.id)
                .build(),
        );
        (zone, link)
    }
}

fn from_the_network() -> Input<azure::SecurityRule> {
    rule(
        "from-the-network",
        100,
        azure::RuleAccess::Allow,
        "VirtualNetwork",
    )
}

fn from_nowhere_else() -> Input<azure::SecurityRule> {
    rule("from-nowhere-else", 4096, azure::RuleAccess::Deny, "*")
}

fn rule(
    name: &str,
    priority: i64,
    access: azure::RuleAccess,
    from: &str,
) -> Input<azure::SecurityRule> {
    azure::SecurityRule::builder()
        .name(name)
        .priority(priority)
        .direction(azure::Direction::Inbound)
        .access(access)
        .protocol(azure::Protocol::Any)
        .source_address_prefixes([from])
        .source_port_ranges(["*"])
        .destination_address_prefixes(["*"])
        .destination_port_ranges(["*"])
        .build()
}
