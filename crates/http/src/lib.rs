//! How stack speaks HTTP: one way to make a client, whoever is asked.
//!
//! A client verifies TLS, follows no redirects, and says who asks. Whom it trusts is found out once: reading this machine's
//! certificates takes longer than planning a thousand values.

use std::sync::{Arc, OnceLock};

use reqwest::ClientBuilder;
use reqwest::redirect::Policy;
use rustls::{ClientConfig, RootCertStore, crypto};
use url::{Host, Url};

/// Where the requests of a client go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Towards {
    /// Anywhere, through a proxy where the surroundings name one.
    Anywhere,
    /// This machine, or its metadata service. A proxy is another machine, so none is on the way.
    ThisMachine,
}

impl Towards {
    /// Where requests to this address go.
    pub fn address(url: &Url) -> Self {
        match is_loopback(url) {
            true => Self::ThisMachine,
            false => Self::Anywhere,
        }
    }
}

/// A client without limits of time: each service has its own.
///
/// No redirect is followed: it would carry a token elsewhere, and no service that is asked documents one.
pub fn client(towards: Towards) -> ClientBuilder {
    let client = ClientBuilder::new()
        .use_preconfigured_tls(tls().clone())
        .redirect(Policy::none())
        .user_agent(concat!("stack/", env!("CARGO_PKG_VERSION")));
    match towards {
        Towards::Anywhere => client,
        Towards::ThisMachine => client.no_proxy(),
    }
}

/// Whether a URL leads to this machine, as it is written: a name that only resolves to it does not count. Clear text is for
/// nothing else.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Trusted are the authorities of this machine, among which a company's own may be, and those of Mozilla, since a small
/// container has none.
fn tls() -> &'static ClientConfig {
    static TLS: OnceLock<ClientConfig> = OnceLock::new();
    TLS.get_or_init(|| {
        let mut trusted: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
        // What cannot be read is not trusted.
        let here = rustls_native_certs::load_native_certs();
        trusted.add_parsable_certificates(here.certs);
        let provider = Arc::new(crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring has ciphers for every version of TLS that rustls has")
            .with_root_certificates(trusted)
            .with_no_client_auth();
        config.alpn_protocols = vec!["http/1.1".into()];
        config
    })
}

#[cfg(test)]
mod tests;
