//! `aws:ec2:Route`: an entry of a route table.

use stack::resource::*;

#[cfg(feature = "provider")]
mod handler;

/// An entry of a route table: which packets go where. Its id is `rtb-…_DESTINATION`.
///
/// A destination has one route at most in a table. One that is there already is not overwritten: the create says so.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource(
    "aws:ec2:Route",
    create = "5m",
    update = "5m",
    delete = "5m",
    visibility_lag = "15s",
    unique("route_table_id", "destination")
)]
pub struct Route {
    /// The table that it is in.
    #[input(replaces)]
    pub route_table_id: String,
    /// Which packets: an IPv4 range such as `0.0.0.0/0`, an IPv6 range such as `::/0`, or the id of a prefix list,
    /// `pl-…`.
    #[input(replaces)]
    pub destination: String,
    /// Where they go: the id of an internet gateway (`igw-…`), NAT gateway (`nat-…`), egress-only internet gateway
    /// (`eigw-…`), virtual private gateway (`vgw-…`), transit gateway (`tgw-…`), peering connection (`pcx-…`), network
    /// interface (`eni-…`), Gateway Load Balancer endpoint (`vpce-…`), carrier gateway (`cagw-…`) or local gateway
    /// (`lgw-…`), or the ARN of a core network. Changed without a gap.
    #[input]
    pub target: String,
}
