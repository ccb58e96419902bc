//! A store for tests that does what networks and services do: it is slow, fails, throttles, loses answers, and goes away
//! for a while. What it keeps is right; what it says of it may not be.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use tokio::sync::Notify;

/// What happens to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// 503, and nothing was done.
    Unavailable,
    /// 429, and nothing was done.
    Throttled,
    /// It was done, and the answer got lost.
    AnswerLost,
    /// It was done, and the answer comes when it is let through.
    AnswerHeld,
    /// The client lost patience, and it is done this much later.
    Late(Duration),
    /// 403.
    Denied,
}

/// One client's way to a store that several share.
#[derive(Clone)]
pub(super) struct Flaky {
    shared: Arc<InMemory>,
    faults: Arc<Mutex<VecDeque<Option<Fault>>>>,
    /// Every so many thousandth request fails, in one of the ways that pass.
    odds: Arc<AtomicU64>,
    latency: Arc<AtomicU64>,
    apart: Arc<AtomicBool>,
    held: Arc<Notify>,
    /// Writes that reached the store, by key.
    pub written: Arc<Mutex<Vec<String>>>,
    /// Objects that were asked for, by key.
    pub asked: Arc<Mutex<Vec<String>>>,
}

impl Flaky {
    pub fn new(shared: Arc<InMemory>) -> Self {
        Self {
            shared,
            faults: Arc::default(),
            odds: Arc::default(),
            latency: Arc::default(),
            apart: Arc::default(),
            held: Arc::default(),
            written: Arc::default(),
            asked: Arc::default(),
        }
    }

    /// What the next writes meet, one after the other.
    pub fn next(&self, faults: impl IntoIterator<Item = Option<Fault>>) {
        self.faults.lock().unwrap().extend(faults);
    }

    /// Lets so many requests in a thousand fail.
    pub fn odds(&self, per_mille: u64) {
        self.odds.store(per_mille, Ordering::SeqCst);
    }

    /// Lets every request take up to this much longer.
    pub fn latency(&self, latency: Duration) {
        let millis = u64::try_from(latency.as_millis()).unwrap();
        self.latency.store(millis, Ordering::SeqCst);
    }

    /// Cuts this client off, or lets it through again.
    pub fn cut_off(&self, apart: bool) {
        self.apart.store(apart, Ordering::SeqCst);
    }

    /// Lets one answer that is held through, or the next one.
    pub fn let_through(&self) {
        self.held.notify_one();
    }

    async fn travel(&self) -> Result<Option<Fault>> {
        let latency = self.latency.load(Ordering::SeqCst);
        if latency > 0 {
            let pause = rand::random_range(0..=latency);
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
        if self.apart.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(20)).await;
            return Err(generic("connection timed out"));
        }
        if rand::random_range(0..1000) < self.odds.load(Ordering::SeqCst) {
            return Ok(Some(match rand::random_range(0..4) {
                0 => Fault::Unavailable,
                1 => Fault::Throttled,
                2 => Fault::AnswerLost,
                _ => Fault::Late(Duration::from_millis(rand::random_range(1..60))),
            }));
        }
        Ok(None)
    }

    async fn read(&self) -> Result<()> {
        match self.travel().await? {
            None => Ok(()),
            Some(fault) => Err(error(fault)),
        }
    }
}

fn error(fault: Fault) -> Error {
    match fault {
        Fault::Unavailable => generic("Server returned non-2xx status code: 503 Slow Down"),
        Fault::Throttled => generic("Server returned non-2xx status code: 429 Too Many Requests"),
        Fault::AnswerLost | Fault::AnswerHeld | Fault::Late(_) => {
            generic("connection closed before message completed")
        }
        Fault::Denied => Error::PermissionDenied {
            path: "x".into(),
            source: "Server returned non-2xx status code: 403 AccessDenied".into(),
        },
    }
}

fn generic(text: &str) -> Error {
    Error::Generic {
        store: "flaky",
        source: text.into(),
    }
}

impl fmt::Display for Flaky {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a flaky store")
    }
}

impl fmt::Debug for Flaky {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Flaky")
    }
}

#[async_trait]
impl ObjectStore for Flaky {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let by_chance = self.travel().await?;
        let planned = self.faults.lock().unwrap().pop_front().flatten();
        let fault = planned.or(by_chance);
        match fault {
            Some(fault @ (Fault::Unavailable | Fault::Throttled | Fault::Denied)) => {
                return Err(error(fault));
            }
            Some(fault @ Fault::Late(pause)) => {
                let (shared, location) = (Arc::clone(&self.shared), location.clone());
                tokio::spawn(async move {
                    tokio::time::sleep(pause).await;
                    shared.put_opts(&location, payload, options).await
                });
                return Err(error(fault));
            }
            Some(Fault::AnswerLost | Fault::AnswerHeld) | None => {}
        }
        let put = self.shared.put_opts(location, payload, options).await;
        if put.is_ok() {
            self.written.lock().unwrap().push(location.to_string());
        }
        match fault {
            Some(Fault::AnswerHeld) => {
                self.held.notified().await;
                put
            }
            Some(fault) => Err(error(fault)),
            None => put,
        }
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.shared.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.read().await?;
        self.asked.lock().unwrap().push(location.to_string());
        self.shared.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        let (this, shared) = (self.clone(), Arc::clone(&self.shared));
        let gate = futures::stream::once(async move {
            this.read().await?;
            Ok(shared.delete_stream(locations))
        });
        flatten(gate.boxed())
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let (this, shared, prefix) = (self.clone(), Arc::clone(&self.shared), prefix.cloned());
        let gate = futures::stream::once(async move {
            this.read().await?;
            Ok(shared.list(prefix.as_ref()))
        });
        flatten(gate.boxed())
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.read().await?;
        self.shared.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.shared.copy_opts(from, to, options).await
    }
}

type Nested<T> = BoxStream<'static, Result<BoxStream<'static, Result<T>>>>;

fn flatten<T: Send + 'static>(gate: Nested<T>) -> BoxStream<'static, Result<T>> {
    gate.flat_map(|passed| match passed {
        Ok(stream) => stream,
        Err(error) => futures::stream::once(async { Err(error) }).boxed(),
    })
    .boxed()
}
