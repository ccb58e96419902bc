//! Objects that a cloud has and nobody recorded are taken in.

use std::collections::HashMap;

use stack_model::graph::Resource;
use stack_model::schema::Nature;
use stack_model::{Map, Problem, Schema, Urn};
use stack_provider::{Observe, Observer, Recorded, Whose};

use super::Session;
use crate::check::{CheckedGraph, Node};
use crate::connections::{cloud, no_handler};
use crate::error::{Error, Result};
use crate::partial::{Partial, evaluate};
use crate::physical_name::physical_name;
use crate::refresh;
use crate::state::{Delta, Durations, Object, Request, ResourceState};

/// How many generations of a resource are looked for by the names that the engine gave them. Each takes a read.
const GENERATIONS: u32 = 4;

/// What became of the record when it was compared with the clouds and the program.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Repair {
    /// What was recorded and is gone.
    pub dropped: Vec<Urn>,
    /// What is declared, was not recorded, and is there, with its id.
    pub adopted: Vec<(Urn, String)>,
    /// What several objects could be. Nothing is recorded of these.
    pub unclear: Vec<Problem>,
}

impl Repair {
    /// Whether the record stays as it is.
    pub fn is_empty(&self) -> bool {
        self.dropped.is_empty() && self.adopted.is_empty()
    }
}

impl Session<'_> {
    /// Takes an object of the cloud in.
    pub async fn import(
        &mut self,
        graph: &CheckedGraph,
        config: &Map,
        urn: &Urn,
        id: &str,
    ) -> Result<()> {
        let Some(position) = graph.resources.get(urn).copied() else {
            return Err(Error::problem(
                urn,
                "is not declared by the program: declare it, then import it",
            ));
        };
        if let Some(object) = self.state.object(urn) {
            return Err(Error::problem(
                urn,
                format!("is recorded already, as {}", object.id),
            ));
        }
        if let Some(other) = self.holder_of(urn, id) {
            return Err(Error::problem(
                urn,
                format!(
                    "cannot be {id}: that is recorded as {other}; forget it there first with `stack state rm {other}`"
                ),
            ));
        }
        if self.schema_of(&graph.graph.resources[position]).nature != Nature::Object {
            return Err(Error::problem(
                urn,
                "lives in the state alone, so there is nothing to import: let an apply make it",
            ));
        }
        // Which of several objects a lost create made is what the person says with this.
        self.doubts.retain(|doubt| doubt.intent.urn != *urn);
        self.settle().await?;
        let generation = self.state.next_generation(urn);
        if !self
            .take_in(graph, config, position, id, generation)
            .await?
        {
            let provider = provider_of(graph, position);
            return Err(Error::problem(
                urn,
                format!("there is no object {id} in the account and region of {provider}"),
            ));
        }
        self.save().await
    }

    /// Compares the record with the clouds and with a program: forgets what is gone, and takes in what is declared, not
    /// recorded, and there all the same. Nothing is committed: [`save`](Self::save) does that.
    pub async fn repair(&mut self, graph: &CheckedGraph, config: &Map) -> Result<Repair> {
        let mut repair = Repair {
            dropped: self.drop_gone(graph, config).await?,
            ..Repair::default()
        };
        // In the order in which they would be made, so that what refers to something that was just found is known too.
        for node in &graph.order {
            let Node::Resource(position) = *node else {
                continue;
            };
            let urn = graph.graph.resources[position].urn();
            if self.state.object(&urn).is_some() || repair.dropped.contains(&urn) {
                continue;
            }
            let (generation, found) = self.search(graph, config, position).await?;
            match found.as_slice() {
                [] => {}
                [id] => {
                    if self
                        .take_in(graph, config, position, id, generation)
                        .await?
                    {
                        repair.adopted.push((urn, id.clone()));
                    }
                }
                several => repair.unclear.push(Problem {
                    subject: urn.to_string(),
                    at: None,
                    message: format!(
                        "could be any of {}: take one in with `stack import {urn} ID`",
                        several.join(", ")
                    ),
                }),
            }
        }
        Ok(repair)
    }

    /// Forgets what is gone. What depended on it depends on what it depended on.
    async fn drop_gone(&mut self, graph: &CheckedGraph, config: &Map) -> Result<Vec<Urn>> {
        let urns = self.state.resources.keys();
        let mut edges: HashMap<Urn, Vec<Urn>> = urns
            .map(|urn| (urn.clone(), self.state.dependencies(urn)))
            .collect();
        let drift = self.refresh_for(graph, config, |_| true).await?;
        let gone = drift.iter().filter(|drift| drift.gone);
        let gone: Vec<Urn> = gone.map(|drift| drift.urn.clone()).collect();
        for urn in &gone {
            let further = edges.remove(urn).unwrap_or_default();
            for other in &gone {
                let edges = edges.entry(other.clone()).or_default();
                if edges.contains(urn) {
                    edges.retain(|edge| edge != urn);
                    edges.extend(further.iter().cloned());
                }
            }
            if self.state.resources[urn].deposed.is_empty() {
                let forgetting = self.state.forgetting_between(urn, &further);
                forgetting.into_iter().for_each(|delta| self.learn(delta));
            }
        }
        Ok(gone)
    }

    /// The objects that a resource may have at its cloud, and which generation of it they are. Nothing while what it is
    /// made of is not known.
    async fn search(
        &self,
        graph: &CheckedGraph,
        config: &Map,
        position: usize,
    ) -> Result<(u32, Vec<String>)> {
        let resource = &graph.graph.resources[position];
        let (urn, schema) = (resource.urn(), self.schema_of(resource));
        let next = self.state.next_generation(&urn);
        let known = resource.inputs.iter().map(|(field, expr)| {
            let value = evaluate(expr, &self.scope(config)).ok()?.into_known()?;
            Some((field.clone(), value))
        });
        let Some(mut inputs) = known.collect::<Option<Map>>() else {
            return Ok((next, Vec::new()));
        };
        if schema.nature != Nature::Object {
            return Ok((next, Vec::new()));
        }
        crate::diff::mark_secrets(&schema.inputs, &mut inputs);
        let observer = self
            .connections
            .observer(&provider_of(graph, position))
            .await?;
        let handler = handler_of(observer.as_ref(), resource)?;
        let lineage = &self.state.header.lineage;
        let whose = Whose::Resource { lineage, urn: &urn };
        let forms = schema.inputs.iter().filter_map(|(field, declared)| {
            let form = declared
                .physical_name
                .filter(|_| !inputs.contains_key(field))?;
            Some((field, form))
        });
        let forms: Vec<_> = forms.collect();
        let oldest = match forms.is_empty() {
            true => next,
            false => next.saturating_sub(GENERATIONS).max(1),
        };
        // The newest first: an older one may be what a replacement has left.
        for generation in (oldest..next.max(GENERATIONS).max(oldest) + 1).rev() {
            let mut inputs = inputs.clone();
            for (field, form) in &forms {
                let name = physical_name(*form, &self.state.header, &urn, generation);
                inputs.insert((*field).clone(), name.into());
            }
            let mut found = refresh::retried(|| handler.find(whose, &inputs))
                .await
                .map_err(|error| cloud("look for", &urn, error))?;
            found.retain(|id| self.holder_of(&urn, id).is_none());
            if !found.is_empty() {
                return Ok((generation, found));
            }
            if forms.is_empty() {
                break;
            }
        }
        Ok((next, Vec::new()))
    }

    /// Records an object as that of a declared resource, with what the cloud says of it. Whether it is there.
    async fn take_in(
        &mut self,
        graph: &CheckedGraph,
        config: &Map,
        position: usize,
        id: &str,
        generation: u32,
    ) -> Result<bool> {
        let resource = &graph.graph.resources[position];
        let urn = resource.urn();
        let provider = provider_of(graph, position);
        let observer = self.connections.observer(&provider).await?;
        let handler = handler_of(observer.as_ref(), resource)?;
        let nothing = Map::new();
        let read = || {
            handler.read(Recorded {
                id,
                values: &nothing,
            })
        };
        let read = refresh::retried(read).await;
        let Some(observation) = read.map_err(|error| cloud("import", &urn, error))? else {
            return Ok(false);
        };
        let schema = self.schema_of(resource);
        // What the program sets counts as asked for, with the value that the cloud has; the next plan shows what
        // differs.
        let mut inputs = Map::new();
        for (field, expr) in &resource.inputs {
            let declared = schema.inputs.get(field);
            let value = if declared.is_some_and(|declared| declared.write_only) {
                let partial = evaluate(expr, &self.scope(config)).ok();
                partial.and_then(Partial::into_known)
            } else {
                observation.values.get(field).cloned()
            };
            inputs.extend(value.map(|value| (field.clone(), value)));
        }
        crate::diff::mark_secrets(&schema.inputs, &mut inputs);
        let object = Object {
            id: id.to_owned(),
            request: Request {
                provider,
                generation,
                token: self.place.surroundings.token(),
                inputs,
                expressions: crate::execute::expressions_of(&resource.inputs),
                dependencies: graph.dependencies[position].clone(),
            },
            observed: Map::new(),
            incomplete: false,
            unverified: true,
            durations: Durations::default(),
        };
        let object = refresh::observed(schema, &object, observation);
        let before = self.state.resources.get(&urn);
        let state = Box::new(ResourceState {
            object: Some(object),
            deposed: before
                .map(|before| before.deposed.clone())
                .unwrap_or_default(),
            kept: crate::execute::kept_of(&resource.options),
        });
        self.learn(Delta::Resource { urn, state });
        Ok(true)
    }

    fn schema_of(&self, resource: &Resource) -> &Schema {
        &self.connections.schemas()[&resource.type_name]
    }

    fn scope<'s>(&'s self, config: &'s Map) -> crate::scope::Actual<'s> {
        crate::scope::Actual {
            state: &self.state,
            config,
            stacks: &self.stacks,
        }
    }

    /// The resource of the same type that has an object already, as its live one or as an old one.
    fn holder_of(&self, urn: &Urn, id: &str) -> Option<&Urn> {
        let has = |recorded: &ResourceState| {
            let mut objects = recorded.object.iter().chain(&recorded.deposed);
            objects.any(|object| object.id == id)
        };
        let same_type = |(other, _): &(&Urn, &ResourceState)| other.type_name() == urn.type_name();
        let mut others = self.state.resources.iter().filter(same_type);
        others
            .find(|(_, recorded)| has(recorded))
            .map(|(other, _)| other)
    }
}

fn provider_of(graph: &CheckedGraph, position: usize) -> stack_model::Name {
    let resource = &graph.graph.resources[position];
    crate::providers::name_for(
        &graph.graph,
        &resource.type_name,
        &resource.options.provider,
    )
}

fn handler_of<'o>(observer: &'o dyn Observer, resource: &Resource) -> Result<&'o dyn Observe> {
    let handler = observer.resource(&resource.type_name);
    let urn = resource.urn();
    handler.ok_or_else(|| cloud("import", &urn, no_handler(&urn)))
}
