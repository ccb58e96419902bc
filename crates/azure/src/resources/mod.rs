//! Resource groups, and any type of Azure Resource Manager.

mod resource_group;

pub use resource_group::*;

/// Adds the types of this service.
#[cfg(feature = "provider")]
pub(crate) fn register(
    catalog: stack_provider::Catalog<crate::Azure>,
) -> stack_provider::Catalog<crate::Azure> {
    catalog.object::<crate::arm::Object<ResourceGroup>>()
}
