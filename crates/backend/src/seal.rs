//! Sealing, whatever keeps the key.
//!
//! An environment's secrets are sealed with a data key of its own, made when its state is born. The
//! state's header carries the data key wrapped by a key that is kept elsewhere. A new way to keep that
//! key (a passphrase, a cloud's key service) implements [`Keys`](stack_engine::backend::Keys): it
//! wraps [`Key::bytes`] its own way, and gives out a [`DataKey`] with the header that says how.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use rand::TryRng;
use rand::rngs::SysRng;
use serde_json::Value as Json;
use stack_engine::backend::{BackendError, Result, Seal};
use zeroize::Zeroizing;

const VERSION: &str = "1:";
const NONCE: usize = 24;

/// Bound to every value that a data key seals, so that nothing sealed for another purpose opens as one.
const VALUE: &[u8] = b"stack-value-1";

/// Why something cannot be sealed or opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The system gave no random bytes.
    #[error("the system gave no random bytes: {0}")]
    Random(String),
    /// It was sealed in a way that this version does not know.
    #[error(
        "it was not sealed in a way that this version of stack knows: use a newer release of stack"
    )]
    Version,
    /// It is not what sealing makes.
    #[error("it is damaged: not what sealing makes")]
    Malformed,
    /// It was sealed with another key or for another purpose, or was changed since.
    #[error("it was sealed with another key or for another place, or it was changed since")]
    Refused,
}

/// A key for XChaCha20-Poly1305. Gone from memory when dropped.
///
/// Nonces are random: 24 bytes are enough never to meet the same twice, however many values are sealed.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; 32]>);

impl Key {
    /// A new key from the system's randomness.
    pub fn generate() -> Result<Self, SealError> {
        let mut bytes = Zeroizing::new([0; 32]);
        random(&mut *bytes)?;
        Ok(Self(bytes))
    }

    /// A key from its bytes, if there are 32.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; 32] = bytes.try_into().ok()?;
        Some(Self(Zeroizing::new(*bytes)))
    }

    /// The bytes, for whoever wraps or keeps them.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Seals bytes as text: a version, then base64 of nonce and ciphertext. `purpose` is not part of
    /// the text; only who names the same opens it.
    pub fn seal(&self, purpose: &[u8], plain: &[u8]) -> Result<String, SealError> {
        let mut sealed = vec![0; NONCE];
        random(&mut sealed)?;
        let payload = Payload {
            msg: plain,
            aad: purpose,
        };
        let nonce = XNonce::from_slice(&sealed[..NONCE]);
        let ciphertext = self
            .cipher()
            .encrypt(nonce, payload)
            .map_err(|_| SealError::Refused)?;
        sealed.extend_from_slice(&ciphertext);
        Ok(format!("{VERSION}{}", BASE64.encode(sealed)))
    }

    /// Opens what was sealed with this key for this purpose.
    pub fn open(&self, purpose: &[u8], sealed: &str) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let text = sealed.strip_prefix(VERSION).ok_or(SealError::Version)?;
        let bytes = BASE64.decode(text).map_err(|_| SealError::Malformed)?;
        let (nonce, ciphertext) = bytes.split_at_checked(NONCE).ok_or(SealError::Malformed)?;
        let payload = Payload {
            msg: ciphertext,
            aad: purpose,
        };
        let plain = self.cipher().decrypt(XNonce::from_slice(nonce), payload);
        plain.map(Zeroizing::new).map_err(|_| SealError::Refused)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.0.as_slice().into())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

fn random(bytes: &mut [u8]) -> Result<(), SealError> {
    SysRng
        .try_fill_bytes(bytes)
        .map_err(|error| SealError::Random(error.to_string()))
}

/// The key that an environment's secrets are sealed with, opened.
#[derive(Debug, Clone)]
pub struct DataKey {
    key: Key,
    header: Json,
}

impl DataKey {
    /// A data key and what a state's header says of it: an object with `kind`, and whatever that kind
    /// needs to open it again.
    pub fn new(key: Key, header: Json) -> Self {
        Self { key, header }
    }
}

impl Seal for DataKey {
    fn seal(&self, plain: &[u8]) -> Result<String> {
        self.key
            .seal(VALUE, plain)
            .map_err(|error| failed("sealing a secret", error))
    }

    fn open(&self, sealed: &str) -> Result<Vec<u8>> {
        let plain = self.key.open(VALUE, sealed);
        // The caller's copy is the caller's to wipe.
        plain
            .map(|plain| plain.to_vec())
            .map_err(|error| failed("opening a secret", error))
    }

    fn header(&self) -> Json {
        self.header.clone()
    }
}

/// A backend's error of one of sealing.
pub(crate) fn failed(what: &str, reason: impl ToString) -> BackendError {
    BackendError::Seal {
        what: what.into(),
        reason: reason.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data_key() -> DataKey {
        DataKey::new(
            Key::generate().unwrap(),
            serde_json::json!({ "kind": "test" }),
        )
    }

    #[test]
    fn what_is_sealed_opens() {
        let key = data_key();
        for plain in [&b""[..], b"correct horse", &[0xff; 10_000]] {
            assert_eq!(key.open(&key.seal(plain).unwrap()).unwrap(), plain);
        }
    }

    #[test]
    fn the_same_is_never_sealed_the_same() {
        let key = data_key();
        let sealed: std::collections::HashSet<String> = (0..100)
            .map(|_| key.seal(b"correct horse").unwrap())
            .collect();
        assert_eq!(sealed.len(), 100);
    }

    #[test]
    fn what_was_changed_anywhere_does_not_open() {
        let key = data_key();
        let sealed = key.seal(b"correct horse").unwrap();
        for at in 0..sealed.len() {
            let mut bytes = sealed.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(key.open(&changed).is_err(), "{changed}");
        }
        for length in 0..sealed.len() {
            assert!(key.open(&sealed[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn another_key_and_another_purpose_do_not_open() {
        let key = Key::generate().unwrap();
        let sealed = key.seal(b"one", b"plain").unwrap();
        assert_eq!(key.open(b"other", &sealed), Err(SealError::Refused));
        assert_eq!(
            Key::generate().unwrap().open(b"one", &sealed),
            Err(SealError::Refused)
        );
        assert_eq!(*key.open(b"one", &sealed).unwrap(), b"plain");
    }

    #[test]
    fn the_failure_is_named() {
        let key = data_key();
        let message = |sealed: &str| key.open(sealed).unwrap_err().to_string();
        assert!(message("2:AAAA").contains("newer release"));
        assert!(message("1:AAAA").contains("damaged"));
        assert!(message("1:!").contains("damaged"));
    }

    #[test]
    fn debug_shows_no_key() {
        let key = Key::from_bytes(&[0xab; 32]).unwrap();
        let shown = format!(
            "{:?}",
            DataKey::new(key, serde_json::json!({ "kind": "test" }))
        );
        assert!(!shown.contains("171") && !shown.contains("ab"), "{shown}");
        assert!(Key::from_bytes(&[0; 31]).is_none());
    }

    /// From the draft draft-irtf-cfrg-xchacha-03, A.3.1: it is the cipher that it says it is.
    #[test]
    fn opens_what_others_sealed() {
        let key: Vec<u8> = (0x80..=0x9f).collect();
        let nonce: Vec<u8> = (0x40..=0x57).collect();
        let purpose = hex::decode("50515253c0c1c2c3c4c5c6c7").unwrap();
        let ciphertext = hex::decode(concat!(
            "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb",
            "731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452",
            "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9",
            "21f9664c97637da9768812f615c68b13b52e",
            "c0875924c1c7987947deafd8780acf49",
        ));
        let sealed = format!("1:{}", BASE64.encode([nonce, ciphertext.unwrap()].concat()));
        let plain = Key::from_bytes(&key)
            .unwrap()
            .open(&purpose, &sealed)
            .unwrap();
        assert!(plain.starts_with(b"Ladies and Gentlemen of the class of '99"));
    }
}
