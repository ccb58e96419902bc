//! What the macros write into other crates. No part of the interface.

#![allow(missing_docs, reason = "seen by the macros alone")]

use std::fmt;

pub use serde;
pub use stack_model::graph::ReplaceOrder;
pub use stack_model::schema::{Nature, PhysicalName};
pub use stack_model::{ConvertError, Describe, Equality, FromValue, Kind, Schema, ToValue, Value};
pub use stack_sdk_derive::interpolate_pieces;

pub use crate::__literal as literal;
pub use crate::declaration::{Fields, block, declaration, lookup_declaration};
pub use crate::expression::{Interpolate, Scalar, concat, piece};
pub use crate::handle::{Lookup, Origin, Resource};
pub use crate::input::Literal;
pub use crate::schema::{
    FieldSpec, Reset, TypeSpec, block_kind, enum_kind, fields_of, map_of, schema,
};

/// In a builder: the required field is set.
pub struct Set;

/// In a builder: the required field is not set yet.
#[diagnostic::on_unimplemented(
    message = "this required field is set twice",
    label = "it was set before",
    note = "leave one of the two out"
)]
pub trait NotSet {}

/// The beginning of a list in `json!`. Not `Vec::new`, after which lints find a fault with each `push`.
pub fn no_items() -> Vec<crate::Expr> {
    Vec::new()
}

/// A text that is none of the few possible ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChoiceError {
    allowed: String,
    found: String,
}

impl fmt::Display for ChoiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not one of {}", self.found, self.allowed)
    }
}

impl std::error::Error for ChoiceError {}

fn allowed<T>(choices: &[(&str, T)]) -> String {
    let texts: Vec<_> = choices
        .iter()
        .map(|(text, _)| format!("{text:?}"))
        .collect();
    texts.join(", ")
}

pub fn choose<T: Clone>(choices: &[(&str, T)], text: &str) -> Result<T, ChoiceError> {
    let found = choices.iter().find(|(choice, _)| *choice == text);
    found
        .map(|(_, value)| value.clone())
        .ok_or_else(|| ChoiceError {
            allowed: allowed(choices),
            found: text.to_owned(),
        })
}

pub fn choice_from_value<T: Clone>(
    choices: &[(&str, T)],
    value: &Value,
) -> Result<T, ConvertError> {
    let expected = || format!("one of {}", allowed(choices));
    let Some(text) = value.as_str() else {
        return Err(ConvertError::new(expected(), value));
    };
    choose(choices, text).map_err(|error| ConvertError {
        // A secret that does not fit is not quoted.
        found: match value {
            Value::Secret(_) => value.kind_name().to_owned(),
            _ => format!("{:?}", error.found),
        },
        ..ConvertError::new(expected(), value)
    })
}

pub fn deserialize_choice<'de, T: Clone, D: serde::Deserializer<'de>>(
    choices: &[(&str, T)],
    deserializer: D,
) -> Result<T, D::Error> {
    let text = <String as serde::Deserialize>::deserialize(deserializer)?;
    choose(choices, &text).map_err(serde::de::Error::custom)
}
