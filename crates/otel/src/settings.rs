//! Where to send it: what was asked for, and the standard variables.

use std::collections::HashMap;

use stack_http::{Towards, is_loopback};
use url::Url;

/// Where a collector listens when nobody says so, by the specification of OTLP.
const DEFAULT: &str = "http://localhost:4318";
/// Where it takes traces, below its address.
const TRACES: &str = "v1/traces";

/// Where a trace goes, and what it is part of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where the collector takes traces.
    pub(crate) endpoint: Url,
    /// Where that is.
    pub(crate) towards: Towards,
    /// The trace that this one is part of: `traceparent` and `tracestate` of W3C Trace Context.
    pub(crate) parent: HashMap<String, String>,
}

/// Why nothing is sent to where it should be.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Refused {
    /// It is no address.
    #[error("{name}: {address} is not the address of a collector")]
    Address {
        /// What says so: `--otel`, or a variable.
        name: &'static str,
        /// What it says.
        address: String,
    },
    /// It is not encrypted, and another machine.
    #[error("{name}: {origin} is not encrypted, and is not this machine")]
    ClearText {
        /// What says so.
        name: &'static str,
        /// The part of the address that holds no secret.
        origin: String,
    },
    /// Another protocol is asked for.
    #[error("{name} is {asked}, and stack speaks http/protobuf")]
    Protocol {
        /// What asks.
        name: &'static str,
        /// For what.
        asked: String,
    },
}

impl Settings {
    /// What was asked for on the command line, and by variables where that says nothing. `asked` is there when a trace was
    /// asked for, with an address where one was given. Nothing when no trace is wanted.
    pub fn of(
        asked: Option<Option<&str>>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Self>, Refused> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let is = |name: &str, wanted: &str| {
            set(name).is_some_and(|value| value.trim().eq_ignore_ascii_case(wanted))
        };
        if is("OTEL_SDK_DISABLED", "true")
            || (asked.is_none() && is("OTEL_TRACES_EXPORTER", "none"))
        {
            return Ok(None);
        }
        let given = |name: &'static str| set(name).map(|value| (name, value));
        let of_traces = || {
            let (name, address) = given("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")?;
            Some(endpoint(name, &address, false))
        };
        let of_all = || {
            let (name, address) = given("OTEL_EXPORTER_OTLP_ENDPOINT")?;
            Some(endpoint(name, &address, true))
        };
        let endpoint = match asked {
            Some(Some(address)) => endpoint("--otel", address, true)?,
            Some(None) => match of_traces().or_else(of_all) {
                Some(found) => found?,
                None => endpoint("--otel", DEFAULT, true)?,
            },
            None => match of_traces().or_else(of_all) {
                Some(found) => found?,
                None => return Ok(None),
            },
        };
        let protocol = given("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")
            .or_else(|| given("OTEL_EXPORTER_OTLP_PROTOCOL"));
        if let Some((name, asked)) = protocol.filter(|(_, asked)| asked.trim() != "http/protobuf") {
            return Err(Refused::Protocol { name, asked });
        }
        let of_parent = [("traceparent", "TRACEPARENT"), ("tracestate", "TRACESTATE")];
        let parent = of_parent
            .into_iter()
            .filter_map(|(key, name)| Some((key.to_owned(), set(name)?)));
        Ok(Some(Self {
            towards: Towards::address(&endpoint),
            endpoint,
            parent: parent.collect(),
        }))
    }
}

/// An address that may be sent to; `whole` when it is that of a collector, which takes traces below it.
fn endpoint(name: &'static str, address: &str, whole: bool) -> Result<Url, Refused> {
    let parsed = Url::parse(address.trim()).ok();
    let usable = |url: &Url| {
        matches!(url.scheme(), "http" | "https")
            && url.username().is_empty()
            && url.password().is_none()
    };
    let mut url = parsed.filter(usable).ok_or_else(|| Refused::Address {
        name,
        address: address.to_owned(),
    })?;
    if url.scheme() != "https" && !is_loopback(&url) {
        return Err(Refused::ClearText {
            name,
            origin: url.origin().ascii_serialization(),
        });
    }
    if whole && let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(TRACES.split('/'));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(
        asked: Option<Option<&str>>,
        variables: &[(&str, &str)],
    ) -> Result<Option<String>, Refused> {
        let variable = |name: &str| {
            let mut found = variables.iter().filter(|(key, _)| *key == name);
            found.next().map(|(_, value)| (*value).to_owned())
        };
        Ok(Settings::of(asked, variable)?.map(|settings| settings.endpoint.to_string()))
    }

    #[test]
    fn nothing_is_sent_unless_it_is_asked_for() {
        assert_eq!(of(None, &[]), Ok(None));
        assert_eq!(of(None, &[("OTEL_EXPORTER_OTLP_ENDPOINT", "")]), Ok(None));
        let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector.example");
        for off in [
            ("OTEL_SDK_DISABLED", "TRUE"),
            ("OTEL_TRACES_EXPORTER", "none"),
        ] {
            assert_eq!(of(None, &[endpoint, off]), Ok(None), "{off:?}");
        }
        assert_eq!(of(Some(None), &[("OTEL_SDK_DISABLED", "true")]), Ok(None));
    }

    #[test]
    fn the_command_line_goes_before_the_variables_and_the_narrower_of_them_before_the_other() {
        let traces = (
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            "https://one.example/in",
        );
        let all = ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://all.example/otlp/");
        let found = |url: &str| Ok(Some(url.to_owned()));
        assert_eq!(
            of(Some(None), &[]),
            found("http://localhost:4318/v1/traces")
        );
        assert_eq!(
            of(None, &[all]),
            found("https://all.example/otlp/v1/traces")
        );
        assert_eq!(of(None, &[all, traces]), found("https://one.example/in"));
        assert_eq!(
            of(Some(None), &[all]),
            found("https://all.example/otlp/v1/traces")
        );
        let asked = Some(Some("http://127.0.0.1:9"));
        assert_eq!(
            of(asked, &[all, traces]),
            found("http://127.0.0.1:9/v1/traces")
        );
    }

    #[test]
    fn clear_text_is_for_this_machine_alone() {
        for address in ["http://10.0.0.1:4318", "http://127.0.0.1.example.com"] {
            let refused = of(Some(Some(address)), &[]).unwrap_err();
            assert!(matches!(refused, Refused::ClearText { .. }), "{address}");
        }
        for address in [
            "",
            "collector",
            "ftp://localhost",
            "https://me:word@collector.example",
        ] {
            let refused = of(Some(Some(address)), &[]).unwrap_err();
            assert!(matches!(refused, Refused::Address { .. }), "{address}");
        }
        assert!(of(Some(Some("http://[::1]:4318")), &[]).is_ok());
    }

    #[test]
    fn another_protocol_is_not_guessed_at() {
        let all = ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://all.example:4317");
        let grpc = ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
        assert_eq!(
            of(None, &[all, grpc]).unwrap_err().to_string(),
            "OTEL_EXPORTER_OTLP_PROTOCOL is grpc, and stack speaks http/protobuf"
        );
        let http = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf");
        assert!(of(None, &[all, grpc, http]).is_ok());
    }
}
