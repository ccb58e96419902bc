//! Databases.

mod instance;
mod parameter_group;
#[cfg(feature = "provider")]
pub(crate) mod strays;
mod subnet_group;
#[cfg(feature = "provider")]
mod tags;
#[cfg(feature = "provider")]
pub(crate) mod version;

pub use instance::*;
pub use parameter_group::*;
pub use subnet_group::*;

/// Adds the types of this service.
#[cfg(feature = "provider")]
pub(crate) fn register(
    catalog: stack_provider::Catalog<crate::Aws>,
) -> stack_provider::Catalog<crate::Aws> {
    catalog
        .object::<SubnetGroup>()
        .object::<ParameterGroup>()
        .object::<Instance>()
}
