//! Names.

#[cfg(feature = "provider")]
mod domain;
mod record;
mod zone;

pub use record::*;
pub use zone::*;

/// Adds the types of this service.
#[cfg(feature = "provider")]
pub(crate) fn register(
    catalog: stack_provider::Catalog<crate::Aws>,
) -> stack_provider::Catalog<crate::Aws> {
    catalog.object::<Record>().lookup::<Zone>()
}
