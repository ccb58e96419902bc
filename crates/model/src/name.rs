//! What things are called. Parsed once; whoever holds one need not check it again.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Why a text is not a name, a type name or a urn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Not of the form `[A-Za-z0-9][A-Za-z0-9._-]{0,99}`.
    #[error(
        "{0:?} is not a name: use 1 to 100 letters, digits, '.', '_' or '-', beginning with a letter or digit"
    )]
    Name(String),
    /// Not of the form `cloud:service:Type`.
    #[error("{0:?} is not a type: write cloud:service:Type, such as aws:ec2:Vpc")]
    Type(String),
    /// Not of the form `cloud:service:Type/name`.
    #[error("{0:?} is not a urn: write cloud:service:Type/name, such as aws:ec2:Vpc/main")]
    Urn(String),
}

fn is_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    matches!(bytes.first(), Some(first) if first.is_ascii_alphanumeric())
        && bytes.len() <= 100
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte))
}

fn is_type(text: &str) -> bool {
    let mut parts = text.split(':');
    let word = |part: Option<&str>| {
        part.is_some_and(|part| {
            part.starts_with(|first: char| first.is_ascii_alphabetic())
                && part.len() <= 100
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
    };
    word(parts.next()) && word(parts.next()) && word(parts.next()) && parts.next().is_none()
}

/// Text types that are checked at the border and cheap to clone.
macro_rules! checked_text {
    ($type:ident) => {
        impl $type {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
        impl Borrow<str> for $type {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
        impl TryFrom<String> for $type {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                text.parse()
            }
        }
        impl From<$type> for String {
            fn from(text: $type) -> String {
                text.0.as_ref().to_owned()
            }
        }
        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({"type": "string", "pattern": Self::PATTERN})
            }
        }
    };
}

/// The name of a resource, lookup or provider configuration: `[A-Za-z0-9][A-Za-z0-9._-]{0,99}`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(Arc<str>);

checked_text!(Name);

impl Name {
    /// The form of a name, as a regular expression.
    pub const PATTERN: &str = "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$";
}

impl FromStr for Name {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        if is_name(text) {
            Ok(Self(text.into()))
        } else {
            Err(NameError::Name(text.into()))
        }
    }
}

/// The type of a resource or lookup: `aws:ec2:Vpc`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TypeName(Arc<str>);

checked_text!(TypeName);

impl TypeName {
    /// The form of a type name, as a regular expression.
    pub const PATTERN: &str =
        "^[A-Za-z][A-Za-z0-9]{0,99}:[A-Za-z][A-Za-z0-9]{0,99}:[A-Za-z][A-Za-z0-9]{0,99}$";

    /// The provider that serves the type: `aws` of `aws:ec2:Vpc`.
    pub fn cloud(&self) -> &str {
        self.0.split(':').next().unwrap_or_default()
    }

    /// The service, the unit by which concurrency is bounded: `aws:ec2` of `aws:ec2:Vpc`.
    pub fn service(&self) -> &str {
        self.0
            .rsplit_once(':')
            .map_or(&self.0, |(service, _)| service)
    }
}

impl FromStr for TypeName {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        if is_type(text) {
            Ok(Self(text.into()))
        } else {
            Err(NameError::Type(text.into()))
        }
    }
}

/// Our name for a resource, unique in a stack's environment: `aws:ec2:Vpc/main`.
///
/// It carries no parent, so moving code renames nothing.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Urn(Arc<str>);

checked_text!(Urn);

impl Urn {
    /// The form of a urn, as a regular expression.
    pub const PATTERN: &str = "^[A-Za-z][A-Za-z0-9]{0,99}:[A-Za-z][A-Za-z0-9]{0,99}:[A-Za-z][A-Za-z0-9]{0,99}/[A-Za-z0-9][A-Za-z0-9._-]{0,99}$";

    /// The urn of the resource of this type and name.
    pub fn new(type_name: &TypeName, name: &Name) -> Self {
        Self(format!("{type_name}/{name}").into())
    }

    fn parts(&self) -> (&str, &str) {
        self.0
            .split_once('/')
            .expect("a urn was parsed, so it has a slash")
    }

    /// The type: `aws:ec2:Vpc` of `aws:ec2:Vpc/main`.
    pub fn type_name(&self) -> &str {
        self.parts().0
    }

    /// The name: `main` of `aws:ec2:Vpc/main`.
    pub fn name(&self) -> &str {
        self.parts().1
    }

    /// The service, the unit by which concurrency is bounded: `aws:ec2` of `aws:ec2:Vpc/main`.
    pub fn service(&self) -> &str {
        let type_name = self.type_name();
        type_name
            .rsplit_once(':')
            .map_or(type_name, |(service, _)| service)
    }
}

impl FromStr for Urn {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        match text.split_once('/') {
            Some((type_name, name)) if is_type(type_name) && is_name(name) => Ok(Self(text.into())),
            _ => Err(NameError::Urn(text.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_urn_has_a_type_and_a_name() {
        let urn: Urn = "aws:ec2:Vpc/main.1".parse().unwrap();
        assert_eq!(
            (urn.type_name(), urn.name(), urn.service()),
            ("aws:ec2:Vpc", "main.1", "aws:ec2")
        );
    }

    #[test]
    fn what_is_not_a_urn_is_refused() {
        let long = format!("a:b:C/{}", "x".repeat(101));
        // A cloud's name is the name of its provider configuration, and no longer than names are.
        let long_cloud = format!("{}:b:C/x", "a".repeat(101));
        for text in [
            "",
            "/",
            "a:b:C",
            "a:b/x",
            "a:b:c:d/x",
            "a:b:C/",
            "a:b:C/-x",
            "a:b:C/x/y",
            "a:b:C/ü",
            &long,
            &long_cloud,
        ] {
            assert!(text.parse::<Urn>().is_err(), "{text:?} was taken for a urn");
        }
    }
}
