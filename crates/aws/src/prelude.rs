//! What every handler file uses.

pub(crate) use stack_provider::{
    Change, Context, Error, ErrorKind, Handler, Owner, Progress, Question, Result, Whose,
};

pub(crate) use crate::call::{CallExt, FoundExt, expected};
pub(crate) use crate::client::Aws;
pub(crate) use crate::tags::TagChange;
