//! `aws:elbv2:LoadBalancer`: what takes requests or connections and hands them out.

use stack::resource::*;

/// What takes requests (an Application Load Balancer) or connections (a Network Load Balancer) and hands them out to
/// targets, as its listeners say. One with deletion protection stays when it is deleted, and the delete says so.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource(
    "aws:elbv2:LoadBalancer",
    create = "15m",
    update = "15m",
    delete = "15m",
    visibility_lag = "15s",
    unique("name")
)]
pub struct LoadBalancer {
    /// Its name, unique among the account's load balancers in the region: at most 32 letters, digits and hyphens,
    /// without a hyphen at either end, and not beginning with `internal-`. Made by the engine when it is not set.
    #[input(replaces, name(max_length = 32))]
    pub name: Option<String>,
    /// For requests or for connections. `application` by default.
    #[input(replaces)]
    pub load_balancer_type: Option<LoadBalancerType>,
    /// Whether only the VPC and what is connected to it reaches it. Otherwise the internet does. Off by default.
    #[input(replaces)]
    pub internal: Option<bool>,
    /// The subnets that it is in, one in a zone; an Application Load Balancer is in two at least. Either these or
    /// `subnet_mappings`. A Network Load Balancer made with mappings keeps its fixed addresses only through those.
    #[input(set)]
    pub subnets: Vec<String>,
    /// The subnets that it is in, with fixed addresses. Of a Network Load Balancer.
    #[input(set)]
    pub subnet_mappings: Vec<SubnetMapping>,
    /// The security groups around it. The VPC's default group for an Application Load Balancer when none is set. A
    /// Network Load Balancer that was made without any cannot get one later, nor can one lose its last.
    #[input(set)]
    pub security_groups: Vec<String>,
    /// Whether the security groups' ingress rules hold for traffic through PrivateLink. Of a Network Load Balancer
    /// with security groups, where it is on by default.
    #[input(reset = true)]
    pub enforce_security_group_inbound_rules_on_private_link_traffic: Option<bool>,
    /// The kind of addresses that clients reach it by. `ipv4` by default.
    #[input(reset = "ipv4")]
    pub ip_address_type: Option<LoadBalancerAddressType>,
    /// Whether it refuses to be deleted. Off by default.
    #[input(reset = false)]
    pub deletion_protection: Option<bool>,
    /// Whether targets of all zones get requests from any zone. Of a Network Load Balancer, where it is off by
    /// default; an Application Load Balancer always does, and its target groups may differ.
    #[input(reset = false)]
    pub cross_zone: Option<bool>,
    /// Where a line for each request or TLS connection goes.
    #[input(reset = {})]
    pub access_logs: Option<LogDelivery>,
    /// Where a line for each connection goes. Of an Application Load Balancer.
    #[input(reset = {})]
    pub connection_logs: Option<LogDelivery>,
    /// Whether traffic may be moved away from a zone. Off by default.
    #[input(reset = false)]
    pub zonal_shift: Option<bool>,
    /// After how many seconds without data a connection ends, from 1 to 4,000; 60 by default. Of an Application Load
    /// Balancer.
    #[input(reset = 60)]
    pub idle_timeout: Option<i32>,
    /// How many seconds a client's connection is kept at most, from 60 to 604,800; 3,600 by default. Of an Application
    /// Load Balancer.
    #[input(reset = 3600)]
    pub client_keep_alive: Option<i32>,
    /// Whether clients may speak HTTP/2. On by default. Of an Application Load Balancer.
    #[input(reset = true)]
    pub http2: Option<bool>,
    /// Whether headers with invalid names are removed. Off by default. Of an Application Load Balancer.
    #[input(reset = false)]
    pub drop_invalid_header_fields: Option<bool>,
    /// What becomes of requests that proxies and targets may read differently. `defensive` by default. Of an
    /// Application Load Balancer.
    #[input(reset = "defensive")]
    pub desync_mitigation_mode: Option<DesyncMitigationMode>,
    /// Whether targets get the `Host` header as the client sent it. Off by default. Of an Application Load Balancer.
    #[input(reset = false)]
    pub preserve_host_header: Option<bool>,
    /// Whether targets are told the TLS version and cipher, in the headers `x-amzn-tls-version` and
    /// `x-amzn-tls-cipher-suite`. Off by default. Of an Application Load Balancer.
    #[input(reset = false)]
    pub tls_version_and_cipher_suite_headers: Option<bool>,
    /// Whether `X-Forwarded-For` has the client's port. Off by default. Of an Application Load Balancer.
    #[input(reset = false)]
    pub xff_client_port: Option<bool>,
    /// What becomes of the header `X-Forwarded-For`. `append` by default. Of an Application Load Balancer.
    #[input(reset = "append")]
    pub xff_header_processing_mode: Option<XffHeaderProcessingMode>,
    /// Whether requests go on to targets when the web application firewall does not answer. Off by default. Of an
    /// Application Load Balancer.
    #[input(reset = false)]
    pub waf_fail_open: Option<bool>,
    /// Which zones clients are led to by DNS. `any_availability_zone` by default. Of a Network Load Balancer.
    #[input(reset = "any_availability_zone")]
    pub dns_record_client_routing_policy: Option<ClientRoutingPolicy>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// Its ARN, which is also its id.
    #[output]
    pub arn: String,
    /// The end of its ARN, by which CloudWatch names it: `app/NAME/ID`.
    #[output]
    pub arn_suffix: String,
    /// Its name in DNS.
    #[output]
    pub dns_name: String,
    /// The hosted zone of its name, for alias records.
    #[output]
    pub zone_id: String,
    /// The VPC that it is in.
    #[output]
    pub vpc_id: String,
}

/// For what a load balancer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum LoadBalancerType {
    /// Requests: HTTP, HTTPS and gRPC.
    Application,
    /// Connections and datagrams: TCP, TLS and UDP.
    Network,
}

/// The kind of addresses that clients reach a load balancer by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum LoadBalancerAddressType {
    /// IPv4.
    Ipv4,
    /// IPv4 and IPv6.
    Dualstack,
    /// IPv4 inside, and IPv6 alone from the internet. Of an Application Load Balancer.
    #[choice("dualstack-without-public-ipv4")]
    DualstackWithoutPublicIpv4,
}

/// A subnet with fixed addresses.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct SubnetMapping {
    /// The subnet.
    pub subnet_id: String,
    /// The elastic IP address to have there, where the internet reaches it.
    pub allocation_id: Option<String>,
    /// The IPv4 address to have there, where it is internal.
    pub private_ipv4_address: Option<String>,
    /// The IPv6 address to have there.
    #[input(case_insensitive)]
    pub ipv6_address: Option<String>,
}

/// Where lines of a log go.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct LogDelivery {
    /// Whether they are written. Off by default.
    #[input(reset = false)]
    pub enabled: Option<bool>,
    /// The S3 bucket, in the same region, whose policy lets the load balancer write.
    #[input(reset = "")]
    pub bucket: Option<String>,
    /// What the files' names begin with.
    #[input(reset = "")]
    pub prefix: Option<String>,
}

/// What becomes of requests that proxies and targets may read differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum DesyncMitigationMode {
    /// They are counted.
    Monitor,
    /// Those that are a risk are refused.
    Defensive,
    /// All that do not keep to the standard are refused.
    Strictest,
}

/// What becomes of the header `X-Forwarded-For`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum XffHeaderProcessingMode {
    /// The client's address is added.
    Append,
    /// It stays as it is.
    Preserve,
    /// It is removed.
    Remove,
}

/// Which zones clients are led to by DNS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum ClientRoutingPolicy {
    /// Any.
    #[choice("any_availability_zone")]
    AnyAvailabilityZone,
    /// Their own.
    #[choice("availability_zone_affinity")]
    AvailabilityZoneAffinity,
    /// Their own for 85 of 100.
    #[choice("partial_availability_zone_affinity")]
    PartialAvailabilityZoneAffinity,
}

#[cfg(feature = "provider")]
mod handler;
