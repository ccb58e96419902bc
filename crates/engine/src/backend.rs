//! Where state lives, as the engine sees it. Implementations know bytes; what the bytes say is [`codec`](crate::codec)'s.
//!
//! Reading needs no lock. Writing is possible only through a [`Lease`], so whoever does not hold the lock cannot write.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// What went wrong with a backend.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// Another run holds the lock.
    #[error("{} is locked by {holder}", .place)]
    Locked {
        /// Which backend.
        place: String,
        /// Who holds it.
        holder: Box<Holder>,
    },
    /// Somebody took the lock over. Nothing more may be written.
    #[error("the lock on {place} was taken over by another run")]
    Fenced {
        /// Which backend.
        place: String,
    },
    /// What is there is not what we wrote.
    #[error("{place} is damaged: {reason}")]
    Damaged {
        /// Which file or object.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// It was written by a newer version.
    #[error(
        "{place} has format {found}, and this version of stack reads up to {known}: use a newer release of stack"
    )]
    Newer {
        /// Which file or object.
        place: String,
        /// Its format.
        found: u32,
        /// The newest that we read.
        known: u32,
    },
    /// A value cannot be sealed or unsealed.
    #[error("{what}: {reason}")]
    Seal {
        /// What was being done.
        what: String,
        /// Why it failed.
        reason: String,
    },
    /// Reading or writing failed.
    #[error("cannot {doing} {place}")]
    Io {
        /// What was being done: `write`, `read`.
        doing: &'static str,
        /// To which file or object.
        place: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// The result of a backend's work.
pub type Result<T, E = BackendError> = std::result::Result<T, E>;

/// Who holds a lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// What is running: `apply`.
    pub command: String,
    /// The user's name, as the system has it.
    pub user: String,
    /// The machine's name.
    pub host: String,
    /// The process.
    pub process: u32,
    /// Since when, RFC 3339.
    pub since: String,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            command,
            user,
            host,
            process,
            since,
        } = self;
        write!(
            f,
            "`stack {command}` of {user} on {host} (process {process}), since {since}"
        )
    }
}

/// A run's journal, as far as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journal {
    /// Which run.
    pub epoch: u64,
    /// Its batches in order. The last may be cut short.
    pub batches: Vec<Vec<u8>>,
}

/// The home of one environment's state.
#[async_trait]
pub trait Backend: Send + Sync {
    /// What to call it in messages: `file:state/shop/dev`.
    fn place(&self) -> String;

    /// The committed states, oldest first.
    async fn serials(&self) -> Result<Vec<u64>>;

    /// One committed state.
    async fn state(&self, serial: u64) -> Result<Vec<u8>>;

    /// The journals of runs newer than `epoch`, oldest first. What is in them is not in that epoch's state.
    async fn journals(&self, epoch: u64) -> Result<Vec<Journal>>;

    /// Who holds the lock, if anybody does.
    async fn holder(&self) -> Result<Option<Holder>>;

    /// Takes the lock, or fails with [`BackendError::Locked`] as soon as it is known that somebody who lives holds it.
    /// Opens a new epoch, newer than every journal's.
    async fn lock(&self, holder: &Holder) -> Result<Box<dyn Lease>>;

    /// Takes the lock even from a holder that is seen to live, whose next write fails then. A lock that ends with its
    /// process cannot be taken from it: that is [`BackendError::Locked`] here too.
    async fn take_over(&self, holder: &Holder) -> Result<Box<dyn Lease>> {
        self.lock(holder).await
    }
}

/// The right to run, and to write.
#[async_trait]
pub trait Lease: Send + Sync {
    /// The run's number. Grows with every run.
    fn epoch(&self) -> u64;

    /// Appends a batch to the run's journal. Durable when it returns. After an error nothing more may be started.
    async fn append(&self, batch: &[u8]) -> Result<()>;

    /// Commits a state. Never overwrites: a serial that exists is an error.
    async fn commit(&self, serial: u64, state: &[u8]) -> Result<()>;

    /// Returns when nobody else can have taken the lock over, or fails. To be asked right before each call that changes
    /// something. A lock that ends with its process is held as long as the process can ask.
    async fn hold(&self) -> Result<()> {
        Ok(())
    }

    /// Returns when the lock is known to be lost.
    async fn lost(&self) {
        std::future::pending().await
    }

    /// Whether the lock was taken over from a run that may be alive, so that a request that it sent may still be under
    /// way.
    fn taken_over(&self) -> bool {
        false
    }

    /// Removes journals up to `epoch` and all but the newest `keep` states. Failing to is harmless.
    async fn prune(&self, epoch: u64, keep: usize) -> Result<()>;

    /// Gives the lock back.
    async fn release(self: Box<Self>) -> Result<()>;
}

/// Seals secrets with an environment's data key.
pub trait Seal: Send + Sync {
    /// Seals bytes as text.
    fn seal(&self, plain: &[u8]) -> Result<String>;

    /// Opens what was sealed.
    fn open(&self, sealed: &str) -> Result<Vec<u8>>;

    /// What a state's header says of the key, so that it can be found again: its kind, its id, and the data key
    /// wrapped by it.
    fn header(&self) -> serde_json::Value;
}

/// Finds the key that an environment's secrets are sealed with.
#[async_trait]
pub trait Keys: Send + Sync {
    /// Makes a data key for a state that is about to be born.
    async fn create(&self, lineage: &str) -> Result<Box<dyn Seal>>;

    /// Opens the data key that a state's header speaks of.
    async fn open(&self, lineage: &str, header: &serde_json::Value) -> Result<Box<dyn Seal>>;
}
