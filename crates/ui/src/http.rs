//! One request and its answer. A page is read and nothing else, so a request has no body, and a connection ends with its
//! answer.

use std::fmt::Write;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

/// The longest head of a request. Browsers send less than 2 KiB.
const MOST: usize = 16 * 1024;
/// The most headers.
const HEADERS: usize = 64;
/// How long a request may take to arrive, and a part of an answer to be taken.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a browser asks.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The path, as it was sent.
    pub path: String,
    /// What comes after the `?`.
    pub query: String,
    headers: Vec<(String, String)>,
}

impl Request {
    /// A header's value. None when there is none, or more than one: which would count cannot be told.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(one, _)| one == name);
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Some(value),
            _ => None,
        }
    }

    /// A part of the query, decoded.
    pub fn asked(&self, name: &str) -> Option<String> {
        let mut pairs = url::form_urlencoded::parse(self.query.as_bytes());
        let found = pairs.find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned())
    }

    /// Reads one. None when it is none, is too long, or takes too long.
    pub async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<Self> {
        timeout(PATIENCE, async {
            let mut head = Vec::with_capacity(1024);
            while head.len() < MOST {
                if stream.read_buf(&mut head).await.ok()? == 0 {
                    return None;
                }
                match Self::parse(&head) {
                    Parsed::Whole(request) => return Some(request),
                    Parsed::Part => {}
                    Parsed::Wrong => return None,
                }
            }
            None
        })
        .await
        .ok()?
    }

    fn parse(head: &[u8]) -> Parsed {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS];
        let mut request = httparse::Request::new(&mut headers);
        match request.parse(head) {
            Ok(httparse::Status::Complete(_)) => {}
            Ok(httparse::Status::Partial) => return Parsed::Part,
            Err(_) => return Parsed::Wrong,
        }
        let (Some(method), Some(target)) = (request.method, request.path) else {
            return Parsed::Wrong;
        };
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut headers = Vec::with_capacity(request.headers.len());
        for header in request.headers.iter() {
            let Ok(value) = std::str::from_utf8(header.value) else {
                return Parsed::Wrong;
            };
            headers.push((header.name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        Parsed::Whole(Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
        })
    }
}

enum Parsed {
    Whole(Request),
    Part,
    Wrong,
}

/// What is answered.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    status: &'static str,
    kind: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

/// What every answer says. Nothing is kept, nothing but the page's own files is loaded or run, nobody frames it, and no
/// other page learns of it.
const ALWAYS: [(&str, &str); 8] = [
    ("cache-control", "no-store"),
    ("connection", "close"),
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
];

impl Answer {
    /// An answer of a kind.
    pub fn new(status: &'static str, kind: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            kind,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    /// With a header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn head(&self, length: Option<usize>) -> String {
        let mut head = format!(
            "HTTP/1.1 {}\r\ncontent-type: {}\r\n",
            self.status, self.kind
        );
        let ours = self
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()));
        for (name, value) in ours.chain(ALWAYS) {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        if let Some(length) = length {
            let _ = write!(head, "content-length: {length}\r\n");
        }
        head.push_str("\r\n");
        head
    }

    /// Sends it; without its body to who asked for the head alone.
    pub async fn send(
        &self,
        stream: &mut (impl AsyncWrite + Unpin),
        whole: bool,
    ) -> std::io::Result<()> {
        let mut bytes = self.head(Some(self.body.len())).into_bytes();
        if whole {
            bytes.extend_from_slice(&self.body);
        }
        send(stream, &bytes).await
    }

    /// Sends its head. What follows ends with the connection.
    pub async fn begin(&self, stream: &mut (impl AsyncWrite + Unpin)) -> std::io::Result<()> {
        send(stream, self.head(None).as_bytes()).await
    }
}

/// Sends a part. An error when the other side does not take it in time.
pub async fn send(stream: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> std::io::Result<()> {
    timeout(PATIENCE, async {
        stream.write_all(bytes).await?;
        stream.flush().await
    })
    .await
    .unwrap_or_else(|late| Err(late.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(bytes: &[u8]) -> Option<Request> {
        Request::read(&mut &*bytes).await
    }

    #[tokio::test]
    async fn a_request_is_read_and_anything_else_is_not() {
        let request = read(b"GET /a/b?urn=x%3Ay%2Fz HTTP/1.1\r\nHost: h\r\nCookie: a=b\r\n\r\n")
            .await
            .unwrap();
        assert_eq!(
            (request.method.as_str(), request.path.as_str()),
            ("GET", "/a/b")
        );
        assert_eq!(request.asked("urn").unwrap(), "x:y/z");
        assert_eq!(request.header("host"), Some("h"));
        let twice = read(b"GET / HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n")
            .await
            .unwrap();
        assert_eq!(twice.header("host"), None);
        for wrong in [
            &b"GET"[..],
            b"GET / HTTP/1.1\r\n",
            b"\x16\x03\x01",
            b"GET / HTTP/9\r\n\r\n",
        ] {
            assert_eq!(read(wrong).await, None);
        }
        let long = format!("GET /{} HTTP/1.1\r\nHost: h\r\n\r\n", "a".repeat(2 * MOST));
        assert_eq!(read(long.as_bytes()).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn who_never_ends_a_request_is_not_waited_for() {
        let (mut ours, _theirs) = tokio::io::duplex(64);
        assert_eq!(Request::read(&mut ours).await, None);
    }
}
