//! Reads the cloud in parallel, and says what is no longer as recorded.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use stack_model::schema::Nature;
use stack_model::{Map, Schema, Urn, Value};
use stack_provider::trace::{self, Fact, Work};
use stack_provider::{Error as CloudError, Observation, Recorded};
use tokio::sync::Semaphore;

use crate::connections::{Connections, cloud, no_handler};
use crate::diff::{mark_secrets, same};
use crate::error::{Error, Result};
use crate::event::{Event, Listener};
use crate::plan::{Drift, DriftedField};
use crate::state::{Delta, Object, ResourceState, State};

/// How often a read is tried that fails in a way that may pass.
const TRIES: u32 = 6;

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

    let mut gates: HashMap<&str, Semaphore> = HashMap::new();
    for (urn, ..) in &objects {
        let limit = || Semaphore::new(connections.concurrency(urn.service()).unwrap_or(256));
        gates.entry(urn.service()).or_insert_with(limit);
    }
    let gates = &gates;
    let reads = objects.iter().map(|(urn, _, object, schema)| async move {
        let _room = gates[urn.service()]
            .acquire()
            .await
            .map_err(|error| Error::Other(error.to_string()))?;
        let observation = read_patiently(connections, urn, object, schema).await?;
        listener.on(Event::Refreshed {
            urn: (*urn).clone(),
        });
        Ok::<_, Error>(observation)
    });
    // In order, so that what a person sees does not depend on which answer came first.
    let width = gates
        .values()
        .map(Semaphore::available_permits)
        .sum::<usize>()
        .clamp(1, 1024);
    let observations: Vec<Option<Observation>> =
        stream::iter(reads).buffered(width).try_collect().await?;

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

/// Reads one object. One whose create has not been seen to end may not show yet: it is gone only when it does not
/// show for the whole of the type's lag.
async fn read_patiently(
    connections: &Connections,
    urn: &Urn,
    object: &Object,
    schema: &Schema,
) -> Result<Option<Observation>> {
    let give_up = tokio::time::Instant::now() + schema.visibility_lag;
    loop {
        let observation = read(connections, urn, object).await?;
        let late = object.incomplete && tokio::time::Instant::now() < give_up;
        if observation.is_some() || !late {
            return Ok(observation);
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

/// Reads one object, and tries again what may pass.
pub async fn read(
    connections: &Connections,
    urn: &Urn,
    object: &Object,
) -> Result<Option<Observation>> {
    let observer = connections.observer(&object.request.provider).await?;
    let type_name = urn
        .type_name()
        .parse()
        .map_err(|_| Error::Other(format!("{urn} has no type")))?;
    let resource = observer
        .resource(&type_name)
        .ok_or_else(|| cloud("read", urn, no_handler(urn)))?;
    let values = object.values();
    let recorded = Recorded {
        id: &object.id,
        values: &values,
    };
    let reading = retried(|| resource.read(recorded));
    let observation = trace::attempt(Work::Read(urn), reading).await;
    observation.map_err(|error| cloud("read", urn, error))
}

/// A read that is tried again when it fails in a way that may pass.
pub(crate) async fn retried<T, F>(mut call: impl FnMut() -> F) -> Result<T, CloudError>
where
    F: Future<Output = Result<T, CloudError>>,
{
    let mut pause = Duration::from_millis(200);
    for attempt in 1.. {
        match call().await {
            Err(error) if error.kind.is_retryable() && attempt < TRIES => {
                let after = pause.max(error.retry_after.unwrap_or_default());
                let kind = error.kind;
                trace::learn(Fact::Retry { kind, after });
                tokio::time::sleep(after).await
            }
            result => return result,
        }
        pause *= 2;
    }
    unreachable!("the loop ends by returning")
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
