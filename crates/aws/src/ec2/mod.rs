//! Networks.

mod elastic_ip;
mod internet_gateway;
mod nat_gateway;
#[cfg(feature = "provider")]
mod ranges;
mod route;
mod route_table;
mod route_table_association;
mod subnet;
#[cfg(feature = "provider")]
mod tags;
mod vpc;
mod zones;

pub use elastic_ip::*;
pub use internet_gateway::*;
pub use nat_gateway::*;
pub use route::*;
pub use route_table::*;
pub use route_table_association::*;
pub use subnet::*;
pub use vpc::*;
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
        .object::<Subnet>()
        .object::<Vpc>()
        .lookup::<Zones>()
}
