//! Who calls what: the provider of a case, with each call of its handlers under the name of its type and of what the
//! engine does.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use stack_model::{Map, Schema, TypeName};
use stack_provider::{
    Actions, Answer, Context, Created, Identity, Mutate, Mutator, Observation, Observe, Observer,
    Provider, Recorded, Result, Verb, Whose,
};

/// What the handlers of a provider called, as whoever sees their requests noted it.
#[derive(Debug, Clone, Default)]
pub struct Calls(Arc<Mutex<BTreeSet<(TypeName, Verb, String)>>>);

tokio::task_local! {
    /// What the engine does, and with what type.
    static DOING: (TypeName, Verb);
}

impl Calls {
    /// Notes an action, from within the request's own task. What no handler asked for, such as who we are, is not noted.
    pub fn note(&self, action: String) {
        let doing = DOING.try_with(Clone::clone);
        if let (Ok((type_name, verb)), Ok(mut seen)) = (doing, self.0.lock()) {
            seen.insert((type_name, verb, action));
        }
    }

    /// What was called so far.
    pub(super) fn seen(&self) -> BTreeSet<(TypeName, Verb, String)> {
        self.0.lock().map(|seen| seen.clone()).unwrap_or_default()
    }
}

/// A provider whose handlers' calls are told apart.
pub(super) struct Watched(pub Arc<dyn Provider>);

#[async_trait]
impl Provider for Watched {
    fn kind(&self) -> &'static str {
        self.0.kind()
    }

    fn schemas(&self) -> Vec<Schema> {
        self.0.schemas()
    }

    fn actions(&self, type_name: &TypeName) -> Option<&Actions> {
        self.0.actions(type_name)
    }

    fn settings(&self) -> &'static [(&'static str, &'static str)] {
        self.0.settings()
    }

    async fn observe(&self, config: &Map) -> Result<Arc<dyn Observer>> {
        let inner = self.0.observe(config).await?;
        let halves = self.halves(&inner);
        Ok(Arc::new(Watching { inner, halves }))
    }

    async fn mutate(&self, config: &Map) -> Result<Arc<dyn Mutator>> {
        let inner = self.0.mutate(config).await?;
        let halves = self.halves(&inner);
        Ok(Arc::new(Watching { inner, halves }))
    }

    fn concurrency(&self, service: &str) -> Option<usize> {
        self.0.concurrency(service)
    }
}

impl Watched {
    fn halves<C: ?Sized>(&self, inner: &Arc<C>) -> HashMap<TypeName, Half<C>> {
        let types = self.0.schemas().into_iter().map(|schema| schema.type_name);
        let half = |type_name: TypeName| {
            let half = Half {
                type_name: type_name.clone(),
                inner: Arc::clone(inner),
            };
            (type_name, half)
        };
        types.map(half).collect()
    }
}

/// One half of a connection.
struct Watching<C: ?Sized> {
    halves: HashMap<TypeName, Half<C>>,
    inner: Arc<C>,
}

/// One type of it.
struct Half<C: ?Sized> {
    type_name: TypeName,
    inner: Arc<C>,
}

impl<C: ?Sized> Half<C> {
    async fn doing<T>(&self, verb: Verb, call: impl Future<Output = T>) -> T {
        DOING.scope((self.type_name.clone(), verb), call).await
    }
}

const KNOWN: &str = "a half is given out only where the provider has the type";

#[async_trait]
impl Observer for Watching<dyn Observer> {
    async fn identity(&self) -> Result<Option<Identity>> {
        self.inner.identity().await
    }

    fn resource(&self, type_name: &TypeName) -> Option<&dyn Observe> {
        self.inner.resource(type_name)?;
        self.halves.get(type_name).map(|half| half as _)
    }

    fn lookup(&self, type_name: &TypeName) -> Option<&dyn Answer> {
        self.inner.lookup(type_name)?;
        self.halves.get(type_name).map(|half| half as _)
    }
}

impl Mutator for Watching<dyn Mutator> {
    fn resource(&self, type_name: &TypeName) -> Option<&dyn Mutate> {
        self.inner.resource(type_name)?;
        self.halves.get(type_name).map(|half| half as _)
    }
}

#[async_trait]
impl Observe for Half<dyn Observer> {
    async fn read(&self, recorded: Recorded<'_>) -> Result<Option<Observation>> {
        let half = self.inner.resource(&self.type_name).expect(KNOWN);
        self.doing(Verb::Read, half.read(recorded)).await
    }

    fn batch(&self) -> usize {
        let half = self.inner.resource(&self.type_name).expect(KNOWN);
        half.batch()
    }

    async fn read_many(&self, recorded: &[Recorded<'_>]) -> Result<Vec<Option<Observation>>> {
        let half = self.inner.resource(&self.type_name).expect(KNOWN);
        self.doing(Verb::Read, half.read_many(recorded)).await
    }

    async fn find(&self, whose: Whose<'_>, inputs: &Map) -> Result<Vec<String>> {
        let half = self.inner.resource(&self.type_name).expect(KNOWN);
        self.doing(Verb::Read, half.find(whose, inputs)).await
    }
}

#[async_trait]
impl Answer for Half<dyn Observer> {
    async fn answer(&self, inputs: &Map) -> Result<Map> {
        let half = self.inner.lookup(&self.type_name).expect(KNOWN);
        self.doing(Verb::Read, half.answer(inputs)).await
    }
}

#[async_trait]
impl Mutate for Half<dyn Mutator> {
    async fn create(&self, inputs: &Map, context: &Context) -> Result<Created> {
        let half = self.inner.resource(&self.type_name).expect(KNOWN);
        self.doing(Verb::Create, half.create(inputs, context)).await
    }

    async fn resume(&self, id: &str, inputs: &Map, context: &Context) -> Result<()> {
        let half = self.inner.resource(&self.type_name).expect(KNOWN);
        let resumed = half.resume(id, inputs, context);
        self.doing(Verb::Create, resumed).await
    }

    async fn update(
        &self,
        id: &str,
        before: &Map,
        after: &Map,
        context: &Context,
    ) -> Result<Option<Observation>> {
        let half = self.inner.resource(&self.type_name).expect(KNOWN);
        let updated = half.update(id, before, after, context);
        self.doing(Verb::Update, updated).await
    }

    async fn delete(&self, id: &str, recorded: &Map, context: &Context) -> Result<()> {
        let half = self.inner.resource(&self.type_name).expect(KNOWN);
        let deleted = half.delete(id, recorded, context);
        self.doing(Verb::Delete, deleted).await
    }
}
