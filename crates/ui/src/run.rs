//! The run that is under way, from its journal.

use std::collections::BTreeMap;

use serde::Serialize;
use stack_engine::Holder;
use stack_engine::journal::{Entry, Operation};
use stack_model::Urn;

use crate::recorded::Recorded;

/// A run that has not committed a state yet: it is under way, or was interrupted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Run {
    /// What is run: `apply`.
    pub command: String,
    /// Since when, RFC 3339.
    pub since: String,
    /// Who runs it. Nobody when it was interrupted: the next run goes on with what it left.
    pub holder: Option<Holder>,
    /// What it has begun, in that order.
    pub steps: Vec<Step>,
}

/// One operation of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// Its number in the run.
    pub step: u32,
    /// On which resource.
    pub urn: Urn,
    /// What is done.
    pub operation: Operation,
    /// How far it is.
    pub progress: Progress,
    /// What its object depends on.
    pub depends_on: Vec<Urn>,
    /// The cloud's name of the object, once there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What went wrong, if something did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// How far an operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    /// It is under way.
    UnderWay,
    /// It succeeded.
    Done,
    /// It failed.
    Failed,
    /// The run that began it ended without saying what came of it.
    InDoubt,
}

/// The run that an environment's newest journal is of. None when everything is part of a committed state, and nobody has
/// the lock.
pub fn of(recorded: &Recorded) -> Option<Run> {
    let holder = recorded.holder.clone();
    let newest = recorded.journals.last();
    let begun = newest.and_then(|entries| match entries.first() {
        Some(Entry::Begin { command, at, .. }) => Some((command.clone(), at.clone())),
        _ => None,
    });
    let (command, since) = begun.or_else(|| {
        let holder = holder.as_ref()?;
        Some((holder.command.clone(), holder.since.clone()))
    })?;
    let left = match holder {
        Some(_) => Progress::UnderWay,
        None => Progress::InDoubt,
    };
    Some(Run {
        command,
        since,
        holder,
        steps: steps(newest.map(Vec::as_slice).unwrap_or_default(), left),
    })
}

fn steps(entries: &[Entry], left: Progress) -> Vec<Step> {
    let mut order = Vec::new();
    let mut steps: BTreeMap<u32, Step> = BTreeMap::new();
    for entry in entries {
        match entry {
            Entry::Intent { step, intent } => {
                order.push(*step);
                let begun = Step {
                    step: *step,
                    urn: intent.urn.clone(),
                    operation: intent.operation,
                    progress: left,
                    depends_on: intent.request.dependencies.clone(),
                    id: intent.id.clone(),
                    error: None,
                };
                steps.insert(*step, begun);
            }
            Entry::Accepted { step, id } => {
                if let Some(step) = steps.get_mut(step) {
                    step.id = Some(id.clone());
                }
            }
            Entry::Done { step, .. } => {
                if let Some(step) = steps.get_mut(step) {
                    step.progress = Progress::Done;
                }
            }
            Entry::Failed { step, message, .. } => {
                if let Some(step) = steps.get_mut(step) {
                    step.progress = Progress::Failed;
                    step.error = Some(message.clone());
                }
            }
            Entry::Begin { .. } | Entry::Facts { .. } | Entry::Settled { .. } | Entry::End => {}
        }
    }
    order.iter().filter_map(|step| steps.remove(step)).collect()
}
