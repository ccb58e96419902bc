//! How a request is refused: Azure Resource Manager's error answers.

use serde_json::{Value, json};

use crate::exchange::Reply;

/// Why a request is refused, as the client reads it.
///
/// The shape on the wire is `{"error":{"code","message","target","details":[]}}`, as common-api-details.md of the
/// Azure Resource Manager RPC says.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{status} {code}: {message}")]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The code that programs look at.
    pub code: String,
    /// What people read.
    pub message: String,
    /// The more exact code that some services add, as `innererror`.
    pub inner: Option<String>,
    /// The property at fault, as a path.
    pub target: Option<String>,
    /// Every problem, where one answer tells of several.
    pub details: Vec<Refusal>,
    /// Headers that go with it.
    pub headers: Vec<(&'static str, String)>,
}

impl Refusal {
    /// A refusal with any status.
    pub fn new(status: u16, code: impl Into<String>, message: impl Into<String>) -> Refusal {
        Refusal {
            status,
            code: code.into(),
            message: message.into(),
            inner: None,
            target: None,
            details: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// 400: the request itself is wrong.
    pub fn bad_request(code: impl Into<String>, message: impl Into<String>) -> Refusal {
        Refusal::new(400, code, message)
    }

    /// 404: something that the request names is not there.
    pub fn not_found(code: impl Into<String>, message: impl Into<String>) -> Refusal {
        Refusal::new(404, code, message)
    }

    /// 409: the request is right and what exists is in its way.
    pub fn conflict(code: impl Into<String>, message: impl Into<String>) -> Refusal {
        Refusal::new(409, code, message)
    }

    /// With the property at fault.
    pub fn at(mut self, target: impl Into<String>) -> Refusal {
        self.target = Some(target.into());
        self
    }

    /// With a more exact code.
    pub fn because(mut self, inner: impl Into<String>) -> Refusal {
        self.inner = Some(inner.into());
        self
    }

    /// With a header.
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Refusal {
        self.headers.push((name, value.into()));
        self
    }

    /// The inner object, `{"code","message",…}`.
    pub fn to_json(&self) -> Value {
        let mut error = json!({ "code": self.code, "message": self.message });
        if let Some(target) = &self.target {
            error["target"] = target.clone().into();
        }
        if let Some(inner) = &self.inner {
            error["innererror"] = json!({ "code": inner });
        }
        if !self.details.is_empty() {
            error["details"] = self.details.iter().map(Refusal::to_json).collect();
        }
        error
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Reply {
        let mut reply = Reply::json(refusal.status, json!({ "error": refusal.to_json() }));
        reply
            .headers
            .push(("x-ms-error-code", refusal.code.clone()));
        reply.headers.extend(refusal.headers);
        reply
    }
}
