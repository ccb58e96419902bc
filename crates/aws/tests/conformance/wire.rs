//! HTTP as the AWS SDK speaks it, seen from outside: a proxy that writes down what passes, and a server that always
//! says the same.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;

/// The SDK's configuration for an endpoint and an account on it.
pub async fn config(endpoint: &str, account: &str) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("eu-west-3"))
        .endpoint_url(endpoint)
        .credentials_provider(Credentials::new(account, "secret", None, None, "test"))
        .load()
        .await
}

/// One request.
#[derive(Debug, Clone)]
pub struct Request {
    /// The request line and the headers, each with its line's end.
    head: Vec<String>,
    body: Vec<u8>,
}

impl Request {
    /// Reads one. `None` when the other side has no more.
    fn read(stream: &mut BufReader<TcpStream>) -> Option<Self> {
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if line == "\r\n" {
                break;
            }
            head.push(line);
        }
        let mut request = Self {
            head,
            body: Vec::new(),
        };
        assert_eq!(
            request.header("transfer-encoding"),
            None,
            "a body in chunks"
        );
        let length = request
            .header("content-length")
            .map_or(0, |length| length.parse().expect("a length is a number"));
        request.body = vec![0; length];
        stream.read_exact(&mut request.body).ok()?;
        Some(request)
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head.iter().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// What is asked: the operation, or the method and path of services that name none.
    pub fn operation(&self) -> String {
        if let Some(target) = self.header("x-amz-target") {
            return target.rsplit('.').next().unwrap_or_default().to_owned();
        }
        let body = String::from_utf8_lossy(&self.body);
        if let Some(action) = body
            .split('&')
            .find_map(|pair| pair.strip_prefix("Action="))
        {
            return action.to_owned();
        }
        let line = self.head.first().map_or("", |line| line.trim());
        line.trim_end_matches(" HTTP/1.1").to_owned()
    }
}

/// A port of this machine and a thread for each connection to it.
fn serve(each: impl Fn(TcpStream) + Clone + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("a listener has an address");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let each = each.clone();
            std::thread::spawn(move || each(stream));
        }
    });
    format!("http://{address}")
}

/// What passed the proxy.
#[derive(Clone, Default)]
pub struct Record(Arc<Mutex<Vec<String>>>);

impl Record {
    /// The operations since the last time.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("no thread panics with the record"))
    }
}

/// A proxy in front of an endpoint; it writes down each operation before it passes it on.
pub fn proxy(endpoint: &str) -> (String, Record) {
    let upstream = endpoint.trim_start_matches("http://").to_owned();
    let record = Record::default();
    let written = record.clone();
    let url = serve(move |stream| {
        let mut answers = stream.try_clone().expect("a socket can be shared");
        let mut requests = BufReader::new(stream);
        let Some(request) = Request::read(&mut requests) else {
            return;
        };
        let mut operations = written.0.lock().expect("no thread panics with the record");
        operations.push(request.operation());
        drop(operations);
        // One request a connection: the answer ends with it, so that its length need not be understood.
        let mut upstream = TcpStream::connect(&upstream).expect("the emulator listens");
        let mut head = request.head;
        head.retain(|line| !line.to_ascii_lowercase().starts_with("connection:"));
        let head = format!("{}Connection: close\r\n\r\n", head.concat());
        let sent = upstream
            .write_all(head.as_bytes())
            .and_then(|()| upstream.write_all(&request.body));
        sent.expect("the emulator takes the request");
        // A client that went away needs no answer.
        let _ = std::io::copy(&mut upstream, &mut answers);
    });
    (url, record)
}

/// A server that gives every request this JSON.
pub fn always(json: serde_json::Value) -> String {
    let body = json.to_string();
    serve(move |stream| {
        let mut answers = stream.try_clone().expect("a socket can be shared");
        let mut requests = BufReader::new(stream);
        while Request::read(&mut requests).is_some() {
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            if answers
                .write_all(format!("{head}{body}").as_bytes())
                .is_err()
            {
                return;
            }
        }
    })
}
