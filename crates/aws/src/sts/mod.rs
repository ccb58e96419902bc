//! Who we are.

mod caller_identity;

pub use caller_identity::*;

/// Adds the types of this service.
#[cfg(feature = "provider")]
pub(crate) fn register(
    catalog: stack_provider::Catalog<crate::Aws>,
) -> stack_provider::Catalog<crate::Aws> {
    catalog.lookup::<CallerIdentity>()
}
