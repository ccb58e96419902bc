//! Known values, with secrets marked.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::path::Segment;

/// Fields by name.
pub type Map = BTreeMap<String, Value>;

/// A known value. What is not known yet is an [`Expr`](crate::Expr) in a program and a partial value in a plan.
///
/// In JSON a secret is `{"$secret": …}`, one that is not here is `{"$redacted": true}`, and a literal key that begins with
/// `$` is written `$$…`.
#[derive(Clone, PartialEq, Default)]
pub enum Value {
    /// Nothing. Equal to an absent field.
    #[default]
    Null,
    /// A truth value.
    Bool(bool),
    /// A 64-bit integer.
    Int(i64),
    /// A number with a fraction. Never NaN or infinite when it came from JSON.
    Float(f64),
    /// Text.
    String(String),
    /// Values in order.
    List(Vec<Value>),
    /// Values by key.
    Map(Map),
    /// A value that is never shown and is sealed wherever it is written.
    Secret(Box<Value>),
    /// A secret of which nothing is known but that it is there: it is not null. Only states that were read from a redacted
    /// snapshot, and what is made of them, have it.
    Redacted,
}

impl Value {
    /// Marks a value as secret. Marking twice is marking once, and what is null or redacted stays so.
    #[must_use]
    pub fn secret(self) -> Self {
        match self {
            Self::Null | Self::Secret(_) | Self::Redacted => self,
            other => Self::Secret(Box::new(other)),
        }
    }

    /// The value without the mark at its top. What is redacted cannot be revealed, and stays so.
    pub fn revealed(&self) -> &Value {
        match self {
            Self::Secret(inner) => inner.revealed(),
            other => other,
        }
    }

    /// The value without any marks, borrowed when there are none.
    pub fn revealed_deep(&self) -> Cow<'_, Value> {
        if !self.has_secret() {
            return Cow::Borrowed(self);
        }
        Cow::Owned(match self.revealed() {
            Self::List(items) => Self::List(
                items
                    .iter()
                    .map(|item| item.revealed_deep().into_owned())
                    .collect(),
            ),
            Self::Map(map) => Self::Map(
                map.iter()
                    .map(|(key, value)| (key.clone(), value.revealed_deep().into_owned()))
                    .collect(),
            ),
            other => other.clone(),
        })
    }

    /// Whether a secret is in it, at any depth.
    pub fn has_secret(&self) -> bool {
        match self {
            Self::Secret(_) | Self::Redacted => true,
            Self::List(items) => items.iter().any(Self::has_secret),
            Self::Map(map) => map.values().any(Self::has_secret),
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Float(_) | Self::String(_) => false,
        }
    }

    /// Whether a secret that is not here is in it, at any depth.
    pub fn has_redacted(&self) -> bool {
        match self {
            Self::Redacted => true,
            Self::Secret(inner) => inner.has_redacted(),
            Self::List(items) => items.iter().any(Self::has_redacted),
            Self::Map(map) => map.values().any(Self::has_redacted),
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Float(_) | Self::String(_) => false,
        }
    }

    /// Whether it is equal to another, or would be for all that is known: a secret that is not here may be any secret,
    /// and is nothing that is none.
    pub fn may_equal(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Redacted, Self::Redacted | Self::Secret(_))
            | (Self::Secret(_), Self::Redacted) => true,
            (Self::Secret(one), Self::Secret(other)) => one.may_equal(other),
            (Self::List(one), Self::List(other)) => {
                one.len() == other.len() && one.iter().zip(other).all(|(a, b)| a.may_equal(b))
            }
            (Self::Map(one), Self::Map(other)) => maps_may_equal(one, other),
            (one, other) => one == other,
        }
    }

    /// Whether it is null, marked or not.
    pub fn is_null(&self) -> bool {
        matches!(self.revealed(), Self::Null)
    }

    /// The text, of a text.
    pub fn as_str(&self) -> Option<&str> {
        match self.revealed() {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The value at a path, secret when anything on the way is. `None` where there is nothing. Whatever is inside of what
    /// is redacted is redacted.
    pub fn at(&self, path: &[Segment]) -> Option<Cow<'_, Value>> {
        let Some((segment, rest)) = path.split_first() else {
            return Some(Cow::Borrowed(self));
        };
        match (self, segment) {
            (Self::Map(map), Segment::Key(key)) => map.get(key)?.at(rest),
            (Self::List(items), Segment::Index(index)) => items.get(*index as usize)?.at(rest),
            (Self::Secret(inner), _) => Some(Cow::Owned(inner.at(path)?.into_owned().secret())),
            (Self::Redacted, _) => Some(Cow::Borrowed(self)),
            _ => None,
        }
    }

    /// Puts a value at a path, making maps on the way. Returns false when the path leads into what is not a map
    /// or is redacted, or past a list's end; then nothing has changed.
    pub fn put(&mut self, path: &[Segment], value: Value) -> bool {
        let Some((segment, rest)) = path.split_first() else {
            *self = value;
            return true;
        };
        match (self, segment) {
            (Self::Map(map), Segment::Key(key)) => {
                map.entry(key.clone()).or_default().put(rest, value)
            }
            (this @ Self::Null, Segment::Key(key)) => {
                let mut child = Value::Null;
                let done = child.put(rest, value);
                if done {
                    *this = Self::Map(Map::from([(key.clone(), child)]));
                }
                done
            }
            (Self::List(items), Segment::Index(index)) => items
                .get_mut(*index as usize)
                .is_some_and(|item| item.put(rest, value)),
            (Self::Secret(inner), _) => inner.put(path, value),
            _ => false,
        }
    }

    /// What kind of value it is, for messages.
    pub fn kind_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a truth value",
            Self::Int(_) => "an integer",
            Self::Float(_) => "a number",
            Self::String(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
            Self::Secret(_) => "a secret",
            Self::Redacted => "a secret that is not here",
        }
    }

    /// Visits every text in the value, also in its secrets.
    pub fn visit_texts<'v>(&'v self, visit: &mut impl FnMut(&'v str)) {
        match self.revealed() {
            Self::String(text) => visit(text),
            Self::List(items) => items.iter().for_each(|item| item.visit_texts(visit)),
            Self::Map(map) => map.values().for_each(|value| value.visit_texts(visit)),
            Self::Null
            | Self::Bool(_)
            | Self::Int(_)
            | Self::Float(_)
            | Self::Secret(_)
            | Self::Redacted => {}
        }
    }

    /// Visits every secret in the value that is here.
    pub fn visit_secrets<'v>(&'v self, visit: &mut impl FnMut(&'v Value)) {
        match self {
            Self::Secret(inner) => visit(inner),
            Self::List(items) => items.iter().for_each(|item| item.visit_secrets(visit)),
            Self::Map(map) => map.values().for_each(|value| value.visit_secrets(visit)),
            Self::Null
            | Self::Bool(_)
            | Self::Int(_)
            | Self::Float(_)
            | Self::String(_)
            | Self::Redacted => {}
        }
    }
}

/// [`Value::may_equal`] of all that two maps hold.
pub fn maps_may_equal(one: &Map, other: &Map) -> bool {
    let entry = |(key, value): (&String, &Value)| {
        other.get(key).is_some_and(|other| value.may_equal(other))
    };
    one.len() == other.len() && one.iter().all(entry)
}

impl fmt::Debug for Value {
    /// Secrets stay hidden: a debug print must not be the way they leak.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => value.fmt(f),
            Self::Int(value) => value.fmt(f),
            Self::Float(value) => fmt::Debug::fmt(value, f),
            Self::String(value) => fmt::Debug::fmt(value, f),
            Self::List(items) => f.debug_list().entries(items).finish(),
            Self::Map(map) => f.debug_map().entries(map).finish(),
            Self::Secret(_) | Self::Redacted => f.write_str("[secret]"),
        }
    }
}

macro_rules! value_from {
    ($($type:ty => $value:ident => $convert:expr),* $(,)?) => {$(
        impl From<$type> for Value {
            fn from($value: $type) -> Self {
                $convert
            }
        }
    )*};
}

value_from! {
    bool => value => Self::Bool(value),
    i64 => value => Self::Int(value),
    i32 => value => Self::Int(value.into()),
    u32 => value => Self::Int(value.into()),
    u16 => value => Self::Int(value.into()),
    f64 => value => Self::Float(value),
    &str => value => Self::String(value.to_owned()),
    String => value => Self::String(value),
    Vec<Value> => value => Self::List(value),
    Map => value => Self::Map(value),
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        crate::json::serialize_value(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match crate::Expr::deserialize(deserializer)?.into_literal() {
            Ok(value) => Ok(value),
            Err(_) => Err(serde::de::Error::custom(
                "a reference or call stands where a known value belongs",
            )),
        }
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Value {
    fn schema_name() -> Cow<'static, str> {
        "Value".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"description": "Any JSON. A secret is {\"$secret\": …}; a literal key that begins with $ is written $$…."})
    }
}
