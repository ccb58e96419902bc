//! `aws:elbv2:TargetGroup`: what requests or connections are handed out to.

use stack::resource::*;

/// What requests or connections are handed out to, and how it is told who is healthy. Who its targets are is up to
/// others: a service that registers its tasks, for one.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource(
    "aws:elbv2:TargetGroup",
    create = "5m",
    delete = "10m",
    visibility_lag = "15s",
    unique("name")
)]
pub struct TargetGroup {
    /// Its name, unique among the account's target groups in the region: at most 32 letters, digits and hyphens,
    /// without a hyphen at either end. Made by the engine when it is not set.
    #[input(replaces, name(max_length = 32))]
    pub name: Option<String>,
    /// What its targets are. `instance` by default.
    #[input(replaces)]
    pub target_type: Option<TargetType>,
    /// What is spoken with its targets. Required unless they are functions.
    #[input(replaces)]
    pub protocol: Option<TargetProtocol>,
    /// The version of HTTP that is spoken with its targets. `HTTP1` by default.
    #[input(replaces)]
    pub protocol_version: Option<ProtocolVersion>,
    /// The port of targets that are registered without one. Required unless they are functions.
    #[input(replaces)]
    pub port: Option<i32>,
    /// The VPC that its targets are in. Required unless they are functions.
    #[input(replaces)]
    pub vpc_id: Option<String>,
    /// The kind of addresses that its targets have. `ipv4` by default.
    #[input(replaces)]
    pub ip_address_type: Option<TargetAddressType>,
    /// How it is told who is healthy.
    #[input(reset = {})]
    pub health_check: Option<HealthCheck>,
    /// How many seconds a target that leaves keeps what it has, from 0 to 3,600; 300 by default. Not of functions.
    #[input(reset = 300)]
    pub deregistration_delay: Option<i32>,
    /// For how many seconds a new target gets fewer requests than the others, from 30 to 900; 0, the default, is not at
    /// all. Of HTTP.
    #[input(reset = 0)]
    pub slow_start: Option<i32>,
    /// How a target is chosen. `round_robin` by default. Of HTTP.
    #[input(reset = "round_robin")]
    pub load_balancing_algorithm: Option<LoadBalancingAlgorithm>,
    /// Whether targets that behave worse than the others get less. Off by default; for the algorithm
    /// `weighted_random`.
    #[input(reset = false)]
    pub anomaly_mitigation: Option<bool>,
    /// Whether its targets get requests from all zones. By default what the load balancer says.
    #[input(reset = "use_load_balancer_configuration")]
    pub cross_zone: Option<CrossZone>,
    /// Whether a client stays with a target.
    #[input(reset = {})]
    pub stickiness: Option<Stickiness>,
    /// Whether targets see the clients' addresses. The default depends on the type of targets and the protocol, so
    /// one that sets it no more needs a new group. Of a Network Load Balancer.
    #[input]
    pub preserve_client_ip: Option<bool>,
    /// Whether connections end when the delay of a target that leaves is over. Off by default, but on for UDP. Of a
    /// Network Load Balancer.
    #[input(reset = false)]
    pub connection_termination: Option<bool>,
    /// Whether connections begin with a line of the PROXY protocol, version 2. Off by default. Of a Network Load
    /// Balancer.
    #[input(reset = false)]
    pub proxy_protocol_v2: Option<bool>,
    /// Whether functions get headers and parameters as lists. Off by default. Of functions.
    #[input(reset = false)]
    pub lambda_multi_value_headers: Option<bool>,
    /// How many healthy targets it takes to go on as usual.
    #[input(reset = {})]
    pub target_group_health: Option<TargetGroupHealth>,
    /// What becomes of connections to targets that are not healthy any more. Of a Network Load Balancer.
    #[input(reset = {})]
    pub unhealthy_connections: Option<UnhealthyConnections>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// Its ARN, which is also its id.
    #[output]
    pub arn: String,
    /// The end of its ARN, by which CloudWatch names it: `targetgroup/NAME/ID`.
    #[output]
    pub arn_suffix: String,
}

/// What targets are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum TargetType {
    /// Instances, by id.
    Instance,
    /// Addresses, such as those of tasks.
    Ip,
    /// A function.
    Lambda,
    /// An Application Load Balancer.
    Alb,
}

/// What is spoken with targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum TargetProtocol {
    /// HTTP.
    #[choice("HTTP")]
    Http,
    /// HTTP over TLS; certificates are not checked.
    #[choice("HTTPS")]
    Https,
    /// TCP.
    #[choice("TCP")]
    Tcp,
    /// TLS; certificates are not checked.
    #[choice("TLS")]
    Tls,
    /// UDP.
    #[choice("UDP")]
    Udp,
    /// TCP and UDP on one port.
    #[choice("TCP_UDP")]
    TcpUdp,
}

/// The version of HTTP that is spoken with targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum ProtocolVersion {
    /// HTTP/1.1.
    #[choice("HTTP1")]
    Http1,
    /// HTTP/2.
    #[choice("HTTP2")]
    Http2,
    /// gRPC.
    #[choice("GRPC")]
    Grpc,
}

/// The kind of addresses that targets have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum TargetAddressType {
    /// IPv4.
    Ipv4,
    /// IPv6.
    Ipv6,
}

/// How it is told who is healthy.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct HealthCheck {
    /// Whether targets are asked at all. On by default, but off for functions; only theirs can be off.
    pub enabled: Option<bool>,
    /// What is spoken. By default `HTTP` for groups that speak HTTP, and `TCP` for others.
    pub protocol: Option<HealthCheckProtocol>,
    /// The port: a number, or `traffic-port`, the default, for the one that the target is registered with.
    pub port: Option<String>,
    /// The path that is asked for, with HTTP. `/` by default, and `/AWS.ALB/healthcheck` with gRPC.
    pub path: Option<String>,
    /// Every how many seconds, from 5 to 300; 30 by default, 35 for functions.
    pub interval: Option<i32>,
    /// After how many seconds without an answer a check has failed, from 2 to 120; by default 5 for groups that speak
    /// HTTP, 30 for functions, and for others 6 with HTTP and 10 without.
    pub timeout: Option<i32>,
    /// How many good answers make a target healthy, from 2 to 10; 5 by default.
    pub healthy_threshold: Option<i32>,
    /// How many failures make a target unhealthy, from 2 to 10; 2 by default.
    pub unhealthy_threshold: Option<i32>,
    /// Which status codes are good: one, several such as `200,202`, or a range such as `200-299`. By default `200`,
    /// `12` with gRPC, and `200-399` with a Network Load Balancer.
    pub matcher: Option<String>,
}

/// What a health check speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum HealthCheckProtocol {
    /// HTTP.
    #[choice("HTTP")]
    Http,
    /// HTTP over TLS.
    #[choice("HTTPS")]
    Https,
    /// TCP: a connection is a good answer.
    #[choice("TCP")]
    Tcp,
}

/// How a target is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum LoadBalancingAlgorithm {
    /// One after another.
    #[choice("round_robin")]
    RoundRobin,
    /// The one with the fewest requests under way.
    #[choice("least_outstanding_requests")]
    LeastOutstandingRequests,
    /// By chance.
    #[choice("weighted_random")]
    WeightedRandom,
}

/// Whether targets get requests from all zones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum CrossZone {
    /// They do.
    #[choice("true")]
    On,
    /// They get those of their own zone.
    #[choice("false")]
    Off,
    /// As the load balancer says.
    #[choice("use_load_balancer_configuration")]
    AsLoadBalancer,
}

/// Whether a client stays with a target.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct Stickiness {
    /// Whether it does. Off by default.
    #[input(reset = false)]
    pub enabled: Option<bool>,
    /// How it is known again. `lb_cookie` by default, and `source_ip` for groups that do not speak HTTP.
    pub kind: Option<StickinessKind>,
    /// For how many seconds it stays, from 1 to 604,800; 86,400 by default. With cookies.
    #[input(reset = 86400)]
    pub duration: Option<i32>,
    /// The application's cookie, for the kind `app_cookie`.
    #[input(reset = "")]
    pub cookie_name: Option<String>,
}

/// How a client is known again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum StickinessKind {
    /// By a cookie of the load balancer.
    #[choice("lb_cookie")]
    LoadBalancerCookie,
    /// By a cookie of the application.
    #[choice("app_cookie")]
    ApplicationCookie,
    /// By its address.
    #[choice("source_ip")]
    SourceIp,
}

/// How many healthy targets it takes to go on as usual. Each is a number or percentage as text, or `off`.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct TargetGroupHealth {
    /// With fewer, a zone is taken out of DNS; 1 by default.
    #[input(reset = "1")]
    pub dns_failover_count: Option<String>,
    /// With a smaller part, in percent, a zone is taken out of DNS; `off` by default.
    #[input(reset = "off")]
    pub dns_failover_percentage: Option<String>,
    /// With fewer, all targets get requests, healthy or not; 1 by default.
    #[input(reset = "1")]
    pub unhealthy_routing_count: Option<String>,
    /// With a smaller part, in percent, all targets get requests, healthy or not; `off` by default.
    #[input(reset = "off")]
    pub unhealthy_routing_percentage: Option<String>,
}

/// What becomes of connections to targets that are not healthy any more.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct UnhealthyConnections {
    /// Whether they end. On by default.
    #[input(reset = true)]
    pub terminated: Option<bool>,
    /// After how many seconds targets count as unhealthy, if connections stay, from 0 to 360,000; 0 by default.
    #[input(reset = 0)]
    pub draining_interval: Option<i32>,
}

#[cfg(feature = "provider")]
mod handler;
