//! Service Connect: how services find each other, through a proxy in each task.

use stack::resource::*;

use crate::ecs::LogConfiguration;

/// How a service finds others, and they it.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct ServiceConnect {
    /// Whether it does.
    pub enabled: bool,
    /// The name or ARN of the namespace in Cloud Map. The cluster's by default.
    pub namespace: Option<String>,
    /// What it offers to others. A service that only calls others offers nothing.
    pub services: Vec<ConnectService>,
    /// Where the proxy's output goes.
    pub log_configuration: Option<LogConfiguration>,
}

/// A port that a service offers to others.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct ConnectService {
    /// The name of the port mapping.
    pub port_name: String,
    /// Its name in Cloud Map. The port's name by default.
    pub discovery_name: Option<String>,
    /// The name that others connect to. The discovery name and namespace by default.
    pub client_alias: Option<ClientAlias>,
    /// The port that the proxy listens on. Any by default, in the network mode `awsvpc` the container's.
    pub ingress_port_override: Option<i32>,
    /// After how many seconds a connection without traffic is closed. 0 is never. 300 by default for HTTP, 3,600 for TCP.
    pub idle_timeout_seconds: Option<i32>,
    /// After how many seconds a request without a complete answer fails. 0 is never. 15 by default.
    pub per_request_timeout_seconds: Option<i32>,
    /// How traffic between proxies is encrypted.
    pub tls: Option<ConnectTls>,
}

/// A name that others connect to.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct ClientAlias {
    /// The port.
    pub port: i32,
    /// The name. The discovery name and namespace by default.
    pub dns_name: Option<String>,
}

/// How traffic between proxies is encrypted.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct ConnectTls {
    /// The ARN of the private certificate authority that issues the certificates.
    pub certificate_authority_arn: String,
    /// The KMS key that encrypts the private keys. AWS's own by default.
    pub kms_key: Option<String>,
    /// The ARN of the role with which ECS asks for certificates.
    pub role_arn: Option<String>,
}
