//! What was answered.

use jiff::Timestamp;
use reqwest::header::HeaderMap;
use serde_json::Value as Json;

/// An answer, whatever its status.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; null where it is not JSON.
    pub body: Json,
}

impl Answer {
    /// A header that is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    fn number(&self, name: &str) -> Option<i64> {
        self.header(name)?.trim().parse().ok()
    }

    /// Whether it was done.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether a list goes on. Both forges say so in a header, as RFC 8288 has it. Its URL is not followed: the token goes
    /// to the address that was given and nowhere else.
    pub fn has_next_page(&self) -> bool {
        let links = self.header("link").unwrap_or_default().split(',');
        links
            .flat_map(|link| link.split(';').skip(1))
            .any(|parameter| matches!(parameter.trim(), "rel=\"next\"" | "rel=next"))
    }

    /// What it says is wrong. GitHub has a `message` and sometimes `errors`, GitLab a `message` of any shape or an `error`.
    pub fn message(&self) -> String {
        let mut message = match &self.body["message"] {
            Json::Null => said(&self.body["error"]),
            message => said(message),
        };
        for one in self.body["errors"].as_array().into_iter().flatten() {
            let one = said(match &one["message"] {
                Json::Null => one,
                message => message,
            });
            message.push_str("; ");
            message.push_str(&one);
        }
        message
    }

    /// The number under which the forge's own people find it.
    pub fn request(&self) -> String {
        let id = self
            .header("x-github-request-id")
            .or_else(|| self.header("x-request-id"));
        id.map_or_else(String::new, |id| format!(" (request {id})"))
    }

    /// Whether it was refused for there having been too many requests.
    ///
    /// GitHub says so with 403 or 429; a 403 is also how it refuses for good.
    /// <https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api>,
    /// <https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits>
    pub fn is_limited(&self) -> bool {
        match self.status {
            429 => true,
            403 => {
                self.header("retry-after").is_some()
                    || self.number("x-ratelimit-remaining") == Some(0)
                    || self.message().to_lowercase().contains("rate limit")
            }
            _ => false,
        }
    }

    /// For how many seconds it asks to be left alone: what it says, or else when the count begins anew, or else the minute
    /// that GitHub documents.
    pub fn seconds_to_wait(&self, now: Timestamp) -> i64 {
        const UNSAID: i64 = 60;
        let remaining = ["x-ratelimit-remaining", "ratelimit-remaining"];
        let spent = remaining.iter().any(|name| self.number(name) == Some(0));
        let reset = ["x-ratelimit-reset", "ratelimit-reset"];
        let reset = reset.iter().find_map(|name| self.number(name));
        let seconds = match (self.number("retry-after"), spent, reset) {
            (Some(seconds), ..) => seconds,
            (None, true, Some(reset)) => reset.saturating_sub(now.as_second()).saturating_add(1),
            (None, ..) => UNSAID,
        };
        seconds.max(0)
    }
}

/// A message of any shape on one line.
fn said(json: &Json) -> String {
    match json {
        Json::Null => String::new(),
        Json::String(text) => {
            let words: Vec<&str> = text.split_whitespace().collect();
            words.join(" ").replace(char::is_control, "\u{fffd}")
        }
        // JSON's own text has no control characters.
        other => other.to_string(),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use reqwest::header::{HeaderName, HeaderValue};
    use serde_json::json;

    use super::*;

    /// An answer for tests.
    pub fn answer(status: u16, headers: &[(&'static str, &str)], body: Json) -> Answer {
        let headers = headers.iter().map(|(name, value)| {
            let value = HeaderValue::from_str(value).unwrap();
            (HeaderName::from_static(name), value)
        });
        Answer {
            status,
            headers: headers.collect(),
            body,
        }
    }

    #[test]
    fn a_list_goes_on_where_its_link_says_so() {
        let goes_on = |link: &str| answer(200, &[("link", link)], Json::Null).has_next_page();
        assert!(goes_on(
            "<https://a/?page=2>; rel=\"next\", <https://a/?page=3>; rel=\"last\""
        ));
        assert!(goes_on(
            "<https://a/?page=1>; rel=\"prev\", <https://a/?page=3>; rel=\"next\""
        ));
        assert!(!goes_on(
            "<https://a/?page=1>; rel=\"first\", <https://a/?page=1>; rel=\"prev\""
        ));
        assert!(!answer(200, &[], Json::Null).has_next_page());
    }

    #[test]
    fn what_is_wrong_is_said_whatever_its_shape() {
        let said = |body: Json| answer(400, &[], body).message();
        assert_eq!(said(json!({"message": "Not Found"})), "Not Found");
        assert_eq!(
            said(
                json!({"message": "Validation Failed", "errors": [{"message": "too long"}, {"code": "invalid"}, "x"]})
            ),
            "Validation Failed; too long; {\"code\":\"invalid\"}; x"
        );
        assert_eq!(
            said(json!({"message": {"note": ["can't be blank"]}})),
            "{\"note\":[\"can't be blank\"]}"
        );
        assert_eq!(
            said(json!({"error": "insufficient_scope"})),
            "insufficient_scope"
        );
        assert_eq!(said(json!({"message": "a\n\u{7} b"})), "a \u{fffd} b");
        assert_eq!(said(Json::Null), "");
    }

    #[test]
    fn a_limit_is_told_from_a_refusal() {
        let no = json!({"message": "Resource not accessible by integration"});
        assert!(!answer(403, &[("x-ratelimit-remaining", "812")], no.clone()).is_limited());
        assert!(answer(403, &[("x-ratelimit-remaining", "0")], no.clone()).is_limited());
        assert!(answer(403, &[("retry-after", "5")], no).is_limited());
        let secondary = json!({"message": "You have exceeded a secondary rate limit."});
        assert!(answer(403, &[], secondary).is_limited());
        assert!(answer(429, &[], Json::Null).is_limited());
        assert!(!answer(500, &[("retry-after", "5")], Json::Null).is_limited());
    }

    #[test]
    fn the_wait_is_what_the_forge_says() {
        let now = Timestamp::from_second(1_000).unwrap();
        let wait = |headers: &[(&'static str, &str)]| {
            answer(429, headers, Json::Null).seconds_to_wait(now)
        };
        let spent = ("x-ratelimit-remaining", "0");
        assert_eq!(
            wait(&[("retry-after", "7"), spent, ("x-ratelimit-reset", "1500")]),
            7
        );
        assert_eq!(wait(&[spent, ("x-ratelimit-reset", "1020")]), 21);
        assert_eq!(
            wait(&[("ratelimit-remaining", "0"), ("ratelimit-reset", "1020")]),
            21
        );
        // When the count begins anew says nothing while there is some left.
        assert_eq!(
            wait(&[
                ("x-ratelimit-remaining", "9"),
                ("x-ratelimit-reset", "1020")
            ]),
            60
        );
        assert_eq!(wait(&[spent, ("x-ratelimit-reset", "900")]), 0);
        assert_eq!(wait(&[("retry-after", "soon")]), 60);
        assert_eq!(wait(&[]), 60);
    }
}
