//! What a step needs, resolved right before it starts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use stack_model::schema::{Nature, OperationTimeouts, PhysicalName};
use stack_model::{Expr, Map, Path, Schema, Urn, Value};
use stack_provider::{Error as CloudError, ErrorKind};

use super::links::object_of;
use super::{Turn, broken};
use crate::check::{CheckedGraph, value_fits};
use crate::diff::{ignore, known, mark_secrets, values};
use crate::execute::{Job, expressions_of, kept_of};
use crate::journal::{Intent, Operation};
use crate::physical_name::physical_name;
use crate::plan::{Act, Step};
use crate::providers::name_for;
use crate::scope::Actual;
use crate::settle::owner;
use crate::state::{Delta, Kept, Object, Request, State};
use crate::timeout;

/// What a step turned out to need.
pub(super) enum Prepared {
    /// A change of the state alone.
    Recorded(Vec<Delta>),
    /// A provider call.
    Call(Box<Job>),
    /// A lookup's question.
    Question(Urn, Map),
}

impl<'a> Turn<'a> {
    /// Resolves what a step needs. An error fails this step alone.
    pub(super) fn prepare(&mut self, state: &State, step: u32) -> Result<Prepared, CloudError> {
        let Step { urn, act, .. } = self.step(step);
        let Some(urn) = urn else {
            return Ok(Prepared::Recorded(Vec::new()));
        };
        match act {
            Act::Pass | Act::Barrier => Ok(Prepared::Recorded(Vec::new())),
            Act::Forget => Ok(Prepared::Recorded(vec![Delta::Forget { urn: urn.clone() }])),
            Act::Record => self
                .record(state, urn)
                .map(|delta| Prepared::Recorded(vec![delta])),
            Act::Ask => self.question(state, urn),
            Act::Create | Act::Update => {
                let schema = self.schema(urn)?;
                self.change(state, step, urn, *act, schema)
                    .map(|job| Prepared::Call(Box::new(job)))
            }
            Act::Delete { generation } => {
                let schema = self.schema(urn)?;
                match object_of(state, urn, *generation).cloned() {
                    // It went away while the plan was under way.
                    None => Ok(Prepared::Recorded(Vec::new())),
                    Some(object) => self
                        .deletion(state, step, urn, object, schema)
                        .map(|job| Prepared::Call(Box::new(job))),
                }
            }
        }
    }

    fn schema(&mut self, urn: &Urn) -> Result<Arc<Schema>, CloudError> {
        let type_name = urn.type_name();
        if let Some(schema) = self.schemas.get(type_name) {
            return Ok(Arc::clone(schema));
        }
        let known = self.run.connections.schemas();
        let schema = known
            .get(type_name)
            .ok_or_else(|| broken("this version of stack does not know its type"))?;
        let schema = Arc::new(schema.clone());
        self.schemas
            .insert(type_name.to_owned(), Arc::clone(&schema));
        Ok(schema)
    }

    fn deletion(
        &self,
        state: &State,
        step: u32,
        urn: &Urn,
        object: Object,
        schema: Arc<Schema>,
    ) -> Result<Job, CloudError> {
        let kept = state.resources.get(urn);
        let kept = kept.map(|recorded| recorded.kept.clone());
        let kept = kept.unwrap_or_default();
        let limit = timeout::effective(&kept.timeouts, schema.timeouts).delete;
        let request = object.request.clone();
        let intent = self.intent(urn, Operation::Delete, request, kept, Some(&object), limit);
        self.job(state, step, intent, Some(object), schema, limit)
    }

    fn resource(&self, urn: &Urn) -> Result<(usize, &'a CheckedGraph), CloudError> {
        let graph = self
            .run
            .graph
            .ok_or_else(|| broken("a destroy changes nothing"))?;
        let position = graph
            .resources
            .get(urn)
            .ok_or_else(|| broken("the program does not declare it"))?;
        Ok((*position, graph))
    }

    /// Evaluates what a resource or lookup asks for, now that everything before it is there.
    fn resolve(
        &self,
        state: &State,
        graph: &CheckedGraph,
        urn: &Urn,
        inputs: &BTreeMap<String, Expr>,
    ) -> Result<Map, CloudError> {
        let scope = Actual {
            state,
            config: self.run.config,
            stacks: self.run.stacks,
        };
        let mut resolved = Map::new();
        for (field, expr) in inputs {
            let value = graph
                .input(urn, field, expr, &scope)
                .map_err(|error| broken(&format!("{field}: {error}")))?;
            let value = value
                .into_known()
                .ok_or_else(|| broken(&format!("{field} is still not known")))?;
            if !value.is_null() {
                resolved.insert(field.clone(), value);
            }
        }
        Ok(resolved)
    }

    fn record(&self, state: &State, urn: &Urn) -> Result<Delta, CloudError> {
        let (position, graph) = self.resource(urn)?;
        let resource = &graph.graph.resources[position];
        let mut recorded = state.resources.get(urn).cloned().unwrap_or_default();
        recorded.kept = kept_of(&resource.options);
        if let Some(object) = &mut recorded.object {
            object
                .request
                .dependencies
                .clone_from(&graph.dependencies[position]);
            object.request.expressions = expressions_of(&resource.inputs);
        }
        Ok(Delta::Resource {
            urn: urn.clone(),
            state: Box::new(recorded),
        })
    }

    fn question(&self, state: &State, urn: &Urn) -> Result<Prepared, CloudError> {
        let graph = self
            .run
            .graph
            .ok_or_else(|| broken("a destroy asks nothing"))?;
        let position = graph
            .lookups
            .get(urn)
            .ok_or_else(|| broken("the program does not declare it"))?;
        let inputs = self.resolve(state, graph, urn, &graph.graph.lookups[*position].inputs)?;
        Ok(Prepared::Question(urn.clone(), inputs))
    }

    fn change(
        &self,
        state: &State,
        step: u32,
        urn: &Urn,
        act: Act,
        schema: Arc<Schema>,
    ) -> Result<Job, CloudError> {
        let (position, graph) = self.resource(urn)?;
        let resource = &graph.graph.resources[position];
        let mut inputs = self.resolve(state, graph, urn, &resource.inputs)?;
        mark_secrets(&schema.inputs, &mut inputs);
        fitting(&schema, &inputs)?;
        let there = state.object(urn).filter(|_| act == Act::Update);
        let there = there.map(|object| match &graph.past {
            Some(past) => past.as_begun(&schema, urn, object),
            None => object.clone(),
        });
        let kept = kept_of(&resource.options);
        let limits = timeout::effective(&kept.timeouts, schema.timeouts);
        let (operation, generation, token, limit) = match &there {
            Some(object) => (
                Operation::Update,
                object.request.generation,
                self.token_of_update(&schema, object, &inputs),
                limit_of_update(&schema, object, limits),
            ),
            None => (
                Operation::Create,
                state.next_generation(urn),
                self.run.surroundings.token(),
                limits.create,
            ),
        };
        let made = |form| physical_name(form, &state.header, urn, generation).into();
        name_what_has_no_name(&schema, &mut inputs, there.as_ref(), made);
        let mut instead = Map::new();
        if let Some(object) = &there {
            let mut desired = known(&inputs);
            ignore(&mut desired, object, &resource.options.ignore_changes);
            inputs = values(desired);
            if let Some(past) = &graph.past {
                instead = past.sent_instead(&schema, urn, object, &inputs);
            }
        }
        let options = &resource.options;
        let request = Request {
            provider: name_for(&graph.graph, &resource.type_name, &options.provider),
            generation,
            token,
            inputs,
            expressions: expressions_of(&resource.inputs),
            dependencies: graph.dependencies[position].clone(),
        };
        let intent = self.intent(urn, operation, request, kept, there.as_ref(), limit);
        let job = self.job(state, step, intent, there, schema, limit)?;
        Ok(Job { instead, ..job })
    }

    /// An act that runs again is another act: with the token of the last one, a cloud would answer with what came of that
    /// and do nothing. One that was not seen to end is still the same.
    fn token_of_update(&self, schema: &Schema, object: &Object, inputs: &Map) -> String {
        let goes_on = object.incomplete && object.request.inputs == *inputs;
        match schema.nature {
            Nature::Effect if !goes_on => self.run.surroundings.token(),
            _ => object.request.token.clone(),
        }
    }

    fn intent(
        &self,
        urn: &Urn,
        operation: Operation,
        request: Request,
        kept: Kept,
        object: Option<&Object>,
        limit: Duration,
    ) -> Intent {
        let now = self.run.surroundings.now();
        let until = jiff::SignedDuration::try_from(limit)
            .ok()
            .and_then(|limit| now.checked_add(limit).ok())
            .unwrap_or(now);
        Intent {
            urn: urn.clone(),
            operation,
            request,
            kept,
            id: object.map(|object| object.id.clone()),
            until: until.to_string(),
        }
    }

    fn job(
        &self,
        state: &State,
        step: u32,
        intent: Intent,
        object: Option<Object>,
        schema: Arc<Schema>,
        timeout: Duration,
    ) -> Result<Job, CloudError> {
        let link = self.links.of.get(&intent.request.provider);
        let (observer, mutator) = link.ok_or_else(|| broken("its provider is not connected"))?;
        let mut secrets = Vec::new();
        let mut collect = |value: &Value| {
            value.visit_secrets(&mut |secret| {
                secret.visit_texts(&mut |text| secrets.push(text.to_owned()));
            });
        };
        intent.request.inputs.values().for_each(&mut collect);
        object
            .iter()
            .flat_map(|object| object.observed.values())
            .for_each(&mut collect);
        Ok(Job {
            step,
            owner: owner(&state.header, &intent),
            intent,
            object,
            schema,
            observer: Arc::clone(observer),
            mutator: Arc::clone(mutator),
            timeout,
            secrets,
            instead: Map::new(),
        })
    }
}

/// Refuses values that do not fit their fields: what they are made of was known too late for the check of the program.
fn fitting(schema: &Schema, inputs: &Map) -> Result<(), CloudError> {
    let mut misfits = Vec::new();
    for (field, value) in inputs {
        if let Some(declared) = schema.inputs.get(field) {
            value_fits(value, &declared.kind, &Path::field(field), &mut misfits);
        }
    }
    match misfits.is_empty() {
        true => Ok(()),
        false => Err(CloudError::new(ErrorKind::Invalid, misfits.join("; "))),
    }
}

/// How long an update may take. What was not seen to end may be as long under way as a new one.
fn limit_of_update(schema: &Schema, object: &Object, limits: OperationTimeouts) -> Duration {
    let limit = match schema.nature {
        Nature::Effect => limits.create,
        _ => limits.update,
    };
    match object.incomplete {
        true => limit.max(limits.create),
        false => limit,
    }
}

/// Names at the cloud that the program leaves to us: as the object has them, or new ones.
fn name_what_has_no_name(
    schema: &Schema,
    inputs: &mut Map,
    there: Option<&Object>,
    made: impl Fn(PhysicalName) -> Value,
) {
    for (field, declared) in &schema.inputs {
        let form = declared.physical_name;
        let Some(form) = form.filter(|_| !inputs.contains_key(field)) else {
            continue;
        };
        let name = match there {
            Some(object) => object.request.inputs.get(field).cloned(),
            None => Some(made(form)),
        };
        inputs.extend(name.map(|name| (field.clone(), name)));
    }
}
