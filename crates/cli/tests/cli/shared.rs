//! State in an object store, shared by runs that may sleep: the real binary on an emulator of S3.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use serde_json::json;
use xtask::emulator::{Emulator, Kind};

use crate::running::signal;
use crate::sandbox::{Sandbox, graph, reference, value};

/// A project whose state is in a bucket of its own.
struct Shared {
    sandbox: Sandbox,
    endpoint: String,
    account: String,
}

impl Shared {
    fn new(sandbox: Sandbox) -> Self {
        let shared = Self {
            sandbox,
            endpoint: Emulator::shared(Kind::Ministack),
            account: xtask::account::fresh(),
        };
        let made = shared.ask("PUT", "");
        assert!(made.contains(" 200 "), "{made}");
        let url = format!(
            "s3://{}/state?endpoint={}",
            shared.bucket(),
            shared.endpoint
        );
        let text = format!(
            "{}\n[backend]\nurl = \"{url}\"\n",
            crate::sandbox::STACK_TOML
        );
        shared.sandbox.write("Stack.toml", &text);
        shared
    }

    fn bucket(&self) -> String {
        format!("state-{}", self.account)
    }

    /// What the emulator answers to a request on the bucket.
    fn ask(&self, method: &str, query: &str) -> String {
        self.send(method, query, "")
    }

    fn send(&self, method: &str, query: &str, body: &str) -> String {
        let address = self.endpoint.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).unwrap();
        let credential = format!("{}/20260101/us-east-1/s3/aws4_request", self.account);
        let request = format!(
            "{method} /{}{query} HTTP/1.0\r\nHost: {address}\r\nContent-Length: {}\r\nAuthorization: AWS4-HMAC-SHA256 \
             Credential={credential}, SignedHeaders=host, Signature=0\r\n\r\n{body}",
            self.bucket(),
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// The keys and digests of everything in the bucket.
    fn objects(&self) -> Vec<String> {
        let listed = self.ask("GET", "?list-type=2");
        let text = |part: &str, name: &str| {
            let (_, rest) = part.split_once(&format!("<{name}>")).unwrap();
            rest.split_once('<').unwrap().0.to_owned()
        };
        let objects = listed.split("<Contents>").skip(1);
        objects
            .map(|part| format!("{} {}", text(part, "Key"), text(part, "ETag")))
            .collect()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.sandbox.binary(arguments);
        command
            .env("AWS_ACCESS_KEY_ID", &self.account)
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .env("NO_PROXY", "127.0.0.1");
        command
    }

    fn output(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }
}

/// An address that refuses until it is opened.
fn gate() -> (u16, Arc<AtomicBool>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let open = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&open);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let status = if seen.load(Ordering::SeqCst) {
                200
            } else {
                503
            };
            let answer =
                format!("HTTP/1.1 {status} x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (port, open)
}

/// Starts an apply, and waits until its check is being tried.
fn begun(shared: &Shared) -> (Child, BufReader<ChildStderr>) {
    let mut child = shared
        .command(&["apply", "--yes"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    while !said.contains("std:http:Check/up: waiting") {
        let read = stderr.read_line(&mut said).unwrap();
        assert!(read > 0, "the apply ended early: {said}");
    }
    (child, stderr)
}

/// The holder is stopped for longer than its lease lasts. When it wakes up, what it waits for is there: it would write
/// that down and start the next step, and does neither.
#[test]
fn a_stopped_holder_that_wakes_up_after_a_takeover_does_nothing_more() {
    let (port, open) = gate();
    let check = json!({"type": "std:http:Check", "name": "up",
        "inputs": {"url": format!("http://127.0.0.1:{port}/"), "interval_seconds": 1},
        "options": {"depends_on": ["std:core:Value/before"]}});
    let mut after = value("after", json!(1));
    after["options"] = json!({"depends_on": ["std:http:Check/up"]});
    let wanted = graph(json!([value("before", json!(1)), check, after]));
    let shared = Shared::new(Sandbox::new(&wanted));

    let (mut child, mut stderr) = begun(&shared);
    let other = shared.output(&["apply", "--yes", "--lock-timeout", "1s"]);
    let said = String::from_utf8_lossy(&other.stderr);
    assert_eq!(other.status.code(), Some(4), "{said}");
    assert!(
        said.contains("is locked by `stack apply` of tester"),
        "{said}"
    );
    assert!(said.contains("waiting for"), "{said}");

    signal(&child, "-STOP");
    let taken = shared.output(&["refresh"]);
    let said = String::from_utf8_lossy(&taken.stderr);
    assert_eq!(taken.status.code(), Some(0), "{said}");
    assert!(
        said.contains("the lock was taken over from a run that may be alive"),
        "{said}"
    );
    let before = shared.objects();
    assert!(
        before
            .iter()
            .any(|object| object.contains("/state/0000000002")),
        "{before:?}"
    );

    open.store(true, Ordering::SeqCst);
    signal(&child, "-CONT");
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(4), "{rest}");
    assert!(rest.contains("was taken over by another run"), "{rest}");
    assert!(!rest.contains("std:core:Value/after: created"), "{rest}");
    assert_eq!(shared.objects(), before, "the sleeper wrote something");

    let applied = shared.output(&["apply", "--yes"]);
    let said = String::from_utf8_lossy(&applied.stderr);
    assert_eq!(applied.status.code(), Some(0), "{said}");
    let plan = shared.output(&["plan", "--exit-code"]);
    assert_eq!(plan.status.code(), Some(0), "nothing is left to do");
}

/// A run that holds the lock and was not heard of since: whoever does not want to wait for its end takes the lock.
#[test]
fn a_lock_can_be_taken_from_a_run_that_hangs() {
    let shared = Shared::new(Sandbox::new(&graph(json!([value("a", json!(1))]))));
    let applied = shared.output(&["apply", "--yes"]);
    assert_eq!(applied.status.code(), Some(0));
    let holder = json!({"command": "apply", "user": "ada", "host": "engine", "process": 1815,
        "since": "2025-12-10T09:00:00Z"});
    let lease = json!({"format": 1, "epoch": 2, "beat": 7, "lease": "abc", "lasts_ms": 3_600_000, "holder": holder});
    let put = shared.send("PUT", "/state/shop/dev/lease", &lease.to_string());
    assert!(put.contains(" 200 "), "{put}");
    let seen = shared.output(&["plan"]);
    let said = String::from_utf8_lossy(&seen.stderr);
    assert!(said.contains("`stack apply` of ada on engine"), "{said}");
    let unlocked = shared.output(&["state", "unlock", "--yes"]);
    let said = String::from_utf8_lossy(&unlocked.stderr);
    assert_eq!(unlocked.status.code(), Some(0), "{said}");
    assert!(
        said.contains("is locked by `stack apply` of ada on engine"),
        "{said}"
    );
    assert!(said.ends_with("the lock is free\n"), "{said}");
    let applied = shared.output(&["apply", "--yes"]);
    let said = String::from_utf8_lossy(&applied.stderr);
    assert_eq!(applied.status.code(), Some(0), "{said}");
}

/// The machine goes away again and again in the middle of a run, and only the bucket is left. What was recorded once stays
/// what it is, and the end is what was asked for.
#[test]
fn killed_with_its_state_in_a_bucket_nothing_is_lost() {
    const VALUES: usize = 160;
    let links = (0..VALUES).map(|number| match number {
        0..8 => value(&format!("v{number}"), json!(number)),
        _ => value(
            &format!("v{number}"),
            reference(&format!("v{}", number - 8), json!(["value"])),
        ),
    });
    let wanted = graph(json!(links.collect::<Vec<_>>()));
    // How long all of it takes here and now, so that the kills are spread over it.
    let clean = Shared::new(Sandbox::new(&wanted));
    let begun = Instant::now();
    assert_eq!(clean.output(&["apply", "--yes"]).status.code(), Some(0));
    let whole = begun.elapsed();

    let shared = Shared::new(Sandbox::new(&wanted));
    let recorded = || -> BTreeMap<String, String> {
        let listed = shared.output(&["state", "list"]).stdout;
        let listed = String::from_utf8(listed).unwrap();
        let pair = |line: &str| {
            let mut words = line.split_whitespace();
            Some((words.next()?.to_owned(), words.next()?.to_owned()))
        };
        listed.lines().filter_map(pair).collect()
    };
    let (mut seen, mut kills) = (BTreeMap::new(), 0);
    for round in 1..=8 {
        let mut run = shared
            .command(&["apply", "--yes"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(whole.mul_f64(0.05 + 0.03 * f64::from(round)));
        if let Some(status) = run.try_wait().unwrap() {
            assert!(status.success(), "{status}");
            break;
        }
        signal(&run, "-KILL");
        run.wait().unwrap();
        kills += 1;
        let unlocked = shared.output(&["state", "unlock", "--yes"]);
        let said = String::from_utf8_lossy(&unlocked.stderr);
        assert_eq!(unlocked.status.code(), Some(0), "{said}");
        let now = recorded();
        for (urn, id) in &seen {
            assert_eq!(now.get(urn), Some(id), "after kill {kills}");
        }
        seen = now;
    }
    assert!(kills >= 3, "{kills} kills");
    let applied = shared.output(&["apply", "--yes"]);
    assert_eq!(applied.status.code(), Some(0));
    let plan = shared.output(&["plan", "--exit-code"]);
    assert_eq!(plan.status.code(), Some(0), "nothing is left to do");
    let now = recorded();
    assert_eq!(now.len(), VALUES);
    assert!(seen.iter().all(|(urn, id)| now[urn] == *id));
    assert_eq!(shared.output(&["state", "verify"]).status.code(), Some(0));
}

/// From the local disk to a bucket, and what is applied there is not seen by who stayed behind.
#[test]
fn state_moves_from_the_disk_to_a_bucket() {
    let shared = Shared::new(Sandbox::new(&graph(json!([value(
        "a",
        json!({"$secret": 1})
    )]))));
    let url = std::fs::read_to_string(shared.sandbox.path("Stack.toml")).unwrap();
    let url = url.split('"').find(|part| part.starts_with("s3:")).unwrap();
    shared
        .sandbox
        .write("Stack.toml", crate::sandbox::STACK_TOML);
    shared.sandbox.succeeds(&["apply", "--yes"]);
    let moved = shared.output(&["state", "move-backend", url, "--yes"]);
    let said = String::from_utf8_lossy(&moved.stderr);
    assert_eq!(moved.status.code(), Some(0), "{said}");
    assert!(
        shared
            .objects()
            .iter()
            .any(|object| object.contains("/state/0000000003"))
    );
    let plan = shared.output(&["plan", "--exit-code"]);
    assert_eq!(plan.status.code(), Some(0), "nothing is left to do");
    let verified = shared.output(&["state", "verify"]);
    assert_eq!(verified.status.code(), Some(0));
    let applied = shared.output(&["apply", "--yes", "--replace", "std:core:Value/a"]);
    let said = String::from_utf8_lossy(&applied.stderr);
    assert_eq!(applied.status.code(), Some(0), "{said}");
    shared
        .sandbox
        .write("Stack.toml", crate::sandbox::STACK_TOML);
    let left = shared.sandbox.output(&["plan"]);
    let said = String::from_utf8_lossy(&left.stderr);
    assert!(said.contains("was moved to s3://"), "{said}");
}
