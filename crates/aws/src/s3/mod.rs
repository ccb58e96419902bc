//! Storage of files.

mod bucket;
#[cfg(feature = "provider")]
pub(crate) mod strays;

pub use bucket::*;

/// Adds the types of this service.
#[cfg(feature = "provider")]
pub(crate) fn register(
    catalog: stack_provider::Catalog<crate::Aws>,
) -> stack_provider::Catalog<crate::Aws> {
    catalog.object::<Bucket>()
}
