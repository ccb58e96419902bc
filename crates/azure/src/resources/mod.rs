//! Resource groups, and any type of Azure Resource Manager.

mod existing_resource_group;
mod resource_group;
mod subscription;

pub use existing_resource_group::*;
pub use resource_group::*;
pub use subscription::*;

/// Adds the types of this service.
#[cfg(feature = "provider")]
pub(crate) fn register(
    catalog: stack_provider::Catalog<crate::Azure>,
) -> stack_provider::Catalog<crate::Azure> {
    catalog
        .lookup::<ExistingResourceGroup>()
        .object::<crate::arm::Object<ResourceGroup>>()
        .lookup::<Subscription>()
}
