//! What is recorded moves to another backend.

use super::{Session, no_lock};
use crate::backend::{Backend, BackendError, Holder, Lease};
use crate::codec::{decode_state, rebased};
use crate::error::{Error, Result};

impl Session<'_> {
    /// Copies every kept state to a backend that has none, or some of these already, and reads each back there. What is
    /// in doubt is settled first: journals stay behind. Gives how many states there are.
    pub async fn copy_to(&mut self, target: &dyn Backend, holder: &Holder) -> Result<usize> {
        self.save().await?;
        let lease = target.lock(holder).await?;
        let copied = self.copy(target, lease.as_ref()).await;
        let released = lease.release().await;
        let copied = copied?;
        released?;
        Ok(copied)
    }

    async fn copy(&self, target: &dyn Backend, lease: &dyn Lease) -> Result<usize> {
        let source = self.place.backend;
        let serials = source.serials().await?;
        let there = target.serials().await?;
        if let Some(other) = there.iter().find(|serial| !serials.contains(serial)) {
            return Err(occupied(target, *other));
        }
        for serial in &serials {
            let name = format!("{}, state {serial}", source.place());
            let bytes = rebased(&source.state(*serial).await?, &name)?;
            if !there.contains(serial) {
                lease.commit(*serial, &bytes).await?;
            }
            let copy = target.state(*serial).await?;
            if copy != bytes {
                return Err(occupied(target, *serial));
            }
            decode_state(
                &copy,
                self.seal(),
                &format!("{}, state {serial}", target.place()),
            )?;
        }
        Ok(serials.len())
    }

    /// Commits that the state lives elsewhere from now on. Whoever comes here is told, and can do nothing by it.
    pub async fn leave_for(&mut self, url: &str) -> Result<()> {
        let epoch = self.lease.as_deref().ok_or_else(no_lock)?.epoch();
        self.state.header.moved_to = Some(url.to_owned());
        let left = self.commit(epoch).await;
        if left.is_err() {
            self.state.header.moved_to = None;
        }
        left
    }
}

fn occupied(target: &dyn Backend, serial: u64) -> Error {
    BackendError::Damaged {
        place: format!("{}, state {serial}", target.place()),
        reason:
            "it is there, and is no copy of the state that moves: choose a place where nothing is"
                .into(),
    }
    .into()
}
