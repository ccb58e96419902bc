//! HTTP as the AWS SDK speaks it, seen from outside: a server that always says the same.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

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

/// Reads a request to its end. `None` when the other side has no more.
fn read(stream: &mut impl BufRead) -> Option<()> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line == "\r\n" {
            break;
        }
        let line = line.to_ascii_lowercase();
        if let Some(told) = line.strip_prefix("content-length:") {
            length = told.trim().parse().expect("a length is a number");
        }
    }
    stream.read_exact(&mut vec![0; length]).ok()
}

/// A server that gives every request this JSON.
pub fn always(json: serde_json::Value) -> String {
    let body = json.to_string();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("a listener has an address");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let body = body.clone();
            std::thread::spawn(move || answer(stream, &body));
        }
    });
    format!("http://{address}")
}

fn answer(stream: TcpStream, body: &str) {
    let mut answers = stream.try_clone().expect("a socket can be shared");
    let mut requests = BufReader::new(stream);
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    while read(&mut requests).is_some() {
        if answers
            .write_all(format!("{head}{body}").as_bytes())
            .is_err()
        {
            return;
        }
    }
}
