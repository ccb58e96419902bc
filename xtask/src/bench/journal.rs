//! What the journal costs: durable writes against the depth of the graph, and the time that they take, on a local disk and
//! on an emulator of S3 whose answers take as long as a near region's.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
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
const SAMPLES: usize = 201;

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
            "kB a write",
            "one write, ms",
            "CPU s",
            "wall s",
            "CPU + 1.2 x writes x one write, s",
        ],
    );
    let folder = tempfile::tempdir()?;
    graph::write(folder.path(), SIZE)?;
    let key = folder.path().join("key");
    let (applied, journal) = with_journal(folder.path(), || {
        measure(&stack, &APPLY, folder.path(), &[("STACK_KEY_FILE", &key)])
    })?;
    let journal = journal.metadata()?.len();
    let batch = Batch::mean(&applied, journal)?;
    let one = on_disk(folder.path(), batch)?;
    tell("local disk", &applied, batch, one)?;

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
    // Its journal says the same.
    let batch = Batch::mean(&applied, journal)?;
    let one = bucket.write(batch)?;
    tell("S3 (ministack, 20 ms slower)", &applied, batch, one)
}

const APPLY: [&str; 4] = ["apply", "--yes", "--format", "json"];

fn tell(backend: &str, applied: &Figures, batch: Batch, one: Duration) -> Outcome {
    let writes = durable_writes(applied)?;
    let allowed = applied.cpu + 1.2 * writes as f64 * one.as_secs_f64();
    println!(
        "{}",
        row(&[
            backend.to_owned(),
            graph::depth(SIZE).to_string(),
            writes.to_string(),
            format!("{:.1}", batch.size as f64 / 1_000.0),
            format!("{:.2}", one.as_secs_f64() * 1_000.0),
            format!("{:.2}", applied.cpu),
            format!("{:.2}", applied.wall),
            format!("{allowed:.2}"),
        ])
    );
    Ok(())
}

/// Runs an apply, and gives the journal that it wrote in a folder. It removes it at its end; who has it open keeps it.
fn with_journal(
    folder: &Path,
    apply: impl FnOnce() -> Outcome<Figures>,
) -> Outcome<(Figures, File)> {
    let path = folder.join("state/bench/dev/journal/0000000001");
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let opening = scope.spawn(|| {
            loop {
                let opened = File::open(&path);
                if opened.is_ok() || over.load(Ordering::Relaxed) {
                    return opened;
                }
                std::thread::sleep(Duration::from_millis(10));
            }
        });
        let applied = apply();
        over.store(true, Ordering::Relaxed);
        let journal = opening.join().map_err(|_| "nobody looked for a journal")?;
        Ok((applied?, journal?))
    })
}

/// What a run writes at a time, and what it does between two writes.
#[derive(Clone, Copy)]
struct Batch {
    size: usize,
    /// How long it computes. Where the processor was busy meanwhile, and the disk idle, a write takes longer than right
    /// behind another: twice as long on some virtual machines.
    computing: Duration,
}

impl Batch {
    fn mean(applied: &Figures, journal: u64) -> Outcome<Self> {
        let writes = durable_writes(applied)?;
        Ok(Self {
            size: usize::try_from(journal / writes)?,
            computing: Duration::from_secs_f64(applied.cpu / writes as f64),
        })
    }

    /// How long it takes to write it, as a run does.
    fn time(self, mut write: impl FnMut(&[u8]) -> Outcome) -> Outcome<Duration> {
        let bytes = vec![b'x'; self.size];
        let mut times = Vec::with_capacity(SAMPLES);
        for _ in 0..SAMPLES {
            let computing = Instant::now();
            while computing.elapsed() < self.computing {
                std::hint::spin_loop();
            }
            let begun = Instant::now();
            write(&bytes)?;
            times.push(begun.elapsed());
        }
        times.sort_unstable();
        Ok(times[SAMPLES / 2])
    }
}

/// An append and its fsync.
fn on_disk(folder: &Path, batch: Batch) -> Outcome<Duration> {
    let mut file = File::options()
        .append(true)
        .create_new(true)
        .open(folder.join("probe"))?;
    batch.time(|bytes| {
        file.write_all(bytes)?;
        Ok(file.sync_data()?)
    })
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

    /// An object, over a connection that is kept.
    fn write(&self, batch: Batch) -> Outcome<Duration> {
        let mut connection = self.connect()?;
        let mut number = 0;
        batch.time(|bytes| {
            number += 1;
            connection.put(&format!("/probe/{number}"), bytes)
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
