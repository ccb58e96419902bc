//! Resource groups, and any type of Azure Resource Manager.

mod existing_resource_group;
mod generic;
mod resource_group;
mod subscription;

pub use existing_resource_group::*;
pub use generic::*;
pub use resource_group::*;
pub use subscription::*;

/// Adds the types of this service.
#[cfg(feature = "provider")]
pub(crate) fn register(
    catalog: stack_provider::Catalog<crate::Azure>,
) -> stack_provider::Catalog<crate::Azure> {
    catalog
        .lookup::<ExistingResourceGroup>()
        .resource(
            <Generic as stack_model::Describe>::schema(),
            generic::actions(),
            |azure| Box::new(generic::Halves(azure)),
            |azure| Box::new(generic::Halves(azure)),
        )
        .object::<crate::arm::Object<ResourceGroup>>()
        .lookup::<Subscription>()
}
