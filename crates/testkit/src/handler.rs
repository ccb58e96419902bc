//! The fake cloud as a provider.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use stack_model::{Map, Schema, TypeName, Value};
use stack_provider::{
    Answer, Context, Created, Error, ErrorKind, Identity, Mutate, Mutator, Observation, Observe,
    Observer, Progress, Provider, Recorded, Result, Whose,
};

use crate::cloud::{CallKind, FakeCloud, Writing};
use crate::types;

#[async_trait]
impl Provider for FakeCloud {
    fn kind(&self) -> &'static str {
        "test"
    }

    fn schemas(&self) -> Vec<Schema> {
        vec![
            types::thing(),
            types::data(),
            types::rich(),
            types::act(),
            types::value(),
            types::zone(),
        ]
    }

    fn settings(&self) -> &'static [(&'static str, &'static str)] {
        &[("region", "Where."), ("account", "Whose.")]
    }

    async fn observe(&self, _: &Map) -> Result<Arc<dyn Observer>> {
        Ok(Arc::new(Link::new(self)))
    }

    async fn mutate(&self, _: &Map) -> Result<Arc<dyn Mutator>> {
        Ok(Arc::new(Link::new(self)))
    }

    fn concurrency(&self, service: &str) -> Option<usize> {
        (service == "test:cloud").then_some(8)
    }
}

/// Both halves of a connection.
struct Link {
    cloud: FakeCloud,
    objects: HashMap<&'static str, Objects>,
    kept: Kept,
    acts: Acts,
    zones: Zones,
}

impl Link {
    fn new(cloud: &FakeCloud) -> Self {
        let objects = [types::THING, types::DATA, types::RICH].map(|type_name| {
            let cloud = cloud.clone();
            (type_name, Objects { cloud, type_name })
        });
        Self {
            cloud: cloud.clone(),
            objects: objects.into(),
            kept: Kept,
            acts: Acts(cloud.clone()),
            zones: Zones(cloud.clone()),
        }
    }
}

#[async_trait]
impl Observer for Link {
    async fn identity(&self) -> Result<Option<Identity>> {
        Ok(Some(self.cloud.identity()))
    }

    fn resource(&self, type_name: &TypeName) -> Option<&dyn Observe> {
        match type_name.as_str() {
            types::VALUE => Some(&self.kept),
            types::ACT => Some(&self.acts),
            other => self.objects.get(other).map(|objects| objects as _),
        }
    }

    fn lookup(&self, type_name: &TypeName) -> Option<&dyn Answer> {
        (type_name.as_str() == types::ZONE).then_some(&self.zones as _)
    }
}

impl Mutator for Link {
    fn resource(&self, type_name: &TypeName) -> Option<&dyn Mutate> {
        match type_name.as_str() {
            types::VALUE => Some(&self.kept),
            types::ACT => Some(&self.acts),
            other => self.objects.get(other).map(|objects| objects as _),
        }
    }
}

struct Objects {
    cloud: FakeCloud,
    type_name: &'static str,
}

impl Objects {
    async fn wait(&self, id: &str, context: &Context) -> Result<()> {
        let look = || async {
            match self.cloud.is_ready(id) {
                Some(true) => Ok(Progress::Done(())),
                Some(false) => Ok(Progress::Pending("it is being made".into())),
                None => Err(Error::new(ErrorKind::Gone, format!("there is no {id}"))),
            }
        };
        context.wait_for(id, look).await
    }

    async fn accepted(&self, id: &str, writing: &Writing, context: &Context) -> Result<()> {
        writing.end().await?;
        context.accepted(id).await?;
        writing.accepted().await
    }
}

#[async_trait]
impl Observe for Objects {
    async fn read(&self, recorded: Recorded<'_>) -> Result<Option<Observation>> {
        self.cloud
            .note(CallKind::Read, self.type_name, recorded.id, &Map::new());
        self.cloud.hinder(CallKind::Read, recorded.id)?;
        Ok(self.cloud.look(recorded.id).map(|object| Observation {
            values: object.values,
        }))
    }

    fn batch(&self) -> usize {
        self.cloud.batch()
    }

    async fn read_many(&self, recorded: &[Recorded<'_>]) -> Result<Vec<Option<Observation>>> {
        let ids: Vec<&str> = recorded.iter().map(|one| one.id).collect();
        self.cloud
            .note(CallKind::List, self.type_name, &ids.join(" "), &Map::new());
        self.cloud.hinder(CallKind::List, self.type_name)?;
        let shown = ids.into_iter().map(|id| self.cloud.look_at_list(id));
        let shown = shown.map(|object| {
            object.map(|object| Observation {
                values: object.values,
            })
        });
        Ok(shown.collect())
    }

    async fn find(&self, whose: Whose<'_>, _: &Map) -> Result<Vec<String>> {
        self.cloud.note(
            CallKind::Find,
            self.type_name,
            whose.urn().as_str(),
            &Map::new(),
        );
        self.cloud.hinder(CallKind::Find, whose.urn().as_str())?;
        Ok(self.cloud.find(whose))
    }
}

#[async_trait]
impl Mutate for Objects {
    async fn create(&self, inputs: &Map, context: &Context) -> Result<Created> {
        let urn = context.owner.urn.as_str();
        let writing = self
            .cloud
            .begin(CallKind::Create, self.type_name, urn, inputs)
            .await?;
        let id = self.cloud.insert(self.type_name, inputs, &context.owner)?;
        self.accepted(&id, &writing, context).await?;
        self.wait(&id, context).await?;
        Ok(Created {
            id,
            observation: None,
        })
    }

    async fn resume(&self, id: &str, _: &Map, context: &Context) -> Result<()> {
        self.cloud
            .note(CallKind::Resume, self.type_name, id, &Map::new());
        self.wait(id, context).await
    }

    async fn update(
        &self,
        id: &str,
        _: &Map,
        after: &Map,
        _: &Context,
    ) -> Result<Option<Observation>> {
        let writing = self
            .cloud
            .begin(CallKind::Update, self.type_name, id, after)
            .await?;
        self.cloud.update(id, after)?;
        writing.end().await?;
        Ok(None)
    }

    async fn delete(&self, id: &str, _: &Map, _: &Context) -> Result<()> {
        let writing = self
            .cloud
            .begin(CallKind::Delete, self.type_name, id, &Map::new())
            .await?;
        self.cloud.delete(id)?;
        writing.end().await
    }
}

/// Objects that live in the state alone. Nothing is logged: no call leaves the process.
struct Kept;

#[async_trait]
impl Observe for Kept {
    async fn read(&self, recorded: Recorded<'_>) -> Result<Option<Observation>> {
        let values = recorded.values.clone();
        Ok(Some(Observation { values }))
    }

    async fn find(&self, _: Whose<'_>, _: &Map) -> Result<Vec<String>> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl Mutate for Kept {
    async fn create(&self, inputs: &Map, context: &Context) -> Result<Created> {
        let observation = Some(Observation {
            values: inputs.clone(),
        });
        let id = format!("value-{}", context.owner.token);
        Ok(Created { id, observation })
    }

    async fn resume(&self, _: &str, _: &Map, _: &Context) -> Result<()> {
        Ok(())
    }

    async fn update(
        &self,
        _: &str,
        _: &Map,
        after: &Map,
        _: &Context,
    ) -> Result<Option<Observation>> {
        let values = after.clone();
        Ok(Some(Observation { values }))
    }

    async fn delete(&self, _: &str, _: &Map, _: &Context) -> Result<()> {
        Ok(())
    }
}

struct Acts(FakeCloud);

impl Acts {
    async fn run(&self, inputs: &Map, context: &Context) -> Result<(String, Observation)> {
        let urn = context.owner.urn.as_str();
        let writing = self.0.begin(CallKind::Run, types::ACT, urn, inputs).await?;
        let id = self.0.run(inputs, &context.owner.token);
        writing.end().await?;
        let mut values = inputs.clone();
        values.insert("result".into(), format!("result of {id}").into());
        Ok((id, Observation { values }))
    }
}

#[async_trait]
impl Observe for Acts {
    async fn read(&self, recorded: Recorded<'_>) -> Result<Option<Observation>> {
        let values = recorded.values.clone();
        Ok(Some(Observation { values }))
    }

    async fn find(&self, _: Whose<'_>, _: &Map) -> Result<Vec<String>> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl Mutate for Acts {
    async fn create(&self, inputs: &Map, context: &Context) -> Result<Created> {
        let (id, observation) = self.run(inputs, context).await?;
        Ok(Created {
            id,
            observation: Some(observation),
        })
    }

    async fn resume(&self, _: &str, _: &Map, _: &Context) -> Result<()> {
        Ok(())
    }

    async fn update(
        &self,
        _: &str,
        _: &Map,
        after: &Map,
        context: &Context,
    ) -> Result<Option<Observation>> {
        Ok(Some(self.run(after, context).await?.1))
    }

    async fn delete(&self, _: &str, _: &Map, _: &Context) -> Result<()> {
        Ok(())
    }
}

struct Zones(FakeCloud);

#[async_trait]
impl Answer for Zones {
    async fn answer(&self, inputs: &Map) -> Result<Map> {
        self.0.note(CallKind::Answer, types::ZONE, "", inputs);
        let filter = inputs.get("filter").and_then(Value::as_str);
        let found = self.0.zones().into_iter();
        let found = found.filter(|zone| filter.is_none_or(|filter| zone.contains(filter)));
        let names = Value::List(found.map(Value::from).collect());
        Ok(Map::from([("names".to_owned(), names)]))
    }
}
