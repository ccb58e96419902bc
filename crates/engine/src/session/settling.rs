//! What earlier runs left in doubt is settled, for all resources beside one another.

use std::collections::HashSet;

use stack_model::schema::Nature;

use super::Session;
use crate::codec::encode_batch;
use crate::error::Result;
use crate::event::Event;
use crate::journal::{Entry, InDoubt};
use crate::settle;
use crate::state::Delta;

impl Session<'_> {
    /// Settles what earlier runs left in doubt. Written down only under the lock.
    pub async fn settle(&mut self) -> Result<()> {
        if self.doubts.is_empty() {
            return Ok(());
        }
        self.wait_for_late_requests().await;
        let mut settled = self.state.clone();
        let mut deltas = Vec::new();
        // Beside one another, since each may have to wait for as long as an object may not show; those of one resource in
        // their order.
        let mut left: Vec<&InDoubt> = self.doubts.iter().collect();
        while !left.is_empty() {
            let mut urns = HashSet::new();
            let (now, later): (Vec<_>, Vec<_>) = left
                .into_iter()
                .partition(|doubt| urns.insert(&doubt.intent.urn));
            let settling = now.into_iter().map(|doubt| {
                settle::settle(doubt, &settled, &self.connections, self.place.listener)
            });
            let found: Vec<Vec<Delta>> = futures::future::try_join_all(settling).await?;
            for delta in found.into_iter().flatten() {
                settled.apply(&delta);
                deltas.push(delta);
            }
            left = later;
        }
        let begin = self.begin("recover");
        if let Some(lease) = &self.lease {
            let settled = Entry::Settled { deltas };
            let entries: Vec<Entry> = begin.into_iter().chain([settled]).collect();
            let bytes = encode_batch(&entries, self.seal.as_ref())?;
            lease.append(&bytes).await?;
            self.begun = true;
        }
        self.state = settled;
        self.doubts.clear();
        Ok(())
    }

    /// Waits until no request of a run can be under way whose lock was taken over. It sends no more, since its lease ran
    /// out before; what it sent just before may still take effect.
    async fn wait_for_late_requests(&self) {
        // What lives in the state alone sends none.
        let sends = |doubt: &InDoubt| {
            let schema = self.connections.schemas().get(doubt.intent.urn.type_name());
            schema.is_none_or(|schema| schema.nature != Nature::Kept)
        };
        let taken_over = self.lease.as_ref().is_some_and(|lease| lease.taken_over())
            && self.doubts.iter().any(sends);
        let left = settle::LONGEST_REQUEST.saturating_sub(self.opened.elapsed());
        if !taken_over || left.is_zero() {
            return;
        }
        let message = format!(
            "the lock was taken over from a run that may be alive: waiting {} s for its last requests to end",
            left.as_secs()
        );
        self.place
            .listener
            .on(Event::Warning { urn: None, message });
        tokio::time::sleep(left).await;
    }
}
