//! What may change without showing: a redacted snapshot does not have the secrets that would tell.

use std::collections::HashSet;

use stack_engine::diff::Desired;
use stack_engine::partial::Partial;
use stack_engine::plan::Plan;
use stack_engine::state::{Object, State};
use stack_model::{Map, Path, Value};

/// The places of an object whose secrets could not be compared with what the program asks for. What is there on one side
/// alone is a change, and not among them.
pub fn fields(object: &Object, desired: &Desired) -> Vec<String> {
    let mut found = Vec::new();
    for (field, wanted) in desired {
        if let Some(recorded) = object.value(field) {
            walk(&Path::field(field), wanted, recorded, &mut found);
        }
    }
    found.iter().map(Path::to_string).collect()
}

/// The outputs that stay, for all that is known, and whose secrets are not here.
pub fn outputs(plan: &Plan, state: &State) -> Vec<String> {
    let changes: HashSet<&str> = plan.outputs.iter().map(|one| one.name.as_str()).collect();
    let uncertain = |(name, value): &(&String, &Value)| {
        value.has_redacted() && !changes.contains(name.as_str())
    };
    let outputs = state.outputs.iter().filter(uncertain);
    outputs.map(|(name, _)| name.clone()).collect()
}

fn walk(path: &Path, wanted: &Partial, recorded: &Value, found: &mut Vec<Path>) {
    match (wanted, recorded.revealed()) {
        (Partial::Known(wanted), recorded) => walk_known(path, wanted, recorded, found),
        (Partial::Map(wanted), Value::Map(recorded)) => {
            for (key, wanted) in wanted {
                if let Some(recorded) = recorded.get(key) {
                    walk(&path.child(key.as_str()), wanted, recorded, found);
                }
            }
        }
        (Partial::List(wanted), Value::List(recorded)) if wanted.len() == recorded.len() => {
            for (index, (wanted, recorded)) in wanted.iter().zip(recorded).enumerate() {
                walk(&path.child(index as u32), wanted, recorded, found);
            }
        }
        // What is not known before the apply is shown as a change.
        (Partial::Map(_) | Partial::List(_) | Partial::Unknown(_) | Partial::Secret(_), _) => {}
    }
}

fn walk_known(path: &Path, wanted: &Value, recorded: &Value, found: &mut Vec<Path>) {
    match (wanted.revealed(), recorded.revealed()) {
        (Value::Redacted, _) | (_, Value::Redacted) => found.push(path.clone()),
        (Value::Map(wanted), Value::Map(recorded)) => walk_maps(path, wanted, recorded, found),
        (Value::List(wanted), Value::List(recorded)) if wanted.len() == recorded.len() => {
            for (index, (wanted, recorded)) in wanted.iter().zip(recorded).enumerate() {
                walk_known(&path.child(index as u32), wanted, recorded, found);
            }
        }
        _ => {}
    }
}

fn walk_maps(path: &Path, wanted: &Map, recorded: &Map, found: &mut Vec<Path>) {
    for (key, wanted) in wanted {
        if let Some(recorded) = recorded.get(key) {
            walk_known(&path.child(key.as_str()), wanted, recorded, found);
        }
    }
}
