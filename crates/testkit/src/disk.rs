//! State in memory, on a machine that can die at any byte of any write.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use stack_backend::MemoryBackend;
use stack_engine::backend::{Backend, Holder, Journal, Lease, Result};

use crate::death::Death;

/// What was written, in the order in which it became durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// A batch of a journal.
    Append(Vec<u8>),
    /// A state.
    Commit(Vec<u8>),
}

/// A [`MemoryBackend`] whose machine can be told when to die.
///
/// The memory is the disk: it outlives the death.
#[derive(Debug, Clone)]
pub struct MortalBackend {
    /// The disk, with its own ways to fail.
    pub memory: MemoryBackend,
    death: Death,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    writes: Vec<Write>,
    dies: Option<(usize, usize)>,
}

impl MortalBackend {
    /// An empty disk in a machine that dies with others.
    pub fn new(death: Death) -> Self {
        Self {
            memory: MemoryBackend::new(),
            death,
            inner: Arc::default(),
        }
    }

    /// Another disk with the same content, in another machine.
    #[must_use]
    pub fn fork(&self, death: Death) -> Self {
        let fork = Self::new(death);
        fork.memory.restore(&self.memory.snapshot());
        fork.inner().writes = self.writes();
        fork
    }

    /// Every write that was made, oldest first.
    pub fn writes(&self) -> Vec<Write> {
        self.inner().writes.clone()
    }

    /// The machine dies during the write of this number (counted from 0, over all runs), when that many of its bytes
    /// have reached the disk. A state reaches it whole or not at all.
    pub fn die_at(&self, write: usize, bytes: usize) {
        self.inner().dies = Some((write, bytes));
    }

    /// Takes back what [`die_at`](Self::die_at) said, if it has not come to pass.
    pub fn heal(&self) {
        self.inner().dies = None;
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many bytes of the write that comes now reach the disk, when the machine dies of it.
    fn last_bytes(&self, write: Write) -> Option<usize> {
        let mut inner = self.inner();
        let number = inner.writes.len();
        inner.writes.push(write);
        inner
            .dies
            .take_if(|(at, _)| *at == number)
            .map(|(_, bytes)| bytes)
    }
}

#[async_trait]
impl Backend for MortalBackend {
    fn place(&self) -> String {
        self.memory.place()
    }

    async fn serials(&self) -> Result<Vec<u64>> {
        self.memory.serials().await
    }

    async fn state(&self, serial: u64) -> Result<Vec<u8>> {
        self.memory.state(serial).await
    }

    async fn journals(&self, epoch: u64) -> Result<Vec<Journal>> {
        self.memory.journals(epoch).await
    }

    async fn holder(&self) -> Result<Option<Holder>> {
        self.memory.holder().await
    }

    async fn lock(&self, holder: &Holder) -> Result<Box<dyn Lease>> {
        Ok(Box::new(MortalLease {
            lease: self.memory.lock(holder).await?,
            backend: self.clone(),
        }))
    }
}

struct MortalLease {
    lease: Box<dyn Lease>,
    backend: MortalBackend,
}

#[async_trait]
impl Lease for MortalLease {
    fn epoch(&self) -> u64 {
        self.lease.epoch()
    }

    async fn append(&self, batch: &[u8]) -> Result<()> {
        // A write takes its time, in which calls that are under way go on.
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        match self.backend.last_bytes(Write::Append(batch.to_vec())) {
            None => self.lease.append(batch).await,
            Some(bytes) => {
                if bytes > 0 {
                    self.lease.append(&batch[..bytes.min(batch.len())]).await?;
                }
                self.backend.death.die().await
            }
        }
    }

    async fn commit(&self, serial: u64, state: &[u8]) -> Result<()> {
        match self.backend.last_bytes(Write::Commit(state.to_vec())) {
            None => self.lease.commit(serial, state).await,
            Some(bytes) => {
                if bytes >= state.len() {
                    self.lease.commit(serial, state).await?;
                }
                self.backend.death.die().await
            }
        }
    }

    async fn hold(&self) -> Result<()> {
        self.lease.hold().await
    }

    async fn lost(&self) {
        self.lease.lost().await
    }

    fn taken_over(&self) -> bool {
        self.lease.taken_over()
    }

    async fn prune(&self, epoch: u64, keep: usize) -> Result<()> {
        self.lease.prune(epoch, keep).await
    }

    async fn release(self: Box<Self>) -> Result<()> {
        self.lease.release().await
    }
}
