//! What every handler uses.

pub(crate) use serde_json::{Value as Json, json};
pub(crate) use stack_model::Map;
pub(crate) use stack_provider::{
    Actions, Change, Context, Error, ErrorKind, Implied, Result, Verb,
};

pub(crate) use crate::arm::shapes::{
    at, each_item, nest, put, read_again, spaced_identity, take, unnest, without_empty_ids,
};
pub(crate) use crate::arm::{Arm, ArmType, Life, Naming, ResourceId, Update};
pub(crate) use crate::client::Azure;
