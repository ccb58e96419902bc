//! What keeps a data key, by name: what `Stack.toml` and `stack secrets rotate` say.

use std::fmt;
use std::str::FromStr;

use serde_json::Value as Json;

use crate::{keyfile, passphrase};

/// What a header's `kind` is where a key of AWS KMS wrapped the data key.
pub(crate) const AWS_KMS: &str = "aws-kms";

/// What keeps a data key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keeper {
    /// The key in a file: `key-file`.
    KeyFile,
    /// Words that people know: `passphrase`.
    Passphrase,
    /// A key of AWS KMS: `aws-kms:<key id, ARN or alias/…>`.
    AwsKms(KmsKey),
}

/// It is not a way to keep a data key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeeperError {
    /// It is none of them.
    #[error(
        "it must be \"key-file\", \"passphrase\" or \"aws-kms:KEY\", where KEY is a key's id or ARN, or alias/NAME"
    )]
    Unknown,
    /// It names a key of AWS KMS in no way that there is.
    #[error(
        "{0:?} is no key of AWS KMS: name it by its id, by alias/NAME, or by the ARN of one of them"
    )]
    Key(String),
}

impl Keeper {
    /// What keeps the data key that a header speaks of. Nothing where this version does not know it.
    pub fn of(header: &Json) -> Option<Self> {
        let text = |field: &str| header.get(field).and_then(Json::as_str);
        match text("kind")? {
            keyfile::KIND => Some(Self::KeyFile),
            passphrase::KIND => Some(Self::Passphrase),
            AWS_KMS => Some(Self::AwsKms(text("key")?.parse().ok()?)),
            _ => None,
        }
    }

    /// Whether a state with this header is kept by it, as far as can be told without asking: which key an alias stands
    /// for, only KMS knows.
    pub fn keeps(&self, header: &Json) -> bool {
        match (self, Self::of(header)) {
            (Self::AwsKms(key), Some(Self::AwsKms(found))) => key.may_be(found.as_str()),
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
        }
    }
}

/// A key of AWS KMS: by its id, by an alias, or by the ARN of one of them.
///
/// Forms: API reference of KMS, `KeyId` of Encrypt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KmsKey(String);

impl KmsKey {
    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The region that it is in, where it says so.
    pub fn region(&self) -> Option<&str> {
        Arn::of(&self.0).map(|arn| arn.region)
    }

    /// Whether it is a key's own ARN: what KMS answers with, and what a header holds.
    #[cfg(feature = "aws")]
    pub(crate) fn is_key_arn(&self) -> bool {
        Arn::of(&self.0).is_some_and(|arn| arn.rest.starts_with("key/"))
    }

    /// Whether this key may be the one that has an ARN.
    fn may_be(&self, arn: &str) -> bool {
        let Some(found) = Arn::of(arn) else {
            return false;
        };
        match Arn::of(&self.0) {
            Some(wanted) if wanted.rest.starts_with("key/") => wanted == found,
            Some(wanted) => wanted.place() == found.place(),
            None if self.0.starts_with("alias/") => true,
            None => found.rest.strip_prefix("key/") == Some(&self.0),
        }
    }
}

impl FromStr for KmsKey {
    type Err = KeeperError;

    fn from_str(text: &str) -> Result<Self, KeeperError> {
        let name = match Arn::of(text) {
            Some(arn) => arn.rest.strip_prefix("key/").or(arn.alias()),
            None => Some(text.strip_prefix("alias/").unwrap_or(text)),
        };
        // An id has letters, digits and hyphens; the rest is of aliases.
        let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_/".contains(letter);
        match name {
            Some(name) if !name.is_empty() && name.chars().all(fits) => Ok(Self(text.to_owned())),
            _ => Err(KeeperError::Key(text.to_owned())),
        }
    }
}

impl fmt::Display for KmsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The parts of an ARN of KMS.
#[derive(PartialEq, Eq)]
struct Arn<'a> {
    partition: &'a str,
    region: &'a str,
    account: &'a str,
    /// `key/<id>` or `alias/<name>`.
    rest: &'a str,
}

impl<'a> Arn<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        match parts[..] {
            ["arn", partition, "kms", region, account, rest]
                if ![partition, region, account, rest].contains(&"") =>
            {
                Some(Self {
                    partition,
                    region,
                    account,
                    rest,
                })
            }
            _ => None,
        }
    }

    fn alias(&self) -> Option<&'a str> {
        self.rest.strip_prefix("alias/")
    }

    fn place(&self) -> [&'a str; 3] {
        [self.partition, self.region, self.account]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

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
    fn an_arn_says_the_region() {
        let region = |text: &str| text.parse::<KmsKey>().unwrap().region().map(str::to_owned);
        assert_eq!(region(&arn("alias/state")).as_deref(), Some("eu-west-3"));
        assert_eq!(region("alias/state"), None);
        assert_eq!(region(ID), None);
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
}
