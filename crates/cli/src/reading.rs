//! Keys for commands that only read: a state that is not there yet gets no key file.

use async_trait::async_trait;
use serde_json::Value as Json;
use stack_backend::{DataKey, Key, KeyRing};
use stack_engine::backend::{BackendError, Result};
use stack_engine::{Keys, Seal};

/// Opens what is sealed with the keys at hand, and makes nothing.
pub struct ReadingKeys<'a>(pub &'a KeyRing);

#[async_trait]
impl Keys for ReadingKeys<'_> {
    /// A key that nothing is ever sealed with.
    async fn create(&self, _: &str) -> Result<Box<dyn Seal>> {
        let key = Key::generate().map_err(|error| BackendError::Seal {
            what: "making a key".into(),
            reason: error.to_string(),
        })?;
        Ok(Box::new(DataKey::new(key, Json::Null)))
    }

    async fn open(&self, lineage: &str, header: &Json) -> Result<Box<dyn Seal>> {
        self.0.open(lineage, header).await
    }
}
