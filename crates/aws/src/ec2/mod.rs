//! Networks.

mod elastic_ip;
mod existing_vpc;
#[cfg(feature = "provider")]
mod filters;
mod internet_gateway;
#[cfg(feature = "provider")]
mod listed;
mod nat_gateway;
mod prefix_list;
#[cfg(feature = "provider")]
mod ranges;
mod route;
mod route_table;
mod route_table_association;
mod security_group;
mod security_group_rule;
#[cfg(feature = "provider")]
pub(crate) mod strays;
mod subnet;
mod subnets;
#[cfg(feature = "provider")]
mod tags;
mod vpc;
mod vpc_endpoint;
mod zones;

pub use elastic_ip::*;
pub use existing_vpc::*;
pub use internet_gateway::*;
pub use nat_gateway::*;
pub use prefix_list::*;
pub use route::*;
pub use route_table::*;
pub use route_table_association::*;
pub use security_group::*;
pub use security_group_rule::*;
pub use subnet::*;
pub use subnets::*;
pub use vpc::*;
pub use vpc_endpoint::*;
pub use zones::*;

/// Adds the types of this service.
#[cfg(feature = "provider")]
pub(crate) fn register(
    catalog: stack_provider::Catalog<crate::Aws>,
) -> stack_provider::Catalog<crate::Aws> {
    catalog
        .object::<ElasticIp>()
        .object::<InternetGateway>()
        .object::<NatGateway>()
        .object::<Route>()
        .object::<RouteTable>()
        .object::<RouteTableAssociation>()
        .object::<SecurityGroup>()
        .object::<SecurityGroupRule>()
        .object::<Subnet>()
        .object::<Vpc>()
        .object::<VpcEndpoint>()
        .lookup::<ExistingVpc>()
        .lookup::<PrefixList>()
        .lookup::<Subnets>()
        .lookup::<Zones>()
}
