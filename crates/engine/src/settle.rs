//! What a killed run left in doubt: it is looked for, and either adopted or marked as never happened.

use std::time::Duration;

use stack_model::schema::Nature;
use stack_provider::{Observation, Owner, Recorded, Whose};

use crate::connections::{Connections, cloud, no_handler};
use crate::error::{Error, Result};
use crate::event::{Event, Listener};
use crate::journal::{InDoubt, Intent, Operation};
use crate::refresh::{observed, retried};
use crate::state::{Delta, Durations, Header, Object, ResourceState, State};

/// The longest that a request to a cloud may be under way. Providers give theirs no longer time.
pub const LONGEST_REQUEST: Duration = Duration::from_secs(60);

/// Settles one operation. Gives what has to be recorded.
pub async fn settle(
    doubt: &InDoubt,
    state: &State,
    connections: &Connections,
    listener: &dyn Listener,
) -> Result<Vec<Delta>> {
    let intent = &doubt.intent;
    let urn = &intent.urn;
    let schemas = connections.schemas();
    let schema = schemas.get(urn.type_name()).ok_or_else(|| {
        Error::Other(format!(
            "this version of stack does not know the type of {urn}"
        ))
    })?;
    let told = |outcome: &str| {
        listener.on(Event::Settled {
            urn: urn.clone(),
            outcome: outcome.to_owned(),
        })
    };
    match schema.nature {
        Nature::Object => {}
        Nature::Effect => {
            told("it may have run: it is brought to its end by the next apply");
            return Ok(vec![begun(state, intent)]);
        }
        // It lives in the state alone, and the state does not have it.
        Nature::Kept | Nature::Lookup => {
            told("it never happened");
            return Ok(Vec::new());
        }
    }
    let observer = connections.observer(&intent.request.provider).await?;
    let type_name = schema.type_name.clone();
    let resource = observer
        .resource(&type_name)
        .ok_or_else(|| cloud("settle", urn, no_handler(urn)))?;
    let read = async |id: &str| {
        let values = match intent.operation {
            // What the create asked for; an object of that urn in the state is the one that it replaces.
            Operation::Create => intent.request.inputs.clone(),
            Operation::Update | Operation::Delete => {
                state.object(urn).map(Object::values).unwrap_or_default()
            }
        };
        let recorded = Recorded {
            id,
            values: &values,
        };
        retried(|| resource.read(recorded))
            .await
            .map_err(|error| cloud("read", urn, error))
    };

    match intent.operation {
        Operation::Create => {
            // The object may show late; it is missing for good only when it does not show for the whole lag.
            let give_up = tokio::time::Instant::now() + schema.visibility_lag;
            let mut pause = Duration::from_millis(250);
            loop {
                let found = match &doubt.accepted {
                    Some(id) => vec![id.clone()],
                    None => {
                        let owner = owner(&state.header, intent);
                        retried(|| resource.find(Whose::Create(&owner), &intent.request.inputs))
                            .await
                            .map_err(|error| cloud("look for", urn, error))?
                    }
                };
                match found.as_slice() {
                    [] => {}
                    [id] => {
                        if let Some(observation) = read(id).await? {
                            told(&format!("it had been created as {id}"));
                            return Ok(vec![adopted(state, intent, id, observation, schema)]);
                        }
                    }
                    several => {
                        return Err(Error::InDoubt {
                            urn: urn.clone(),
                            question: format!(
                                "a create of an earlier run may have made any of {}; delete all but one, or take one in with `stack import {urn} ID`",
                                several.join(", ")
                            ),
                        });
                    }
                }
                if tokio::time::Instant::now() >= give_up {
                    told("its create never happened");
                    return Ok(Vec::new());
                }
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(5));
            }
        }
        Operation::Update | Operation::Delete => {
            let id = intent.id.as_deref().unwrap_or_default();
            let Some(mut recorded) = state.resources.get(urn).cloned() else {
                return Ok(Vec::new());
            };
            // One whose create has not been seen to end may show late; it is gone only when it does not show for the
            // whole of the type's lag.
            let mut objects = recorded.object.iter().chain(&recorded.deposed);
            let is_late = objects.any(|object| object.id == id && object.incomplete);
            let give_up = tokio::time::Instant::now() + schema.visibility_lag;
            let seen = loop {
                let seen = read(id).await?;
                if seen.is_some() || !is_late || tokio::time::Instant::now() >= give_up {
                    break seen;
                }
                tokio::time::sleep(Duration::from_millis(250)).await;
            };
            match (seen, intent.operation) {
                (Some(observation), _) => {
                    told(match intent.operation {
                        Operation::Delete => "it is still there",
                        Operation::Create | Operation::Update => {
                            "its update may have happened; it was read anew"
                        }
                    });
                    if let Some(object) = recorded.object.as_mut().filter(|object| object.id == id)
                    {
                        *object = observed(schema, object, observation);
                        object.unverified |= intent.operation == Operation::Update;
                    }
                }
                (None, _) => {
                    told("it is gone");
                    recorded.object.take_if(|object| object.id == id);
                    recorded.deposed.retain(|object| object.id != id);
                }
            }
            Ok(vec![
                // While others depend on it, there is another to come, or it was deleted behind our back.
                if recorded.object.is_none()
                    && recorded.deposed.is_empty()
                    && !state.is_depended_on(urn)
                {
                    Delta::Forget { urn: urn.clone() }
                } else {
                    Delta::Resource {
                        urn: urn.clone(),
                        state: Box::new(recorded),
                    }
                },
            ])
        }
    }
}

/// The owner that an operation tags its object with.
pub fn owner(header: &Header, intent: &Intent) -> Owner {
    Owner {
        lineage: header.lineage.clone(),
        stack: header.stack.clone(),
        environment: header.environment.clone(),
        expires: header.expires.map(|at| at.to_string()),
        urn: intent.urn.clone(),
        token: intent.request.token.clone(),
    }
}

/// Records an object that a killed run made. It counts as incomplete until the next apply has finished it.
fn adopted(
    state: &State,
    intent: &Intent,
    id: &str,
    observation: Observation,
    schema: &stack_model::Schema,
) -> Delta {
    let object = Object {
        id: id.to_owned(),
        request: intent.request.clone(),
        observed: stack_model::Map::new(),
        incomplete: true,
        unverified: true,
        durations: Durations::default(),
    };
    let object = observed(schema, &object, observation);
    created(state, intent, object)
}

/// Records an act that was begun and not seen to end. It runs again with the same token, by which its cloud knows
/// whether it did.
fn begun(state: &State, intent: &Intent) -> Delta {
    let recorded = state.resources.get(&intent.urn);
    let object = Object {
        id: intent.request.token.clone(),
        request: intent.request.clone(),
        observed: stack_model::Map::new(),
        incomplete: true,
        unverified: false,
        durations: Durations::default(),
    };
    let state = ResourceState {
        object: Some(object),
        deposed: recorded
            .map(|recorded| recorded.deposed.clone())
            .unwrap_or_default(),
        kept: intent.kept.clone(),
    };
    Delta::Resource {
        urn: intent.urn.clone(),
        state: Box::new(state),
    }
}

/// Records a new object; the one that was there before is deposed.
pub fn created(state: &State, intent: &Intent, object: Object) -> Delta {
    let before = state
        .resources
        .get(&intent.urn)
        .cloned()
        .unwrap_or_default();
    let mut deposed = before.deposed;
    deposed.extend(before.object);
    let state = ResourceState {
        object: Some(object),
        deposed,
        kept: intent.kept.clone(),
    };
    Delta::Resource {
        urn: intent.urn.clone(),
        state: Box::new(state),
    }
}
