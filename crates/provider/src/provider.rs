//! A cloud.

use std::sync::Arc;

use async_trait::async_trait;
use stack_model::{Map, Schema, TypeName};

use crate::actions::Actions;
use crate::error::Result;
use crate::mutate::Mutator;
use crate::observe::Observer;
use crate::preflight::Ask;
use crate::purpose::Purpose;

/// A cloud: its types, and how to connect to it.
#[async_trait]
pub trait Provider: Send + Sync {
    /// What its types begin with: `aws`.
    fn kind(&self) -> &'static str;

    /// What the planner knows of its types.
    fn schemas(&self) -> Vec<Schema>;

    /// What a type calls, as the cloud's policies name it; none for a type that it does not know, and where there is nobody
    /// to permit anything.
    fn actions(&self, type_name: &TypeName) -> Option<&Actions> {
        let _ = type_name;
        None
    }

    /// Documents, as the cloud's own tools take them, that permit what is asked for and no more than it needs. More than
    /// one where the cloud's limits want that. Nobody is asked for it.
    fn policies(&self, purpose: &Purpose) -> Vec<String> {
        let _ = purpose;
        Vec::new()
    }

    /// What it takes, as the cloud can be asked about it. Nobody is asked for this.
    fn asks(&self, purpose: &Purpose) -> Vec<Ask> {
        let _ = purpose;
        Vec::new()
    }

    /// The settings that a provider configuration may hold, with a line of documentation each.
    fn settings(&self) -> &'static [(&'static str, &'static str)];

    /// Connects for reading only.
    async fn observe(&self, config: &Map) -> Result<Arc<dyn Observer>>;

    /// Connects for changing.
    async fn mutate(&self, config: &Map) -> Result<Arc<dyn Mutator>>;

    /// How many calls may be under way at once to a service such as `aws:ec2`. The engine goes below it when it is
    /// throttled. `None` where nothing leaves the process.
    fn concurrency(&self, service: &str) -> Option<usize>;
}
