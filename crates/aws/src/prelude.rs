//! What every handler file uses.

pub(crate) use stack_provider::{
    Actions, Change, Context, Error, ErrorKind, Handler, Implied, Owner, Progress, Question,
    Result, Verb, Whose,
};

pub(crate) use crate::call::{CallExt, FoundExt, expected, pages};
pub(crate) use crate::client::Aws;
pub(crate) use crate::tags::TagChange;
