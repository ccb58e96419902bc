//! Azure Managed Redis.

mod database;
mod redis_enterprise;

pub use database::*;
pub use redis_enterprise::*;

/// Adds the types of this service.
#[cfg(feature = "provider")]
pub(crate) fn register(
    catalog: stack_provider::Catalog<crate::Azure>,
) -> stack_provider::Catalog<crate::Azure> {
    use crate::arm::Object;
    catalog
        .object::<Object<Database>>()
        .object::<Object<RedisEnterprise>>()
}
