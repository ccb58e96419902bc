//! Azure Container Apps.

mod container;
mod container_app;
mod job;
mod job_run;
mod managed_certificate;
mod managed_environment;
#[cfg(feature = "provider")]
mod rollout;

pub use container::*;
pub use container_app::*;
pub use job::*;
pub use job_run::*;
pub use managed_certificate::*;
pub use managed_environment::*;

/// Adds the types of this service.
#[cfg(feature = "provider")]
pub(crate) fn register(
    catalog: stack_provider::Catalog<crate::Azure>,
) -> stack_provider::Catalog<crate::Azure> {
    use crate::arm::Object;
    catalog
        .object::<Object<ContainerApp>>()
        .object::<Object<Job>>()
        .effect::<JobRun>()
        .object::<Object<ManagedCertificate>>()
        .object::<Object<ManagedEnvironment>>()
}
