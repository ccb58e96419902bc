//! Log Analytics.

mod workspace;

pub use workspace::*;

/// Adds the types of this service.
#[cfg(feature = "provider")]
pub(crate) fn register(
    catalog: stack_provider::Catalog<crate::Azure>,
) -> stack_provider::Catalog<crate::Azure> {
    catalog.object::<crate::arm::Object<Workspace>>()
}
