//! Changes are made only while the lock is ours: before each call to a handler that changes something the lease is
//! asked. A process that was stopped for longer than its lease lasts learns here that another run has taken over.

use async_trait::async_trait;
use stack_model::Map;
use stack_provider::{Context, Created, Error, ErrorKind, Mutate, Observation, Result};

use crate::backend::Lease;

/// A handler that asks the lease first.
pub struct Guarded<'a> {
    /// The handler.
    pub mutate: &'a dyn Mutate,
    /// The right to change things.
    pub lease: &'a dyn Lease,
}

impl Guarded<'_> {
    async fn hold(&self) -> Result<()> {
        let held = self.lease.hold().await;
        // Not sent, so nothing of it can have happened: a kind that says so.
        held.map_err(|error| {
            Error::new(
                ErrorKind::Denied,
                format!("nothing was sent, because the lock is not known to be ours: {error}"),
            )
        })
    }
}

#[async_trait]
impl Mutate for Guarded<'_> {
    async fn create(&self, inputs: &Map, context: &Context) -> Result<Created> {
        self.hold().await?;
        self.mutate.create(inputs, context).await
    }

    async fn resume(&self, id: &str, inputs: &Map, context: &Context) -> Result<()> {
        self.hold().await?;
        self.mutate.resume(id, inputs, context).await
    }

    async fn update(
        &self,
        id: &str,
        before: &Map,
        after: &Map,
        context: &Context,
    ) -> Result<Option<Observation>> {
        self.hold().await?;
        self.mutate.update(id, before, after, context).await
    }

    async fn delete(&self, id: &str, recorded: &Map, context: &Context) -> Result<()> {
        self.hold().await?;
        self.mutate.delete(id, recorded, context).await
    }
}
