//! Redacted snapshots: a state without its secrets, for whoever must not have them.
//!
//! A snapshot is a state like any other, in which `{"$redacted": true}` stands in the place of each secret, and whose header
//! says that no key opens it. To make one, nothing is opened, so it takes no key. What it is read with opens anything that
//! is sealed as a secret that is not here, and seals nothing.

use async_trait::async_trait;
use serde_json::{Value as Json, json};
use stack_model::Value;

use crate::backend::{BackendError, Keys, Result, Seal};
use crate::codec::{Line, parts, readable_json};
use crate::state::{Header, Object};

/// What the header of a snapshot has as the kind of its key.
pub const KIND: &str = "redacted";

/// Whether a header speaks of no key, because it is a snapshot's.
pub fn is_redacted(sealing: &Json) -> bool {
    sealing["kind"] == KIND
}

fn sealing() -> Json {
    json!({ "kind": KIND })
}

/// Why nothing but a preview reads a snapshot.
pub fn unopened() -> BackendError {
    refused(
        "cannot open this state",
        "it is a redacted snapshot, without any of its secrets: only `stack preview --redacted` reads it",
    )
}

/// A state's bytes without its secrets, and without what no preview needs: who committed it and when, how many runs there
/// were, what tells one create from another, and what a rollback would need.
pub fn redacted(bytes: &[u8], place: &str) -> Result<Vec<u8>> {
    let (mut header, body) = parts(bytes, place)?;
    let mut lines = String::with_capacity(body.len());
    for line in body.lines() {
        lines.push_str(&redacted_line(line, place)?);
        lines.push('\n');
    }
    header.header = Header {
        epoch: 0,
        command: None,
        at: None,
        ..header.header
    };
    header.sealing = sealing();
    header.before(&lines)
}

/// What is not understood is not written: a newer release may mean a secret by it.
fn redacted_line(line: &str, place: &str) -> Result<String> {
    let damaged = |error: serde_json::Error| BackendError::Damaged {
        place: place.into(),
        reason: error.to_string(),
    };
    let mut json: Json = serde_json::from_str(line).map_err(damaged)?;
    redact(&mut json);
    let mut line: Line = serde_json::from_value(json).map_err(damaged)?;
    match &mut line {
        Line::Resource { state, .. } => {
            for object in state.object.iter_mut().chain(&mut state.deposed) {
                object.request.token.clear();
            }
            state.deposed.iter_mut().for_each(bare);
        }
        Line::Outputs { expressions, .. } => expressions.clear(),
        Line::Lookup { .. } | Line::Provider { .. } | Line::Generation { .. } => {}
    }
    readable_json(&line)
}

/// Of an object that is only to be deleted, nothing is compared any more.
fn bare(object: &mut Object) {
    object.request.inputs.clear();
    object.request.expressions.clear();
    object.observed.clear();
}

/// A literal key that begins with `$` is written `$$…`, so what is replaced is always a mark of ours. A secret in the clear
/// is in no state that was written here, and would not get out even so.
fn redact(json: &mut Json) {
    match json {
        Json::Object(map) if map.contains_key("$sealed") || map.contains_key("$secret") => {
            *json = json!(Value::Redacted);
        }
        Json::Object(map) => map.values_mut().for_each(redact),
        Json::Array(items) => items.iter_mut().for_each(redact),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

/// Opens anything as a secret that is not here.
#[derive(Debug, Clone, Copy)]
pub struct Redacting;

impl Seal for Redacting {
    fn seal(&self, _: &[u8]) -> Result<String> {
        Err(refused(
            "cannot seal a secret",
            "there is no key: what is recorded was read from a redacted snapshot",
        ))
    }

    fn open(&self, _: &str) -> Result<Vec<u8>> {
        Ok(json!(Value::Redacted).to_string().into_bytes())
    }

    fn header(&self) -> Json {
        sealing()
    }
}

#[async_trait]
impl Keys for Redacting {
    async fn create(&self, _: &str) -> Result<Box<dyn Seal>> {
        Ok(Box::new(*self))
    }

    async fn open(&self, _: &str, header: &Json) -> Result<Box<dyn Seal>> {
        match is_redacted(header) {
            true => Ok(Box::new(*self)),
            false => Err(refused(
                "cannot read this state without a key",
                "it is not a redacted snapshot: `stack state publish-redacted` makes one",
            )),
        }
    }
}

fn refused(what: &str, reason: &str) -> BackendError {
    BackendError::Seal {
        what: what.into(),
        reason: reason.into(),
    }
}
