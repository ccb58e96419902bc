//! Identities that workloads act as.

mod user_assigned_identity;

pub use user_assigned_identity::*;

/// Adds the types of this service.
#[cfg(feature = "provider")]
pub(crate) fn register(
    catalog: stack_provider::Catalog<crate::Azure>,
) -> stack_provider::Catalog<crate::Azure> {
    catalog.object::<crate::arm::Object<UserAssignedIdentity>>()
}
