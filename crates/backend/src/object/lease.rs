//! A lease: a lock that its holder must keep renewing, and that others may take over when it does not.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt};
use object_store::UpdateVersion;
use stack_engine::backend::{BackendError, Lease, Result};
use tokio::sync::{Mutex as AsyncMutex, watch};
use tokio::task::JoinHandle;

use super::record::{Batch, Record};
use super::store::{Created, Store, Swapped};
use super::trouble::{self, Reason};
use super::{
    AT_A_TIME, Clock, LEASE, ObjectBackend, Timing, batch_key, batches, read_batch, serials,
    state_key,
};

/// What the store has of the lock, as far as its holder knows.
pub(super) struct Held {
    pub record: Record,
    pub version: UpdateVersion,
}

/// What the lease and its heart share.
struct Shared {
    store: Store,
    timing: Timing,
    clock: Clock,
    held: AsyncMutex<Held>,
    /// Until when nobody can have taken it over.
    until: Mutex<Duration>,
    lost: watch::Sender<bool>,
}

/// How far the run's journal is.
#[derive(Debug, Default)]
struct Progress {
    next: u64,
    failed: bool,
    pruned: bool,
}

/// The lease. When it is dropped without being released its heart stops, and others wait for its end.
pub(super) struct ObjectLease {
    shared: Arc<Shared>,
    id: String,
    epoch: u64,
    taken_over: bool,
    progress: AsyncMutex<Progress>,
    heart: JoinHandle<()>,
}

impl Drop for ObjectLease {
    fn drop(&mut self) {
        self.heart.abort();
    }
}

impl ObjectLease {
    /// A lease that the store has had since `begun`, or later.
    pub fn begin(backend: &ObjectBackend, held: Held, begun: Duration, taken_over: bool) -> Self {
        let (id, epoch) = (held.record.lease.clone(), held.record.epoch);
        let shared = Arc::new(Shared {
            store: backend.store.clone(),
            timing: backend.timing,
            clock: Arc::clone(&backend.clock),
            held: AsyncMutex::new(held),
            until: Mutex::new(Duration::ZERO),
            lost: watch::Sender::new(false),
        });
        shared.holds_from(begun);
        let heart = tokio::spawn(beat(Arc::clone(&shared)));
        Self {
            shared,
            id,
            epoch,
            taken_over,
            progress: AsyncMutex::default(),
            heart,
        }
    }

    /// Notes that the journals of all runs before are closed.
    pub async fn closed(&self) -> Result<()> {
        self.shared.held.lock().await.record.open.clear();
        self.shared.renew(self.shared.timing.patience).await
    }

    fn refuse(&self, doing: &'static str, key: &str, reason: Reason) -> BackendError {
        trouble::failed(doing, self.shared.store.name(key), reason)
    }
}

/// Renews the lease until it is lost. What fails is tried again at the next beat.
async fn beat(shared: Arc<Shared>) {
    while !*shared.lost.borrow() {
        tokio::time::sleep(shared.timing.beat).await;
        // An error that is not the end shows when the lease is needed.
        let _ = shared.renew(shared.timing.beat).await;
    }
}

impl Shared {
    fn fenced(&self) -> BackendError {
        BackendError::Fenced {
            place: self.store.place().to_owned(),
        }
    }

    fn lose(&self) -> BackendError {
        self.lost.send_replace(true);
        self.fenced()
    }

    /// Notes a renewal. The store may have had it at once; a tenth is left out for clocks that go slower than others.
    fn holds_from(&self, begun: Duration) {
        let until = begun + self.timing.lease.mul_f64(0.9);
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }

    fn holds(&self) -> bool {
        (self.clock)() < *self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns when nobody else can have the lock, or fails. A lease that ran out is renewed if nobody took it.
    async fn hold(&self) -> Result<()> {
        loop {
            if *self.lost.borrow() {
                return Err(self.fenced());
            }
            if self.holds() {
                return Ok(());
            }
            // The answer may come, or be looked at, when what it grants is over.
            self.renew(self.timing.patience).await?;
        }
    }

    /// Lets the heart beat once. Afterwards the store is known to have us as the holder.
    async fn renew(&self, patience: Duration) -> Result<()> {
        let mut held = self.held.lock().await;
        if *self.lost.borrow() {
            return Err(self.fenced());
        }
        self.write(&mut held, patience, |record| record.beat += 1)
            .await
    }

    async fn write(
        &self,
        held: &mut Held,
        patience: Duration,
        change: impl Fn(&mut Record),
    ) -> Result<()> {
        loop {
            let mut record = held.record.clone();
            change(&mut record);
            let begun = (self.clock)();
            let swapped = self
                .store
                .swap_within(patience, LEASE, Some(&held.version), &record.encode())
                .await?;
            let found = match swapped {
                Swapped::Done(version) => {
                    *held = Held { record, version };
                    self.holds_from(begun);
                    return Ok(());
                }
                Swapped::Lost(Some(found)) => found,
                Swapped::Lost(None) => return Err(self.lose()),
            };
            let there = Record::decode(&found.bytes, &self.store.name(LEASE))?;
            if there.lease != record.lease || there.holder.is_none() {
                return Err(self.lose());
            }
            // An earlier write of ours took effect after we had given it up.
            held.version = found.version;
            held.record.beat = held.record.beat.max(there.beat);
        }
    }
}

#[async_trait]
impl Lease for ObjectLease {
    fn epoch(&self) -> u64 {
        self.epoch
    }

    async fn append(&self, batch: &[u8]) -> Result<()> {
        let mut progress = self.progress.lock().await;
        let key = batch_key(self.epoch, progress.next);
        if progress.pruned {
            return Err(self.refuse("write", &key, Reason::Pruned));
        }
        if progress.failed {
            return Err(self.refuse("write", &key, Reason::Failed));
        }
        // Unless it is known to have worked it counts as failed, also if nobody waits for the end of this.
        progress.failed = true;
        self.shared.hold().await?;
        let object = Batch::entries(&self.id, batch);
        match self.shared.store.create(&key, &object).await? {
            Created::Made => {
                progress.next += 1;
                progress.failed = false;
                Ok(())
            }
            Created::Collided => Err(self.shared.lose()),
        }
    }

    async fn commit(&self, serial: u64, state: &[u8]) -> Result<()> {
        let mut progress = self.progress.lock().await;
        let key = state_key(serial);
        if progress.failed {
            return Err(self.refuse("write", &key, Reason::Failed));
        }
        progress.failed = true;
        // A state has no fence of its own, so the lock is asked first, whatever the clock says.
        self.shared.renew(self.shared.timing.patience).await?;
        let created = self.shared.store.create(&key, state).await?;
        progress.failed = false;
        match created {
            Created::Made => Ok(()),
            Created::Collided => Err(self.refuse("write", &key, Reason::Exists)),
        }
    }

    async fn prune(&self, epoch: u64, keep: usize) -> Result<()> {
        let mut progress = self.progress.lock().await;
        if progress.failed {
            return Err(self.refuse("remove", "journal", Reason::Failed));
        }
        self.shared.hold().await?;
        progress.pruned |= epoch >= self.epoch;
        let store = &self.shared.store;
        let mut keys = Vec::new();
        for (run, mut numbers) in batches(store).await? {
            if run > epoch {
                continue;
            }
            // A marker stays: its run may still be about, and must go on finding it.
            if run != self.epoch
                && let Some(last) = numbers.last().copied()
                && read_batch(store, &batch_key(run, last)).await? == Batch::Closed
            {
                numbers.pop();
            }
            keys.extend(
                numbers
                    .into_iter()
                    .rev()
                    .map(|number| batch_key(run, number)),
            );
        }
        let serials = serials(store).await?;
        let old = serials.len().saturating_sub(keep.max(1));
        keys.extend(serials.into_iter().take(old).map(state_key));
        let removed = keys
            .into_iter()
            .map(|key| async move { store.remove(&key).await });
        futures::stream::iter(removed)
            .buffered(AT_A_TIME)
            .try_collect()
            .await
    }

    async fn hold(&self) -> Result<()> {
        self.shared.hold().await
    }

    async fn lost(&self) {
        let mut lost = self.shared.lost.subscribe();
        // It fails only when the sender is gone, which we hold.
        let _ = lost.wait_for(|lost| *lost).await;
    }

    fn taken_over(&self) -> bool {
        self.taken_over
    }

    async fn release(self: Box<Self>) -> Result<()> {
        self.heart.abort();
        let shared = &self.shared;
        let mut held = shared.held.lock().await;
        if *shared.lost.borrow() {
            return Err(shared.fenced());
        }
        shared
            .write(&mut held, shared.timing.patience, |record| {
                record.holder = None
            })
            .await
    }
}
