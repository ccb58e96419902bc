//! Who may ask: whoever was told the address, on this machine, by the name that it was given.

use rand::RngExt;
use subtle::ConstantTimeEq;

use crate::http::Request;

/// What is asked of each request before anything else.
pub struct Gate {
    port: u16,
    /// What the address has.
    token: String,
    /// What the browser keeps in its place.
    cookie: String,
}

/// What becomes of a request.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is answered.
    Pass,
    /// It has the address's token: the browser gets this cookie, and goes to the address without it.
    Enter(String),
    /// It is by another name than ours, as when a page elsewhere has its name lead here.
    WrongHost,
    /// It is of another page.
    Foreign,
    /// It has no token, or a wrong one.
    Unknown,
    /// It is no reading.
    NotReading,
}

impl Gate {
    /// The gate of a server that listens here.
    pub fn new(port: u16) -> Self {
        Self {
            port,
            token: random(),
            cookie: random(),
        }
    }

    /// The address to open.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}/?token={}", self.port, self.token)
    }

    /// What becomes of a request.
    pub fn judge(&self, request: &Request) -> Verdict {
        let ours = [
            format!("127.0.0.1:{}", self.port),
            format!("localhost:{}", self.port),
        ];
        let host = request.header("host").unwrap_or_default();
        if !ours.iter().any(|name| name.eq_ignore_ascii_case(host)) {
            return Verdict::WrongHost;
        }
        if !matches!(request.method.as_str(), "GET" | "HEAD") {
            return Verdict::NotReading;
        }
        if request.path == "/"
            && let Some(token) = request.asked("token")
        {
            return match same(&token, &self.token) {
                true => Verdict::Enter(self.cookie_header()),
                false => Verdict::Unknown,
            };
        }
        // Browsers say where a request comes from. Another port of this machine is the same site, and gets the cookie too.
        let from = request.header("sec-fetch-site");
        if request.path != "/" && !matches!(from, None | Some("same-origin" | "none")) {
            return Verdict::Foreign;
        }
        let name = self.cookie_name();
        let cookies = request.header("cookie").unwrap_or_default().split(';');
        let found = cookies
            .filter_map(|cookie| cookie.trim().split_once('='))
            .find(|(one, _)| *one == name);
        match found {
            Some((_, value)) if same(value, &self.cookie) => Verdict::Pass,
            _ => Verdict::Unknown,
        }
    }

    /// Browsers keep cookies by the machine's name alone, so that two servers need two names.
    fn cookie_name(&self) -> String {
        format!("stack-ui-{}", self.port)
    }

    fn cookie_header(&self) -> String {
        let (name, value) = (self.cookie_name(), &self.cookie);
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict")
    }
}

/// 256 bits of chance.
fn random() -> String {
    hex::encode(rand::rng().random::<[u8; 32]>())
}

fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn request(text: &str) -> Request {
        let text = text.replace('\n', "\r\n");
        Request::read(&mut text.as_bytes()).await.unwrap()
    }

    #[tokio::test]
    async fn only_who_has_the_address_comes_in() {
        let gate = Gate::new(4000);
        let address = gate.address();
        let target = address.strip_prefix("http://127.0.0.1:4000").unwrap();
        let enter = request(&format!("GET {target} HTTP/1.1\nHost: 127.0.0.1:4000\n\n")).await;
        let Verdict::Enter(cookie) = gate.judge(&enter) else {
            panic!("the address does not let in")
        };
        assert!(
            cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict"),
            "{cookie}"
        );
        let cookie = cookie.split(';').next().unwrap();
        assert!(!cookie.contains(&gate.token), "the cookie is not the token");
        let judged = async |head: &str| gate.judge(&request(head).await);
        let with = |line: &str, further: &str| {
            format!("{line} HTTP/1.1\nHost: localhost:4000\nCookie: other=1; {cookie}\n{further}\n")
        };
        assert_eq!(judged(&with("GET /page.js", "")).await, Verdict::Pass);
        assert_eq!(
            judged(&with("HEAD /", "Sec-Fetch-Site: cross-site\n")).await,
            Verdict::Pass
        );
        for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
            let line = format!("{method} /page.js");
            assert_eq!(judged(&with(&line, "")).await, Verdict::NotReading);
        }
        for site in ["cross-site", "same-site"] {
            let further = format!("Sec-Fetch-Site: {site}\n");
            assert_eq!(
                judged(&with("GET /page.js", &further)).await,
                Verdict::Foreign
            );
        }
        for host in [
            "evil.example",
            "127.0.0.1",
            "127.0.0.1:4001",
            "localhost.evil.example:4000",
        ] {
            let head = format!("GET {target} HTTP/1.1\nHost: {host}\nCookie: {cookie}\n\n");
            assert_eq!(judged(&head).await, Verdict::WrongHost, "{host}");
        }
        for head in [
            "GET / HTTP/1.1\nHost: 127.0.0.1:4000\n\n",
            "GET /?token= HTTP/1.1\nHost: 127.0.0.1:4000\n\n",
            "GET /page.js HTTP/1.1\nHost: 127.0.0.1:4000\nCookie: stack-ui-4000=\n\n",
        ] {
            assert_eq!(judged(head).await, Verdict::Unknown, "{head}");
        }
        let without = format!(
            "GET /page.js{} HTTP/1.1\nHost: 127.0.0.1:4000\n\n",
            &target[1..]
        );
        assert_eq!(
            judged(&without).await,
            Verdict::Unknown,
            "the token opens the page alone"
        );
    }
}
