//! The writing half of a provider. Only an apply holds it.

use async_trait::async_trait;
use stack_model::{Map, TypeName};

use crate::context::Context;
use crate::error::Result;
use crate::observe::Observation;

/// What a create made.
#[derive(Debug, Clone, PartialEq)]
pub struct Created {
    /// The cloud's name of it.
    pub id: String,
    /// The whole object, where the create knows it. Otherwise the engine reads it next.
    pub observation: Option<Observation>,
}

/// Changes objects of one type.
///
/// One call does one thing once. The engine retries by kind of error, and looks for what a lost answer may have made.
#[async_trait]
pub trait Mutate: Send + Sync {
    /// Makes an object and waits until it can be used.
    async fn create(&self, inputs: &Map, context: &Context) -> Result<Created>;

    /// Waits until an object whose create was accepted can be used.
    async fn resume(&self, id: &str, inputs: &Map, context: &Context) -> Result<()>;

    /// Changes an object from `before` (as observed) to `after` (the same with what the program manages laid over
    /// it). Where the type lives in the state alone, gives the whole object.
    async fn update(
        &self,
        id: &str,
        before: &Map,
        after: &Map,
        context: &Context,
    ) -> Result<Option<Observation>>;

    /// Deletes an object and waits until it is gone. An object that is not there is a success.
    async fn delete(&self, id: &str, recorded: &Map, context: &Context) -> Result<()>;
}

/// A connection to a cloud that can change things there.
#[async_trait]
pub trait Mutator: Send + Sync {
    /// Sets a tag on every object in the account and region that we are in which a state made, by its lineage; without a
    /// value takes the tag away. Gives what it could not do: which object, and why. Can be repeated.
    async fn retag(&self, lineage: &str, key: &str, value: Option<&str>) -> Result<Vec<String>> {
        let _ = (lineage, key, value);
        Ok(Vec::new())
    }

    /// How to change objects of a type.
    fn resource(&self, type_name: &TypeName) -> Option<&dyn Mutate>;
}
