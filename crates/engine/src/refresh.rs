//! Reads the cloud in parallel, and says what is no longer as recorded.
//!
//! ```text
//! reading  one object, or many of a type by its lists
//! ```

mod reading;

use std::collections::BTreeMap;

use stack_model::schema::Nature;
use stack_model::{Map, Schema, Urn, Value};
use stack_provider::Observation;

use crate::connections::Connections;
use crate::diff::{mark_secrets, same};
use crate::error::Result;
use crate::event::{Event, Listener};
use crate::plan::{Drift, DriftedField};
use crate::state::{Delta, Object, ResourceState, State};

pub use self::reading::read;
pub(crate) use self::reading::retried;
use self::reading::{Wanted, read_all};

/// What a refresh found.
#[derive(Debug, Default)]
pub struct Refreshed {
    /// What has to be recorded.
    pub deltas: Vec<Delta>,
    /// What people should know.
    pub drift: Vec<Drift>,
    /// A type of which nothing is there any more, with how many are recorded.
    pub all_gone: Option<(String, usize)>,
}

/// Reads every recorded object that a cloud has.
pub async fn refresh(
    state: &State,
    connections: &Connections,
    listener: &dyn Listener,
    chosen: impl Fn(&Urn) -> bool,
) -> Result<Refreshed> {
    let schemas = connections.schemas();
    let objects: Vec<(&Urn, &ResourceState, &Object, &Schema)> = state
        .resources
        .iter()
        .filter(|(urn, _)| chosen(urn))
        .filter_map(|(urn, recorded)| {
            let schema = schemas.get(urn.type_name())?;
            let object = recorded.object.as_ref()?;
            (schema.nature == Nature::Object).then_some((urn, recorded, object, schema))
        })
        .collect();
    if objects.is_empty() {
        return Ok(Refreshed::default());
    }
    listener.on(Event::Refreshing {
        objects: objects.len(),
    });

    let wanted = objects.iter().map(|(urn, _, object, schema)| Wanted {
        urn,
        object,
        schema,
    });
    let observations = read_all(connections, wanted.collect(), listener).await?;

    let mut refreshed = Refreshed::default();
    let mut gone: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for ((urn, recorded, object, schema), observation) in objects.into_iter().zip(observations) {
        let counts = gone.entry(urn.type_name()).or_default();
        counts.1 += 1;
        match observation {
            None => {
                counts.0 += 1;
                refreshed.drift.push(Drift {
                    urn: urn.clone(),
                    gone: true,
                    fields: Vec::new(),
                });
                let state = Box::new(ResourceState {
                    object: None,
                    ..recorded.clone()
                });
                refreshed.deltas.push(Delta::Resource {
                    urn: urn.clone(),
                    state,
                });
            }
            Some(observation) => {
                let now = observed(schema, object, observation);
                let fields = drifted(schema, object, &now);
                if !fields.is_empty() {
                    refreshed.drift.push(Drift {
                        urn: urn.clone(),
                        gone: false,
                        fields,
                    });
                }
                if now.observed != object.observed {
                    let state = Box::new(ResourceState {
                        object: Some(now),
                        ..recorded.clone()
                    });
                    refreshed.deltas.push(Delta::Resource {
                        urn: urn.clone(),
                        state,
                    });
                }
            }
        }
    }
    // One lone object may well have been deleted by hand; several of a type, all at once, rarely.
    let all_gone = gone
        .iter()
        .find(|(_, (gone, all))| gone == all && *gone >= 3);
    refreshed.all_gone = all_gone.map(|(type_name, (count, _))| ((*type_name).to_owned(), *count));
    Ok(refreshed)
}

/// An object as the cloud now has it.
pub fn observed(schema: &Schema, object: &Object, observation: Observation) -> Object {
    let mut values = observation.values;
    // What the cloud keeps to itself stays as recorded.
    for (field, declared) in &schema.inputs {
        if declared.write_only {
            values.remove(field);
        }
    }
    mark_secrets(&schema.inputs, &mut values);
    mark_secrets(&schema.outputs, &mut values);
    keep_marks(&mut values, object);
    let mut now = object.clone();
    now.observe(values, |field| {
        schema
            .inputs
            .get(field)
            .is_some_and(|declared| !declared.write_only)
    });
    now
}

/// What was secret because the program said so stays secret when the cloud tells it.
fn keep_marks(values: &mut Map, object: &Object) {
    for (field, value) in values.iter_mut() {
        let before = object
            .request
            .inputs
            .get(field)
            .or_else(|| object.observed.get(field));
        if let Some(before) = before {
            mark_like(value, before);
        }
    }
}

fn mark_like(value: &mut Value, before: &Value) {
    match (&mut *value, before) {
        (_, Value::Secret(_)) => *value = std::mem::take(value).secret(),
        (Value::Map(map), Value::Map(before)) => {
            for (key, value) in map.iter_mut() {
                if let Some(before) = before.get(key) {
                    mark_like(value, before);
                }
            }
        }
        (Value::List(items), Value::List(before)) => {
            items
                .iter_mut()
                .zip(before)
                .for_each(|(item, before)| mark_like(item, before));
        }
        _ => {}
    }
}

/// The inputs that are no longer as recorded.
fn drifted(schema: &Schema, recorded: &Object, now: &Object) -> Vec<DriftedField> {
    let mut fields = Vec::new();
    for (field, declared) in &schema.inputs {
        let (before, after) = (recorded.value(field), now.value(field));
        let differs = match (before, after) {
            (Some(before), Some(after)) => !same(before, after, &declared.kind, declared.equality),
            (None, None) => false,
            // What was never recorded is news, not drift.
            (None, Some(_)) => recorded.observed.contains_key(field),
            (Some(_), None) => true,
        };
        if differs {
            fields.push(DriftedField {
                field: field.clone(),
                recorded: before.cloned().unwrap_or_default(),
                observed: after.cloned().unwrap_or_default(),
            });
        }
    }
    fields
}
