//! `aws:ec2:NatGateway`: a way out for private subnets.

use stack::resource::*;

#[cfg(feature = "provider")]
mod addresses;
#[cfg(feature = "provider")]
mod handler;
#[cfg(feature = "provider")]
pub(super) use handler::is_there;

/// A way out for subnets that nothing gets into: to the internet through public addresses, or to other networks
/// through private ones. It stands in one subnet, and subnets use it through a route to it.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource(
    "aws:ec2:NatGateway",
    create = "15m",
    update = "20m",
    delete = "30m",
    visibility_lag = "15s",
    unique("allocation_id"),
    unique("subnet_id", "private_ip_address")
)]
pub struct NatGateway {
    /// The subnet that it stands in. For a public gateway one with a route to an internet gateway.
    #[input(replaces)]
    pub subnet_id: String,
    /// Whether it leads to the internet (`public`, the default) or to other networks alone (`private`).
    #[input(replaces)]
    pub connectivity_type: Option<ConnectivityType>,
    /// The elastic IP that a public gateway's packets come from: the id of an `aws:ec2:ElasticIp`. A public gateway
    /// needs one, a private one has none.
    #[input(replaces)]
    pub allocation_id: Option<String>,
    /// Its private address, from the subnet. AWS picks one when it is not set.
    #[input(replaces)]
    pub private_ip_address: Option<String>,
    /// More elastic IPs for a public gateway, each of which makes room for another 55,000 connections to a
    /// destination. Taking one away ends the connections that use it after at most 350 seconds.
    #[input(set)]
    pub secondary_allocation_ids: Vec<String>,
    /// More private addresses for a private gateway, from the subnet. Taking one away ends the connections that use
    /// it after at most 350 seconds.
    #[input(set)]
    pub secondary_private_ip_addresses: Vec<String>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// The network that it is in.
    #[output]
    pub vpc_id: String,
    /// Its first public address. None when it is private.
    #[output]
    pub public_ip: Option<String>,
    /// What ties its first elastic IP to it. None when it is private.
    #[output]
    pub association_id: Option<String>,
    /// Its network interface.
    #[output]
    pub network_interface_id: Option<String>,
}

/// Where a NAT gateway leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum ConnectivityType {
    /// To the internet.
    Public,
    /// To other networks alone.
    Private,
}
