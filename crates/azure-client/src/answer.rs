//! What was answered, and what Azure's errors say.

use std::time::Duration;

use azure_core::http::headers::{HeaderName, Headers};
use serde_json::Value as Json;

/// What Azure answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body; null when there is none.
    pub body: Json,
    pub(crate) headers: Headers,
}

impl Answer {
    /// A header, by its name in lower case.
    pub fn header(&self, name: &'static str) -> Option<&str> {
        self.headers
            .get_optional_str(&HeaderName::from_static(name))
    }

    /// How long to wait before asking again: `Retry-After` in seconds, or in milliseconds where a service says so.
    pub fn retry_after(&self) -> Option<Duration> {
        let number = |name| self.header(name)?.parse().ok();
        number("retry-after-ms")
            .or_else(|| number("x-ms-retry-after-ms"))
            .map(Duration::from_millis)
            .or_else(|| number("retry-after").map(Duration::from_secs))
    }

    /// What Azure's support asks for.
    pub fn request_id(&self) -> Option<&str> {
        ["x-ms-request-id", "x-ms-correlation-request-id"]
            .into_iter()
            .find_map(|name| self.header(name))
    }
}

/// What an error body says: `{"error": {code, message, details}}`, or that object itself.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a>(&'a Json);

impl<'a> Said<'a> {
    /// What a body says.
    pub fn of(body: &'a Json) -> Self {
        Self(body.get("error").unwrap_or(body))
    }

    /// The code; empty when there is none.
    pub fn code(&self) -> &'a str {
        self.0["code"].as_str().unwrap_or_default()
    }

    /// The code that is more exact, which some services add; empty when there is none.
    pub fn inner_code(&self) -> &'a str {
        self.0["innererror"]["code"].as_str().unwrap_or_default()
    }

    /// What people read; empty when there is nothing.
    pub fn message(&self) -> &'a str {
        self.0["message"].as_str().unwrap_or_default()
    }
}

/// What an error and all beneath it say, each once.
pub fn words(error: &azure_core::Error) -> String {
    let mut text = error.to_string();
    let mut beneath = std::error::Error::source(error);
    while let Some(cause) = beneath {
        let said = cause.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        beneath = cause.source();
    }
    text
}
