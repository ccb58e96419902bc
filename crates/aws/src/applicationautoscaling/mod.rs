//! How many of something run.

mod policy;
#[cfg(feature = "provider")]
pub(crate) mod strays;
mod target;

pub use policy::*;
pub use target::*;

/// Adds the types of this service.
#[cfg(feature = "provider")]
pub(crate) fn register(
    catalog: stack_provider::Catalog<crate::Aws>,
) -> stack_provider::Catalog<crate::Aws> {
    catalog.object::<Target>().object::<Policy>()
}
