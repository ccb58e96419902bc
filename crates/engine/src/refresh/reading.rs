//! One object by its own call, or many of a type by a call of a list.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use stack_model::{Map, Name, Schema, TypeName, Urn};
use stack_provider::trace::{self, Fact, Work};
use stack_provider::{Error as CloudError, ErrorKind, Observation, Observe, Observer, Recorded};
use tokio::sync::Semaphore;

use crate::connections::{Connections, cloud, no_handler};
use crate::error::{Error, Result};
use crate::event::{Event, Listener};
use crate::state::Object;

/// How often a read is tried that fails in a way that may pass.
const TRIES: u32 = 6;

/// An object that is to be read.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// Our name of it.
    pub urn: &'a Urn,
    /// What is recorded of it.
    pub object: &'a Object,
    /// What is known of its type.
    pub schema: &'a Schema,
}

/// Reads objects side by side: by lists where their types have any, by one call for each elsewhere. The observations
/// come in the order of what is wanted, so that what a person sees does not depend on which answer came first.
pub async fn read_all(
    connections: &Connections,
    wanted: Vec<Wanted<'_>>,
    listener: &dyn Listener,
) -> Result<Vec<Option<Observation>>> {
    let mut gates: HashMap<&str, Semaphore> = HashMap::new();
    for one in &wanted {
        let service = one.urn.service();
        let limit = || Semaphore::new(connections.concurrency(service).unwrap_or(256));
        gates.entry(service).or_insert_with(limit);
    }
    let width = gates.values().map(Semaphore::available_permits);
    let width = width.sum::<usize>().clamp(1, 1024);
    let desk = Desk {
        connections,
        gates,
        listener,
    };
    let batches = desk.batches(&wanted).await?;
    let reads = batches.into_iter().map(|batch| desk.read_batch(batch));
    let mut observations: Vec<Option<Observation>> = Vec::new();
    observations.resize_with(wanted.len(), || None);
    let mut reads = stream::iter(reads).buffered(width);
    while let Some(batch) = reads.try_next().await? {
        for (position, observation) in batch {
            observations[position] = observation;
        }
    }
    Ok(observations)
}

/// Objects of one type at one cloud that a list may read at once, with their positions.
struct Batch<'a> {
    observer: Arc<dyn Observer>,
    type_name: TypeName,
    wanted: Vec<(usize, Wanted<'a>)>,
}

/// What all reads of a refresh share.
struct Desk<'a> {
    connections: &'a Connections,
    /// How many calls may be under way to each service.
    gates: HashMap<&'a str, Semaphore>,
    listener: &'a dyn Listener,
}

impl<'a> Desk<'a> {
    /// Which objects are read together, each batch where its first object stands. One whose create has not been seen to
    /// end is read alone, since it may have to be waited for.
    async fn batches(&self, wanted: &[Wanted<'a>]) -> Result<Vec<Batch<'a>>> {
        let mut batches: Vec<Batch<'a>> = Vec::new();
        let mut open: HashMap<(&Name, &str), usize> = HashMap::new();
        for (position, one) in wanted.iter().enumerate() {
            let provider = &one.object.request.provider;
            let key = (provider, one.urn.type_name());
            let begun = open.get(&key).copied().filter(|_| !one.object.incomplete);
            if let Some(begun) = begun {
                let batch = &mut batches[begun];
                batch.wanted.push((position, *one));
                if batch.wanted.len() >= batch.size() {
                    open.remove(&key);
                }
                continue;
            }
            let batch = Batch {
                observer: self.connections.observer(provider).await?,
                type_name: type_name(one.urn)?,
                wanted: vec![(position, *one)],
            };
            if batch.size() > 1 && !one.object.incomplete {
                open.insert(key, batches.len());
            }
            batches.push(batch);
        }
        Ok(batches)
    }

    async fn read_batch(&self, batch: Batch<'a>) -> Result<Vec<(usize, Option<Observation>)>> {
        let mut shown = Vec::new();
        if let (Some(resource), true) = (batch.resource(), batch.wanted.len() > 1) {
            shown = self.list(resource, &batch.wanted).await?;
        }
        // What no list showed is read by itself: only that tells what is gone, what is denied, and which one it is.
        shown.resize_with(batch.wanted.len(), || None);
        let reads = batch.wanted.into_iter().zip(shown);
        let reads = reads.map(|((position, one), shown)| async move {
            let observation = match shown {
                Some(observation) => Some(observation),
                None => self.read_alone(&one).await?,
            };
            let urn = one.urn.clone();
            self.listener.on(Event::Refreshed { urn });
            Ok((position, observation))
        });
        let width = reads.len();
        stream::iter(reads).buffered(width).try_collect().await
    }

    /// What the lists of a type show of some objects. Nothing where a list is refused: whoever may not list may still be
    /// permitted to read each, and where it is about one object, the others have answers.
    async fn list(
        &self,
        resource: &dyn Observe,
        wanted: &[(usize, Wanted<'a>)],
    ) -> Result<Vec<Option<Observation>>> {
        let values: Vec<Map> = wanted.iter().map(|(_, one)| one.object.values()).collect();
        let recorded = wanted.iter().zip(&values).map(|((_, one), values)| {
            let id = &one.object.id;
            Recorded { id, values }
        });
        let recorded: Vec<Recorded<'_>> = recorded.collect();
        let _room = self.room(wanted[0].1.urn).await?;
        let work = Work::List {
            type_name: wanted[0].1.urn.type_name(),
            objects: wanted.len(),
        };
        match trace::attempt(work, retried(|| resource.read_many(&recorded))).await {
            Ok(shown) => Ok(shown),
            // Many calls would fare no better than one.
            Err(error) if error.kind.is_retryable() || error.kind == ErrorKind::Credentials => {
                Err(cloud("read", wanted[0].1.urn, error))
            }
            Err(_) => Ok(Vec::new()),
        }
    }

    /// Reads one object. One whose create has not been seen to end may not show yet: it is gone only when it does not
    /// show for the whole of the type's lag.
    async fn read_alone(&self, one: &Wanted<'a>) -> Result<Option<Observation>> {
        let _room = self.room(one.urn).await?;
        let give_up = tokio::time::Instant::now() + one.schema.visibility_lag;
        loop {
            let observation = read(self.connections, one.urn, one.object).await?;
            let late = one.object.incomplete && tokio::time::Instant::now() < give_up;
            if observation.is_some() || !late {
                return Ok(observation);
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }

    /// The right to one more call to a service.
    async fn room(&self, urn: &Urn) -> Result<tokio::sync::SemaphorePermit<'_>> {
        let room = self.gates[urn.service()].acquire().await;
        room.map_err(|error| Error::Other(error.to_string()))
    }
}

impl Batch<'_> {
    fn resource(&self) -> Option<&dyn Observe> {
        self.observer.resource(&self.type_name)
    }

    /// The most objects that it may have.
    fn size(&self) -> usize {
        self.resource().map_or(1, Observe::batch)
    }
}

/// Reads one object, and tries again what may pass.
pub async fn read(
    connections: &Connections,
    urn: &Urn,
    object: &Object,
) -> Result<Option<Observation>> {
    let observer = connections.observer(&object.request.provider).await?;
    let resource = observer
        .resource(&type_name(urn)?)
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

fn type_name(urn: &Urn) -> Result<TypeName> {
    let type_name = urn.type_name().parse();
    type_name.map_err(|_| Error::Other(format!("{urn} has no type")))
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
