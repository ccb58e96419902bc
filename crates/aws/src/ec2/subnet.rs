//! `aws:ec2:Subnet`: a part of a network, in one zone.

use stack::resource::*;

#[cfg(feature = "provider")]
mod handler;
#[cfg(feature = "provider")]
mod ipv6;

/// A range of a network's addresses, in one availability zone. Whether it is public or private is a matter of its
/// route table.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource(
    "aws:ec2:Subnet",
    create = "10m",
    delete = "20m",
    visibility_lag = "15s",
    unique("vpc_id", "cidr_block"),
    unique("vpc_id", "ipv6_cidr_block")
)]
pub struct Subnet {
    /// The network that it is a part of.
    #[input(replaces)]
    pub vpc_id: String,
    /// Its IPv4 range, from `/16` to `/28`, within the network's. AWS keeps the first four addresses and the last
    /// one for itself. Not set for a subnet with IPv6 alone.
    #[input(replaces)]
    pub cidr_block: Option<String>,
    /// The name of its zone, such as `eu-west-3a`. AWS picks one when neither this nor `availability_zone_id` is set.
    #[input(replaces)]
    pub availability_zone: Option<String>,
    /// The id of its zone, such as `euw3-az1`: the same place in every account, where names differ. Instead of
    /// `availability_zone`.
    #[input(replaces)]
    pub availability_zone_id: Option<String>,
    /// Its IPv6 range, from `/44` to `/64` in steps of four, within the network's. None by default. Putting one on or
    /// taking it off works in place; it cannot be taken off while an address of it is in use.
    #[input(reset = "")]
    pub ipv6_cidr_block: Option<String>,
    /// Whether it has IPv6 alone. Off by default.
    #[input(replaces)]
    pub ipv6_native: Option<bool>,
    /// Whether instances launched in it get a public IPv4 address. Off by default.
    #[input(reset = false)]
    pub map_public_ip_on_launch: Option<bool>,
    /// Whether network interfaces made in it get an IPv6 address. Off by default; always on where IPv6 is all there
    /// is.
    #[input(reset = false)]
    pub assign_ipv6_address_on_creation: Option<bool>,
    /// Whether Amazon's DNS server answers with synthetic IPv6 addresses for IPv4-only names, for use with NAT64.
    /// Off by default.
    #[input(reset = false)]
    pub enable_dns64: Option<bool>,
    /// What instances launched in it are called in DNS. `ip-name` by default.
    #[input(reset = "ip-name")]
    pub private_dns_hostname_type_on_launch: Option<HostnameType>,
    /// Whether the names of instances launched in it, made of their ids, lead to their IPv4 addresses (A records).
    /// Off by default.
    #[input(reset = false)]
    pub enable_resource_name_dns_a_record_on_launch: Option<bool>,
    /// Whether the names of instances launched in it, made of their ids, lead to their IPv6 addresses (AAAA
    /// records). Off by default.
    #[input(reset = false)]
    pub enable_resource_name_dns_aaaa_record_on_launch: Option<bool>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// Its ARN.
    #[output]
    pub arn: String,
    /// The account that owns it.
    #[output]
    pub owner_id: String,
    /// What ties the IPv6 range to it.
    #[output(volatile)]
    pub ipv6_cidr_block_association_id: Option<String>,
}

/// What instances are called in DNS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum HostnameType {
    /// After their private IPv4 address.
    IpName,
    /// After their id.
    ResourceName,
}
