//! State in an object store: S3, Azure Blob Storage, Google Cloud Storage, or whatever speaks one of their protocols and
//! honours conditional writes.
//!
//! ```text
//! <prefix>/lease                           the lock: who runs, the last epoch, and a heartbeat. Compare-and-swap
//! <prefix>/journal/0000000007/0000000003   the fourth batch of run 7. Created once, never changed
//! <prefix>/state/0000000012                state 12. Created once, never changed
//! ```
//!
//! | module    | what it is                                                                       |
//! | --------- | -------------------------------------------------------------------------------- |
//! | `store`   | what is asked of a store: create-only, compare-and-swap, lists; with patience     |
//! | `record`  | what the lock's object and a batch's object say                                   |
//! | `taking`  | how the lock is taken, and taken over                                             |
//! | `lease`   | the lease: heartbeats, appends, commits                                           |
//! | `seen`    | batches that were read already, which never change                                |
//! | `trouble` | what went wrong with a store, in words that say what to do                        |
//! | `connect` | from a URL and the surroundings to a store                                        |
//! | `http`    | the client that speaks to clouds                                                  |
//!
//! Why it is safe is in `docs/decisions/0008-backends-on-object-stores.md`.

pub(crate) mod connect;
mod http;
mod lease;
mod record;
mod seen;
mod store;
mod taking;
mod trouble;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt};
use object_store::ObjectStore;
use object_store::path::Path;
use stack_engine::backend::{Backend, BackendError, Holder, Journal, Lease, Result};

use self::record::{Batch, Record};
use self::seen::Seen;
use self::store::Store;
use self::taking::Regard;

/// How many objects are read or removed at a time.
const AT_A_TIME: usize = 16;

/// How long things last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// For how long a lease holds after its last heartbeat.
    pub lease: Duration,
    /// How often a holder lets its heart beat.
    pub beat: Duration,
    /// For how long a request that fails for reasons that pass is tried again.
    pub patience: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(30),
            beat: Duration::from_secs(5),
            patience: Duration::from_secs(60),
        }
    }
}

/// The time since some moment, also while the machine sleeps.
pub type Clock = Arc<dyn Fn() -> Duration + Send + Sync>;

/// A clock that goes on while the machine sleeps, and while the process is stopped.
fn boot_clock() -> Duration {
    // What other systems call monotonic counts sleep; Linux has another clock for that.
    #[cfg(target_os = "linux")]
    const CLOCK: rustix::time::ClockId = rustix::time::ClockId::Boottime;
    #[cfg(not(target_os = "linux"))]
    const CLOCK: rustix::time::ClockId = rustix::time::ClockId::Monotonic;
    let now = rustix::time::clock_gettime(CLOCK);
    // Neither is negative: the clock begins at 0 when the machine does.
    Duration::new(
        now.tv_sec.try_into().unwrap_or_default(),
        now.tv_nsec.try_into().unwrap_or_default(),
    )
}

/// The state of one environment below one prefix of an object store.
#[derive(Clone)]
pub struct ObjectBackend {
    store: Store,
    timing: Timing,
    clock: Clock,
    seen: Seen,
}

impl fmt::Debug for ObjectBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectBackend")
            .field("place", &self.store.place())
            .field("timing", &self.timing)
            .finish_non_exhaustive()
    }
}

impl ObjectBackend {
    /// The state below a prefix of a store, which need not have anything there. `place` is its name in messages.
    pub fn new(store: Arc<dyn ObjectStore>, prefix: Path, place: String) -> Self {
        let timing = Timing::default();
        Self {
            store: Store::new(store, prefix, place, timing.patience),
            timing,
            clock: Arc::new(boot_clock),
            seen: Seen::default(),
        }
    }

    async fn journal(&self, epoch: u64, numbers: Vec<u64>) -> Result<Journal> {
        let expected = 0..numbers.len() as u64;
        // A marker whose journal was pruned stands alone.
        if let Some(missing) = expected.zip(&numbers).find(|(a, b)| a != *b)
            && numbers.len() > 1
        {
            return Err(BackendError::Damaged {
                place: self.store.name(&batch_key(epoch, missing.0)),
                reason: "this batch of the journal is missing, and later ones are there".into(),
            });
        }
        let read = numbers.clone().into_iter();
        let read = read.map(|number| self.seen.batch(&self.store, epoch, number));
        let read: Vec<Batch> = futures::stream::iter(read)
            .buffered(AT_A_TIME)
            .try_collect()
            .await?;
        let mut batches = Vec::new();
        let mut closed = false;
        for (batch, number) in read.into_iter().zip(numbers) {
            match batch {
                Batch::Closed => closed = true,
                // Nothing is appended behind a marker, or fencing did not work.
                Batch::Entries(_) if closed => {
                    return Err(BackendError::Damaged {
                        place: self.store.name(&batch_key(epoch, number)),
                        reason: "it was written after the journal was closed".into(),
                    });
                }
                Batch::Entries(_) if batches.is_empty() && number > 0 => {
                    return Err(BackendError::Damaged {
                        place: self.store.name(&batch_key(epoch, 0)),
                        reason: "this batch of the journal is missing, and later ones are there"
                            .into(),
                    });
                }
                Batch::Entries(entries) => batches.push(entries),
            }
        }
        Ok(Journal { epoch, batches })
    }

    /// The names of the folders below, and of those in them.
    pub(crate) async fn folders(&self) -> Result<Vec<(String, String)>> {
        let outer = self.store.folders("").await?;
        let inner = outer.into_iter().map(|outer| async move {
            let inner = self.store.folders(&outer).await?;
            let pairs = inner.into_iter().map(|inner| (outer.clone(), inner));
            Ok::<_, BackendError>(pairs.collect::<Vec<_>>())
        });
        let found: Vec<Vec<_>> = futures::stream::iter(inner)
            .buffered(AT_A_TIME)
            .try_collect()
            .await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// The same with other times. All that use one place should agree about the lease's.
    pub fn timed(self, timing: Timing) -> Self {
        Self {
            store: self.store.patient(timing.patience),
            timing,
            ..self
        }
    }

    /// The same with another clock for its leases.
    pub fn clocked(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }
}

#[async_trait]
impl Backend for ObjectBackend {
    fn place(&self) -> String {
        self.store.place().to_owned()
    }

    async fn serials(&self) -> Result<Vec<u64>> {
        serials(&self.store).await
    }

    async fn state(&self, serial: u64) -> Result<Vec<u8>> {
        self.store.read(&state_key(serial)).await
    }

    async fn journals(&self, epoch: u64) -> Result<Vec<Journal>> {
        let all = batches(&self.store).await?;
        self.seen.keep(&all);
        let newer = all.into_iter().filter(|(number, _)| *number > epoch);
        let read = newer.map(|(epoch, numbers)| self.journal(epoch, numbers));
        let journals: Vec<Journal> = futures::stream::iter(read)
            .buffered(4)
            .try_collect()
            .await?;
        // One that was only closed by its taker has nothing in it.
        Ok(journals
            .into_iter()
            .filter(|journal| !journal.batches.is_empty())
            .collect())
    }

    async fn holder(&self) -> Result<Option<Holder>> {
        let found = self.store.find(LEASE).await?;
        let record = found
            .map(|found| Record::decode(&found.bytes, &self.store.name(LEASE)))
            .transpose()?;
        Ok(record.and_then(|record| record.holder))
    }

    async fn lock(&self, holder: &Holder) -> Result<Box<dyn Lease>> {
        taking::take(self, holder, Regard::Living).await
    }

    async fn take_over(&self, holder: &Holder) -> Result<Box<dyn Lease>> {
        taking::take(self, holder, Regard::None).await
    }
}

/// The key of the lock.
const LEASE: &str = "lease";

fn state_key(serial: u64) -> String {
    format!("state/{serial:010}")
}

fn batch_key(epoch: u64, number: u64) -> String {
    format!("journal/{epoch:010}/{number:010}")
}

/// A number as keys have it: digits with zeros before, in one way only.
fn number(text: &str) -> Option<u64> {
    let number = text.parse().ok()?;
    (format!("{number:010}") == text).then_some(number)
}

async fn serials(store: &Store) -> Result<Vec<u64>> {
    let keys = store.list("state").await?;
    let mut serials: Vec<u64> = keys
        .iter()
        .filter_map(|key| number(key.strip_prefix("state/")?))
        .collect();
    serials.sort_unstable();
    Ok(serials)
}

/// The numbers of each run's batches, in order. Other objects are somebody else's.
async fn batches(store: &Store) -> Result<BTreeMap<u64, Vec<u64>>> {
    let mut batches: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for key in store.list("journal").await? {
        let parsed = key.strip_prefix("journal/").and_then(|key| {
            let (epoch, batch) = key.split_once('/')?;
            Some((number(epoch)?, number(batch)?))
        });
        if let Some((epoch, batch)) = parsed {
            batches.entry(epoch).or_default().push(batch);
        }
    }
    batches
        .values_mut()
        .for_each(|numbers| numbers.sort_unstable());
    Ok(batches)
}

async fn read_batch(store: &Store, key: &str) -> Result<Batch> {
    let bytes = store.read(key).await?;
    Batch::decode(bytes, &store.name(key))
}

#[cfg(test)]
mod emulated;
#[cfg(test)]
mod flaky;
#[cfg(test)]
mod tests;
