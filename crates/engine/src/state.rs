//! What we recorded. One function changes it, in a live run and in replay alike: [`State::apply`].

use std::collections::{BTreeMap, HashMap};

use indexmap::IndexMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use stack_model::graph::{OutputValues, ReplaceOrder, Timeouts};
use stack_model::{Expr, Map, Name, Path, Urn, Value};
use stack_provider::Identity;

/// The version of the state format that this code reads and writes.
pub const FORMAT: u32 = 1;

/// What we recorded of one environment of one stack.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct State {
    /// Who and when.
    pub header: Header,
    /// What the program's resources became, by urn, in the order of their creation.
    pub resources: IndexMap<Urn, ResourceState>,
    /// The lookups' last answers.
    pub lookups: BTreeMap<Urn, LookupState>,
    /// The provider configurations of what is recorded. Never a credential.
    pub providers: BTreeMap<Name, ProviderState>,
    /// How many objects a urn has had, for urns that have none now: names are never used twice.
    pub generations: HashMap<Urn, u32>,
    /// What the stack tells others.
    pub outputs: OutputValues,
    /// The outputs that were not literals, as the program wrote them. A rollback resolves them anew.
    pub output_expressions: BTreeMap<String, Expr>,
}

/// What identifies a state.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Header {
    /// The UUID that the state was born with.
    pub lineage: String,
    /// The stack's name.
    pub stack: String,
    /// The environment's name.
    pub environment: String,
    /// Counts commits.
    pub serial: u64,
    /// The newest run whose journal is part of this state.
    pub epoch: u64,
    /// Whether teardown and sweep must never touch it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub production: bool,
    /// When it is to be torn down, if ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// What committed it: `apply`. Not known of states that older releases wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// When it was committed, RFC 3339. Not known of states that older releases wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// The backend that goes on from here. Nothing is done by this state any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<String>,
}

/// Everything recorded of one resource.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ResourceState {
    /// The object that the urn stands for. None after the first half of a delete-first replacement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<Object>,
    /// Objects that were replaced and are still to be deleted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deposed: Vec<Object>,
    /// Options that stay in force when the code that said them is gone.
    #[serde(default, skip_serializing_if = "Kept::is_default", flatten)]
    pub kept: Kept,
}

/// Options that a destroy needs, which has no program.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    /// Refuse to delete or replace it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub protect: bool,
    /// Forget it instead of deleting it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub retain: bool,
    /// Which comes first when it is replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replace_order: Option<ReplaceOrder>,
    /// How long operations may take.
    #[serde(skip_serializing_if = "Timeouts::is_default")]
    pub timeouts: Timeouts,
}

impl Kept {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What a program asked for when it made or last changed an object. Complete before the object exists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The provider configuration that serves it.
    pub provider: Name,
    /// Which object of its urn it is, counted from 1. Part of names that the engine makes.
    pub generation: u32,
    /// What tells its create from every other.
    pub token: String,
    /// The inputs that the program set, resolved.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub inputs: Map,
    /// The inputs that were not literals, as the program wrote them. A rollback resolves them anew.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub expressions: BTreeMap<String, Expr>,
    /// What it depends on directly.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<Urn>,
}

/// One object at a cloud, or in the state alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Object {
    /// The cloud's name of it.
    pub id: String,
    /// What the program asked for.
    #[serde(flatten)]
    pub request: Request,
    /// What the cloud answered, as far as it differs from what was asked for or goes beyond it. A null says that
    /// the cloud does not have what was asked for.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub observed: Map,
    /// Whether its create was accepted and has not been seen to end. The next apply goes on with it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub incomplete: bool,
    /// Whether write-only values may differ from what is recorded: after an import, an adoption or an update whose
    /// outcome was lost. They are sent once more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unverified: bool,
    /// How long its operations took.
    #[serde(default, skip_serializing_if = "Durations::is_default")]
    pub durations: Durations,
}

/// How long operations took last time, in milliseconds. The scheduler starts long paths first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Durations {
    /// The create.
    #[serde(skip_serializing_if = "is_zero")]
    pub create: u32,
    /// The last update.
    #[serde(skip_serializing_if = "is_zero")]
    pub update: u32,
}

impl Durations {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Object {
    /// A field as the cloud has it, as far as known: what it answered, else what was asked for.
    pub fn value(&self, field: &str) -> Option<&Value> {
        self.observed
            .get(field)
            .or_else(|| self.request.inputs.get(field))
            .filter(|value| !value.is_null())
    }

    /// All fields as the cloud has them.
    pub fn values(&self) -> Map {
        let mut values = self.request.inputs.clone();
        values.extend(
            self.observed
                .iter()
                .map(|(field, value)| (field.clone(), value.clone())),
        );
        values.retain(|_, value| !value.is_null());
        values
    }

    /// The value at a path; `id` is the cloud's name of the object.
    pub fn at(&self, path: &Path) -> Option<Value> {
        let field = path.first_key()?;
        if path.0.len() == 1 && field == "id" {
            return Some(Value::String(self.id.clone()));
        }
        self.value(field)?
            .at(&path.0[1..])
            .map(|value| value.into_owned())
    }

    /// Records what the cloud answered, keeping only what is not said by the request already.
    ///
    /// `told` says of an input whether the cloud tells it at all; what it never tells stays as recorded.
    pub fn observe(&mut self, mut values: Map, told: impl Fn(&str) -> bool) {
        for (field, asked) in &self.request.inputs {
            match values.get(field) {
                Some(value) if value == asked => drop(values.remove(field)),
                Some(_) => {}
                None if told(field) && !asked.is_null() => {
                    drop(values.insert(field.clone(), Value::Null))
                }
                None => {}
            }
        }
        self.observed = values;
    }
}

/// A lookup's last answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LookupState {
    /// What was asked.
    #[serde(default)]
    pub inputs: Map,
    /// What was answered.
    pub answer: Map,
}

/// A provider configuration of something recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProviderState {
    /// The cloud.
    pub kind: String,
    /// Its settings.
    #[serde(default)]
    pub config: Map,
    /// The account and region that it led to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
}

/// One change of the state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delta {
    /// A resource is now this.
    Resource {
        /// Which.
        urn: Urn,
        /// What is recorded of it from now on.
        state: Box<ResourceState>,
    },
    /// A resource is no longer recorded.
    Forget {
        /// Which.
        urn: Urn,
    },
    /// A resource has a new urn.
    Rename {
        /// What it was called.
        from: Urn,
        /// What it is called.
        to: Urn,
    },
    /// A lookup was answered.
    Lookup {
        /// Which.
        urn: Urn,
        /// Its answer.
        state: LookupState,
    },
    /// A provider configuration is in use.
    Provider {
        /// Its name.
        name: Name,
        /// Its settings.
        state: ProviderState,
    },
    /// The stack's outputs are these.
    Outputs {
        /// By name.
        values: OutputValues,
        /// Those that were not literals, as the program wrote them.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        expressions: BTreeMap<String, Expr>,
    },
    /// Whether this is a production environment.
    Production {
        /// Whether it is.
        production: bool,
    },
    /// When the environment is to be torn down.
    Expiry {
        /// When, if ever.
        at: Option<Timestamp>,
    },
}

impl State {
    /// A new state, before anything exists.
    pub fn born(lineage: String, stack: String, environment: String) -> Self {
        Self {
            header: Header {
                lineage,
                stack,
                environment,
                ..Header::default()
            },
            ..Self::default()
        }
    }

    /// The live object of a urn.
    pub fn object(&self, urn: &Urn) -> Option<&Object> {
        self.resources.get(urn)?.object.as_ref()
    }

    /// The generation that the next object of a urn gets.
    pub fn next_generation(&self, urn: &Urn) -> u32 {
        // At the end of all numbers a name is used twice, and the cloud refuses it.
        self.last_generation(urn).saturating_add(1)
    }

    /// The generation of the newest object that a urn has had; 0 when it has had none.
    fn last_generation(&self, urn: &Urn) -> u32 {
        let gone = self.generations.get(urn).copied().unwrap_or(0);
        let objects = self
            .resources
            .get(urn)
            .into_iter()
            .flat_map(|state| state.object.iter().chain(&state.deposed));
        objects
            .map(|object| object.request.generation)
            .fold(gone, u32::max)
    }

    /// Whether any recorded object depends on a resource.
    pub fn is_depended_on(&self, urn: &Urn) -> bool {
        self.resources.values().any(|recorded| {
            let mut objects = recorded.object.iter().chain(&recorded.deposed);
            objects.any(|object| object.request.dependencies.contains(urn))
        })
    }

    /// What forgets a resource that others still depend on: they depend on what it depends on from then on, so that
    /// what comes before what stays as it was.
    pub fn forgetting(&self, urn: &Urn) -> Vec<Delta> {
        self.forgetting_between(urn, &self.dependencies(urn))
    }

    /// What the objects of a resource depend on directly.
    pub fn dependencies(&self, urn: &Urn) -> Vec<Urn> {
        let recorded = self.resources.get(urn).into_iter();
        let objects = recorded.flat_map(|recorded| recorded.object.iter().chain(&recorded.deposed));
        let all = objects.flat_map(|object| &object.request.dependencies);
        all.cloned().collect()
    }

    /// The same, where what the forgotten resource depended on is not recorded any more.
    pub fn forgetting_between(&self, urn: &Urn, further: &[Urn]) -> Vec<Delta> {
        let depends = |object: &Object| object.request.dependencies.contains(urn);
        let dependents = self.resources.iter().filter(|(dependent, recorded)| {
            let mut objects = recorded.object.iter().chain(&recorded.deposed);
            *dependent != urn && objects.any(depends)
        });
        let contracted = dependents.map(|(dependent, recorded)| {
            let mut state = recorded.clone();
            let objects = state.object.iter_mut().chain(&mut state.deposed);
            for object in objects.filter(|object| depends(object)) {
                let edges = &mut object.request.dependencies;
                edges.retain(|edge| edge != urn);
                for edge in further {
                    if !edges.contains(edge) && edge != dependent && edge != urn {
                        edges.push(edge.clone());
                    }
                }
            }
            Delta::Resource {
                urn: dependent.clone(),
                state: Box::new(state),
            }
        });
        let mut deltas: Vec<Delta> = contracted.collect();
        deltas.push(Delta::Forget { urn: urn.clone() });
        deltas
    }

    /// Makes one change. Applying the same change twice is applying it once.
    pub fn apply(&mut self, delta: &Delta) {
        match delta {
            Delta::Resource { urn, state } => {
                // An object that goes away leaves its generation behind, so that its name is not used again.
                let last = self.last_generation(urn);
                if state.object.is_none() && last > 0 {
                    self.generations.insert(urn.clone(), last);
                }
                self.resources.insert(urn.clone(), state.as_ref().clone());
            }
            Delta::Forget { urn } => {
                let last = self.last_generation(urn);
                if self.resources.swap_remove(urn).is_some() && last > 0 {
                    self.generations.insert(urn.clone(), last);
                }
            }
            Delta::Rename { from, to } => {
                let last = self.last_generation(from).max(self.last_generation(to));
                if let Some(state) = self.resources.swap_remove(from) {
                    self.resources.insert(to.clone(), state);
                    let objects = self
                        .resources
                        .values_mut()
                        .flat_map(|state| state.object.iter_mut().chain(&mut state.deposed));
                    for object in objects {
                        for dependency in object
                            .request
                            .dependencies
                            .iter_mut()
                            .filter(|urn| *urn == from)
                        {
                            *dependency = to.clone();
                        }
                        for expression in object.request.expressions.values_mut() {
                            expression.rename(&|urn| (urn == from).then(|| to.clone()));
                        }
                    }
                    for expression in self.output_expressions.values_mut() {
                        expression.rename(&|urn| (urn == from).then(|| to.clone()));
                    }
                }
                // The object keeps the name that it was given under its old urn, which may be declared again.
                if last > 0 {
                    self.generations.insert(from.clone(), last);
                    self.generations.insert(to.clone(), last);
                }
            }
            Delta::Lookup { urn, state } => drop(self.lookups.insert(urn.clone(), state.clone())),
            Delta::Provider { name, state } => {
                drop(self.providers.insert(name.clone(), state.clone()))
            }
            Delta::Outputs {
                values,
                expressions,
            } => {
                self.outputs.clone_from(values);
                self.output_expressions.clone_from(expressions);
            }
            Delta::Production { production } => self.header.production = *production,
            Delta::Expiry { at } => self.header.expires = *at,
        }
    }
}
