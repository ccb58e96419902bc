//! Caches.

mod replication_group;
#[cfg(feature = "provider")]
pub(crate) mod strays;
mod subnet_group;
#[cfg(feature = "provider")]
mod tags;

pub use replication_group::*;
pub use subnet_group::*;

/// Adds the types of this service.
#[cfg(feature = "provider")]
pub(crate) fn register(
    catalog: stack_provider::Catalog<crate::Aws>,
) -> stack_provider::Catalog<crate::Aws> {
    catalog.object::<SubnetGroup>().object::<ReplicationGroup>()
}
