//! What the changes of a rollback mean: which are no undo, and why each is there.

use stack_model::schema::Nature;
use stack_model::{Path, Problem, Schema};

use super::Past;
use crate::check::{CheckedGraph, Schemas};
use crate::plan::{Action, Change, Plan};
use crate::state::State;

/// Says of each change what it means in a rollback, and gives those that are no undo.
pub fn judge(past: &Past, state: &State, schemas: &Schemas, plan: &mut Plan) -> Vec<Problem> {
    let mut losses = Vec::new();
    for change in &mut plan.changes {
        let Some(schema) = schemas.get(change.urn.type_name()) else {
            continue;
        };
        explain(past, state, schemas, schema, change);
        if let Some(message) = loss(past, schema, change) {
            losses.push(Problem {
                subject: change.urn.to_string(),
                at: None,
                message,
            });
        }
    }
    losses
}

fn explain(past: &Past, state: &State, schemas: &Schemas, schema: &Schema, change: &mut Change) {
    let urn = &change.urn;
    match change.action {
        Action::Create if past.state.object(urn).is_some() => {
            change.reason = Some("it was there, and is made anew".into());
            if schema.holds_data {
                change.irreversible = Some("the data that it held does not come back".into());
            }
        }
        Action::Delete => {
            let recorded = state.resources.get(urn);
            let lifted =
                recorded.is_some_and(|recorded| recorded.kept.protect) && past.lifts(urn, schemas);
            change.reason = Some(
                match lifted {
                    true => "it was made since; the protection that this run put on it is lifted",
                    false => "it was made since",
                }
                .into(),
            );
            if schema.nature == Nature::Effect {
                change.irreversible = Some("an act cannot be undone".into());
            }
        }
        Action::DeleteDeposed => {
            change.reason =
                Some("it was made since, in place of the one that is in use again".into());
        }
        Action::Create
        | Action::Update
        | Action::Resume
        | Action::Replace(_)
        | Action::Run
        | Action::Forget
        | Action::Ask
        | Action::Record
        | Action::Rename
        | Action::Restore => {}
    }
}

/// Why a change is no undo, if it is none.
fn loss(past: &Past, schema: &Schema, change: &Change) -> Option<String> {
    let data = schema.holds_data;
    let made_anew = "held data, and making it anew does not bring the data back";
    match change.action {
        Action::Create | Action::Replace(_) if data => Some(made_anew.into()),
        Action::Delete | Action::DeleteDeposed if data && !past.terms.this_run => {
            Some("was made since and holds data, which would be deleted".into())
        }
        Action::Update | Action::Resume => {
            let one_way = change.fields.iter().find(|field| field.one_way)?;
            Some(format!("its {} cannot be put back", one_way.path))
        }
        _ => None,
    }
}

/// Lets one-way changes stay, as the person asked for. Gives whether there are any.
pub fn leave_one_way(graph: &mut CheckedGraph, plan: &Plan) -> bool {
    let mut any = false;
    for change in &plan.changes {
        let Some(position) = graph.resources.get(&change.urn) else {
            continue;
        };
        let one_way = change.fields.iter().filter(|field| field.one_way);
        let paths: Vec<Path> = one_way.map(|field| field.path.clone()).collect();
        if matches!(change.action, Action::Update | Action::Resume) && !paths.is_empty() {
            any = true;
            let options = &mut graph.graph.resources[*position].options;
            options.ignore_changes.extend(paths);
        }
    }
    any
}
