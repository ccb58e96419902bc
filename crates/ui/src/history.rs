//! How a resource came to be as it is: what each kept state changed of it.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value as Json;
use stack_engine::Backend;
use stack_engine::state::{ResourceState, State};
use stack_model::{Map, Urn};
use stack_review::redact::redacted;

use crate::documents::FORMAT;
use crate::recorded;
use crate::source::Unread;

/// How a resource came to be as it is.
#[derive(Debug, Serialize)]
pub struct History {
    /// The version of this document.
    pub format: u32,
    /// Which resource.
    pub urn: Urn,
    /// What changed it, newest first.
    pub changes: Vec<Change>,
    /// The states that could not be read, and why. What they changed shows in the next one.
    pub damaged: Vec<(u64, String)>,
}

/// What one state changed of a resource.
#[derive(Debug, Serialize)]
pub struct Change {
    /// The number of the state.
    pub serial: u64,
    /// When it was committed, RFC 3339.
    pub at: Option<String>,
    /// What committed it: `apply`.
    pub command: Option<String>,
    /// What happened.
    pub what: What,
    /// The cloud's name of its object from then on.
    pub id: Option<String>,
    /// The fields that are not as before. A secret is not among them: whether it changed is not known here.
    pub fields: Vec<FieldChange>,
}

/// What happened to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// It is in the oldest state that is kept.
    Known,
    /// It came.
    Created,
    /// It is another object.
    Replaced,
    /// It was changed, by whoever runs `stack` or by somebody else.
    Changed,
    /// It went.
    Deleted,
}

/// A field that is not as before.
#[derive(Debug, Serialize)]
pub struct FieldChange {
    /// Which.
    pub field: String,
    /// What it was; null when it was not set.
    pub before: Json,
    /// What it is; null when it is not set.
    pub after: Json,
}

/// What the kept states changed of a resource.
pub async fn of(backend: &dyn Backend, urn: &Urn) -> Result<History, Unread> {
    let mut history = History {
        format: FORMAT,
        urn: urn.clone(),
        changes: Vec::new(),
        damaged: Vec::new(),
    };
    let mut before: Option<Seen> = None;
    for serial in backend.serials().await? {
        let state = match recorded::state(backend, serial).await {
            Ok(state) => state,
            Err(Unread(why)) => {
                history.damaged.push((serial, why));
                continue;
            }
        };
        let now = Seen::of(&state, urn);
        history
            .changes
            .extend(change(before.as_ref(), &now, &state));
        before = Some(now);
    }
    history.changes.reverse();
    Ok(history)
}

/// A resource in one state.
#[derive(Debug, PartialEq)]
struct Seen {
    recorded: bool,
    id: Option<String>,
    generation: u32,
    values: Map,
}

impl Seen {
    fn of(state: &State, urn: &Urn) -> Self {
        let recorded: Option<&ResourceState> = state.resources.get(urn);
        let object = recorded.and_then(|recorded| recorded.object.as_ref());
        Self {
            recorded: recorded.is_some(),
            id: object.map(|object| object.id.clone()),
            generation: object.map_or(0, |object| object.request.generation),
            values: object.map(|object| object.values()).unwrap_or_default(),
        }
    }
}

fn change(before: Option<&Seen>, now: &Seen, state: &State) -> Option<Change> {
    let nothing = Seen {
        recorded: false,
        id: None,
        generation: 0,
        values: Map::new(),
    };
    let what = match before {
        None if now.recorded => What::Known,
        None => return None,
        Some(before) if before == now => return None,
        Some(before) => match (before.id.is_some(), now.id.is_some()) {
            (false, true) => What::Created,
            (true, false) => What::Deleted,
            (false, false) => return None,
            (true, true) if before.generation != now.generation => What::Replaced,
            (true, true) => What::Changed,
        },
    };
    let from = before.unwrap_or(&nothing);
    let fields = match what {
        What::Changed | What::Replaced => fields(&from.values, &now.values),
        What::Known | What::Created | What::Deleted => Vec::new(),
    };
    Some(Change {
        serial: state.header.serial,
        at: state.header.at.clone(),
        command: state.header.command.clone(),
        what,
        id: now.id.clone(),
        fields,
    })
}

fn fields(before: &Map, after: &Map) -> Vec<FieldChange> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let changes = names.into_iter().filter_map(|field| {
        let (old, new) = (before.get(field), after.get(field));
        (old != new).then(|| FieldChange {
            field: field.clone(),
            before: old.map_or(Json::Null, redacted),
            after: new.map_or(Json::Null, redacted),
        })
    });
    changes.collect()
}
