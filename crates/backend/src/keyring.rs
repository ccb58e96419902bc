//! The ways to keep a data key, and which of them an environment's is kept in.

use async_trait::async_trait;
use serde_json::Value as Json;
use stack_engine::backend::{Keys, Result, Seal};
use stack_engine::snapshot;

use crate::asked::Asked;
use crate::keeper::{self, Keeper, KeeperError, KmsKey, VaultKey};
use crate::keyfile::KeyFile;
use crate::passphrase::{self, Passphrase};
use crate::seal::{DataKey, Key, failed};

/// What was being done when a data key cannot be had.
pub(crate) const OPENING: &str = "cannot open the secrets of this state";

/// What was being done when a data key cannot be wrapped.
pub(crate) const SEALING: &str = "cannot seal the data key of this state";

/// What a wrapped data key is for: nothing that was wrapped for another purpose passes for one.
pub(crate) const PURPOSE: &str = "stack-data-key-1";

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
    format!("{PURPOSE} {lineage}").into_bytes()
}

/// Every key that a person has at hand. A state is opened with the one that it was sealed with. A new one is sealed with
/// what was chosen for it; without a choice with the passphrase if there is one, and else with the key file.
#[derive(Debug, Clone)]
pub struct KeyRing {
    file: KeyFile,
    passphrase: Option<Passphrase>,
    asked: Option<Asked>,
    chosen: Option<Keeper>,
    #[cfg(feature = "aws")]
    aws: Option<aws_config::SdkConfig>,
    #[cfg(feature = "azure")]
    sign_in: stack_azure_client::SignIn,
    #[cfg(feature = "azure")]
    azure: Option<std::sync::Arc<dyn azure_core::credentials::TokenCredential>>,
}

impl KeyRing {
    /// The key file, and the passphrase if one is set. Keys of AWS KMS are found as the SDK finds them.
    pub fn new(file: KeyFile, passphrase: Option<Passphrase>) -> Self {
        Self {
            file,
            passphrase,
            asked: None,
            chosen: None,
            #[cfg(feature = "aws")]
            aws: None,
            #[cfg(feature = "azure")]
            sign_in: Default::default(),
            #[cfg(feature = "azure")]
            azure: None,
        }
    }

    /// The same, with somebody who can be asked for a passphrase that is not set.
    pub fn asking(self, asked: Option<Asked>) -> Self {
        Self { asked, ..self }
    }

    /// The same, with what is to seal states that are born.
    pub fn sealing_by(self, chosen: Option<Keeper>) -> Self {
        Self { chosen, ..self }
    }

    /// The same, with AWS as this configuration of the SDK says. For tests and embedding.
    #[cfg(feature = "aws")]
    pub fn on_aws(self, base: aws_config::SdkConfig) -> Self {
        let aws = Some(base);
        Self { aws, ..self }
    }

    /// The same, with Azure as whom the surroundings say.
    #[cfg(feature = "azure")]
    pub fn signing_in(self, sign_in: stack_azure_client::SignIn) -> Self {
        Self { sign_in, ..self }
    }

    /// The same, with Azure as somebody else than the surroundings say. For tests and embedding.
    #[cfg(feature = "azure")]
    pub fn on_azure(
        self,
        credential: std::sync::Arc<dyn azure_core::credentials::TokenCredential>,
    ) -> Self {
        let azure = Some(credential);
        Self { azure, ..self }
    }

    /// A keeper that is at hand, for wrapping.
    pub fn by(&self, keeper: &Keeper) -> Result<Box<dyn Wrap>> {
        match keeper {
            Keeper::KeyFile => Ok(Box::new(self.file.clone())),
            Keeper::Passphrase => self.words(SEALING, NEXT),
            Keeper::AwsKms(key) => self.kms(SEALING, NEXT, key.clone()),
            Keeper::AzureKeyVault(key) => self.vault(SEALING, NEXT, key.clone()),
        }
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

    fn of(&self, header: &Json) -> Result<Box<dyn Wrap>> {
        let text = |field: &str| header.get(field).and_then(Json::as_str).unwrap_or_default();
        let damaged =
            |error: KeeperError| failed(OPENING, format!("its header is damaged: {error}"));
        let key = text("key");
        match text("kind") {
            snapshot::KIND => Err(snapshot::unopened()),
            passphrase::KIND => self.words(OPENING, NOW),
            keeper::AWS_KMS => self.kms(OPENING, NOW, key.parse().map_err(damaged)?),
            keeper::AZURE_KEY_VAULT => self.vault(OPENING, NOW, key.parse().map_err(damaged)?),
            // It says itself what it does not know.
            _ => Ok(Box::new(self.file.clone())),
        }
    }

    fn words(&self, doing: &str, how: &str) -> Result<Box<dyn Wrap>> {
        match (&self.passphrase, &self.asked) {
            (Some(passphrase), _) => Ok(Box::new(passphrase.clone())),
            (None, Some(asked)) => Ok(Box::new(asked.clone())),
            (None, None) => Err(failed(
                doing,
                format!("{how} with a passphrase: set STACK_PASSPHRASE"),
            )),
        }
    }

    #[cfg(feature = "aws")]
    fn kms(&self, _: &str, _: &str, key: KmsKey) -> Result<Box<dyn Wrap>> {
        let kms = crate::AwsKms::new(key);
        Ok(Box::new(match &self.aws {
            Some(base) => kms.on(base.clone()),
            None => kms,
        }))
    }

    #[cfg(not(feature = "aws"))]
    fn kms(&self, doing: &str, how: &str, key: KmsKey) -> Result<Box<dyn Wrap>> {
        Err(unbuilt(doing, how, "AWS", &format!("AWS KMS key {key}")))
    }

    #[cfg(feature = "azure")]
    fn vault(&self, _: &str, _: &str, key: VaultKey) -> Result<Box<dyn Wrap>> {
        let vault = crate::AzureKeyVault::new(key, self.sign_in.clone());
        Ok(Box::new(match &self.azure {
            Some(credential) => vault.on(credential.clone()),
            None => vault,
        }))
    }

    #[cfg(not(feature = "azure"))]
    fn vault(&self, doing: &str, how: &str, key: VaultKey) -> Result<Box<dyn Wrap>> {
        let key = format!("Azure Key Vault key {key}");
        Err(unbuilt(doing, how, "Azure", &key))
    }
}

/// How a message goes on of what is sealed, and of what is not yet.
const NOW: &str = "they are sealed";
const NEXT: &str = "it is to be sealed";

/// A key of a cloud that this was built without.
#[cfg(not(all(feature = "aws", feature = "azure")))]
fn unbuilt(doing: &str, how: &str, cloud: &str, key: &str) -> stack_engine::backend::BackendError {
    let reason = format!(
        "{how} with the {key}, and this stack was built without {cloud}: use one that was built with it"
    );
    failed(doing, reason)
}

#[async_trait]
impl Keys for KeyRing {
    async fn create(&self, lineage: &str) -> Result<Box<dyn Seal>> {
        let keeper = match (&self.chosen, &self.passphrase) {
            (Some(chosen), _) => self.by(chosen)?,
            (None, Some(passphrase)) => Box::new(passphrase.clone()),
            (None, None) => Box::new(self.file.clone()),
        };
        let data = Key::generate().map_err(|error| failed("making a data key", error))?;
        let header = keeper.wrap(lineage, &data).await?;
        Ok(Box::new(DataKey::new(data, header)))
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
    async fn what_was_chosen_seals_what_is_born() {
        let temp = tempfile::tempdir().unwrap();
        let words = Some("correct horse battery");
        let chosen = |words, keeper| ring(temp.path(), words).sealing_by(Some(keeper));
        let by_file = chosen(words, Keeper::KeyFile).create(LINEAGE).await;
        assert_eq!(by_file.unwrap().header()["kind"], "key-file");
        let by_words = chosen(words, Keeper::Passphrase).create(LINEAGE).await;
        assert_eq!(by_words.unwrap().header()["kind"], "passphrase");
        let refused = chosen(None, Keeper::Passphrase).create(LINEAGE).await;
        let refused = refused.err().unwrap().to_string();
        assert!(refused.contains("set STACK_PASSPHRASE"), "{refused}");
    }

    /// What is sealed, and what is to be, with a key of a cloud that this was built without.
    #[cfg(not(all(feature = "aws", feature = "azure")))]
    async fn is_named_without_its_cloud(cloud: &str, kind: &str, key: &str) {
        let temp = tempfile::tempdir().unwrap();
        let header = serde_json::json!({"kind": kind, "key": key, "wrapped": "AAAA"});
        let ring = ring(temp.path(), None);
        let born = ring
            .clone()
            .sealing_by(Some(format!("{kind}:{key}").parse().unwrap()));
        for refused in [
            ring.open(LINEAGE, &header).await,
            born.create(LINEAGE).await,
        ] {
            let refused = refused.err().unwrap().to_string();
            assert!(refused.contains(key), "{refused}");
            let without = format!("was built without {cloud}");
            assert!(refused.contains(&without), "{refused}");
        }
        assert!(!temp.path().join("key").exists());
    }

    #[cfg(not(feature = "aws"))]
    #[tokio::test]
    async fn without_aws_a_key_of_kms_is_named() {
        let arn = "arn:aws:kms:eu-west-3:111122223333:key/1234abcd";
        is_named_without_its_cloud("AWS", keeper::AWS_KMS, arn).await;
    }

    #[cfg(not(feature = "azure"))]
    #[tokio::test]
    async fn without_azure_a_key_of_a_vault_is_named() {
        let key = "https://shop.vault.azure.net/keys/state/0123456789abcdef0123456789abcdef";
        is_named_without_its_cloud("Azure", keeper::AZURE_KEY_VAULT, key).await;
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
