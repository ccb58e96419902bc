//! A request and its answer, without the network.

use bytes::Bytes;
use http::{HeaderMap, Method};
use percent_encoding::percent_decode_str;
use serde_json::Value;

/// A request, as the rules read it.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path, decoded.
    pub path: String,
    /// The query, decoded, in its order.
    pub query: Vec<(String, String)>,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; empty when there is none.
    pub body: Bytes,
    /// What the client called this server: `http://127.0.0.1:1234`.
    pub base: String,
}

impl Request {
    /// Reads the path and the query of a URI.
    pub fn split(uri: &str) -> (String, Vec<(String, String)>) {
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let query = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                (
                    decoded(&name.replace('+', " ")),
                    decoded(&value.replace('+', " ")),
                )
            })
            .collect();
        (decoded(path), query)
    }

    /// A parameter of the query; its name's case does not matter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(candidate, _)| candidate.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// A header that is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Whether it asks for a change.
    ///
    /// The actions that Azure calls `list…` and `check…`, and `sharedKeys` of Log Analytics, are POSTs that change nothing.
    pub fn is_write(&self) -> bool {
        let action = self.path.rsplit('/').next().unwrap_or_default();
        let asks = ["list", "check", "sharedKeys"]
            .iter()
            .any(|beginning| action.starts_with(beginning));
        match self.method {
            Method::GET | Method::HEAD | Method::OPTIONS => false,
            Method::POST => !asks,
            _ => true,
        }
    }
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Headers beside those that every answer has.
    pub headers: Vec<(&'static str, String)>,
    /// The body; nothing is sent when there is none.
    pub body: Option<Value>,
}

impl Reply {
    /// An answer without a body.
    pub fn empty(status: u16) -> Reply {
        Reply {
            status,
            headers: Vec::new(),
            body: None,
        }
    }

    /// An answer with a body.
    pub fn json(status: u16, body: Value) -> Reply {
        Reply {
            body: Some(body),
            ..Reply::empty(status)
        }
    }

    /// With a header.
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Reply {
        self.headers.push((name, value.into()));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::Request;

    #[test]
    fn a_query_is_decoded() {
        let (path, query) = Request::split("/a%20b?$filter=tagName+eq+%27x%27&api-version=1&flag");
        assert_eq!(path, "/a b");
        let query: Vec<_> = query
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        assert_eq!(
            query,
            [
                ("$filter", "tagName eq 'x'"),
                ("api-version", "1"),
                ("flag", "")
            ]
        );
    }
}
