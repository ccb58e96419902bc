//! One environment: its newest state, and what journals say beyond it. Read without a key.

use stack_engine::backend::{BackendError, Journal};
use stack_engine::codec::{decode_journal, decode_preamble, decode_state};
use stack_engine::journal::{self, Entry, InDoubt};
use stack_engine::session::Checkpoint;
use stack_engine::snapshot::Redacting;
use stack_engine::{Backend, Holder, Session, State};

use crate::source::Unread;

/// What is recorded of an environment.
pub struct Recorded {
    /// The newest state, with what the journals changed since.
    pub state: State,
    /// The journals of runs that are not part of a committed state.
    pub journals: Vec<Vec<Entry>>,
    /// What they left without an outcome.
    pub doubts: Vec<InDoubt>,
    /// Who holds the lock.
    pub holder: Option<Holder>,
}

/// Reads an environment. Nothing where no state was committed yet.
pub async fn read(backend: &dyn Backend) -> Result<Option<Recorded>, Unread> {
    loop {
        // Before what it may be changing meanwhile.
        let holder = backend.holder().await?;
        let Some(newest) = backend.serials().await?.last().copied() else {
            return Ok(None);
        };
        let mut state = state(backend, newest).await?;
        let journals = match backend.journals(state.header.epoch).await {
            Ok(journals) => journals,
            // Half removed, since they are part of a state that was just committed.
            Err(BackendError::Damaged { .. }) if is_outdated(backend, newest).await? => continue,
            Err(error) => return Err(error.into()),
        };
        let journals: Vec<Vec<Entry>> = journals
            .iter()
            .map(|journal| entries(backend, journal))
            .collect::<Result<_, _>>()?;
        // No lock is held here: a run that commits meanwhile takes its journal away.
        if is_outdated(backend, newest).await? {
            continue;
        }
        let mut doubts = Vec::new();
        for journal in &journals {
            journal::replay(&mut state, &mut doubts, journal.iter().cloned());
        }
        return Ok(Some(Recorded {
            state,
            journals,
            doubts,
            holder,
        }));
    }
}

/// One committed state. What is sealed in it stays so.
pub async fn state(backend: &dyn Backend, serial: u64) -> Result<State, Unread> {
    let place = format!("{}, state {serial}", backend.place());
    let bytes = backend.state(serial).await?;
    Ok(decode_state(&bytes, &Redacting, &place)?)
}

fn entries(backend: &dyn Backend, journal: &Journal) -> Result<Vec<Entry>, Unread> {
    let place = format!("{}, journal {}", backend.place(), journal.epoch);
    Ok(decode_journal(&journal.batches, &Redacting, &place)?)
}

async fn is_outdated(backend: &dyn Backend, newest: u64) -> Result<bool, Unread> {
    Ok(backend.serials().await?.last().copied() != Some(newest))
}

/// Every committed state that is kept, oldest first.
pub async fn checkpoints(backend: &dyn Backend) -> Result<Vec<Checkpoint>, Unread> {
    let history = Session::history(backend).await;
    history.map_err(|error| Unread::because(&error))
}

/// The oldest committed state that is kept, as far as its head says.
pub async fn oldest(backend: &dyn Backend) -> Result<Option<Checkpoint>, Unread> {
    let Some(serial) = backend.serials().await?.first().copied() else {
        return Ok(None);
    };
    let place = format!("{}, state {serial}", backend.place());
    let header = match backend.state(serial).await {
        Ok(bytes) => decode_preamble(&bytes, &place).ok().map(|one| one.header),
        // Removed meanwhile, by the run that committed the newest.
        Err(_) => None,
    };
    let header = header.unwrap_or_default();
    Ok(Some(Checkpoint {
        serial,
        at: header.at,
        command: header.command,
        resources: None,
        damage: None,
    }))
}
