//! The ways to keep a data key, and which of them an environment's is kept in.

use async_trait::async_trait;
use serde_json::Value as Json;
use stack_engine::backend::{Keys, Result, Seal};

use crate::keyfile::KeyFile;
use crate::passphrase::{self, Passphrase};
use crate::seal::{DataKey, Key, failed};

/// What was being done when a data key cannot be had.
pub(crate) const OPENING: &str = "cannot open the secrets of this state";

/// A way to keep an environment's data key: wrapped by another key.
#[async_trait]
pub trait Wrap: Send + Sync {
    /// What a header's `kind` is.
    fn kind(&self) -> &'static str;

    /// Wraps a data key. Gives what a state's header says of it.
    async fn wrap(&self, lineage: &str, data: &Key) -> Result<Json>;

    /// The data key that a header speaks of.
    async fn unwrap(&self, lineage: &str, header: &Json) -> Result<Key>;
}

/// Binds a wrapped data key to its lineage: another state's does not pass for it.
pub(crate) fn purpose(lineage: &str) -> Vec<u8> {
    format!("stack-data-key-1 {lineage}").into_bytes()
}

/// Every key that a person has at hand. A state is opened with the one that it was sealed with; a new one is sealed with
/// the passphrase if there is one, and else with the key file.
#[derive(Debug, Clone)]
pub struct KeyRing {
    file: KeyFile,
    passphrase: Option<Passphrase>,
}

impl KeyRing {
    /// The key file, and the passphrase if one is set.
    pub fn new(file: KeyFile, passphrase: Option<Passphrase>) -> Self {
        Self { file, passphrase }
    }

    /// Wraps the data key that a header speaks of anew, with another key. What was sealed stays readable: the data key
    /// is the same.
    pub async fn rewrap(
        &self,
        lineage: &str,
        header: &Json,
        to: &dyn Wrap,
    ) -> Result<Box<dyn Seal>> {
        let data = self.of(header)?.unwrap(lineage, header).await?;
        let header = to.wrap(lineage, &data).await?;
        Ok(Box::new(DataKey::new(data, header)))
    }

    fn of(&self, header: &Json) -> Result<&dyn Wrap> {
        match (header.get("kind").and_then(Json::as_str), &self.passphrase) {
            (Some(passphrase::KIND), Some(passphrase)) => Ok(passphrase),
            (Some(passphrase::KIND), None) => Err(failed(
                OPENING,
                "they are sealed with a passphrase: set STACK_PASSPHRASE",
            )),
            // It says itself what it does not know.
            _ => Ok(&self.file),
        }
    }
}

#[async_trait]
impl Keys for KeyRing {
    async fn create(&self, lineage: &str) -> Result<Box<dyn Seal>> {
        match &self.passphrase {
            Some(passphrase) => {
                let data = Key::generate().map_err(|error| failed("making a data key", error))?;
                let header = passphrase.wrap(lineage, &data).await?;
                Ok(Box::new(DataKey::new(data, header)))
            }
            None => self.file.create(lineage).await,
        }
    }

    async fn open(&self, lineage: &str, header: &Json) -> Result<Box<dyn Seal>> {
        let data = self.of(header)?.unwrap(lineage, header).await?;
        Ok(Box::new(DataKey::new(data, header.clone())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINEAGE: &str = "2b9f6f0e-0000-4000-8000-000000000000";

    fn words(text: &str) -> Passphrase {
        Passphrase::new(text.into()).unwrap()
    }

    fn ring(folder: &std::path::Path, passphrase: Option<&str>) -> KeyRing {
        KeyRing::new(KeyFile::new(folder.join("key")), passphrase.map(words))
    }

    #[tokio::test]
    async fn each_state_is_opened_with_what_it_was_sealed_with() {
        let temp = tempfile::tempdir().unwrap();
        let with_file = ring(temp.path(), None);
        let by_file = with_file.create(LINEAGE).await.unwrap();
        let both = ring(temp.path(), Some("correct horse battery"));
        let by_words = both.create(LINEAGE).await.unwrap();
        assert_eq!(by_file.header()["kind"], "key-file");
        assert_eq!(by_words.header()["kind"], "passphrase");
        for seal in [&by_file, &by_words] {
            let sealed = seal.seal(b"secret").unwrap();
            let again = both.open(LINEAGE, &seal.header()).await.unwrap();
            assert_eq!(again.open(&sealed).unwrap(), b"secret");
        }
        let refused = with_file.open(LINEAGE, &by_words.header()).await;
        let refused = refused.err().unwrap().to_string();
        assert!(refused.contains("set STACK_PASSPHRASE"), "{refused}");
    }

    #[tokio::test]
    async fn a_key_wrapped_anew_opens_what_was_sealed_before() {
        let temp = tempfile::tempdir().unwrap();
        let ring = ring(temp.path(), Some("correct horse battery"));
        let before = ring.create(LINEAGE).await.unwrap();
        let sealed = before.seal(b"secret").unwrap();
        let next = words("staple staple staple");
        let rewrapped = ring.rewrap(LINEAGE, &before.header(), &next).await.unwrap();
        assert_eq!(rewrapped.open(&sealed).unwrap(), b"secret");
        assert_ne!(rewrapped.header(), before.header());
        let later = KeyRing::new(KeyFile::new(temp.path().join("none")), Some(next));
        let opened = later.open(LINEAGE, &rewrapped.header()).await.unwrap();
        assert_eq!(opened.open(&sealed).unwrap(), b"secret");
        assert!(ring.open(LINEAGE, &rewrapped.header()).await.is_err());
    }
}
