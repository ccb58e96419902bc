//! From a method and a path to what is asked of a vault, and the right that it needs.

use http::Method;

use super::wrong;
use crate::refusal::Refusal;

/// What is asked of a vault. A version that is not named is the newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked<'a> {
    List,
    Versions(&'a str),
    Read(&'a str, Option<&'a str>),
    Create(&'a str),
    Rotate(&'a str),
    Update(&'a str, Option<&'a str>),
    Delete(&'a str),
    ListDeleted,
    ReadDeleted(&'a str),
    Recover(&'a str),
    Purge(&'a str),
    Use(Operation, &'a str, Option<&'a str>),
}

/// What a key is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Encrypt,
    Decrypt,
    Wrap,
    Unwrap,
}

impl Operation {
    /// As `key_ops` and refusals write it.
    pub fn word(self) -> &'static str {
        match self {
            Operation::Encrypt => "encrypt",
            Operation::Decrypt => "decrypt",
            Operation::Wrap => "wrapKey",
            Operation::Unwrap => "unwrapKey",
        }
    }

    fn of(word: &str) -> Option<Operation> {
        [
            Operation::Encrypt,
            Operation::Decrypt,
            Operation::Wrap,
            Operation::Unwrap,
        ]
        .into_iter()
        .find(|operation| operation.word().eq_ignore_ascii_case(word))
    }
}

/// What a caller needs: "Built-in roles for Key Vault data plane operations" and "Key operations" of access policies in
/// the service's documentation.
pub struct Right {
    /// The data action, below `Microsoft.KeyVault/vaults/keys/`.
    pub action: &'static str,
    /// The permission of access policies.
    pub permission: &'static str,
    /// The roles that have the data action.
    pub roles: &'static [&'static str],
}

const KEEPERS: &[&str] = &["Key Vault Administrator", "Key Vault Crypto Officer"];
const USERS: &[&str] = &[KEEPERS[0], KEEPERS[1], "Key Vault Crypto User"];
const WRAPPERS: &[&str] = &[
    USERS[0],
    USERS[1],
    USERS[2],
    "Key Vault Crypto Service Encryption User",
];
const READERS: &[&str] = &[
    WRAPPERS[0],
    WRAPPERS[1],
    WRAPPERS[2],
    WRAPPERS[3],
    "Key Vault Reader",
];

impl<'a> Asked<'a> {
    /// What a request asks.
    pub fn of(method: &Method, segments: &[&'a str]) -> Result<Asked<'a>, Refusal> {
        let asked = match (method.as_str(), segments) {
            ("GET", ["keys"]) => Asked::List,
            ("GET", ["keys", name, "versions"]) => Asked::Versions(name),
            ("GET", ["keys", name]) => Asked::Read(name, None),
            ("GET", ["keys", name, version]) => Asked::Read(name, Some(version)),
            ("POST", ["keys", name, "create"]) => Asked::Create(name),
            ("POST", ["keys", name, "rotate"]) => Asked::Rotate(name),
            ("PATCH", ["keys", name]) => Asked::Update(name, None),
            ("PATCH", ["keys", name, version]) => Asked::Update(name, Some(version)),
            ("DELETE", ["keys", name]) => Asked::Delete(name),
            ("GET", ["deletedkeys"]) => Asked::ListDeleted,
            ("GET", ["deletedkeys", name]) => Asked::ReadDeleted(name),
            ("POST", ["deletedkeys", name, "recover"]) => Asked::Recover(name),
            ("DELETE", ["deletedkeys", name]) => Asked::Purge(name),
            ("POST", ["keys", name, rest @ .., word]) if rest.len() < 2 => {
                let operation = Operation::of(word).ok_or_else(|| not_there(method, segments))?;
                Asked::Use(operation, name, rest.first().copied())
            }
            _ => return Err(not_there(method, segments)),
        };
        match asked.key() {
            Some(name) if !is_name(name) => Err(wrong(format!(
                "The request URI contains an invalid name: {name}"
            ))),
            _ => Ok(asked),
        }
    }

    /// The key that it is about.
    pub fn key(&self) -> Option<&'a str> {
        match self {
            Asked::List | Asked::ListDeleted => None,
            Asked::Versions(name)
            | Asked::Read(name, _)
            | Asked::Create(name)
            | Asked::Rotate(name)
            | Asked::Update(name, _)
            | Asked::Delete(name)
            | Asked::ReadDeleted(name)
            | Asked::Recover(name)
            | Asked::Purge(name)
            | Asked::Use(_, name, _) => Some(name),
        }
    }

    /// What the caller needs for it.
    pub fn right(&self) -> Right {
        let (action, permission, roles) = match self {
            Asked::List | Asked::Versions(_) | Asked::ListDeleted => ("read", "list", READERS),
            Asked::Read(..) | Asked::ReadDeleted(_) => ("read", "get", READERS),
            Asked::Create(_) => ("create/action", "create", KEEPERS),
            Asked::Rotate(_) => ("rotate/action", "rotate", KEEPERS),
            Asked::Update(..) => ("update/action", "update", USERS),
            Asked::Delete(_) => ("delete", "delete", KEEPERS),
            Asked::Recover(_) => ("recover/action", "recover", KEEPERS),
            Asked::Purge(_) => ("purge/action", "purge", KEEPERS),
            Asked::Use(Operation::Encrypt, ..) => ("encrypt/action", "encrypt", USERS),
            Asked::Use(Operation::Decrypt, ..) => ("decrypt/action", "decrypt", USERS),
            Asked::Use(Operation::Wrap, ..) => ("wrap/action", "wrapKey", WRAPPERS),
            Asked::Use(Operation::Unwrap, ..) => ("unwrap/action", "unwrapKey", WRAPPERS),
        };
        Right {
            action,
            permission,
            roles,
        }
    }
}

/// Names: "Objects, identifiers, and versioning" in the service's documentation.
fn is_name(text: &str) -> bool {
    text.len() <= 127
        && text
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
}

fn not_there(method: &Method, segments: &[&str]) -> Refusal {
    let message = format!(
        "This emulator of Key Vault has no {method} /{}.",
        segments.join("/")
    );
    Refusal::new(405, "MethodNotAllowed", message)
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::{Asked, Operation};

    #[test]
    fn a_version_may_be_left_out() {
        let asked = |segments: &[&'static str]| Asked::of(&Method::POST, segments).ok();
        let wrap = |version| Some(Asked::Use(Operation::Wrap, "k", version));
        assert_eq!(asked(&["keys", "k", "wrapkey"]), wrap(None));
        assert_eq!(asked(&["keys", "k", "wrapKey"]), wrap(None));
        assert_eq!(asked(&["keys", "k", "7", "wrapkey"]), wrap(Some("7")));
        assert_eq!(asked(&["keys", "k", "7", "8", "wrapkey"]), None);
        assert_eq!(asked(&["keys", "k", "sign"]), None);
        assert_eq!(asked(&["keys", "a.b", "wrapkey"]), None);
    }
}
