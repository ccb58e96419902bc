//! Azure Key Vault.

mod secret;
mod vault;

// `Secret` is also what the prelude calls a value that must not be shown, so this one carries its service's name.
pub use secret::*;
pub use vault::*;

/// The API version of all its types.
#[cfg(feature = "provider")]
const VERSION: &str = "2026-02-01";

/// Adds the types of this service.
#[cfg(feature = "provider")]
pub(crate) fn register(
    catalog: stack_provider::Catalog<crate::Azure>,
) -> stack_provider::Catalog<crate::Azure> {
    use crate::arm::Object;
    catalog
        .object::<Object<VaultSecret>>()
        .object::<Object<Vault>>()
}
