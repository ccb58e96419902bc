//! Between values and Rust types. The derives of the SDK build on these for structs and enums.

use std::collections::BTreeMap;
use std::fmt;

use crate::path::{Path, Segment};
use crate::schema::Kind;
use crate::value::{Map, Value};

/// A value that does not fit the Rust type it is read as.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}{} must be {expected}, and is {found}", .path, if .path.0.is_empty() { "the value" } else { "" })]
pub struct ConvertError {
    /// Where.
    pub path: Path,
    /// What it must be.
    pub expected: String,
    /// What it is.
    pub found: String,
}

impl ConvertError {
    /// Refuses a value.
    pub fn new(expected: impl Into<String>, found: &Value) -> Self {
        Self {
            path: Path::default(),
            expected: expected.into(),
            found: found.kind_name().into(),
        }
    }

    /// The same error, seen from outside.
    #[must_use]
    pub fn within(mut self, segment: impl Into<Segment>) -> Self {
        self.path.0.insert(0, segment.into());
        self
    }
}

/// Reads a Rust type from a value. Marks of secrecy are dropped, except by [`Secret`].
pub trait FromValue: Sized {
    /// What the type holds, for schemas.
    fn kind() -> Kind;

    /// Reads it.
    fn from_value(value: &Value) -> Result<Self, ConvertError>;

    /// Reads a field of a map; an absent field is null.
    fn from_field(map: &Map, field: &str) -> Result<Self, ConvertError> {
        Self::from_value(map.get(field).unwrap_or(&Value::Null))
            .map_err(|error| error.within(field))
    }
}

/// Writes a Rust type as a value.
pub trait ToValue {
    /// The value.
    fn to_value(&self) -> Value;
}

/// Text or a structure that must not be shown. Its `Debug` hides it; reading it is explicit.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Wraps a secret.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The secret itself, for the request that needs it.
    pub fn reveal(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl<T: FromValue> FromValue for Secret<T> {
    fn kind() -> Kind {
        T::kind()
    }
    fn from_value(value: &Value) -> Result<Self, ConvertError> {
        T::from_value(value.revealed_deep().as_ref()).map(Self)
    }
}

impl<T: ToValue> ToValue for Secret<T> {
    fn to_value(&self) -> Value {
        self.0.to_value().secret()
    }
}

macro_rules! scalar {
    ($type:ty, $kind:ident, $expected:literal, $pattern:pat => $read:expr, $this:ident => $write:expr) => {
        impl FromValue for $type {
            fn kind() -> Kind {
                Kind::$kind
            }
            fn from_value(value: &Value) -> Result<Self, ConvertError> {
                match value.revealed() {
                    $pattern => $read,
                    _ => None,
                }
                .ok_or_else(|| ConvertError::new($expected, value))
            }
        }
        impl ToValue for $type {
            fn to_value(&self) -> Value {
                let $this = self;
                $write
            }
        }
    };
}

scalar!(bool, Bool, "a truth value", Value::Bool(value) => Some(*value), this => Value::Bool(*this));
scalar!(i64, Int, "an integer", Value::Int(value) => Some(*value), this => Value::Int(*this));
scalar!(i32, Int, "a 32-bit integer", Value::Int(value) => (*value).try_into().ok(), this => Value::from(*this));
scalar!(u32, Int, "an integer from 0 to 4294967295", Value::Int(value) => (*value).try_into().ok(), this => Value::from(*this));
scalar!(u16, Int, "an integer from 0 to 65535", Value::Int(value) => (*value).try_into().ok(), this => Value::from(*this));
scalar!(String, String, "text", Value::String(value) => Some(value.clone()), this => Value::String(this.clone()));

impl FromValue for f64 {
    fn kind() -> Kind {
        Kind::Float
    }
    fn from_value(value: &Value) -> Result<Self, ConvertError> {
        match value.revealed() {
            Value::Float(number) => Ok(*number),
            Value::Int(number) => Ok(*number as f64),
            _ => Err(ConvertError::new("a number", value)),
        }
    }
}

impl ToValue for f64 {
    /// A whole number is written as an integer, as JSON makes no difference.
    fn to_value(&self) -> Value {
        if self.fract() == 0.0 && self.abs() < 9e15 {
            Value::Int(*self as i64)
        } else {
            Value::Float(*self)
        }
    }
}

impl FromValue for Value {
    fn kind() -> Kind {
        Kind::Any
    }
    fn from_value(value: &Value) -> Result<Self, ConvertError> {
        Ok(value.clone())
    }
}

impl ToValue for Value {
    fn to_value(&self) -> Value {
        self.clone()
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn kind() -> Kind {
        T::kind()
    }
    fn from_value(value: &Value) -> Result<Self, ConvertError> {
        if value.is_null() {
            Ok(None)
        } else {
            T::from_value(value).map(Some)
        }
    }
}

impl<T: ToValue> ToValue for Option<T> {
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, ToValue::to_value)
    }
}

impl<T: FromValue> FromValue for Vec<T> {
    fn kind() -> Kind {
        Kind::List(Box::new(T::kind()))
    }
    /// Null is the empty list: an optional list that nobody set.
    fn from_value(value: &Value) -> Result<Self, ConvertError> {
        match value.revealed() {
            Value::Null => Ok(Vec::new()),
            Value::List(items) => items
                .iter()
                .enumerate()
                .map(|(index, item)| {
                    T::from_value(item).map_err(|error| error.within(index as u32))
                })
                .collect(),
            _ => Err(ConvertError::new("a list", value)),
        }
    }
}

impl<T: ToValue> ToValue for Vec<T> {
    fn to_value(&self) -> Value {
        Value::List(self.iter().map(ToValue::to_value).collect())
    }
}

impl<T: FromValue> FromValue for BTreeMap<String, T> {
    fn kind() -> Kind {
        Kind::Map(Box::new(T::kind()))
    }
    /// Null is the empty map.
    fn from_value(value: &Value) -> Result<Self, ConvertError> {
        match value.revealed() {
            Value::Null => Ok(BTreeMap::new()),
            Value::Map(map) => map
                .iter()
                .map(|(key, item)| {
                    T::from_value(item)
                        .map(|item| (key.clone(), item))
                        .map_err(|error| error.within(key.as_str()))
                })
                .collect(),
            _ => Err(ConvertError::new("a map", value)),
        }
    }
}

impl<T: ToValue> ToValue for BTreeMap<String, T> {
    fn to_value(&self) -> Value {
        Value::Map(
            self.iter()
                .map(|(key, item)| (key.clone(), item.to_value()))
                .collect(),
        )
    }
}
