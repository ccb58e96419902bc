//! A sealing that hides its text and is no secret.

use async_trait::async_trait;
use stack_engine::backend::{BackendError, Keys, Result, Seal};

/// Seals by flipping every bit. What it seals cannot be found by searching for it, which is all that a test asks.
#[derive(Debug, Clone, Copy, Default)]
pub struct TestKeys;

#[async_trait]
impl Keys for TestKeys {
    async fn create(&self, _: &str) -> Result<Box<dyn Seal>> {
        Ok(Box::new(Self))
    }

    async fn open(&self, _: &str, header: &serde_json::Value) -> Result<Box<dyn Seal>> {
        if *header == self.header() {
            Ok(Box::new(Self))
        } else {
            Err(unsealable("the header speaks of another key"))
        }
    }
}

impl Seal for TestKeys {
    fn seal(&self, plain: &[u8]) -> Result<String> {
        Ok(hex::encode(
            plain.iter().map(|byte| !byte).collect::<Vec<_>>(),
        ))
    }

    fn open(&self, sealed: &str) -> Result<Vec<u8>> {
        let bytes = hex::decode(sealed).map_err(|error| unsealable(&error.to_string()))?;
        Ok(bytes.into_iter().map(|byte| !byte).collect())
    }

    fn header(&self) -> serde_json::Value {
        serde_json::json!({"kind": "test"})
    }
}

fn unsealable(reason: &str) -> BackendError {
    BackendError::Seal {
        what: "opening what a test sealed".into(),
        reason: reason.into(),
    }
}

/// Seals nothing, so that damage gets inside of what is sealed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Glass;

impl Seal for Glass {
    fn seal(&self, plain: &[u8]) -> Result<String> {
        String::from_utf8(plain.to_vec()).map_err(|error| unsealable(&error.to_string()))
    }

    fn open(&self, sealed: &str) -> Result<Vec<u8>> {
        Ok(sealed.into())
    }

    fn header(&self) -> serde_json::Value {
        serde_json::json!({"kind": "glass"})
    }
}

#[async_trait]
impl Keys for Glass {
    async fn create(&self, _: &str) -> Result<Box<dyn Seal>> {
        Ok(Box::new(Self))
    }

    async fn open(&self, _: &str, _: &serde_json::Value) -> Result<Box<dyn Seal>> {
        Ok(Box::new(Self))
    }
}
