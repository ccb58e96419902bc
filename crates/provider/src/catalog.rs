//! From typed handlers to a provider's table of types.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::Arc;

use async_trait::async_trait;
use stack_model::{ConvertError, FromValue, Map, Schema, ToValue, TypeName, Value};

use crate::actions::Actions;
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::handler::{Change, Effect, Handler, Kept, Question};
use crate::mutate::{Created, Mutate, Mutator};
use crate::observe::{Answer, Identity, Observation, Observe, Observer, Recorded};
use crate::owner::Whose;
use crate::preflight::{Ask, Finding};
use crate::stray::{Search, Strays};

/// How a client becomes one half of a type.
pub type Bind<C, T> = fn(Arc<C>) -> Box<T>;

struct Entry<C> {
    schema: Schema,
    actions: Actions,
    role: Role<C>,
}

enum Role<C> {
    Resource {
        observe: Bind<C, dyn Observe>,
        mutate: Bind<C, dyn Mutate>,
    },
    Lookup {
        answer: Bind<C, dyn Answer>,
    },
}

/// The types that a cloud's client `C` serves.
pub struct Catalog<C> {
    entries: Vec<Entry<C>>,
}

impl<C> Default for Catalog<C> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
        }
    }
}

impl<C: Send + Sync + 'static> Catalog<C> {
    /// An empty catalog.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a type whose halves are written by hand: one that reads or changes more than a typed handler can say.
    #[must_use]
    pub fn resource(
        mut self,
        schema: Schema,
        actions: Actions,
        observe: Bind<C, dyn Observe>,
        mutate: Bind<C, dyn Mutate>,
    ) -> Self {
        self.entries.push(Entry {
            schema,
            actions,
            role: Role::Resource { observe, mutate },
        });
        self
    }

    /// Adds a type of object at the cloud.
    #[must_use]
    pub fn object<H: Handler<Client = C>>(self) -> Self {
        self.resource(
            H::schema(),
            H::actions(),
            |client| ObjectOf::<H>::boxed(client),
            |client| ObjectOf::<H>::boxed(client),
        )
    }

    /// Adds a type of object that lives in the state alone.
    #[must_use]
    pub fn kept<K: Kept + FromValue>(self) -> Self {
        self.resource(
            K::schema(),
            Actions::default(),
            |_| Box::new(KeptOf::<K>(PhantomData)),
            |_| Box::new(KeptOf::<K>(PhantomData)),
        )
    }

    /// Adds a type of act.
    #[must_use]
    pub fn effect<E: Effect<Client = C>>(self) -> Self {
        self.resource(
            E::schema(),
            E::actions(),
            |client| EffectOf::<E>::boxed(client),
            |client| EffectOf::<E>::boxed(client),
        )
    }

    /// Adds a type of lookup.
    #[must_use]
    pub fn lookup<Q: Question<Client = C>>(mut self) -> Self {
        let answer: Bind<C, dyn Answer> = |client| Box::new(QuestionOf::<Q>(client, PhantomData));
        self.entries.push(Entry {
            schema: Q::schema(),
            actions: Q::actions(),
            role: Role::Lookup { answer },
        });
        self
    }

    /// What the planner knows of the types.
    pub fn schemas(&self) -> Vec<Schema> {
        self.entries
            .iter()
            .map(|entry| entry.schema.clone())
            .collect()
    }

    /// What a type calls, as the cloud's policies name it; none for a type that it does not know.
    pub fn actions(&self, type_name: &TypeName) -> Option<&Actions> {
        let entry = self
            .entries
            .iter()
            .find(|entry| entry.schema.type_name == *type_name);
        entry.map(|entry| &entry.actions)
    }

    /// A connection on one client that reads.
    pub fn observer(&self, client: Arc<C>) -> Arc<dyn Observer>
    where
        C: Identify,
    {
        let (mut resources, mut lookups) = (HashMap::new(), HashMap::new());
        for entry in &self.entries {
            let type_name = entry.schema.type_name.clone();
            match &entry.role {
                Role::Resource { observe, .. } => {
                    drop(resources.insert(type_name, observe(Arc::clone(&client))))
                }
                Role::Lookup { answer } => {
                    drop(lookups.insert(type_name, answer(Arc::clone(&client))))
                }
            }
        }
        Arc::new(Reading {
            client,
            resources,
            lookups,
        })
    }

    /// A connection on one client that changes things.
    pub fn mutator(&self, client: &Arc<C>) -> Arc<dyn Mutator> {
        let resources = self.entries.iter().filter_map(|entry| match &entry.role {
            Role::Resource { mutate, .. } => {
                Some((entry.schema.type_name.clone(), mutate(Arc::clone(client))))
            }
            Role::Lookup { .. } => None,
        });
        Arc::new(Writing {
            resources: resources.collect(),
        })
    }
}

/// A client that knows who we are at its cloud.
pub trait Identify: Send + Sync + 'static {
    /// Who we are, and where. `None` where there are no accounts.
    fn identity(&self) -> impl Future<Output = Result<Option<Identity>>> + Send;

    /// What of all this would be refused to us; see [`Observer::preflight`].
    fn preflight(&self, asks: &[Ask]) -> impl Future<Output = Result<Vec<Finding>>> + Send {
        let _ = asks;
        async { Ok(Vec::new()) }
    }

    /// What is there; see [`Observer::strays`].
    fn strays(&self, search: Search) -> impl Future<Output = Result<Strays>> + Send {
        let _ = search;
        async { Ok(Strays::default()) }
    }
}

struct Reading<C> {
    client: Arc<C>,
    resources: HashMap<TypeName, Box<dyn Observe>>,
    lookups: HashMap<TypeName, Box<dyn Answer>>,
}

#[async_trait]
impl<C: Identify> Observer for Reading<C> {
    async fn identity(&self) -> Result<Option<Identity>> {
        self.client.identity().await
    }

    async fn preflight(&self, asks: &[Ask]) -> Result<Vec<Finding>> {
        self.client.preflight(asks).await
    }

    async fn strays(&self, search: Search) -> Result<Strays> {
        self.client.strays(search).await
    }

    fn resource(&self, type_name: &TypeName) -> Option<&dyn Observe> {
        self.resources.get(type_name).map(AsRef::as_ref)
    }

    fn lookup(&self, type_name: &TypeName) -> Option<&dyn Answer> {
        self.lookups.get(type_name).map(AsRef::as_ref)
    }
}

struct Writing {
    resources: HashMap<TypeName, Box<dyn Mutate>>,
}

impl Mutator for Writing {
    fn resource(&self, type_name: &TypeName) -> Option<&dyn Mutate> {
        self.resources.get(type_name).map(AsRef::as_ref)
    }
}

/// Reads a handler's inputs. The engine has checked them against the schema, so a misfit is our bug or bad state.
fn inputs<I: FromValue>(map: &Map) -> Result<I> {
    I::from_value(&Value::Map(map.clone()))
        .map_err(|error: ConvertError| Error::new(ErrorKind::Invalid, error.to_string()))
}

fn observation(object: &impl ToValue) -> Observation {
    match object.to_value() {
        Value::Map(mut values) => {
            values.retain(|_, value| !value.is_null());
            Observation { values }
        }
        _ => unreachable!("a resource is derived from a struct, and a struct is a map"),
    }
}

struct ObjectOf<H: Handler>(Arc<H::Client>);

impl<H: Handler> ObjectOf<H> {
    fn boxed(client: Arc<H::Client>) -> Box<Self> {
        Box::new(Self(client))
    }
}

#[async_trait]
impl<H: Handler> Observe for ObjectOf<H> {
    async fn read(&self, recorded: Recorded<'_>) -> Result<Option<Observation>> {
        Ok(H::read(&self.0, recorded.id)
            .await?
            .as_ref()
            .map(observation))
    }

    fn batch(&self) -> usize {
        H::BATCH
    }

    async fn read_many(&self, recorded: &[Recorded<'_>]) -> Result<Vec<Option<Observation>>> {
        let ids: Vec<&str> = recorded.iter().map(|one| one.id).collect();
        let shown = H::read_many(&self.0, &ids).await?;
        let mut shown: HashMap<String, H> = shown.into_iter().collect();
        let observed = ids.into_iter().map(|id| shown.remove(id));
        Ok(observed.map(|one| one.as_ref().map(observation)).collect())
    }

    async fn find(&self, whose: Whose<'_>, map: &Map) -> Result<Vec<String>> {
        H::find(&self.0, whose, &inputs(map)?).await
    }

    async fn preflight(&self, known: &Map) -> Result<Vec<Finding>> {
        H::preflight(&self.0, known).await
    }
}

#[async_trait]
impl<H: Handler> Mutate for ObjectOf<H> {
    async fn create(&self, map: &Map, context: &Context) -> Result<Created> {
        let inputs = inputs(map)?;
        let id = H::create(&self.0, &inputs, context).await?;
        context.accepted(&id).await?;
        H::settle(&self.0, &id, &inputs, context).await?;
        Ok(Created {
            id,
            observation: None,
        })
    }

    async fn resume(&self, id: &str, map: &Map, context: &Context) -> Result<()> {
        H::settle(&self.0, id, &inputs(map)?, context).await
    }

    async fn update(
        &self,
        id: &str,
        before: &Map,
        after: &Map,
        context: &Context,
    ) -> Result<Option<Observation>> {
        let (before, after) = (inputs(before)?, inputs(after)?);
        H::update(&self.0, id, Change::between(&before, &after), context).await?;
        Ok(None)
    }

    async fn delete(&self, id: &str, recorded: &Map, context: &Context) -> Result<()> {
        match H::delete(&self.0, id, &inputs(recorded)?, context).await {
            Err(error) if error.kind == ErrorKind::Gone => Ok(()),
            result => result,
        }
    }
}

struct KeptOf<K>(PhantomData<fn() -> K>);

#[async_trait]
impl<K: Kept> Observe for KeptOf<K> {
    async fn read(&self, recorded: Recorded<'_>) -> Result<Option<Observation>> {
        Ok(Some(Observation {
            values: recorded.values.clone(),
        }))
    }

    async fn find(&self, _: Whose<'_>, _: &Map) -> Result<Vec<String>> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl<K: Kept + FromValue> Mutate for KeptOf<K> {
    async fn create(&self, map: &Map, _: &Context) -> Result<Created> {
        let (id, object) = K::create(&inputs(map)?)?;
        Ok(Created {
            id,
            observation: Some(observation(&object)),
        })
    }

    async fn resume(&self, _: &str, _: &Map, _: &Context) -> Result<()> {
        Ok(())
    }

    async fn update(
        &self,
        _: &str,
        before: &Map,
        after: &Map,
        _: &Context,
    ) -> Result<Option<Observation>> {
        Ok(Some(observation(&K::update(
            inputs(before)?,
            &inputs(after)?,
        )?)))
    }

    async fn delete(&self, _: &str, _: &Map, _: &Context) -> Result<()> {
        Ok(())
    }
}

struct EffectOf<E: Effect>(Arc<E::Client>);

impl<E: Effect> EffectOf<E> {
    fn boxed(client: Arc<E::Client>) -> Box<Self> {
        Box::new(Self(client))
    }
}

#[async_trait]
impl<E: Effect> Observe for EffectOf<E> {
    async fn read(&self, recorded: Recorded<'_>) -> Result<Option<Observation>> {
        Ok(Some(Observation {
            values: recorded.values.clone(),
        }))
    }

    async fn find(&self, _: Whose<'_>, _: &Map) -> Result<Vec<String>> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl<E: Effect> Mutate for EffectOf<E> {
    async fn create(&self, map: &Map, context: &Context) -> Result<Created> {
        let (id, object) = E::run(&self.0, &inputs(map)?, context).await?;
        Ok(Created {
            id,
            observation: Some(observation(&object)),
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
        let (_, object) = E::run(&self.0, &inputs(after)?, context).await?;
        Ok(Some(observation(&object)))
    }

    async fn delete(&self, _: &str, _: &Map, _: &Context) -> Result<()> {
        Ok(())
    }
}

struct QuestionOf<Q: Question>(Arc<Q::Client>, PhantomData<fn() -> Q>);

#[async_trait]
impl<Q: Question> Answer for QuestionOf<Q> {
    async fn answer(&self, map: &Map) -> Result<Map> {
        Ok(observation(&Q::answer(&self.0, &inputs(map)?).await?).values)
    }
}
