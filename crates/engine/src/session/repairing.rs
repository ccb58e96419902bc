//! What a person says of the record: this object is that resource's, this resource is no longer ours.

use stack_model::schema::Nature;
use stack_model::{Map, Urn};
use stack_provider::Recorded;

use super::Session;
use crate::backend::Seal;
use crate::check::CheckedGraph;
use crate::connections::{cloud, no_handler};
use crate::error::{Error, Result};
use crate::refresh;
use crate::state::{Delta, Durations, Object, Request, ResourceState, State};

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
        let type_name = &graph.graph.resources[position].type_name;
        if self.connections.schemas()[type_name].nature != Nature::Object {
            return Err(Error::problem(
                urn,
                "lives in the state alone, so there is nothing to import: let an apply make it",
            ));
        }
        // Which of several objects a lost create made is what the person says with this.
        self.doubts.retain(|doubt| doubt.intent.urn != *urn);
        self.settle().await?;
        let resource = &graph.graph.resources[position];
        let provider = crate::providers::name_for(
            &graph.graph,
            &resource.type_name,
            &resource.options.provider,
        );
        let observer = self.connections.observer(&provider).await?;
        let handler = observer
            .resource(&resource.type_name)
            .ok_or_else(|| cloud("import", urn, no_handler(urn)))?;
        let nothing = Map::new();
        let read = || {
            handler.read(Recorded {
                id,
                values: &nothing,
            })
        };
        let observation = refresh::retried(read)
            .await
            .map_err(|error| cloud("import", urn, error))?
            .ok_or_else(|| {
                Error::problem(
                    urn,
                    format!("there is no object {id} in the account and region of {provider}"),
                )
            })?;
        let schema = &self.connections.schemas()[&resource.type_name];
        let scope = crate::scope::Actual {
            state: &self.state,
            config,
            stacks: &self.stacks,
        };
        // What the program sets counts as asked for, with the value that the cloud has; the next plan shows what
        // differs.
        let mut inputs = Map::new();
        for (field, expr) in &resource.inputs {
            let declared = schema.inputs.get(field);
            let value = if declared.is_some_and(|declared| declared.write_only) {
                crate::partial::evaluate(expr, &scope)
                    .ok()
                    .and_then(crate::partial::Partial::into_known)
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
                generation: self.state.next_generation(urn),
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
        let kept = crate::execute::kept_of(&resource.options);
        let state = Box::new(ResourceState {
            object: Some(object),
            deposed: self
                .state
                .resources
                .get(urn)
                .map(|recorded| recorded.deposed.clone())
                .unwrap_or_default(),
            kept,
        });
        self.learn(Delta::Resource {
            urn: urn.clone(),
            state,
        });
        self.save().await
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

    /// Records another content from now on, whether it contradicts itself or not, and commits. What is in doubt is
    /// settled first, since the commit takes the place of the journals that hold it.
    pub async fn replace(&mut self, mut content: State) -> Result<()> {
        self.settle().await?;
        let production = content.header.production;
        content.header = self.state.header.clone();
        content.header.production = production;
        let before = std::mem::replace(&mut self.state, content);
        let saved = self.save().await;
        if saved.is_err() {
            self.state = before;
        }
        saved
    }

    /// Gives a resource another urn. What depends on it follows.
    pub async fn rename_resource(&mut self, from: &Urn, to: &Urn) -> Result<()> {
        if !self.state.resources.contains_key(from) {
            return Err(Error::problem(from, "is not recorded"));
        }
        if self.state.resources.contains_key(to) {
            return Err(Error::problem(to, "is recorded already"));
        }
        if from.type_name() != to.type_name() {
            return Err(Error::problem(
                from,
                format!("is of another type than {to}, and an object does not change its type"),
            ));
        }
        self.settle().await?;
        self.learn(Delta::Rename {
            from: from.clone(),
            to: to.clone(),
        });
        self.save().await
    }

    /// Forgets a resource without touching the cloud.
    pub async fn forget(&mut self, urn: &Urn) -> Result<()> {
        let doubts = self.doubts.len();
        self.doubts.retain(|doubt| doubt.intent.urn != *urn);
        if !self.state.resources.contains_key(urn) && self.doubts.len() == doubts {
            return Err(Error::problem(urn, "is not recorded"));
        }
        self.state
            .forgetting(urn)
            .into_iter()
            .for_each(|delta| self.learn(delta));
        self.save().await
    }

    /// Keeps the data key in another way from now on, and commits. The data key is to be the same: what was sealed
    /// before stays readable.
    pub async fn rewrap(&mut self, seal: Box<dyn Seal>) -> Result<()> {
        let probe = self.seal.seal(b"probe")?;
        if seal.open(&probe)? != b"probe" {
            return Err(Error::Other(
                "the new key does not open what the old one sealed".into(),
            ));
        }
        self.seal = seal;
        self.save().await
    }
}
