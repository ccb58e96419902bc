//! Containers that run.

mod cluster;
mod placement;
mod service;
#[cfg(feature = "provider")]
pub(crate) mod strays;
mod task_definition;
mod task_run;

#[cfg(feature = "provider")]
mod stopped;
#[cfg(feature = "provider")]
mod support;

pub use cluster::*;
pub use placement::*;
pub use service::*;
pub use task_definition::*;
pub use task_run::*;

/// Adds the types of this service.
#[cfg(feature = "provider")]
pub(crate) fn register(
    catalog: stack_provider::Catalog<crate::Aws>,
) -> stack_provider::Catalog<crate::Aws> {
    catalog
        .object::<Cluster>()
        .object::<TaskDefinition>()
        .object::<Service>()
        .effect::<TaskRun>()
}
