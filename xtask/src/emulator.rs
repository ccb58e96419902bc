//! Emulators of clouds: moto and ministack of AWS, each behind the supplement; gcp-storage-emulator behind a proxy of its
//! own; Azurite.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::Duration;

use serde_json::Value as Json;

use crate::error::{Doing, Error, Result, tail};
use crate::{node, venv};

/// How long an emulator may take to answer. It takes 2 seconds on an idle machine.
const DEADLINE: Duration = Duration::from_secs(120);

/// Which emulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// moto: strict about EC2's networking.
    Moto,
    /// ministack: the one whose databases, caches and services become available.
    Ministack,
    /// gcp-storage-emulator: Google Cloud Storage.
    CloudStorage,
    /// Azurite: Azure Blob Storage.
    Azurite,
}

impl Kind {
    /// Every kind there is.
    pub const ALL: [Kind; 4] = [
        Kind::Moto,
        Kind::Ministack,
        Kind::CloudStorage,
        Kind::Azurite,
    ];

    /// Those of AWS.
    pub const AWS: [Kind; 2] = [Kind::Moto, Kind::Ministack];

    /// The name that the launcher knows it by.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Moto => "moto",
            Kind::Ministack => "ministack",
            Kind::CloudStorage => "cloud_storage",
            Kind::Azurite => "azurite",
        }
    }

    /// The environment variable with the endpoint of one that is already running.
    pub fn variable(self) -> &'static str {
        match self {
            Kind::Moto => "STACK_TEST_MOTO",
            Kind::Ministack => "STACK_TEST_MINISTACK",
            Kind::CloudStorage => "STACK_TEST_CLOUD_STORAGE",
            Kind::Azurite => "STACK_TEST_AZURITE",
        }
    }
}

/// A running emulator. It ends when this is dropped, and also when this process is killed.
#[derive(Debug)]
pub struct Emulator {
    endpoint: String,
    // The launcher ends when its stdin does. So the pipe, which the operating system closes however this process ends,
    // is what keeps it alive.
    child: Child,
}

impl Emulator {
    /// Starts one on a free port of 127.0.0.1 and waits until it answers.
    pub fn start(kind: Kind) -> Result<Emulator> {
        let mut command = command(kind)?;
        // Without a name, so that it is gone with the last process that has it open.
        let mut log = tempfile::tempfile().doing(|| "create a log file".to_owned())?;
        let stderr = log.try_clone().doing(|| "share the log file".to_owned())?;
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(stderr)
            // A Ctrl-C at the terminal is for the tests; they may still need the emulator to clean up.
            .process_group(0)
            .spawn()
            .doing(|| format!("run {command:?}"))?;
        let ready = first_line(&mut child);
        // From here on a failure drops the emulator, which ends it.
        let mut emulator = Emulator {
            endpoint: String::new(),
            child,
        };
        let what = match ready.recv_timeout(DEADLINE) {
            Ok(line) => match line.strip_prefix("ready ") {
                Some(endpoint) => {
                    emulator.endpoint = endpoint.trim().to_owned();
                    return Ok(emulator);
                }
                None => "ended while it started".to_owned(),
            },
            Err(_) => format!("did not answer within {} s", DEADLINE.as_secs()),
        };
        // Ended first: it writes at the place in the file that reading moves.
        drop(emulator);
        Err(Error::NotReady {
            kind: kind.name(),
            what,
            log: tail(&whole(&mut log), 20),
        })
    }

    /// Its URL, without a path: what `AWS_ENDPOINT_URL` takes.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// How often each operation was asked for in an account, by service and name.
    pub fn calls(&self, account: &str) -> Result<BTreeMap<String, u64>> {
        let told = self.ask(&format!("calls/{account}"))?;
        serde_json::from_str(&told)
            .map_err(std::io::Error::from)
            .doing(|| format!("read the calls of {account}"))
    }

    /// Lets every answer take this much longer from now on.
    pub fn delay(&self, latency: Duration) -> Result<()> {
        self.ask(&format!("latency/{}", latency.as_millis()))
            .map(drop)
    }

    fn ask(&self, what: &str) -> Result<String> {
        ask(&self.endpoint, what)
    }

    /// The endpoint of an emulator that tests share; keep apart with [`crate::account::fresh`].
    ///
    /// That is the one that [`Kind::variable`] names, as `cargo xtask test` sets it, or else one that this process
    /// starts once and keeps until it ends.
    ///
    /// # Panics
    ///
    /// When it cannot be started: a test has nothing better to do about it.
    pub fn shared(kind: Kind) -> String {
        static MOTO: OnceLock<Emulator> = OnceLock::new();
        static MINISTACK: OnceLock<Emulator> = OnceLock::new();
        static CLOUD_STORAGE: OnceLock<Emulator> = OnceLock::new();
        static AZURITE: OnceLock<Emulator> = OnceLock::new();
        if let Ok(endpoint) = std::env::var(kind.variable()) {
            return endpoint;
        }
        let slot = match kind {
            Kind::Moto => &MOTO,
            Kind::Ministack => &MINISTACK,
            Kind::CloudStorage => &CLOUD_STORAGE,
            Kind::Azurite => &AZURITE,
        };
        let start = || Emulator::start(kind).unwrap_or_else(|error| panic!("{error}: {error:?}"));
        slot.get_or_init(start).endpoint().to_owned()
    }
}

/// What runs an emulator.
fn command(kind: Kind) -> Result<Command> {
    let root = crate::root()?;
    let command = match kind {
        Kind::Moto | Kind::Ministack | Kind::CloudStorage => {
            let mut command = Command::new(venv::ensure()?);
            command
                .arg("-B")
                .arg(root.join(crate::LAUNCHER))
                .arg(kind.name());
            command
        }
        Kind::Azurite => {
            let mut command = Command::new(node::node()?);
            command
                .arg(root.join("tests/emulators/azurite/launch.js"))
                .env("NODE_PATH", node::ensure("tests/emulators/azurite")?);
            command
        }
    };
    Ok(command)
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // Neither can fail in a way that matters: the child is ours, and the end of its stdin ends it too.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A log's text; one that cannot be read says so, as it is only part of an error.
fn whole(log: &mut File) -> String {
    let mut bytes = Vec::new();
    match log.rewind().and_then(|()| log.read_to_end(&mut bytes)) {
        Ok(_) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => format!("(the log cannot be read: {error})"),
    }
}

/// The launcher's first line of output, empty when it ends without one. A thread reads it, because a pipe has no
/// deadline; the thread ends with the child.
fn first_line(child: &mut Child) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    let stdout = child.stdout.take();
    thread::spawn(move || {
        let mut line = String::new();
        if let Some(stdout) = stdout {
            // An error reads as no line, which is what the receiver takes for a failed start.
            let _ = BufReader::new(stdout).read_line(&mut line);
        }
        let _ = sender.send(line);
    });
    receiver
}

/// Asks the supplement of an emulator itself: `calls/ACCOUNT`. What there is to ask is in `tests/emulators/supplement.py`.
pub fn ask(endpoint: &str, what: &str) -> Result<String> {
    let doing = || format!("ask {endpoint} for {what}");
    let address = endpoint.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).doing(doing)?;
    let request = format!("GET /_supplement/{what} HTTP/1.0\r\n\r\n");
    stream.write_all(request.as_bytes()).doing(doing)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).doing(doing)?;
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Ok(body.to_owned())
}

/// Calls an operation of a service that speaks JSON, as an account: what somebody else does behind the engine's back.
/// `target` is what `X-Amz-Target` takes.
pub fn call(
    endpoint: &str,
    account: &str,
    service: &str,
    target: &str,
    body: &Json,
) -> Result<Json> {
    let headers = format!("X-Amz-Target: {target}\r\nContent-Type: application/x-amz-json-1.1\r\n");
    let body = post(endpoint, account, service, &headers, &body.to_string())?;
    Ok(serde_json::from_str(&body).unwrap_or_default())
}

/// The same of a service that takes a query: `Action=DeleteVpc&VpcId=…&Version=…`.
pub fn query(endpoint: &str, account: &str, service: &str, query: &str) -> Result<String> {
    let headers = "Content-Type: application/x-www-form-urlencoded\r\n";
    post(endpoint, account, service, headers, query)
}

fn post(endpoint: &str, account: &str, service: &str, headers: &str, body: &str) -> Result<String> {
    let doing = || format!("call {service} at {endpoint} with {body}");
    let address = endpoint.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).doing(doing)?;
    let request = format!(
        "POST / HTTP/1.0\r\nHost: {address}\r\n{headers}\
         Authorization: AWS4-HMAC-SHA256 Credential={account}/20260101/eu-west-3/{service}/aws4_request, \
         SignedHeaders=host, Signature=0\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).doing(doing)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).doing(doing)?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    if !head.contains(" 200 ") {
        return Err(std::io::Error::other(answer)).doing(doing);
    }
    Ok(body.to_owned())
}
