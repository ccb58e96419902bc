//! Azure Database for PostgreSQL.

mod configuration;
mod database;
mod firewall_rule;
mod flexible_server;

pub use configuration::*;
pub use database::*;
pub use firewall_rule::*;
pub use flexible_server::*;

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
        .object::<Object<Configuration>>()
        .object::<Object<Database>>()
        .object::<Object<FirewallRule>>()
        .object::<Object<FlexibleServer>>()
}
