//! Azure Container Registry.

mod registry;

pub use registry::*;

/// Adds the types of this service.
#[cfg(feature = "provider")]
pub(crate) fn register(
    catalog: stack_provider::Catalog<crate::Azure>,
) -> stack_provider::Catalog<crate::Azure> {
    catalog.object::<crate::arm::Object<Registry>>()
}
