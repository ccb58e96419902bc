//! The end of a process, wherever it comes from.

use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

/// The end of a process: whoever dies of it never returns, and whoever runs the process drops it.
#[derive(Debug, Clone, Default)]
pub struct Death {
    token: Arc<Mutex<CancellationToken>>,
}

impl Death {
    fn token(&self) -> CancellationToken {
        self.token
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Ends the process here. Never returns.
    pub async fn die<T>(&self) -> T {
        self.token().cancel();
        std::future::pending().await
    }

    /// Whether the process has ended.
    pub fn is_dead(&self) -> bool {
        self.token().is_cancelled()
    }

    /// Runs a process until it is done, or dies. Then whatever it was about is dropped on the spot.
    pub async fn or<T>(&self, process: impl Future<Output = T>) -> Option<T> {
        let token = self.token();
        tokio::select! {
            biased;
            () = token.cancelled() => None,
            done = process => Some(done),
        }
    }

    /// A new process may begin.
    pub fn revive(&self) {
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = CancellationToken::new();
    }
}
