//! What came of a call: what it changes in the state, and what is not written down of it where the journal is lost.

use std::collections::BTreeSet;

use stack_model::Urn;
use stack_model::schema::Nature;

use super::{Returned, Turn};
use crate::journal::{Entry, Intent, Operation};
use crate::plan::{Act, Step};
use crate::settle::created;
use crate::state::{Delta, Object, ResourceState, State};

/// What an outcome changes in the state. Of what the program declares, a record stays without its object: another is to
/// come, and others depend on it.
pub(super) fn recorded(
    state: &State,
    intent: &Intent,
    object: Option<Object>,
    declared: bool,
) -> Vec<Delta> {
    let urn = &intent.urn;
    match (intent.operation, object) {
        (Operation::Create, None) => Vec::new(),
        (Operation::Create, Some(object)) => vec![created(state, intent, object)],
        // An act that was not seen to end, and then turned out to have failed.
        (Operation::Update, None) => state.forgetting(urn),
        (Operation::Update, Some(object)) => {
            let deposed = state
                .resources
                .get(urn)
                .map(|recorded| recorded.deposed.clone())
                .unwrap_or_default();
            let state = ResourceState {
                object: Some(object),
                deposed,
                kept: intent.kept.clone(),
            };
            vec![Delta::Resource {
                urn: urn.clone(),
                state: Box::new(state),
            }]
        }
        (Operation::Delete, Some(_)) => Vec::new(),
        (Operation::Delete, None) => {
            let Some(mut recorded) = state.resources.get(urn).cloned() else {
                return Vec::new();
            };
            let gone = |object: &Object| object.request.generation == intent.request.generation;
            recorded.object.take_if(|object| gone(object));
            recorded.deposed.retain(|object| !gone(object));
            vec![
                if recorded.object.is_none() && recorded.deposed.is_empty() && !declared {
                    Delta::Forget { urn: urn.clone() }
                } else {
                    Delta::Resource {
                        urn: urn.clone(),
                        state: Box::new(recorded),
                    }
                },
            ]
        }
    }
}

impl Turn<'_> {
    /// The objects that were made and are not written down, now that a batch is lost.
    pub(super) fn unrecorded(&self, batch: &[Entry], returned: &[Returned]) -> Vec<(Urn, String)> {
        let mut made: Vec<(u32, &str)> = Vec::new();
        for entry in batch {
            match entry {
                Entry::Accepted { step, id } => made.push((*step, id)),
                Entry::Done { step, deltas } | Entry::Failed { step, deltas, .. } => {
                    let ids = deltas.iter().filter_map(|delta| match delta {
                        Delta::Resource { state, .. } => state.object.as_ref(),
                        _ => None,
                    });
                    made.extend(ids.map(|object| (*step, object.id.as_str())));
                }
                Entry::Begin { .. }
                | Entry::Facts { .. }
                | Entry::Settled { .. }
                | Entry::Intent { .. }
                | Entry::End => {}
            }
        }
        made.extend(returned.iter().filter_map(|one| match one {
            Returned::Outcome(outcome) => {
                Some((outcome.step, outcome.object.as_ref()?.id.as_str()))
            }
            Returned::Answer { .. } => None,
        }));
        let mut unrecorded = BTreeSet::new();
        for (step, id) in made {
            let Step { urn, act, .. } = self.step(step);
            let at_a_cloud = |urn: &Urn| {
                let schema = self.run.connections.schemas().get(urn.type_name());
                schema.is_some_and(|schema| schema.nature == Nature::Object)
            };
            let Some(urn) = urn.as_ref().filter(|urn| at_a_cloud(urn)) else {
                continue;
            };
            if *act == Act::Create && !self.accepted.contains(&step) {
                unrecorded.insert((urn.clone(), id.to_owned()));
            }
        }
        unrecorded.into_iter().collect()
    }
}
