//! Azure: resource types and lookups, each in one file with its handler.
//!
//! A program sees the declarations alone. With the feature `provider` come the handlers, on a management client of our own
//! above `stack-azure-client`:
//!
//! ```text
//! provider      Provider "azure"         the catalog of types, how to connect
//! surroundings  what the variables say
//! client        Azure                    one subscription, as one identity
//! role          a custom role that permits what is asked for
//! preflight     what of it would be refused to us
//! strays        what is there in the subscription, whoever knows of it
//! quotas        what of it there may be no more of
//! arm           what is the same for every type of Azure Resource Manager
//! app, network, storage …                one file a type
//! ```

pub mod app;
pub mod authorization;
pub mod cache;
pub mod containerregistry;
pub mod dbforpostgresql;
mod identity;
pub mod keyvault;
pub mod managedidentity;
pub mod network;
mod network_rules;
pub mod operationalinsights;
pub mod resources;
pub mod storage;

pub use identity::*;
pub use network_rules::*;

#[cfg(feature = "provider")]
mod arm;
#[cfg(feature = "provider")]
mod client;
#[cfg(feature = "provider")]
mod preflight;
#[cfg(feature = "provider")]
mod prelude;
#[cfg(feature = "provider")]
mod provider;
#[cfg(feature = "provider")]
mod quotas;
#[cfg(feature = "provider")]
mod role;
#[cfg(feature = "provider")]
mod strays;
#[cfg(feature = "provider")]
mod surroundings;

#[cfg(feature = "provider")]
pub use client::{Azure, Connection};
#[cfg(feature = "provider")]
pub use provider::{AzureProvider, provider};
#[cfg(feature = "provider")]
pub use surroundings::Surroundings;
