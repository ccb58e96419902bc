//! State in memory, by the same rules as on a disk, and with what tests need to break it.
//!
//! Clones share what is kept. A lease that is dropped without [`Lease::release`] frees the lock, as
//! a process does that dies.
//!
//! ```text
//! fail_after(n)   let n more writes pass and fail every later one
//! writes()        how many writes took effect: the bound for n
//! snapshot()      what a disk would hold now
//! restore()       the machine starts again with that disk
//! cut()           a journal's last bytes never reached the disk
//! fence()         another machine takes the lock over
//! ```

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use stack_engine::backend::{Backend, BackendError, Holder, Journal, Lease, Result};

/// A backend that keeps everything in memory.
#[derive(Debug, Clone, Default)]
pub struct MemoryBackend {
    inner: Arc<Mutex<Inner>>,
}

/// What a disk would hold: states, journals and the last epoch. No lock: that dies with the process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    states: BTreeMap<u64, Vec<u8>>,
    journals: BTreeMap<u64, Vec<Vec<u8>>>,
    epoch: u64,
}

/// How much of a write that fails takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing of it.
    Lost,
    /// The first half of a batch. Of a state nothing, since states are made whole or not at all.
    Torn,
    /// All of it, and the writer is not told so: the answer was lost.
    Kept,
}

#[derive(Debug, Default)]
struct Inner {
    kept: Snapshot,
    held: Option<Held>,
    leases: u64,
    /// Whether the lock was taken from somebody who may be alive.
    taken: bool,
    writes: u64,
    fault: Option<(u64, Fault)>,
}

/// The lease that may write.
#[derive(Debug)]
struct Held {
    /// Which. Not the epoch, which a restored snapshot may give out again.
    lease: u64,
    holder: Holder,
    failed: bool,
    pruned: bool,
}

impl MemoryBackend {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many appends and commits took effect since it was made.
    pub fn writes(&self) -> u64 {
        self.inner().writes
    }

    /// Lets `writes` more appends and commits pass; those after them fail and have no effect,
    /// until [`heal`](Self::heal).
    pub fn fail_after(&self, writes: u64) {
        self.fail_after_as(writes, Fault::Lost);
    }

    /// The same, with a say in what the first write that fails leaves behind. Later ones leave
    /// nothing.
    pub fn fail_after_as(&self, writes: u64, fault: Fault) {
        self.inner().fault = Some((writes, fault));
    }

    /// Ends what [`fail_after`](Self::fail_after) began. A lease whose write failed stays useless.
    pub fn heal(&self) {
        self.inner().fault = None;
    }

    /// What a disk would hold now.
    pub fn snapshot(&self) -> Snapshot {
        self.inner().kept.clone()
    }

    /// The machine starts again with this on its disk: the lock is free, and a lease that is still
    /// about is [fenced](BackendError::Fenced).
    pub fn restore(&self, snapshot: &Snapshot) {
        let mut inner = self.inner();
        inner.kept = snapshot.clone();
        inner.held = None;
    }

    /// Keeps the first `bytes` bytes of a run's journal, as if the machine had died when the rest
    /// was on its way. Says how many bytes it had.
    pub fn cut(&self, epoch: u64, bytes: usize) -> usize {
        self.inner().kept.cut(epoch, bytes)
    }

    /// Frees the lock without asking who holds it. Its lease fails from now on with
    /// [`BackendError::Fenced`], and the next one [was taken over](Lease::taken_over).
    pub fn fence(&self) {
        let mut inner = self.inner();
        inner.taken = inner.held.take().is_some();
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // A test that panics while holding it should fail by its own message.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Snapshot {
    /// Keeps the first `bytes` bytes of a run's journal. Says how many bytes it had, which is 0 for
    /// a run that wrote none.
    pub fn cut(&mut self, epoch: u64, bytes: usize) -> usize {
        let Some(batches) = self.journals.get_mut(&epoch) else {
            return 0;
        };
        let had = batches.iter().map(Vec::len).sum();
        let mut left = bytes;
        batches.retain_mut(|batch| {
            batch.truncate(left);
            left -= batch.len();
            !batch.is_empty()
        });
        had
    }
}

#[async_trait]
impl Backend for MemoryBackend {
    fn place(&self) -> String {
        PLACE.into()
    }

    async fn serials(&self) -> Result<Vec<u64>> {
        Ok(self.inner().kept.states.keys().copied().collect())
    }

    async fn state(&self, serial: u64) -> Result<Vec<u8>> {
        let found = self.inner().kept.states.get(&serial).cloned();
        found.ok_or_else(|| failed("read", state(serial), io::ErrorKind::NotFound.into()))
    }

    async fn journals(&self, epoch: u64) -> Result<Vec<Journal>> {
        let inner = self.inner();
        let newer = inner
            .kept
            .journals
            .iter()
            .filter(|(number, _)| **number > epoch);
        Ok(newer
            .map(|(epoch, batches)| Journal {
                epoch: *epoch,
                batches: batches.clone(),
            })
            .collect())
    }

    async fn holder(&self) -> Result<Option<Holder>> {
        Ok(self.inner().held.as_ref().map(|held| held.holder.clone()))
    }

    async fn lock(&self, holder: &Holder) -> Result<Box<dyn Lease>> {
        let mut inner = self.inner();
        if let Some(held) = &inner.held {
            let holder = Box::new(held.holder.clone());
            return Err(BackendError::Locked {
                place: self.place(),
                holder,
            });
        }
        inner.leases += 1;
        inner.kept.epoch += 1;
        inner.held = Some(Held {
            lease: inner.leases,
            holder: holder.clone(),
            failed: false,
            pruned: false,
        });
        Ok(Box::new(MemoryLease {
            backend: self.clone(),
            lease: inner.leases,
            epoch: inner.kept.epoch,
            taken_over: std::mem::take(&mut inner.taken),
        }))
    }
}

const PLACE: &str = "memory:";

fn state(serial: u64) -> String {
    format!("{PLACE}state/{serial}")
}

fn failed(doing: &'static str, place: String, source: io::Error) -> BackendError {
    BackendError::Io {
        doing,
        place,
        source: Box::new(source),
    }
}

#[derive(Debug)]
struct MemoryLease {
    backend: MemoryBackend,
    lease: u64,
    epoch: u64,
    taken_over: bool,
}

impl Inner {
    /// The lease, if it may still write.
    fn held(&mut self, lease: u64) -> Result<&mut Held> {
        let held = self.held.as_mut().filter(|held| held.lease == lease);
        held.ok_or_else(|| BackendError::Fenced {
            place: PLACE.into(),
        })
    }

    /// Makes a write: all of it or, if it is to fail, what the fault leaves of it.
    fn write(
        &mut self,
        lease: u64,
        place: String,
        apply: impl FnOnce(&mut Snapshot, Option<Fault>),
    ) -> Result<()> {
        if self.held(lease)?.failed {
            let reason = "an earlier write of this run failed, so nothing more is written";
            return Err(failed("write", place, io::Error::other(reason)));
        }
        let fault = match &mut self.fault {
            Some((0, fault)) => Some(std::mem::replace(fault, Fault::Lost)),
            Some((left, _)) => {
                *left -= 1;
                None
            }
            None => None,
        };
        apply(&mut self.kept, fault);
        match fault {
            None => {
                self.writes += 1;
                return Ok(());
            }
            Some(Fault::Kept) => self.writes += 1,
            Some(Fault::Lost | Fault::Torn) => {}
        }
        self.held(lease)?.failed = true;
        Err(failed(
            "write",
            place,
            io::Error::other("injected by a test"),
        ))
    }
}

#[async_trait]
impl Lease for MemoryLease {
    fn epoch(&self) -> u64 {
        self.epoch
    }

    async fn append(&self, batch: &[u8]) -> Result<()> {
        let place = format!("{PLACE}journal/{}", self.epoch);
        let mut inner = self.backend.inner();
        if inner.held(self.lease)?.pruned {
            let reason =
                "this run removed its own journal, being part of a state that was committed";
            return Err(failed("write", place, io::Error::other(reason)));
        }
        inner.write(self.lease, place, |kept, fault| {
            let reached = match fault {
                None | Some(Fault::Kept) => batch,
                Some(Fault::Torn) => &batch[..batch.len() / 2],
                Some(Fault::Lost) => return,
            };
            kept.journals
                .entry(self.epoch)
                .or_default()
                .push(reached.to_vec());
        })
    }

    async fn commit(&self, serial: u64, state: &[u8]) -> Result<()> {
        let place = self::state(serial);
        let mut inner = self.backend.inner();
        inner.held(self.lease)?;
        if inner.kept.states.contains_key(&serial) {
            return Err(failed("write", place, io::ErrorKind::AlreadyExists.into()));
        }
        inner.write(self.lease, place, |kept, fault| match fault {
            None | Some(Fault::Kept) => drop(kept.states.insert(serial, state.to_vec())),
            Some(Fault::Torn | Fault::Lost) => {}
        })
    }

    async fn hold(&self) -> Result<()> {
        self.backend.inner().held(self.lease).map(drop)
    }

    fn taken_over(&self) -> bool {
        self.taken_over
    }

    async fn prune(&self, epoch: u64, keep: usize) -> Result<()> {
        let mut inner = self.backend.inner();
        let held = inner.held(self.lease)?;
        if held.failed {
            let reason = "an earlier write of this run failed, so nothing is removed";
            return Err(failed("prune", PLACE.into(), io::Error::other(reason)));
        }
        held.pruned |= epoch >= self.epoch;
        inner.kept.journals.retain(|number, _| *number > epoch);
        let old = inner.kept.states.len().saturating_sub(keep.max(1));
        for _ in 0..old {
            inner.kept.states.pop_first();
        }
        Ok(())
    }

    async fn release(self: Box<Self>) -> Result<()> {
        let mut inner = self.backend.inner();
        inner.held(self.lease)?;
        inner.held = None;
        Ok(())
    }
}

impl Drop for MemoryLease {
    fn drop(&mut self) {
        let mut inner = self.backend.inner();
        if inner.held(self.lease).is_ok() {
            inner.held = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::{holder, joined};

    #[tokio::test]
    async fn conforms() {
        crate::conformance::all(|| {
            let backend = MemoryBackend::new();
            [Box::new(backend.clone()), Box::new(backend)]
        })
        .await;
    }

    #[tokio::test]
    async fn every_write_can_fail_in_every_way() {
        for fault in [Fault::Lost, Fault::Torn, Fault::Kept] {
            for pass in 0..3 {
                let backend = MemoryBackend::new();
                let lease = backend.lock(&holder("apply")).await.unwrap();
                backend.fail_after_as(pass, fault);
                let done = [
                    lease.append(b"one\n").await.is_ok(),
                    lease.append(b"two\n").await.is_ok(),
                    lease.commit(1, b"state").await.is_ok(),
                ];
                let expected: Vec<bool> = (0..3).map(|write| write < pass).collect();
                assert_eq!(done, expected[..], "{fault:?} after {pass}");
                assert_eq!(backend.writes(), pass + u64::from(fault == Fault::Kept));
                let journal = backend.journals(0).await.unwrap();
                let journal = journal.first().map(joined).unwrap_or_default();
                let expected: &[u8] = match (fault, pass) {
                    (Fault::Lost, 0) => b"",
                    (Fault::Lost, 1) | (Fault::Kept, 0) => b"one\n",
                    (Fault::Torn, 0) => b"on",
                    (Fault::Torn, 1) => b"one\ntw",
                    (_, 2) | (Fault::Kept, _) => b"one\ntwo\n",
                    (Fault::Lost | Fault::Torn, _) => unreachable!(),
                };
                assert_eq!(journal, expected, "{fault:?} after {pass}");
                let states = usize::from(pass == 2 && fault == Fault::Kept);
                assert_eq!(backend.serials().await.unwrap().len(), states);

                backend.heal();
                lease.append(b"three\n").await.unwrap_err();
                lease.prune(0, 1).await.unwrap_err();
                drop(lease);
                let lease = backend.lock(&holder("apply")).await.unwrap();
                lease.append(b"four\n").await.unwrap();
            }
        }
    }

    #[tokio::test]
    async fn a_journal_is_cut_at_any_byte() {
        let backend = MemoryBackend::new();
        let lease = backend.lock(&holder("apply")).await.unwrap();
        for batch in [&b"one\n"[..], b"two\n", b"three\n"] {
            lease.append(batch).await.unwrap();
        }
        let whole = backend.snapshot();
        for bytes in 0..=14 {
            backend.restore(&whole);
            assert_eq!(backend.cut(lease.epoch(), bytes), 14);
            let journals = backend.journals(0).await.unwrap();
            assert_eq!(joined(&journals[0]), b"one\ntwo\nthree\n"[..bytes]);
        }
        assert_eq!(backend.cut(99, 0), 0);
    }

    #[tokio::test]
    async fn a_restored_snapshot_fences_who_is_still_about() {
        let backend = MemoryBackend::new();
        let before = backend.snapshot();
        let old = backend.lock(&holder("apply")).await.unwrap();
        old.append(b"one\n").await.unwrap();
        backend.restore(&before);
        let new = backend.lock(&holder("apply")).await.unwrap();
        assert_eq!(
            old.epoch(),
            new.epoch(),
            "the snapshot was older than the epoch"
        );
        let error = old.append(b"two\n").await.unwrap_err();
        assert!(matches!(error, BackendError::Fenced { .. }));
        drop(old);
        new.append(b"three\n").await.unwrap();
        assert_eq!(joined(&backend.journals(0).await.unwrap()[0]), b"three\n");
        backend.fence();
        let error = new.commit(1, b"state").await.unwrap_err();
        assert!(matches!(error, BackendError::Fenced { .. }));
    }

    #[tokio::test]
    async fn a_dropped_lease_frees_the_lock() {
        let backend = MemoryBackend::new();
        drop(backend.lock(&holder("apply")).await.unwrap());
        assert_eq!(backend.holder().await.unwrap(), None);
        backend.lock(&holder("apply")).await.unwrap();
    }
}
