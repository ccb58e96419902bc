//! A pure function from what is recorded, what is there and what a program says, to what would be done.
//!
//! ```text
//! decide    per resource: nothing, create, update, replace …    in the graph's order
//! order     create first or delete first, along chains
//! steps     from decisions to steps and their edges
//! ```

mod decide;
mod order;
mod steps;

use std::collections::{BTreeMap, HashSet};

use stack_model::expr::StackOutput;
use stack_model::graph::ReplaceOrder;
use stack_model::{Map, Problem, Urn};

use crate::check::{CheckedGraph, Schemas};
use crate::partial::Partial;
use crate::plan::{Action, Answers, Change, Drift, OutputChange, Plan};
use crate::state::State;

pub use decide::{Decision, Verdict};

/// Everything that a plan is made from.
pub struct Sources<'a> {
    /// What is recorded, refreshed.
    pub state: &'a State,
    /// What the program says.
    pub graph: &'a CheckedGraph,
    /// What is known of the types.
    pub schemas: &'a Schemas,
    /// Configuration values that stayed out of the program.
    pub config: &'a Map,
    /// Outputs of other stacks.
    pub stacks: &'a BTreeMap<StackOutput, Partial>,
    /// Answers of lookups so far.
    pub answers: &'a Answers,
    /// What a person asked for besides.
    pub wishes: &'a Wishes,
}

/// What a person asks of a plan besides the program.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// Only these and what they depend on. Everything when empty.
    pub targets: HashSet<Urn>,
    /// Replace these even if nothing differs.
    pub replace: HashSet<Urn>,
}

/// What planning comes to.
#[derive(Debug)]
pub enum Outcome {
    /// A plan.
    Planned(Plan),
    /// Lookups whose questions are known and whose answers are not. Answer them and plan again.
    Ask(Vec<(Urn, Map)>),
    /// Answers to questions that are not known yet. Take them away and plan again.
    Outdated(Vec<Urn>),
}

/// Plans. All problems are reported at once.
pub fn plan(sources: &Sources<'_>, drift: Vec<Drift>) -> Result<Outcome, Vec<Problem>> {
    let mut problems = Vec::new();
    let targeted = decide::targeted(sources);
    let mut decider = decide::Decider::new(sources, targeted.as_ref());
    decider.all(&mut problems);
    if !decider.questions.is_empty() && problems.is_empty() {
        return Ok(Outcome::Ask(decider.questions));
    }
    if !decider.outdated.is_empty() && problems.is_empty() {
        return Ok(Outcome::Outdated(decider.outdated));
    }
    let mut decisions = decider.decisions;
    order::spread(sources, &mut decisions, &mut problems);
    let removed = steps::removed(sources, targeted.as_ref());
    protect(sources, &decisions, &removed, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }

    let scope = decide::Planned {
        sources,
        decisions: &decisions,
    };
    let mut outputs = Vec::new();
    for (name, declared) in &sources.graph.graph.outputs {
        match sources.graph.output(name, &declared.value, &scope) {
            Ok(after) => {
                let before = sources.state.outputs.get(name).cloned().unwrap_or_default();
                if after.known() != Some(&before) {
                    outputs.push(OutputChange {
                        name: name.clone(),
                        before,
                        after,
                    });
                }
            }
            Err(error) => problems.push(Problem {
                subject: format!("outputs.{name}"),
                at: None,
                message: error.to_string(),
            }),
        }
    }
    for (name, before) in &sources.state.outputs {
        if !sources.graph.graph.outputs.contains_key(name) {
            outputs.push(OutputChange {
                name: name.clone(),
                before: before.clone(),
                after: Partial::NULL,
            });
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let unchanged = decisions
        .iter()
        .filter(|decision| decision.verdict == Verdict::Keep)
        .count();
    let (changes, steps) = steps::build(sources, &decisions, &removed);
    let desired = decisions.into_iter().map(|decision| decision.desired);
    Ok(Outcome::Planned(Plan {
        drift,
        changes,
        steps,
        outputs,
        unchanged,
        desired: desired.collect(),
    }))
}

/// Plans the end of everything, or of the targets and what depends on them. Needs no program.
pub fn plan_destroy(
    state: &State,
    schemas: &Schemas,
    targets: &HashSet<Urn>,
) -> Result<Plan, Vec<Problem>> {
    let wanted = steps::with_dependents(state, targets);
    let chosen = |urn: &Urn| targets.is_empty() || wanted.contains(urn);
    let problems: Vec<Problem> = state
        .resources
        .iter()
        .filter(|(urn, recorded)| chosen(urn) && recorded.kept.protect)
        .map(|(urn, _)| protected(urn, None, "delete"))
        .collect();
    if !problems.is_empty() {
        return Err(problems);
    }
    let removed: Vec<Urn> = state
        .resources
        .keys()
        .filter(|urn| chosen(urn))
        .cloned()
        .collect();
    let (changes, steps) = steps::build_destroy(state, schemas, &removed);
    let outputs = state
        .outputs
        .iter()
        .filter(|_| targets.is_empty())
        .map(|(name, before)| OutputChange {
            name: name.clone(),
            before: before.clone(),
            after: Partial::NULL,
        })
        .collect();
    let unchanged = state.resources.len() - removed.len();
    Ok(Plan {
        drift: Vec::new(),
        changes,
        steps,
        outputs,
        unchanged,
        desired: Vec::new(),
    })
}

fn protected(urn: &Urn, at: Option<String>, verb: &str) -> Problem {
    let message = format!(
        "is protected, and the plan would {verb} it; to go on, declare it with protect turned off, apply, and then make this change"
    );
    Problem {
        subject: urn.to_string(),
        at,
        message,
    }
}

fn protect(
    sources: &Sources<'_>,
    decisions: &[Decision],
    removed: &[Urn],
    problems: &mut Vec<Problem>,
) {
    let past = sources.graph.past.as_deref();
    for (resource, decision) in sources.graph.graph.resources.iter().zip(decisions) {
        if !matches!(decision.verdict, Verdict::Replace(_)) {
            continue;
        }
        let urn = resource.urn();
        let guarded = match past {
            Some(past) => past.guards(&urn, &sources.state.resources[&urn].kept, sources.schemas),
            None => decision.protected,
        };
        if guarded {
            problems.push(protected(&urn, resource.at.clone(), "replace"));
        }
    }
    for urn in removed {
        let recorded = &sources.state.resources[urn];
        let guarded = match past {
            Some(past) => past.guards(urn, &recorded.kept, sources.schemas),
            None => recorded.kept.protect && !recorded.kept.retain,
        };
        if guarded && recorded.object.is_some() {
            problems.push(protected(urn, None, "delete"));
        }
    }
}

/// Why a change could not be undone, if it could not.
fn irreversible(schemas: &Schemas, urn: &Urn, change: &Change) -> Option<String> {
    let schema = schemas.get(urn.type_name())?;
    let one_way = change.fields.iter().find(|field| field.one_way);
    match change.action {
        Action::Delete | Action::DeleteDeposed if schema.holds_data => Some("deletes data".into()),
        Action::Replace(_) if schema.holds_data => {
            Some("the new object does not have the old one's data".into())
        }
        Action::Replace(ReplaceOrder::DeleteFirst) => {
            Some("the old object goes before the new one is there".into())
        }
        Action::Update => one_way.map(|field| format!("{} cannot be put back", field.path)),
        Action::Run if schema.only_looks => None,
        Action::Run => Some("an act cannot be undone".into()),
        _ => None,
    }
}
