//! Requests: the token, and when to try again.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::Method;
use reqwest::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue};
use serde_json::Value as Json;
use stack_http::{Towards, is_loopback};
use url::Url;

use crate::answer::Answer;
use crate::error::{Error, Result};
use crate::patience::{self, Ended, Next, Repeat};
use crate::secret::Token;

/// The longest that one request may be under way. Without a limit a lost answer would be waited for for ever.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// The most pages of a list, of 100 each. What goes on after that is no list of comments.
const PAGES: usize = 1_000;

/// What a forge's requests have in common.
pub(crate) struct Api {
    /// `GitHub` or `GitLab`.
    pub forge: &'static str,
    /// The header that the token is in.
    pub header: HeaderName,
    /// What is before the token there.
    pub scheme: &'static str,
    /// What it wants to be told with every request.
    pub headers: &'static [(&'static str, &'static str)],
    /// What to do about a refusal.
    pub hint: fn(&Answer) -> Option<String>,
}

/// Requests to one API, as one identity.
pub(crate) struct Client {
    api: Api,
    http: reqwest::Client,
    address: Url,
}

/// What is asked.
pub(crate) struct Call {
    /// What it is about, for errors: `list the comments of …`.
    pub doing: String,
    /// The method.
    pub method: Method,
    /// Where, from the API's address on.
    pub address: Url,
    /// The body, where there is one.
    pub body: Option<Json>,
    /// Whether it may be sent twice.
    pub repeat: Repeat,
}

impl Client {
    /// A client of the API at this address. The token goes there and nowhere else, and in clear text to this machine alone.
    pub fn new(api: Api, address: &str, token: &Token) -> Result<Self> {
        let forge = api.forge;
        let address = Url::parse(address)
            .ok()
            .filter(|url| !url.cannot_be_a_base() && url.username().is_empty())
            .ok_or_else(|| Error::Address {
                forge,
                address: address.to_owned(),
            })?;
        if address.scheme() != "https" && !(address.scheme() == "http" && is_loopback(&address)) {
            let origin = address.origin().ascii_serialization();
            return Err(Error::ClearText { origin });
        }
        let text = zeroize::Zeroizing::new(format!("{}{}", api.scheme, token.reveal()));
        let mut value = HeaderValue::from_str(&text).map_err(|_| Error::Token { forge })?;
        value.set_sensitive(true);
        let mut headers = HeaderMap::new();
        headers.insert(&api.header, value);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        for (name, value) in api.headers {
            headers.insert(*name, HeaderValue::from_static(value));
        }
        let http = stack_http::client(Towards::address(&address))
            .connect_timeout(Duration::from_secs(10))
            .timeout(REQUEST_TIMEOUT)
            .default_headers(headers);
        Ok(Self {
            api,
            http: http.build().map_err(Error::Client)?,
            address,
        })
    }

    /// An address below that of the API. Each part is encoded, so what is in it stays in its place.
    pub fn below(&self, parts: &[&str]) -> Url {
        extended(self.address.clone(), parts)
    }

    /// The API's own address.
    pub fn address(&self) -> &Url {
        &self.address
    }

    /// Asks, and asks again where that helps. What is not a success is an error.
    pub async fn ask(&self, call: &Call) -> Result<Answer> {
        let mut tried = 0;
        loop {
            tried += 1;
            let ended = self.once(call).await;
            let seen = match &ended {
                Ok(answer) if answer.is_success() => return ended.map_err(|e| self.lost(call, e)),
                Ok(answer) => Ended::Answered(answer),
                Err(error) => Ended::Lost {
                    sent: !error.is_connect(),
                },
            };
            match patience::next(seen, call.repeat, tried, Timestamp::now()) {
                Next::Again(wait) => tokio::time::sleep(wait).await,
                Next::Limited(until) => {
                    return Err(Error::Limited {
                        doing: call.doing.clone(),
                        forge: self.api.forge,
                        until,
                    });
                }
                Next::Final => {
                    return Err(match ended {
                        Ok(answer) => self.refused(call, &answer),
                        Err(error) => self.lost(call, error),
                    });
                }
            }
        }
    }

    /// Every item of a list, of all its pages.
    pub async fn list(&self, doing: &str, address: &Url) -> Result<Vec<Json>> {
        let mut items = Vec::new();
        for page in 1..=PAGES {
            let mut address = address.clone();
            address
                .query_pairs_mut()
                .append_pair("per_page", "100")
                .append_pair("page", &page.to_string());
            let call = Call {
                doing: doing.to_owned(),
                method: Method::GET,
                address,
                body: None,
                repeat: Repeat::Harmless,
            };
            let answer = self.ask(&call).await?;
            let goes_on = answer.has_next_page();
            let Json::Array(page) = answer.body else {
                return Err(self.lacking(&call, "list"));
            };
            items.extend(page);
            if !goes_on {
                break;
            }
        }
        Ok(items)
    }

    /// The error of an answer that has not what it should.
    pub fn lacking(&self, call: &Call, missing: &'static str) -> Error {
        Error::Answer {
            doing: call.doing.clone(),
            forge: self.api.forge,
            missing,
        }
    }

    async fn once(&self, call: &Call) -> Result<Answer, reqwest::Error> {
        let mut request = self.http.request(call.method.clone(), call.address.clone());
        if let Some(body) = &call.body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let headers = answer.headers().clone();
        let body = answer.bytes().await?;
        Ok(Answer {
            status,
            headers,
            body: serde_json::from_slice(&body).unwrap_or_default(),
        })
    }

    fn lost(&self, call: &Call, error: reqwest::Error) -> Error {
        Error::NoAnswer {
            doing: call.doing.clone(),
            forge: self.api.forge,
            sent: !error.is_connect(),
            source: error,
        }
    }

    fn refused(&self, call: &Call, answer: &Answer) -> Error {
        Error::Refused {
            doing: call.doing.clone(),
            forge: self.api.forge,
            status: answer.status,
            message: answer.message(),
            request: answer.request(),
            hint: (self.api.hint)(answer),
        }
    }
}

/// An address below another.
pub(crate) fn extended(mut address: Url, parts: &[&str]) -> Url {
    if let Ok(mut segments) = address.path_segments_mut() {
        segments.pop_if_empty().extend(parts);
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(address: &str, token: &str) -> Result<Client> {
        let api = Api {
            forge: "GitHub",
            header: reqwest::header::AUTHORIZATION,
            scheme: "Bearer ",
            headers: &[],
            hint: |_| None,
        };
        Client::new(api, address, &Token::new(token))
    }

    #[test]
    fn clear_text_is_for_this_machine_alone() {
        for address in [
            "https://api.github.com",
            "https://git.acme.example/api/v3/",
            "http://127.0.0.1:5000",
            "http://[::1]:5000/",
            "http://localhost:5000/api/v4",
        ] {
            assert!(client(address, "t").is_ok(), "{address}");
        }
        for address in [
            "http://api.github.com",
            "http://127.0.0.1.example.com/",
            "http://10.0.0.1/",
            "ftp://127.0.0.1/",
        ] {
            let refused = client(address, "canary-token").err().unwrap();
            assert!(matches!(refused, Error::ClearText { .. }), "{address}");
            assert!(!format!("{refused:?} {refused}").contains("canary"));
        }
        for address in [
            "",
            "api.github.com",
            "mailto:a@b",
            "https://me@api.github.com",
        ] {
            let refused = client(address, "t").err().unwrap();
            assert!(matches!(refused, Error::Address { .. }), "{address}");
        }
    }

    #[test]
    fn a_token_is_never_shown() {
        let refused = client("https://api.github.com", "canary\ntoken")
            .err()
            .unwrap();
        assert!(!format!("{refused:?} {refused}").contains("canary"));
        assert_eq!(format!("{:?}", Token::new("canary")), "Token");
        assert_eq!(Token::new(" canary\n").reveal(), "canary");
    }

    #[test]
    fn what_is_in_a_part_of_a_path_stays_there() {
        let client = client("https://git.acme.example/api/v4/", "t").unwrap();
        assert_eq!(
            client.below(&["projects", "a/b c", "notes"]).as_str(),
            "https://git.acme.example/api/v4/projects/a%2Fb%20c/notes"
        );
        // Dots would climb.
        let climbing = client.below(&["projects", "..", "notes"]);
        assert!(climbing.path().starts_with("/api/v4/"), "{climbing}");
    }
}
