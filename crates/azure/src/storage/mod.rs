//! Azure Storage.

mod blob_container;
mod management_policy;
mod storage_account;

pub use blob_container::*;
pub use management_policy::*;
pub use storage_account::*;

/// The API version of all its types.
#[cfg(feature = "provider")]
const VERSION: &str = "2025-08-01";

/// Adds the types of this service.
#[cfg(feature = "provider")]
pub(crate) fn register(
    catalog: stack_provider::Catalog<crate::Azure>,
) -> stack_provider::Catalog<crate::Azure> {
    use crate::arm::Object;
    catalog
        .object::<Object<BlobContainer>>()
        .object::<Object<ManagementPolicy>>()
        .object::<Object<StorageAccount>>()
}
