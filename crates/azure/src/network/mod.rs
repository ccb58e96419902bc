//! Networks, names and what guards them.

mod network_security_group;
mod private_dns_zone;
mod private_dns_zone_link;
mod private_endpoint;
mod subnet;
mod virtual_network;

pub use network_security_group::*;
pub use private_dns_zone::*;
pub use private_dns_zone_link::*;
pub use private_endpoint::*;
pub use subnet::*;
pub use virtual_network::*;

/// Adds the types of this service.
#[cfg(feature = "provider")]
pub(crate) fn register(
    catalog: stack_provider::Catalog<crate::Azure>,
) -> stack_provider::Catalog<crate::Azure> {
    use crate::arm::Object;
    catalog
        .object::<Object<NetworkSecurityGroup>>()
        .object::<Object<PrivateDnsZone>>()
        .object::<Object<PrivateDnsZoneLink>>()
        .object::<Object<PrivateEndpoint>>()
        .object::<Object<Subnet>>()
        .object::<Object<VirtualNetwork>>()
}
