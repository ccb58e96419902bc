//! How a session begins: what is recorded is read, and what journals say beyond it.

use std::collections::{BTreeMap, HashSet};

use stack_provider::trace;
use tokio::time::Instant;

use super::{Place, Session};
use crate::backend::{BackendError, Holder, Lease};
use crate::codec::{decode_journal, decode_preamble, decode_state};
use crate::connections::Connections;
use crate::error::{Error, Result};
use crate::journal::{self, Entry};
use crate::plan::Answers;
use crate::state::State;

impl<'a> Session<'a> {
    /// Opens for reading: no lock, nothing written.
    pub async fn read(place: Place<'a>, connections: Connections) -> Result<Self> {
        trace::phase("open", Self::open(place, connections, None, "")).await
    }

    /// Opens for writing: takes the lock, and brings to its end what an earlier run left behind.
    pub async fn write(
        place: Place<'a>,
        connections: Connections,
        holder: &Holder,
    ) -> Result<Self> {
        let lease = place.backend.lock(holder).await?;
        Self::with_lease(place, connections, lease, &holder.command).await
    }

    /// Opens for writing under a lock that was taken before.
    pub async fn with_lease(
        place: Place<'a>,
        connections: Connections,
        lease: Box<dyn Lease>,
        command: &str,
    ) -> Result<Self> {
        let opening = Self::open(place, connections, Some(lease.as_ref()), command);
        let mut session = match trace::phase("open", opening).await {
            Ok(session) => session,
            Err(error) => {
                // What went wrong first is said. A lock that cannot be given back either is waited for by the next.
                let _ = lease.release().await;
                return Err(error);
            }
        };
        let epoch = lease.epoch();
        session.lease = Some(lease);
        if session.state.header.serial == 0 {
            // Born before the first entry of a journal, so that its key is known to whoever has to recover. The
            // journal that this run is about to write is not part of it.
            if let Err(error) = session.commit(epoch - 1).await {
                let _ = session.close().await;
                return Err(error);
            }
        }
        Ok(session)
    }

    async fn open(
        place: Place<'a>,
        connections: Connections,
        lease: Option<&dyn Lease>,
        command: &str,
    ) -> Result<Self> {
        let home = place.backend.place();
        // What a run has begun that is still under way is no doubt: it says itself what came of it.
        let under_way =
            async || Ok::<_, Error>(lease.is_none() && place.backend.holder().await?.is_some());
        let was_under_way = under_way().await?;
        let (state, seal, mut doubts, interrupted) = loop {
            let newest = place.backend.serials().await?.last().copied();
            let (mut state, seal) = match newest {
                Some(serial) => {
                    let name = format!("{home}, state {serial}");
                    let bytes = place.backend.state(serial).await?;
                    let preamble = decode_preamble(&bytes, &name)?;
                    if let Some(to) = preamble.header.moved_to {
                        return Err(Error::Moved { place: home, to });
                    }
                    let seal = place
                        .keys
                        .open(&preamble.header.lineage, &preamble.sealing)
                        .await?;
                    (decode_state(&bytes, seal.as_ref(), &name)?, seal)
                }
                None => {
                    let lineage = place.surroundings.lineage();
                    let seal = place.keys.create(&lineage).await?;
                    (
                        State::born(lineage, place.stack.into(), place.environment.into()),
                        seal,
                    )
                }
            };
            let (mut doubts, mut interrupted) = (Vec::new(), None);
            let journals = match place.backend.journals(state.header.epoch).await {
                Ok(journals) => journals,
                // Half removed, since they are part of a state that was just committed.
                Err(BackendError::Damaged { .. })
                    if place.backend.serials().await?.last().copied() != newest =>
                {
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            for journal in journals {
                let name = format!("{home}, journal {}", journal.epoch);
                let entries: Vec<Entry> = decode_journal(&journal.batches, seal.as_ref(), &name)?;
                if let Some(Entry::Begin { command, .. }) = entries.first() {
                    interrupted = Some(command.clone());
                }
                journal::replay(&mut state, &mut doubts, entries);
            }
            // A reader holds no lock: a run that commits meanwhile takes its journal away.
            if place.backend.serials().await?.last().copied() == newest {
                break (state, seal, doubts, interrupted);
            }
        };
        if was_under_way || under_way().await? {
            doubts.clear();
        }
        if let Some(lease) = lease.filter(|lease| lease.epoch() <= state.header.epoch) {
            let reason = format!(
                "its lock counts runs from {}, and the state is of run {}",
                lease.epoch(),
                state.header.epoch
            );
            return Err(BackendError::Damaged {
                place: home,
                reason,
            }
            .into());
        }
        let mut session = Self {
            place,
            connections,
            state,
            seal,
            lease: None,
            opened: Instant::now(),
            facts: Vec::new(),
            begun: false,
            doubts,
            drift: Vec::new(),
            renamed: Vec::new(),
            refreshed: false,
            may_be_gone: false,
            offline: false,
            open_ended: false,
            answers: Answers::new(),
            unanswered: HashSet::new(),
            stacks: BTreeMap::new(),
            command: command.to_owned(),
            interrupted,
        };
        for (name, provider) in &session.state.providers {
            session
                .connections
                .declare(name, &provider.kind, &provider.config);
        }
        Ok(session)
    }
}
