//! What keeps a data key, by name: what `Stack.toml` and `stack secrets rotate` say.

use std::fmt;
use std::str::FromStr;

use serde_json::Value as Json;

use crate::{keyfile, passphrase};

mod kms;
mod vault;

pub use kms::KmsKey;
pub use vault::VaultKey;

/// What a header's `kind` is where a key of AWS KMS wrapped the data key.
pub(crate) const AWS_KMS: &str = "aws-kms";

/// What a header's `kind` is where a key of Azure Key Vault did.
pub(crate) const AZURE_KEY_VAULT: &str = "azure-key-vault";

/// What keeps a data key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keeper {
    /// The key in a file: `key-file`.
    KeyFile,
    /// Words that people know: `passphrase`.
    Passphrase,
    /// A key of AWS KMS: `aws-kms:<key id, ARN or alias/…>`.
    AwsKms(KmsKey),
    /// A key of Azure Key Vault: `azure-key-vault:<its identifier>`.
    AzureKeyVault(VaultKey),
}

/// It is not a way to keep a data key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeeperError {
    /// It is none of them.
    #[error(
        "it must be \"key-file\", \"passphrase\", \"aws-kms:KEY\" with a key's id or ARN or alias/NAME, or \"azure-key-vault:KEY\" with a key's identifier, https://VAULT.vault.azure.net/keys/NAME"
    )]
    Unknown,
    /// It names a key of AWS KMS in no way that there is.
    #[error(
        "{0:?} is no key of AWS KMS: name it by its id, by alias/NAME, or by the ARN of one of them"
    )]
    Key(String),
    /// It is no identifier of a key of Azure Key Vault.
    #[error(
        "{0:?} is no key of Azure Key Vault: write its identifier, https://VAULT.vault.azure.net/keys/NAME, with /VERSION at its end where it is to be that one"
    )]
    VaultKey(String),
    /// It leads elsewhere.
    #[error(
        "{origin} is not Azure Key Vault, and whoever is there would be given a token for every vault: write an https address below {}, or one of this machine",
        vault::DOMAINS.join(", ")
    )]
    Host {
        /// Where it leads.
        origin: String,
    },
}

impl Keeper {
    /// What keeps the data key that a header speaks of. Nothing where this version does not know it.
    pub fn of(header: &Json) -> Option<Self> {
        let text = |field: &str| header.get(field).and_then(Json::as_str);
        match text("kind")? {
            keyfile::KIND => Some(Self::KeyFile),
            passphrase::KIND => Some(Self::Passphrase),
            AWS_KMS => Some(Self::AwsKms(text("key")?.parse().ok()?)),
            AZURE_KEY_VAULT => Some(Self::AzureKeyVault(text("key")?.parse().ok()?)),
            _ => None,
        }
    }

    /// Whether a state with this header is kept by it, as far as can be told without asking: which key an alias stands
    /// for, only KMS knows.
    pub fn keeps(&self, header: &Json) -> bool {
        match (self, Self::of(header)) {
            (Self::AwsKms(key), Some(Self::AwsKms(found))) => key.may_be(found.as_str()),
            (Self::AzureKeyVault(key), Some(Self::AzureKeyVault(found))) => key.may_be(&found),
            (wanted, found) => found.as_ref() == Some(wanted),
        }
    }
}

impl FromStr for Keeper {
    type Err = KeeperError;

    fn from_str(text: &str) -> Result<Self, KeeperError> {
        match text.split_once(':') {
            None if text == keyfile::KIND => Ok(Self::KeyFile),
            None if text == passphrase::KIND => Ok(Self::Passphrase),
            Some((AWS_KMS, key)) => Ok(Self::AwsKms(key.parse()?)),
            Some((AZURE_KEY_VAULT, key)) => Ok(Self::AzureKeyVault(key.parse()?)),
            _ => Err(KeeperError::Unknown),
        }
    }
}

/// As it is written.
impl fmt::Display for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeyFile => f.write_str(keyfile::KIND),
            Self::Passphrase => f.write_str(passphrase::KIND),
            Self::AwsKms(key) => write!(f, "{AWS_KMS}:{key}"),
            Self::AzureKeyVault(key) => write!(f, "{AZURE_KEY_VAULT}:{key}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

    const VAULT_KEY: &str = "https://shop.vault.azure.net/keys/state";
    const VERSION: &str = "0123456789abcdef0123456789abcdef";

    fn arn(rest: &str) -> String {
        format!("arn:aws:kms:eu-west-3:111122223333:{rest}")
    }

    #[test]
    fn what_is_written_is_read() {
        for text in [
            "key-file".to_owned(),
            "passphrase".to_owned(),
            format!("aws-kms:{ID}"),
            "aws-kms:mrk-1234abcd12ab34cd56ef1234567890ab".to_owned(),
            "aws-kms:alias/state".to_owned(),
            format!("aws-kms:{}", arn("alias/team/state_1")),
            format!("aws-kms:{}", arn(&format!("key/{ID}"))),
            format!("azure-key-vault:{VAULT_KEY}"),
            format!("azure-key-vault:{VAULT_KEY}/{VERSION}"),
        ] {
            assert_eq!(text.parse::<Keeper>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_none_of_them_is_refused() {
        for text in [
            "",
            "keyfile",
            "aws-kms",
            "key-file:x",
            "azure:x",
            "Passphrase",
        ] {
            assert_eq!(text.parse::<Keeper>(), Err(KeeperError::Unknown), "{text}");
        }
        for key in [
            "",
            "alias/",
            "two words",
            "arn:aws:kms:eu-west-3:111122223333:key/",
            "arn:aws:kms::111122223333:alias/x",
            "arn:aws:s3:eu-west-3:111122223333:key/x",
            "arn:aws:kms:eu-west-3:111122223333:other/x",
        ] {
            let refused = format!("aws-kms:{key}").parse::<Keeper>();
            assert_eq!(refused, Err(KeeperError::Key(key.to_owned())));
        }
    }

    #[test]
    fn a_header_tells_what_keeps_it() {
        let header = |kind: &str| serde_json::json!({ "kind": kind });
        let of_key = serde_json::json!({ "kind": "aws-kms", "key": arn(&format!("key/{ID}")) });
        let keeps = |text: &str, header: &Json| text.parse::<Keeper>().unwrap().keeps(header);
        assert!(keeps("key-file", &header("key-file")));
        assert!(keeps("passphrase", &header("passphrase")));
        assert!(!keeps("key-file", &header("passphrase")));
        assert!(!keeps("passphrase", &of_key));
        for same in [
            ID.to_owned(),
            arn(&format!("key/{ID}")),
            // Of which it cannot be told.
            "alias/state".to_owned(),
            arn("alias/state"),
        ] {
            assert!(keeps(&format!("aws-kms:{same}"), &of_key), "{same}");
        }
        for other in [
            "1234abcd-0000-34cd-56ef-1234567890ab".to_owned(),
            arn("key/other"),
            format!("arn:aws:kms:eu-west-1:111122223333:key/{ID}"),
            "arn:aws:kms:eu-west-3:444455556666:alias/state".to_owned(),
        ] {
            assert!(!keeps(&format!("aws-kms:{other}"), &of_key), "{other}");
        }
        assert!(!keeps("aws-kms:alias/state", &header("key-file")));
        assert!(!keeps("aws-kms:alias/state", &header("aws-kms")));
    }

    #[test]
    fn every_version_of_a_vaults_key_is_kept_by_the_key() {
        let kid = format!("{VAULT_KEY}/{VERSION}");
        let header = serde_json::json!({ "kind": "azure-key-vault", "key": kid });
        let keeps = |text: &str| {
            let keeper: Keeper = format!("azure-key-vault:{text}").parse().unwrap();
            keeper.keeps(&header)
        };
        assert!(keeps(VAULT_KEY));
        assert!(keeps(&kid));
        assert!(keeps("https://SHOP.vault.azure.net/keys/State"));
        assert!(!keeps(&kid.replace("0123", "3210")));
        assert!(!keeps("https://shop.vault.azure.net/keys/other"));
        assert!(!keeps("https://other.vault.azure.net/keys/state"));
        assert!(!keeps("http://127.0.0.1:1/_vault/shop/keys/state"));
    }
}
