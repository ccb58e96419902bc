//! How the lock is taken, and taken over from a run whose heart stands still.

use std::time::Duration;

use stack_engine::backend::{BackendError, Holder, Lease, Result};
use tokio::time::Instant;

use super::lease::{Held, ObjectLease};
use super::record::{Batch, FORMAT, Record};
use super::store::{Created, Found, Store, Swapped};
use super::trouble::{self, Reason};
use super::{LEASE, ObjectBackend, batch_key, batches, read_batch};

/// How often a free lock may slip away before something is wrong with it.
const MOST_TRIES: usize = 100;

/// Whose lock is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Regard {
    /// That of a holder who lives.
    Living,
    /// Nobody's.
    None,
}

/// Takes the lock, as soon as it is free, or its holder's heart has stood still for as long as its lease lasts, as seen
/// from here. Fails as soon as the holder is seen to live, unless that is not regarded.
pub(super) async fn take(
    backend: &ObjectBackend,
    holder: &Holder,
    regard: Regard,
) -> Result<Box<dyn Lease>> {
    let lease = hex::encode(rand::random::<[u8; 16]>());
    let mut watch: Option<Watch> = None;
    let mut found = backend.store.find(LEASE).await?;
    let mut tries = 0;
    loop {
        let claim = match look(backend, found.as_ref(), &mut watch, regard).await? {
            Look::Free(claim) => claim,
            Look::Wait(pause) => {
                tokio::time::sleep(pause).await;
                found = backend.store.find(LEASE).await?;
                continue;
            }
        };
        let record = Record {
            format: FORMAT,
            epoch: claim.after + 1,
            beat: 0,
            lease: lease.clone(),
            lasts_ms: u64::try_from(backend.timing.lease.as_millis()).unwrap_or(u64::MAX),
            holder: Some(holder.clone()),
            open: claim.open,
        };
        // Before the request and not after it: the lease begins when the store has it, and that may be at once.
        let begun = (backend.clock)();
        let seen = found.as_ref().map(|found| &found.version);
        match backend.store.swap(LEASE, seen, &record.encode()).await? {
            Swapped::Done(version) => {
                let held = Held { record, version };
                return open(backend, held, begun, claim.taken_over).await;
            }
            Swapped::Lost(other) => {
                // Whoever was faster lives: there is no need to watch them.
                if regard == Regard::Living {
                    refuse_if_held(backend, other.as_ref())?;
                }
                found = other;
            }
        }
        tries += 1;
        if tries == MOST_TRIES {
            return Err(trouble::failed(
                "take",
                backend.store.name(LEASE),
                Reason::Busy,
            ));
        }
    }
}

/// What was seen of a lock that is held.
struct Watch {
    bytes: Vec<u8>,
    since: Instant,
}

/// A lock that may be taken.
struct Claim {
    /// The last run's number.
    after: u64,
    /// Runs whose journals have to be closed first.
    open: Vec<u64>,
    /// Whether the last holder may be alive.
    taken_over: bool,
}

enum Look {
    Free(Claim),
    Wait(Duration),
}

async fn look(
    backend: &ObjectBackend,
    found: Option<&Found>,
    watch: &mut Option<Watch>,
    regard: Regard,
) -> Result<Look> {
    let Some(found) = found else {
        // Somebody may have removed the lock's object; the journals still tell how far the runs have come.
        let journals = batches(&backend.store).await?;
        return Ok(Look::Free(Claim {
            after: journals.keys().last().copied().unwrap_or(0),
            open: Vec::new(),
            taken_over: false,
        }));
    };
    let record = Record::decode(&found.bytes, &backend.store.name(LEASE))?;
    let Some(holder) = record.holder else {
        return Ok(Look::Free(Claim {
            after: record.epoch,
            open: record.open,
            taken_over: false,
        }));
    };
    let since = match watch {
        None => {
            *watch = Some(Watch {
                bytes: found.bytes.clone(),
                since: Instant::now(),
            });
            Duration::ZERO
        }
        Some(watch) if watch.bytes == found.bytes => watch.since.elapsed(),
        Some(_) if regard == Regard::Living => return Err(locked(backend, holder)),
        Some(_) => Duration::ZERO,
    };
    let lasts = Duration::from_millis(record.lasts_ms);
    if since < lasts && regard == Regard::Living {
        return Ok(Look::Wait(
            (lasts - since).min(backend.timing.beat / 4 + Duration::from_millis(10)),
        ));
    }
    let mut open = record.open;
    open.push(record.epoch);
    Ok(Look::Free(Claim {
        after: record.epoch,
        open,
        taken_over: true,
    }))
}

fn locked(backend: &ObjectBackend, holder: Holder) -> BackendError {
    BackendError::Locked {
        place: backend.store.place().to_owned(),
        holder: Box::new(holder),
    }
}

fn refuse_if_held(backend: &ObjectBackend, found: Option<&Found>) -> Result<()> {
    let Some(found) = found else { return Ok(()) };
    let record = Record::decode(&found.bytes, &backend.store.name(LEASE))?;
    match record.holder {
        Some(holder) => Err(locked(backend, holder)),
        None => Ok(()),
    }
}

/// Begins a run whose lease is written: lets its heart beat, and closes what earlier runs left open.
async fn open(
    backend: &ObjectBackend,
    held: Held,
    begun: Duration,
    taken_over: bool,
) -> Result<Box<dyn Lease>> {
    let (id, open) = (held.record.lease.clone(), held.record.open.clone());
    let lease = Box::new(ObjectLease::begin(backend, held, begun, taken_over));
    let closed = async {
        for epoch in &open {
            close(&backend.store, *epoch, &id).await?;
        }
        if !open.is_empty() {
            lease.closed().await?;
        }
        Ok(())
    };
    match closed.await {
        Ok(()) => Ok(lease),
        Err(error) => {
            // The record still names what is open, so whoever comes next closes it. If giving back fails too, they
            // wait for as long as the lease lasts.
            let _ = lease.release().await;
            Err(error)
        }
    }
}

/// Ends a run's journal by writing what its holder would write next. From then on the holder can write nothing.
async fn close(store: &Store, epoch: u64, lease: &str) -> Result<()> {
    let known = batches(store).await?;
    let last = known
        .get(&epoch)
        .and_then(|numbers| numbers.last().copied());
    let mut number = last.map_or(0, |last| last + 1);
    if let Some(last) = last
        && read_batch(store, &batch_key(epoch, last)).await? == Batch::Closed
    {
        return Ok(());
    }
    loop {
        let key = batch_key(epoch, number);
        match store.create(&key, &Batch::closed(lease)).await? {
            Created::Made => return Ok(()),
            Created::Collided => {
                // The holder was faster. What it wrote counts; its next write will not.
                if read_batch(store, &key).await? == Batch::Closed {
                    return Ok(());
                }
                number += 1;
            }
        }
    }
}
