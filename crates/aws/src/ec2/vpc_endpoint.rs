//! `aws:ec2:VpcEndpoint`: a private way from a network to a service.

use stack::resource::*;

/// A private way from a VPC to a service, past the internet. Where the service's owner has to accept it, it counts as
/// made while it waits for that.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource(
    "aws:ec2:VpcEndpoint",
    create = "10m",
    update = "10m",
    delete = "10m",
    visibility_lag = "15s"
)]
pub struct VpcEndpoint {
    /// The VPC that it is for.
    #[input(replaces)]
    pub vpc_id: String,
    /// The service, such as `com.amazonaws.eu-west-3.s3`.
    #[input(replaces)]
    pub service_name: Option<String>,
    /// The region of the service, where it is another one.
    #[input(replaces)]
    pub service_region: Option<String>,
    /// The ARN of the resource configuration, for an endpoint of the type `Resource`.
    #[input(replaces)]
    pub resource_configuration_arn: Option<String>,
    /// The ARN of the service network, for an endpoint of the type `ServiceNetwork`.
    #[input(replaces)]
    pub service_network_arn: Option<String>,
    /// How it leads to the service. `Gateway` by default.
    #[input(replaces)]
    pub vpc_endpoint_type: Option<VpcEndpointType>,
    /// Who may do what through it: a policy document as JSON. Everybody may do everything by default.
    #[input(json, reset = "")]
    pub policy: Option<String>,
    /// The route tables that get a route to it. Of a gateway.
    #[input(set)]
    pub route_table_ids: Vec<String>,
    /// The subnets in which it has an address, one in a zone. Of all types but a gateway.
    #[input(set)]
    pub subnet_ids: Vec<String>,
    /// The security groups around its addresses. The VPC's default group when none is set, and never none: a program
    /// that has set some goes on setting some.
    #[input(set)]
    pub security_group_ids: Vec<String>,
    /// Whether the service's own public names lead to it inside the VPC, for which the VPC needs both of its DNS
    /// switches. Of an interface, where it is on by default.
    #[input(reset = true)]
    pub private_dns_enabled: Option<bool>,
    /// The kind of its addresses. `ipv4` by default.
    #[input(reset = "ipv4")]
    pub ip_address_type: Option<EndpointAddressType>,
    /// What its names lead to.
    #[input(reset = {})]
    pub dns_options: Option<DnsOptions>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// Its ARN.
    #[output]
    pub arn: String,
    /// How it is: `available`, or `pendingAcceptance` as long as the service's owner has not accepted it.
    #[output(volatile)]
    pub state: String,
    /// The account that owns it.
    #[output]
    pub owner_id: String,
    /// The list of the service's addresses, for rules of security groups. Of a gateway.
    #[output]
    pub prefix_list_id: Option<String>,
    /// The service's addresses. Of a gateway.
    #[output(volatile)]
    pub cidr_blocks: Vec<String>,
    /// Its names in DNS. Of an interface.
    #[output(volatile)]
    pub dns_entries: Vec<DnsEntry>,
    /// Its network interfaces, one in a subnet.
    #[output(volatile)]
    pub network_interface_ids: Vec<String>,
}

/// How an endpoint leads to its service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum VpcEndpointType {
    /// By routes; for S3 and DynamoDB, and for free.
    #[choice("Gateway")]
    Gateway,
    /// By addresses in subnets.
    #[choice("Interface")]
    Interface,
    /// By a Gateway Load Balancer, for appliances.
    #[choice("GatewayLoadBalancer")]
    GatewayLoadBalancer,
    /// By addresses, to one resource that is shared.
    #[choice("Resource")]
    Resource,
    /// By addresses, to a VPC Lattice service network.
    #[choice("ServiceNetwork")]
    ServiceNetwork,
}

/// The kind of addresses of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum EndpointAddressType {
    /// IPv4.
    Ipv4,
    /// IPv4 and IPv6.
    Dualstack,
    /// IPv6.
    Ipv6,
}

/// What an endpoint's names lead to.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct DnsOptions {
    /// The kind of records that are made. Stays as it is when it is no longer set.
    #[input(follows)]
    pub dns_record_ip_type: Option<DnsRecordIpType>,
    /// Whether the private names are for requests from inbound resolver endpoints alone, so that requests from the
    /// VPC take a gateway. Off by default.
    #[input(reset = false)]
    pub private_dns_only_for_inbound_resolver_endpoint: Option<bool>,
}

/// The kind of records of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum DnsRecordIpType {
    /// Of IPv4 addresses.
    Ipv4,
    /// Of both.
    Dualstack,
    /// Of IPv6 addresses.
    Ipv6,
    /// As the service has it.
    ServiceDefined,
}

/// A name of an endpoint.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct DnsEntry {
    /// The name.
    pub dns_name: Option<String>,
    /// The hosted zone that it is in, for alias records.
    pub hosted_zone_id: Option<String>,
}

#[cfg(feature = "provider")]
mod handler;
#[cfg(feature = "provider")]
pub(super) use handler::is_there;
