//! What goes back without a cloud: names, acts, what was deposed, what lives in the state alone.

use std::collections::{HashMap, HashSet};

use stack_model::schema::Nature;
use stack_model::{Problem, Schema, Urn};

use super::Past;
use crate::check::Schemas;
use crate::plan::Change;
use crate::state::{Delta, Object, ResourceState, State};

/// What goes back without a cloud: how it changes the state, and how it shows in the plan.
#[derive(Debug, Default)]
pub struct Restored {
    /// What has to be recorded, in this order.
    pub deltas: Vec<Delta>,
    /// What people should see.
    pub changes: Vec<Change>,
    /// Resources that have the urn again that they had: as they were called last, and as they are called again.
    pub renamed: Vec<(Urn, Urn)>,
}

/// Finds what goes back without a cloud: urns, objects that were deposed and are still there, what lives in the state
/// alone, and the records of acts.
pub fn restored(past: &Past, now: &State, schemas: &Schemas) -> Result<Restored, Vec<Problem>> {
    let mut restored = Restored::default();
    let mut state = now.clone();
    rename_back(past, &mut state, &mut restored)?;
    let mut deltas = Vec::new();
    for (urn, then) in &past.state.resources {
        let (Some(object), Some(schema)) = (&then.object, schemas.get(urn.type_name())) else {
            continue;
        };
        let recorded = state.resources.get(urn);
        let Some((next, reason)) = put_back(schema, then, object, recorded) else {
            continue;
        };
        let mut change = Change::restored(urn, object, reason);
        if schema.nature == Nature::Effect {
            change.irreversible = Some("an act cannot be undone".into());
        }
        restored.changes.push(change);
        deltas.push(Delta::Resource {
            urn: urn.clone(),
            state: Box::new(next),
        });
    }
    restored.deltas.extend(deltas);
    Ok(restored)
}

/// What is recorded of one resource from now on, if its object goes back without a cloud; and why.
fn put_back(
    schema: &Schema,
    then: &ResourceState,
    object: &Object,
    recorded: Option<&ResourceState>,
) -> Option<(ResourceState, &'static str)> {
    let live = recorded.and_then(|recorded| recorded.object.as_ref());
    let deposed = recorded.map_or(&[][..], |recorded| &recorded.deposed);
    let kept = recorded.map_or_else(|| then.kept.clone(), |recorded| recorded.kept.clone());
    let is_it = |other: &Object| other.id == object.id;
    if schema.nature == Nature::Effect {
        let unchanged = live.is_some_and(|live| {
            is_it(live)
                && live.incomplete == object.incomplete
                && live.request.inputs == object.request.inputs
        });
        let next = ResourceState {
            object: Some(object.clone()),
            deposed: deposed.to_vec(),
            kept,
        };
        let reason = "it is neither done nor undone; its record is what it was";
        return (!unchanged).then_some((next, reason));
    }
    if live.is_some_and(is_it) {
        return None;
    }
    if let Some(old) = deposed.iter().find(|old| is_it(old)) {
        let others = deposed.iter().filter(|old| !is_it(old)).chain(live);
        let next = ResourceState {
            object: Some(old.clone()),
            deposed: others.cloned().collect(),
            kept,
        };
        return Some((
            next,
            "it was replaced and is still there: it is in use again",
        ));
    }
    let next = ResourceState {
        object: Some(object.clone()),
        deposed: deposed.to_vec(),
        kept,
    };
    let reason = "it lives in the state alone, and is what it was";
    (schema.nature == Nature::Kept).then_some((next, reason))
}

/// Gives objects the urns back that they had.
fn rename_back(
    past: &Past,
    state: &mut State,
    restored: &mut Restored,
) -> Result<(), Vec<Problem>> {
    let mut open = renames(past, state);
    loop {
        let before = open.len();
        open.retain(|(from, to)| {
            if state.resources.contains_key(to) {
                return true;
            }
            let delta = Delta::Rename {
                from: from.clone(),
                to: to.clone(),
            };
            state.apply(&delta);
            restored.deltas.push(delta);
            restored.renamed.push((from.clone(), to.clone()));
            false
        });
        if open.is_empty() {
            return Ok(());
        }
        if open.len() == before {
            let problem = |(from, to): (Urn, Urn)| Problem {
                subject: to.to_string(),
                at: None,
                message: format!(
                    "is called {from} now, and its name belongs to another: give that one another name with `moved`, apply, and roll back then"
                ),
            };
            return Err(open.into_iter().map(problem).collect());
        }
    }
}

/// What is called otherwise than it was then: as it is called now, and as it was.
fn renames(past: &Past, state: &State) -> Vec<(Urn, Urn)> {
    let objects = |state: &'_ State| -> Vec<(Urn, String, String)> {
        let of = |(urn, recorded): (&Urn, &ResourceState)| {
            let objects = recorded.object.iter().chain(&recorded.deposed);
            let named = |object: &Object| {
                let token = object.request.token.clone();
                (urn.clone(), object.id.clone(), token)
            };
            objects.map(named).collect::<Vec<_>>()
        };
        state.resources.iter().flat_map(of).collect()
    };
    let now: HashMap<(String, String), Urn> = objects(state)
        .into_iter()
        .map(|(urn, id, token)| ((id, token), urn))
        .collect();
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    for (urn, recorded) in &past.state.resources {
        let Some(object) = &recorded.object else {
            continue;
        };
        let key = (object.id.clone(), object.request.token.clone());
        let called = now.get(&key).filter(|called| *called != urn);
        if let Some(called) = called.filter(|called| called.type_name() == urn.type_name())
            && seen.insert(called.clone())
        {
            found.push((called.clone(), urn.clone()));
        }
    }
    found
}
