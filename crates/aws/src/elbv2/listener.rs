//! `aws:elbv2:Listener`: a port of a load balancer.

use stack::resource::*;

use super::action::Action;

/// A port of a load balancer, and what becomes of what comes in there.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource(
    "aws:elbv2:Listener",
    create = "5m",
    delete = "5m",
    visibility_lag = "15s",
    unique("load_balancer_arn", "port")
)]
pub struct Listener {
    /// The load balancer.
    #[input(replaces)]
    pub load_balancer_arn: String,
    /// The port, from 1 to 65,535.
    #[input]
    pub port: i32,
    /// What is spoken: `HTTP` or `HTTPS` with an Application Load Balancer, the others with a Network Load Balancer.
    #[input]
    pub protocol: ListenerProtocol,
    /// The ARN of the certificate for names that no other certificate is for. Required with `HTTPS` and `TLS`.
    #[input]
    pub certificate_arn: Option<String>,
    /// The ARNs of further certificates, for the names in them.
    #[input(set)]
    pub additional_certificate_arns: Vec<String>,
    /// The name of the security policy, which says what versions and ciphers of TLS clients may use.
    /// `ELBSecurityPolicy-2016-08` by default, which still lets TLS 1.0 in; `ELBSecurityPolicy-TLS13-1-2-2021-06` is
    /// what AWS recommends.
    #[input(reset = "ELBSecurityPolicy-2016-08")]
    pub ssl_policy: Option<String>,
    /// Which versions of HTTP clients are offered, with `TLS`. `None` by default.
    #[input(reset = "None")]
    pub alpn_policy: Option<AlpnPolicy>,
    /// Whether clients show certificates, with `HTTPS`.
    #[input(reset = {})]
    pub mutual_authentication: Option<MutualAuthentication>,
    /// What is done with what no rule is for.
    #[input(required)]
    pub default_actions: Vec<Action>,
    /// After how many seconds without data a connection ends, from 60 to 6,000; 350 by default. With `TCP`.
    #[input(reset = 350)]
    pub tcp_idle_timeout: Option<i32>,
    /// The names of headers that targets get. Of an Application Load Balancer.
    #[input(reset = {})]
    pub request_headers: Option<RequestHeaders>,
    /// Headers of answers. Of an Application Load Balancer.
    #[input(reset = {})]
    pub response_headers: Option<ResponseHeaders>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// Its ARN, which is also its id.
    #[output]
    pub arn: String,
}

/// What is spoken on a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum ListenerProtocol {
    /// HTTP.
    #[choice("HTTP")]
    Http,
    /// HTTP over TLS.
    #[choice("HTTPS")]
    Https,
    /// TCP.
    #[choice("TCP")]
    Tcp,
    /// TLS, which ends at the load balancer.
    #[choice("TLS")]
    Tls,
    /// UDP.
    #[choice("UDP")]
    Udp,
    /// TCP and UDP.
    #[choice("TCP_UDP")]
    TcpUdp,
}

/// Which versions of HTTP clients are offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum AlpnPolicy {
    /// Nothing is offered.
    #[choice("None")]
    Off,
    /// HTTP/1.1.
    #[choice("HTTP1Only")]
    Http1Only,
    /// HTTP/2.
    #[choice("HTTP2Only")]
    Http2Only,
    /// HTTP/1.1 rather than HTTP/2.
    #[choice("HTTP2Optional")]
    Http2Optional,
    /// HTTP/2 rather than HTTP/1.1.
    #[choice("HTTP2Preferred")]
    Http2Preferred,
}

/// Whether clients show certificates.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct MutualAuthentication {
    /// Whether they do. `off` by default.
    #[input(reset = "off")]
    pub mode: Option<MutualAuthenticationMode>,
    /// The ARN of the trust store, with the mode `verify`.
    pub trust_store_arn: Option<String>,
    /// Whether certificates that have expired are good. Off by default.
    #[input(reset = false)]
    pub ignore_client_certificate_expiry: Option<bool>,
    /// Whether clients are told the names of the trust store's authorities. Off by default.
    #[input(reset = false)]
    pub advertise_trust_store_ca_names: Option<bool>,
}

/// Whether clients show certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum MutualAuthenticationMode {
    /// They are not asked to.
    Off,
    /// Targets get them, and decide.
    Passthrough,
    /// The load balancer checks them.
    Verify,
}

/// The names of headers that targets get.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct RequestHeaders {
    /// Of the version of TLS.
    #[input(reset = "X-Amzn-Tls-Version")]
    pub tls_version: Option<String>,
    /// Of the cipher of TLS.
    #[input(reset = "X-Amzn-Tls-Cipher-Suite")]
    pub tls_cipher_suite: Option<String>,
    /// Of the client's certificate.
    #[input(reset = "X-Amzn-Mtls-Clientcert")]
    pub client_certificate: Option<String>,
    /// Of the client certificate's issuer.
    #[input(reset = "X-Amzn-Mtls-Clientcert-Issuer")]
    pub client_certificate_issuer: Option<String>,
    /// Of the client's certificate without those above it.
    #[input(reset = "X-Amzn-Mtls-Clientcert-Leaf")]
    pub client_certificate_leaf: Option<String>,
    /// Of the client certificate's number.
    #[input(reset = "X-Amzn-Mtls-Clientcert-Serial-Number")]
    pub client_certificate_serial_number: Option<String>,
    /// Of the client certificate's subject.
    #[input(reset = "X-Amzn-Mtls-Clientcert-Subject")]
    pub client_certificate_subject: Option<String>,
    /// Of when the client's certificate is good.
    #[input(reset = "X-Amzn-Mtls-Clientcert-Validity")]
    pub client_certificate_validity: Option<String>,
}

/// Headers of answers. What is empty, which is the default, is as the target has it.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct ResponseHeaders {
    /// Whether there is a header `Server`. On by default.
    #[input(reset = true)]
    pub server: Option<bool>,
    /// `Strict-Transport-Security`.
    #[input(reset = "")]
    pub strict_transport_security: Option<String>,
    /// `Content-Security-Policy`.
    #[input(reset = "")]
    pub content_security_policy: Option<String>,
    /// `X-Content-Type-Options`.
    #[input(reset = "")]
    pub x_content_type_options: Option<String>,
    /// `X-Frame-Options`.
    #[input(reset = "")]
    pub x_frame_options: Option<String>,
    /// `Access-Control-Allow-Origin`.
    #[input(reset = "")]
    pub access_control_allow_origin: Option<String>,
    /// `Access-Control-Allow-Methods`.
    #[input(reset = "")]
    pub access_control_allow_methods: Option<String>,
    /// `Access-Control-Allow-Headers`.
    #[input(reset = "")]
    pub access_control_allow_headers: Option<String>,
    /// `Access-Control-Allow-Credentials`.
    #[input(reset = "")]
    pub access_control_allow_credentials: Option<String>,
    /// `Access-Control-Expose-Headers`.
    #[input(reset = "")]
    pub access_control_expose_headers: Option<String>,
    /// `Access-Control-Max-Age`.
    #[input(reset = "")]
    pub access_control_max_age: Option<String>,
}

#[cfg(feature = "provider")]
mod handler;
