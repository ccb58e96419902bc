//! Batches that were read already. What is in one never changes, so that whoever looks at a journal again and again, as a
//! page that follows a run does, reads only what is new.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use stack_engine::backend::Result;

use super::record::Batch;
use super::store::Store;
use super::{batch_key, read_batch};

/// Batches by the numbers of their run and their own.
#[derive(Clone, Default)]
pub(super) struct Seen(Arc<Mutex<HashMap<(u64, u64), Batch>>>);

impl Seen {
    /// A batch: the store is asked for it once.
    pub async fn batch(&self, store: &Store, epoch: u64, number: u64) -> Result<Batch> {
        let known = self.all().get(&(epoch, number)).cloned();
        if let Some(batch) = known {
            return Ok(batch);
        }
        let batch = read_batch(store, &batch_key(epoch, number)).await?;
        self.all().insert((epoch, number), batch.clone());
        Ok(batch)
    }

    /// Forgets the batches that are not there any more, by the sorted numbers of those that are.
    pub fn keep(&self, there: &BTreeMap<u64, Vec<u64>>) {
        let is_there = |epoch: &u64, number: &u64| {
            let numbers = there.get(epoch);
            numbers.is_some_and(|numbers| numbers.binary_search(number).is_ok())
        };
        self.all()
            .retain(|(epoch, number), _| is_there(epoch, number));
    }

    fn all(&self) -> MutexGuard<'_, HashMap<(u64, u64), Batch>> {
        // Whoever panicked has changed nothing half-way: an insert is all or nothing.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
