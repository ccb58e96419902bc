//! Logs.

mod log_group;
#[cfg(feature = "provider")]
pub(crate) mod strays;

pub use log_group::*;

/// Adds the types of this service.
#[cfg(feature = "provider")]
pub(crate) fn register(
    catalog: stack_provider::Catalog<crate::Aws>,
) -> stack_provider::Catalog<crate::Aws> {
    catalog.object::<LogGroup>()
}
