//! Keys for commands that only read: a state that is not there yet gets no key file.

use async_trait::async_trait;
use serde_json::Value as Json;
use stack_backend::{DataKey, Key, KeyRing};
use stack_engine::backend::{BackendError, Result};
use stack_engine::snapshot::Redacting;
use stack_engine::{Keys, Seal};

/// Opens what is sealed with the keys at hand, and makes nothing.
pub enum ReadingKeys<'a> {
    /// The keys of a person.
    Ring(&'a KeyRing),
    /// None: what is read are redacted snapshots.
    Redacting,
    /// One that is made now and forgotten with the process, for what is kept in memory alone.
    Forgotten,
}

#[async_trait]
impl Keys for ReadingKeys<'_> {
    /// A key that nothing is ever sealed with.
    async fn create(&self, lineage: &str) -> Result<Box<dyn Seal>> {
        match self {
            Self::Redacting => Redacting.create(lineage).await,
            Self::Ring(_) | Self::Forgotten => {
                let key = Key::generate().map_err(|error| BackendError::Seal {
                    what: "making a key".into(),
                    reason: error.to_string(),
                })?;
                Ok(Box::new(DataKey::new(key, Json::Null)))
            }
        }
    }

    async fn open(&self, lineage: &str, header: &Json) -> Result<Box<dyn Seal>> {
        match self {
            Self::Redacting => Keys::open(&Redacting, lineage, header).await,
            Self::Ring(ring) => ring.open(lineage, header).await,
            Self::Forgotten => Err(BackendError::Seal {
                what: "cannot open a state".into(),
                reason: "its key was forgotten".into(),
            }),
        }
    }
}
