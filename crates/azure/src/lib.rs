//! Azure: resource types and lookups, each in one file with its handler.
//!
//! A program sees the declarations alone. With the feature `provider` come the handlers, on Microsoft's HTTP pipeline and
//! credentials and a management client of our own:
//!
//! ```text
//! provider      Provider "azure"         the catalog of types, how to connect
//! surroundings  what the variables say
//! client        Azure                    one subscription, as one identity
//! arm           what is the same for every type of Azure Resource Manager
//! app, network, storage …                one file a type
//! ```

mod identity;
pub mod managedidentity;
pub mod resources;

pub use identity::{ManagedIdentities, ManagedIdentitiesBuilder};

#[cfg(feature = "provider")]
mod arm;
#[cfg(feature = "provider")]
mod client;
#[cfg(feature = "provider")]
mod prelude;
#[cfg(feature = "provider")]
mod provider;
#[cfg(feature = "provider")]
mod surroundings;

#[cfg(feature = "provider")]
pub use client::{Azure, Connection};
#[cfg(feature = "provider")]
pub use provider::{AzureProvider, provider};
#[cfg(feature = "provider")]
pub use surroundings::Surroundings;
