//! A double of both clouds' lists of prices: the answers in `crates/cost/tests/answers`, filtered and paged as the APIs'
//! documentation says.

use std::io::{BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value as Json, json};

use crate::error::{Doing, Result};
use crate::recorder::head_of;

/// How many items a page has. The APIs have 1000 and 100; with so few there is always more than one page.
const PAGE: usize = 2;

/// A double of both lists. It ends with the process.
#[derive(Debug)]
pub struct PriceLists {
    endpoint: String,
    asked: Arc<Mutex<Vec<String>>>,
}

/// What the double answers from.
struct Answers {
    azure: Vec<Json>,
    aws: Vec<Json>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl PriceLists {
    /// Starts one.
    pub fn start() -> Result<Self> {
        let doing = || "start the double of the lists of prices".to_owned();
        let read = |name: &str| -> Result<Json> {
            let path = crate::root()?.join("crates/cost/tests/answers").join(name);
            let text = std::fs::read(path).doing(doing)?;
            serde_json::from_slice(&text)
                .map_err(std::io::Error::from)
                .doing(doing)
        };
        let items = |mut json: Json, name: &str| match json[name].take() {
            Json::Array(items) => items,
            _ => Vec::new(),
        };
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let answers = Arc::new(Answers {
            azure: items(read("azure.json")?, "Items"),
            aws: items(read("aws.json")?, "PriceList"),
            asked: Arc::clone(&asked),
        });
        let listener = TcpListener::bind("127.0.0.1:0").doing(doing)?;
        let endpoint = format!("http://{}", listener.local_addr().doing(doing)?);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let answers = Arc::clone(&answers);
                // Whoever went away needs no answer.
                std::thread::spawn(move || drop(answers.serve(stream)));
            }
        });
        Ok(Self { endpoint, asked })
    }

    /// Its address, for either list.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// What was asked since the last time: Azure's filters, and AWS's requests.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Answers {
    /// One request for each connection.
    fn serve(&self, mut client: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(client.try_clone()?);
        let (head, length) = head_of(&mut reader)?;
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let mut words = head
            .first()
            .map(String::as_str)
            .unwrap_or_default()
            .split(' ');
        let target = "x-amz-target: awspricelistservice.getproducts";
        let is_aws = head
            .iter()
            .any(|line| line.trim().to_ascii_lowercase() == target);
        let (status, answer) = match (words.next(), words.next(), is_aws) {
            (Some("POST"), Some("/"), true) => self.aws(&head, &body),
            (Some("GET"), Some(path), _) => self.azure(path),
            _ => (404, json!({})),
        };
        let kind = if is_aws {
            "application/x-amz-json-1.1"
        } else {
            "application/json"
        };
        let text = answer.to_string();
        let head = format!(
            "HTTP/1.1 {status} Answer\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            text.len()
        );
        client.write_all(head.as_bytes())?;
        client.write_all(text.as_bytes())
    }

    fn note(&self, asked: String) {
        self.asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(asked);
    }

    /// `GET /api/retail/prices`, whose filters are `name eq 'value'` joined by `and`.
    fn azure(&self, path: &str) -> (u16, Json) {
        let refused = |message: &str| {
            (
                400,
                json!({"Error": {"Code": "BadRequest", "Message": message}}),
            )
        };
        let Some(query) = path.strip_prefix("/api/retail/prices?") else {
            return (404, json!({}));
        };
        let (mut filter, mut skip, mut version) = (String::new(), 0, String::new());
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match decoded(name).as_str() {
                "$filter" => filter = decoded(value),
                "$skip" => skip = value.parse().unwrap_or_default(),
                "api-version" => version = value.to_owned(),
                "currencyCode" if decoded(value) == "'USD'" => {}
                other => return refused(&format!("{other} is not known here")),
            }
        }
        if version != "2023-01-01-preview" {
            return refused("another version is asked for");
        }
        self.note(filter.clone());
        let mut chosen: Vec<&Json> = self.azure.iter().collect();
        for condition in filter.split(" and ") {
            let Some((name, value)) = condition.split_once(" eq ") else {
                return refused("the filter cannot be read");
            };
            let name = if name == "priceType" { "type" } else { name };
            let value = value.trim_matches('\'').replace("''", "'");
            chosen.retain(|item| item[name] == value.as_str());
        }
        let more = chosen.len() > skip + PAGE;
        let next = format!(
            "https://prices.azure.com:443/api/retail/prices?{}&$skip={}",
            without_skip(query),
            skip + PAGE
        );
        let page: Vec<&Json> = chosen.into_iter().skip(skip).take(PAGE).collect();
        let answer = json!({
            "BillingCurrency": "USD",
            "CustomerEntityId": "Default",
            "CustomerEntityType": "Retail",
            "Count": page.len(),
            "Items": page,
            "NextPageLink": more.then_some(next),
        });
        (200, answer)
    }

    /// `GetProducts`. Only a signed request is answered.
    fn aws(&self, head: &[String], body: &[u8]) -> (u16, Json) {
        let refused =
            |code: &str, message: &str| (400, json!({"__type": code, "message": message}));
        let signed = |line: &String| {
            line.to_ascii_lowercase()
                .starts_with("authorization: aws4-hmac-sha256")
                && line.contains("/us-east-1/pricing/aws4_request")
        };
        if !head.iter().any(signed) {
            return refused("AccessDeniedException", "the request is not signed");
        }
        let asked: Json = serde_json::from_slice(body).unwrap_or_default();
        self.note(asked.to_string());
        let Some(service) = asked["ServiceCode"].as_str() else {
            return refused("InvalidParameterException", "ServiceCode is missing");
        };
        let filters = asked["Filters"].as_array().cloned().unwrap_or_default();
        if filters.iter().any(|filter| filter["Type"] != "TERM_MATCH") {
            return refused("InvalidParameterException", "Type must be TERM_MATCH");
        }
        let is_meant = |text: &&Json| {
            let product: Json = text
                .as_str()
                .and_then(|text| serde_json::from_str(text).ok())
                .unwrap_or_default();
            let matches = |filter: &Json| {
                let field = filter["Field"].as_str().unwrap_or_default();
                let found = match field {
                    "productFamily" => &product["product"][field],
                    _ => &product["product"]["attributes"][field],
                };
                *found == filter["Value"]
            };
            product["serviceCode"] == service && filters.iter().all(matches)
        };
        let chosen: Vec<&Json> = self.aws.iter().filter(is_meant).collect();
        let skip: usize = asked["NextToken"]
            .as_str()
            .and_then(|token| token.parse().ok())
            .unwrap_or_default();
        let more = chosen.len() > skip + PAGE;
        let page: Vec<&Json> = chosen.into_iter().skip(skip).take(PAGE).collect();
        let mut answer = json!({"FormatVersion": "aws_v1", "PriceList": page});
        if more {
            answer["NextToken"] = (skip + PAGE).to_string().into();
        }
        (200, answer)
    }
}

fn without_skip(query: &str) -> String {
    let pairs = query.split('&').filter(|pair| !pair.starts_with("$skip="));
    pairs.collect::<Vec<_>>().join("&")
}

/// A part of a query without its percent signs.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let code = [rest.next(), rest.next()].into_iter().flatten().collect();
                let code = String::from_utf8(code).unwrap_or_default();
                bytes.extend(u8::from_str_radix(&code, 16));
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
