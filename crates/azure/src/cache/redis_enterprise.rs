//! `azure:cache:RedisEnterprise`: the machines of an Azure Managed Redis.

use stack::resource::*;

use crate::ManagedIdentities;

/// The machines of an Azure Managed Redis. What clients talk to is its [`Database`](super::Database).
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource(
    "azure:cache:RedisEnterprise",
    create = "60m",
    update = "60m",
    delete = "60m",
    visibility_lag = "15s"
)]
pub struct RedisEnterprise {
    /// The id of its resource group.
    #[input(required, replaces, case_insensitive)]
    pub resource_group_id: String,
    /// Its name, unique in the region: 1 to 60 letters, digits and `-`. Made by the engine when it is not set.
    #[input(replaces, case_insensitive, name(max_length = 60, lowercase))]
    pub name: Option<String>,
    /// Its region. The provider configuration's when it is not set.
    #[input(replaces, case_and_space_insensitive)]
    pub location: Option<String>,
    /// Its size, such as `Balanced_B0` or `MemoryOptimized_M10`.
    #[input(required)]
    pub sku_name: String,
    /// Whether there is a second copy. On by default; cannot be taken away.
    #[input(one_way)]
    pub high_availability: Option<bool>,
    /// The oldest version of TLS that is let in. `1.2` by default.
    #[input(reset = "1.2")]
    pub minimum_tls_version: Option<String>,
    /// Whether it is reached from the internet. Needs to be said: Azure has no default for new caches.
    #[input(required)]
    pub public_network_access: bool,
    /// The availability zones that it is spread over. Azure chooses when there are none.
    #[input(replaces, set)]
    pub zones: Option<Vec<String>>,
    /// The identities that it acts as.
    #[input(reset = {})]
    pub identity: Option<ManagedIdentities>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// The name that clients connect to.
    #[output]
    pub host_name: String,
    /// The version of Redis.
    #[output(volatile)]
    pub redis_version: String,
}

#[cfg(feature = "provider")]
mod handler {
    use super::*;
    use crate::prelude::*;

    impl Arm for RedisEnterprise {
        const ARM: ArmType = ArmType::of_group(
            "providers/Microsoft.Cache/redisEnterprise",
            "2025-07-01",
            Update::Patch,
        );

        const PLACES: &[(&str, &str)] = &[
            ("sku_name", "sku.name"),
            ("high_availability", "properties.highAvailability?"),
            ("public_network_access", "properties.publicNetworkAccess?"),
            ("zones", "zones"),
        ];

        fn shape(body: &mut Json, _: &RedisEnterpriseInputs) {
            spaced_identity(body);
        }
    }
}
