use std::io::{Read, Write};
use std::net::TcpListener;

use url::Url;

use super::{Towards, client, is_loopback};

#[test]
fn this_machine_is_what_is_written_so() {
    for (address, expected) in [
        ("http://localhost:80/", true),
        ("https://127.0.0.1/", true),
        ("http://127.9.9.9/", true),
        ("http://[::1]:1/", true),
        ("http://localhost.example.com/", false),
        ("http://127.0.0.1.example.com/", false),
        ("http://10.0.0.1/", false),
        ("http://0.0.0.0/", false),
        ("data:text/plain,x", false),
    ] {
        let url: Url = address.parse().unwrap();
        assert_eq!(is_loopback(&url), expected, "{address}");
    }
}

/// One answer, and the request that it was given to.
fn answering(answer: &'static str) -> (String, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    let asked = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        let read = stream.read(&mut request).unwrap();
        stream.write_all(answer.as_bytes()).unwrap();
        String::from_utf8_lossy(&request[..read]).into_owned()
    });
    (address, asked)
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_the_client_says_who_asks() {
    let moved =
        "HTTP/1.1 302 Found\r\nLocation: http://elsewhere.invalid/\r\nContent-Length: 0\r\n\r\n";
    let (address, asked) = answering(moved);
    let client = client(Towards::ThisMachine).build().unwrap();
    let answer = client
        .get(address)
        .bearer_auth("token")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 302);
    let asked = asked.join().unwrap();
    assert!(
        asked.contains(concat!("user-agent: stack/", env!("CARGO_PKG_VERSION"))),
        "{asked}"
    );
}
