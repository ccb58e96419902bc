//! A proxy in front of an emulator that writes down what passes: what a cloud is asked for, seen from outside.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::error::{Doing, Result};
use crate::wire;

/// A recording proxy. It ends with the process.
#[derive(Debug)]
pub struct Recorder {
    endpoint: String,
    calls: Arc<Mutex<Vec<Call>>>,
}

/// What one request asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Its method and path.
    pub line: String,
    /// The actions that it takes, as the cloud's policies name them.
    pub actions: Vec<String>,
    /// What it is about, where a policy of AWS can be narrowed down to that: names and ARNs.
    pub names: Vec<String>,
    /// Whether, by the cloud's documentation, it changes nothing.
    pub reads: bool,
}

impl Recorder {
    /// Starts one in front of an endpoint.
    pub fn start(upstream: &str) -> Result<Self> {
        let upstream = upstream.trim_start_matches("http://").to_owned();
        let doing = || "listen on a port of 127.0.0.1".to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").doing(doing)?;
        let endpoint = format!("http://{}", listener.local_addr().doing(doing)?);
        let calls = Arc::<Mutex<Vec<Call>>>::default();
        let noted = Arc::clone(&calls);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (upstream, noted) = (upstream.clone(), Arc::clone(&noted));
                // Whoever went away needs no answer; whoever gets none says so.
                std::thread::spawn(move || drop(pass(stream, &upstream, &noted)));
            }
        });
        Ok(Self { endpoint, calls })
    }

    /// Its address, to be used instead of the emulator's.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The calls since the last time.
    pub fn take(&self) -> Vec<Call> {
        let calls = self.calls.lock();
        calls.map_or_else(|_| Vec::new(), |mut calls| std::mem::take(&mut *calls))
    }
}

/// Passes one request on, and its answer back. One for each connection, so that an answer's length need not be
/// understood: it ends with the connection, and says so.
fn pass(mut client: TcpStream, upstream: &str, noted: &Mutex<Vec<Call>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let (mut head, length) = head_of(&mut reader)?;
    if head.is_empty() {
        return Ok(());
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    if let (Some(call), Ok(mut noted)) = (call_of(&head, &body), noted.lock()) {
        noted.push(call);
    }
    let mut server = TcpStream::connect(upstream)?;
    head.retain(|line| !line.to_ascii_lowercase().starts_with("connection:"));
    let head = format!("{}Connection: close\r\n\r\n", head.concat());
    server.write_all(head.as_bytes())?;
    server.write_all(&body)?;
    let mut answers = BufReader::new(server);
    let (mut head, _) = head_of(&mut answers)?;
    head.retain(|line| !line.to_ascii_lowercase().starts_with("connection:"));
    let head = format!("{}Connection: close\r\n\r\n", head.concat());
    client.write_all(head.as_bytes())?;
    std::io::copy(&mut answers, &mut client).map(drop)
}

/// The first line and the headers, each with its line's end; and the length of what follows.
pub(crate) fn head_of(reader: &mut impl BufRead) -> std::io::Result<(Vec<String>, usize)> {
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line == "\r\n" {
            break;
        }
        head.push(line);
    }
    let length = header(&head, "content-length").and_then(|length| length.parse().ok());
    Ok((head, length.unwrap_or_default()))
}

fn header(head: &[String], name: &str) -> Option<String> {
    let mut lines = head.iter().skip(1).filter_map(|line| line.split_once(':'));
    let (_, value) = lines.find(|(key, _)| key.eq_ignore_ascii_case(name))?;
    Some(value.trim().to_owned())
}

/// What a request asks a cloud for; none for what is no call of one.
fn call_of(head: &[String], body: &[u8]) -> Option<Call> {
    let mut words = head.first()?.split(' ');
    let (method, path) = (words.next()?, words.next()?);
    let request = wire::Request {
        method,
        path,
        header: &|name| header(head, name),
        body,
    };
    let actions = match request.of_azure() {
        Some(action) => vec![action],
        None => request.of_aws(),
    };
    (!actions.is_empty()).then(|| Call {
        line: format!("{method} {path}"),
        reads: actions.iter().all(|action| wire::reads(method, action)),
        names: request.names_of_aws(),
        actions,
    })
}
