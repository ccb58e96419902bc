//! A passphrase, from which Argon2id makes the key that wraps the data key of each environment that uses it.
//!
//! A state's header says `{"kind":"passphrase","salt":"…","memory_kib":65536,"passes":3,"wrapped":"…"}`. The costs are in it, so
//! that they can grow in later releases while older states stay readable.

use argon2::{Algorithm, Argon2, Params, Version};
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use rand::TryRng;
use rand::rngs::SysRng;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use stack_engine::backend::Result;
use zeroize::Zeroizing;

use crate::keyring::{OPENING, Wrap, purpose};
use crate::seal::{Key, failed};

/// What a header's `kind` is.
pub(crate) const KIND: &str = "passphrase";

/// The costs that RFC 9106 recommends where memory is scarce: 64 MiB, 3 passes. A guess takes a tenth of a second.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;

/// More than this in a header is not ours: reading it must not take the machine's memory.
const MOST_MEMORY_KIB: u32 = 1024 * 1024;
const MOST_PASSES: u32 = 64;

/// Shorter ones can be guessed, whatever a guess costs.
const SHORTEST: usize = 12;

/// A passphrase. Gone from memory when dropped, and never shown.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<String>);

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passphrase(…)")
    }
}

#[derive(Serialize, Deserialize)]
struct Header {
    kind: String,
    salt: String,
    memory_kib: u32,
    passes: u32,
    wrapped: String,
}

impl Passphrase {
    /// A passphrase of at least 12 characters.
    pub fn new(text: String) -> Result<Self> {
        let text = Zeroizing::new(text);
        if text.chars().count() < SHORTEST {
            return Err(failed(
                "cannot use the passphrase",
                format!(
                    "it has fewer than {SHORTEST} characters, and could be guessed: take several words"
                ),
            ));
        }
        Ok(Self(text))
    }

    /// The key that it stands for, with a salt and these costs. It takes a while, so it has a thread of its own.
    async fn key(&self, salt: Vec<u8>, memory_kib: u32, passes: u32) -> Result<Key> {
        let text = self.0.clone();
        let made = tokio::task::spawn_blocking(move || {
            let costs = Params::new(memory_kib, passes, 1, Some(32));
            let costs = costs.map_err(|error| error.to_string())?;
            let mut bytes = Zeroizing::new([0; 32]);
            Argon2::new(Algorithm::Argon2id, Version::V0x13, costs)
                .hash_password_into(text.as_bytes(), &salt, &mut *bytes)
                .map_err(|error| error.to_string())?;
            Key::from_bytes(&*bytes).ok_or_else(|| "a key has 32 bytes".to_owned())
        });
        let made = made.await.map_err(|error| failed(OPENING, error))?;
        made.map_err(|error| {
            failed(
                OPENING,
                format!("no key can be made of the passphrase: {error}"),
            )
        })
    }
}

#[async_trait]
impl Wrap for Passphrase {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn wrap(&self, lineage: &str, data: &Key) -> Result<Json> {
        let mut salt = vec![0; 16];
        SysRng
            .try_fill_bytes(&mut salt)
            .map_err(|error| failed("wrapping a data key", error))?;
        let shown = BASE64.encode(&salt);
        let key = self.key(salt, MEMORY_KIB, PASSES).await?;
        let wrapped = key.seal(&purpose(lineage), data.bytes());
        Ok(serde_json::json!(Header {
            kind: KIND.into(),
            salt: shown,
            memory_kib: MEMORY_KIB,
            passes: PASSES,
            wrapped: wrapped.map_err(|error| failed("wrapping a data key", error))?,
        }))
    }

    async fn unwrap(&self, lineage: &str, header: &Json) -> Result<Key> {
        let damaged = |why: &str| failed(OPENING, format!("its header is damaged: {why}"));
        let header = Header::deserialize(header).map_err(|error| damaged(&error.to_string()))?;
        if header.memory_kib > MOST_MEMORY_KIB || header.passes > MOST_PASSES {
            return Err(damaged("it asks for more than any release of stack does"));
        }
        let salt = BASE64.decode(&header.salt);
        let salt = salt.map_err(|_| damaged("its salt is not base64"))?;
        let key = self.key(salt, header.memory_kib, header.passes).await?;
        let data = key.open(&purpose(lineage), &header.wrapped);
        let data = data.map_err(|_| {
            let reason = "they are sealed with another passphrase, or the header was changed since";
            failed(OPENING, reason)
        })?;
        Key::from_bytes(&data).ok_or_else(|| damaged("its data key does not have 32 bytes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINEAGE: &str = "2b9f6f0e-0000-4000-8000-000000000000";

    fn words(text: &str) -> Passphrase {
        Passphrase::new(text.into()).unwrap()
    }

    #[tokio::test]
    async fn only_the_same_words_in_the_same_place_open_it() {
        let data = Key::generate().unwrap();
        let header = words("correct horse battery")
            .wrap(LINEAGE, &data)
            .await
            .unwrap();
        let again = words("correct horse battery")
            .unwrap(LINEAGE, &header)
            .await;
        assert_eq!(again.unwrap().bytes(), data.bytes());
        let message = |opened: Result<Key>| opened.err().unwrap().to_string();
        let other = words("correct horse buttery")
            .unwrap(LINEAGE, &header)
            .await;
        assert!(message(other).contains("another passphrase"));
        let elsewhere = words("correct horse battery")
            .unwrap("another", &header)
            .await;
        assert!(message(elsewhere).contains("another passphrase"));
        assert!(!header.to_string().contains("horse"));
    }

    #[tokio::test]
    async fn the_same_words_make_another_key_each_time() {
        let data = Key::generate().unwrap();
        let one = words("correct horse battery")
            .wrap(LINEAGE, &data)
            .await
            .unwrap();
        let two = words("correct horse battery")
            .wrap(LINEAGE, &data)
            .await
            .unwrap();
        assert_ne!(one["salt"], two["salt"]);
    }

    #[tokio::test]
    async fn a_header_cannot_ask_for_all_of_the_memory() {
        let data = Key::generate().unwrap();
        let mut header = words("correct horse battery")
            .wrap(LINEAGE, &data)
            .await
            .unwrap();
        header["memory_kib"] = u32::MAX.into();
        let refused = words("correct horse battery")
            .unwrap(LINEAGE, &header)
            .await;
        assert!(refused.err().unwrap().to_string().contains("damaged"));
    }

    #[test]
    fn short_ones_are_refused_and_none_is_shown() {
        assert!(Passphrase::new("hunter2".into()).is_err());
        assert_eq!(
            format!("{:?}", words("correct horse battery")),
            "Passphrase(…)"
        );
    }
}
