//! One at a time, where Azure refuses more: the subnets of a network, the databases of a server.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use stack_provider::{Context, Error, ErrorKind, Result};
use tokio::sync::OwnedMutexGuard;

/// Whose turn it is, by parent.
#[derive(Debug, Default)]
pub(crate) struct Turns(Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>);

/// A turn, until it is dropped.
pub(crate) struct Turn {
    _guard: OwnedMutexGuard<()>,
}

impl Turns {
    /// Waits for the turn to change something beneath a parent. First come, first served.
    pub async fn take(&self, parent: &str, context: &Context) -> Result<Turn> {
        let lock = {
            let mut turns = self
                .0
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner());
            Arc::clone(turns.entry(parent.to_ascii_lowercase()).or_default())
        };
        if let Ok(guard) = Arc::clone(&lock).try_lock_owned() {
            return Ok(Turn { _guard: guard });
        }
        let name = parent.rsplit('/').next().unwrap_or_default();
        context
            .report
            .waiting(&format!("its turn: {name} takes one change at a time"));
        tokio::select! {
            guard = lock.lock_owned() => Ok(Turn { _guard: guard }),
            () = context.cancelled.cancelled() => {
                Err(Error::new(ErrorKind::Cancelled, "stopped before its turn came"))
            }
            () = tokio::time::sleep_until(context.deadline) => {
                Err(Error::new(ErrorKind::TimedOut, "its turn did not come in time"))
            }
        }
    }
}
