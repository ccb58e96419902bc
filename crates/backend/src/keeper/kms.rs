//! A key of AWS KMS, by name.

use std::fmt;
use std::str::FromStr;

use super::KeeperError;

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
    pub(super) fn may_be(&self, arn: &str) -> bool {
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

    #[test]
    fn an_arn_says_the_region() {
        let region = |text: &str| text.parse::<KmsKey>().unwrap().region().map(str::to_owned);
        assert_eq!(
            region("arn:aws:kms:eu-west-3:111122223333:alias/state").as_deref(),
            Some("eu-west-3")
        );
        assert_eq!(region("alias/state"), None);
        assert_eq!(region("1234abcd-12ab-34cd-56ef-1234567890ab"), None);
    }
}
