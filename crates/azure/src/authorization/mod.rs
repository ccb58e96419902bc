//! Who may do what.

mod role_assignment;
mod role_definition;

pub use role_assignment::*;
pub use role_definition::*;

/// The API version of all its types.
#[cfg(feature = "provider")]
const VERSION: &str = "2022-04-01";

/// Adds the types of this service.
#[cfg(feature = "provider")]
pub(crate) fn register(
    catalog: stack_provider::Catalog<crate::Azure>,
) -> stack_provider::Catalog<crate::Azure> {
    catalog
        .object::<crate::arm::Object<RoleAssignment>>()
        .lookup::<RoleDefinition>()
}
