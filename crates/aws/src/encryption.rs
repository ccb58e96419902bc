//! Clear text is for this machine alone: credentials and secrets go over the wire.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use stack_provider::{Error, ErrorKind, Result};

/// Refuses to send anything in clear text to another machine, whichever setting named the endpoint: there is one for
/// each service, in variables and in profiles.
#[derive(Debug)]
pub(crate) struct Encrypted;

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for Encrypted {
    fn name(&self) -> &'static str {
        "Encrypted"
    }

    fn read_before_signing(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> std::result::Result<(), BoxError> {
        check(context.request().uri()).map_err(|error| error.message.into())
    }
}

/// Refuses a URL in clear text that leads away from this machine.
pub(crate) fn check(url: &str) -> Result<()> {
    let Some(rest) = url.strip_prefix("http://") else {
        return Ok(());
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(six) => six.split(']').next().unwrap_or_default(),
        None => authority
            .rsplit_once(':')
            .map_or(authority, |(host, _)| host),
    };
    let loopback = host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    if loopback {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Invalid,
        format!("the endpoint {url} is not encrypted, and {host} is not this machine"),
    )
    .hint("use an https endpoint"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clear_text_is_for_this_machine_alone() {
        for url in [
            "http://127.0.0.1:5000",
            "http://localhost:5000/",
            "http://[::1]:80",
            "https://example.com",
        ] {
            assert!(check(url).is_ok(), "{url} was refused");
        }
        for url in [
            "http://example.com",
            "http://127.0.0.1.example.com:80",
            "http://10.0.0.1",
        ] {
            assert!(check(url).is_err(), "{url} was let through");
        }
    }
}
