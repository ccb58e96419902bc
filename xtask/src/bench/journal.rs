//! What the journal costs: durable writes against the depth of the graph, and the time that they take, on a local disk and
//! on an emulator of S3 whose answers take as long as a near region's.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use xtask::account;
use xtask::binary::{self, Profile};
use xtask::emulator::{Emulator, Kind};

use super::graph;
use super::measure::{Figures, measure};
use super::values::durable_writes;
use super::{head, row};
use crate::step::{Outcome, step};

const SIZE: usize = 10_000;

/// What a near region's S3 takes for a small write.
const LATENCY: Duration = Duration::from_millis(20);

/// How often one write is measured.
const SAMPLES: usize = 41;

pub fn run() -> Outcome {
    let stack = step("the binary `stack`, released, without clouds", || {
        Ok(binary::stack(Profile::ReleaseWithoutClouds)?)
    })?;
    head(
        &format!("The journal of {SIZE} values"),
        &[
            "backend",
            "depth of the graph",
            "durable writes",
            "one write, ms",
            "CPU s",
            "wall s",
            "CPU + 1.2 x writes x one write, s",
        ],
    );
    let folder = tempfile::tempdir()?;
    graph::write(folder.path(), SIZE)?;
    let key = folder.path().join("key");
    let applied = measure(&stack, &APPLY, folder.path(), &[("STACK_KEY_FILE", &key)])?;
    let journal = journal_size(folder.path())?;
    tell("local disk", &applied, on_disk(folder.path(), journal)?)?;

    let emulator = Emulator::start(Kind::Ministack)?;
    let bucket = Bucket::new(emulator.endpoint())?;
    let folder = tempfile::tempdir()?;
    graph::write(folder.path(), SIZE)?;
    bucket.use_in(folder.path())?;
    emulator.delay(LATENCY)?;
    let key = folder.path().join("key").into_os_string();
    let variables = [
        ("STACK_KEY_FILE", key),
        ("AWS_ACCESS_KEY_ID", bucket.account.clone().into()),
        ("AWS_SECRET_ACCESS_KEY", "secret".into()),
    ];
    let applied = measure(&stack, &APPLY, folder.path(), &variables)?;
    tell(
        "S3 (ministack, 20 ms slower)",
        &applied,
        bucket.write(journal)?,
    )
}

const APPLY: [&str; 4] = ["apply", "--yes", "--format", "json"];

fn tell(backend: &str, applied: &Figures, one: Duration) -> Outcome {
    let writes = durable_writes(applied)?;
    let allowed = applied.cpu + 1.2 * writes as f64 * one.as_secs_f64();
    println!(
        "{}",
        row(&[
            backend.to_owned(),
            graph::depth(SIZE).to_string(),
            writes.to_string(),
            format!("{:.2}", one.as_secs_f64() * 1_000.0),
            format!("{:.2}", applied.cpu),
            format!("{:.2}", applied.wall),
            format!("{allowed:.2}"),
        ])
    );
    Ok(())
}

/// How many bytes a write of such a run's journal has, on average: those of its state, spread over its writes. What the
/// two say of a resource is alike.
fn journal_size(folder: &Path) -> Outcome<usize> {
    let states = std::fs::read_dir(folder.join("state/bench/dev/state"))?;
    let sizes = states.map(|entry| Ok(entry?.metadata()?.len()));
    let largest = sizes.collect::<Outcome<Vec<u64>>>()?.into_iter().max();
    Ok(usize::try_from(largest.unwrap_or_default())? / graph::depth(SIZE))
}

/// An append and its fsync.
fn on_disk(folder: &Path, size: usize) -> Outcome<Duration> {
    let mut file = File::create(folder.join("probe"))?;
    let bytes = vec![b'x'; size];
    median(|| {
        file.write_all(&bytes)?;
        Ok(file.sync_data()?)
    })
}

fn median(mut once: impl FnMut() -> Outcome) -> Outcome<Duration> {
    let mut times = Vec::with_capacity(SAMPLES);
    for _ in 0..SAMPLES {
        let begun = Instant::now();
        once()?;
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    Ok(times[SAMPLES / 2])
}

/// A bucket of its own on an emulator of S3.
struct Bucket {
    endpoint: String,
    account: String,
}

impl Bucket {
    fn new(endpoint: &str) -> Outcome<Self> {
        let bucket = Self {
            endpoint: endpoint.to_owned(),
            account: account::fresh(),
        };
        bucket.connect()?.put("", &[])?;
        Ok(bucket)
    }

    fn name(&self) -> String {
        format!("bench-{}", self.account)
    }

    /// Keeps the state of a project in it.
    fn use_in(&self, folder: &Path) -> Outcome {
        let url = format!("s3://{}/state?endpoint={}", self.name(), self.endpoint);
        let text = format!(
            "[stack]\nname = \"bench\"\nprogram = {{ graph = \"graph.json\" }}\n\n[backend]\nurl = \"{url}\"\n"
        );
        Ok(std::fs::write(folder.join("Stack.toml"), text)?)
    }

    fn connect(&self) -> Outcome<Connection> {
        let address = self.endpoint.trim_start_matches("http://").to_owned();
        let stream = TcpStream::connect(&address)?;
        stream.set_nodelay(true)?;
        let credential = format!("{}/20260101/us-east-1/s3/aws4_request", self.account);
        Ok(Connection {
            stream: BufReader::new(stream),
            head: format!(
                "Host: {address}\r\nAuthorization: AWS4-HMAC-SHA256 Credential={credential}, \
                 SignedHeaders=host, Signature=0\r\n"
            ),
            bucket: self.name(),
        })
    }

    /// A small object, over a connection that is kept.
    fn write(&self, size: usize) -> Outcome<Duration> {
        let mut connection = self.connect()?;
        let bytes = vec![b'x'; size];
        let mut number = 0;
        median(|| {
            number += 1;
            connection.put(&format!("/probe/{number}"), &bytes)
        })
    }
}

/// A connection that is kept.
struct Connection {
    stream: BufReader<TcpStream>,
    head: String,
    bucket: String,
}

impl Connection {
    fn put(&mut self, key: &str, body: &[u8]) -> Outcome {
        let request = format!(
            "PUT /{}{key} HTTP/1.1\r\n{}Content-Length: {}\r\n\r\n",
            self.bucket,
            self.head,
            body.len()
        );
        self.stream
            .get_mut()
            .write_all(&[request.as_bytes(), body].concat())?;
        let (mut status, mut length) = (String::new(), 0);
        self.stream.read_line(&mut status)?;
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line)?;
            let lower = line.to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
            if line.trim().is_empty() {
                break;
            }
        }
        std::io::copy(&mut self.stream.by_ref().take(length), &mut std::io::sink())?;
        match status.contains(" 200 ") {
            true => Ok(()),
            false => Err(format!("the emulator refused a write: {status}").into()),
        }
    }
}
