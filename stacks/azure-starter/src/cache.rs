//! The cache: Redis, where only the network reaches it.

use stack::prelude::*;
use stack_azure::resources::ResourceGroupHandle;
use stack_azure::{cache, network};

use crate::network::NetworkHandle;
use crate::settings;

/// An Azure Managed Redis behind a private endpoint.
pub struct Cache<'a> {
    /// Where it lies.
    pub group: &'a ResourceGroupHandle,
    /// Where it is reached from.
    pub network: &'a NetworkHandle,
    /// Its settings.
    pub settings: &'a settings::Cache,
}

/// What the rest of the program needs of the cache.
pub struct CacheHandle {
    /// Where it is, with the key. Secret, because the key in it is.
    pub url: Output<String>,
    /// The way to it.
    pub endpoint: network::PrivateEndpointHandle,
}

impl Component for Cache<'_> {
    type Handle = CacheHandle;

    fn build(self, stack: &mut Stack) -> Result<CacheHandle> {
        let cluster = stack.add(
            "cluster",
            cache::RedisEnterprise::builder()
                .resource_group_id(&self.group.id)
                .sku_name(&self.settings.sku_name)
                .high_availability(self.settings.high_availability)
                .minimum_tls_version("1.2")
                .public_network_access(false)
                .build(),
        );
        let database = stack.add(
            "database",
            cache::Database::builder()
                .cluster_id(&cluster.id)
                .client_protocol(cache::ClientProtocol::Encrypted)
                .clustering_policy(cache::ClusteringPolicy::EnterpriseCluster)
                .eviction_policy(cache::EvictionPolicy::AllKeysLru)
                .access_keys_authentication(true)
                .build(),
        );
        let (zone, _) = self
            .network
            .zone(stack, self.group, "privatelink.redis.azure.net");
        let endpoint = stack.add(
            "endpoint",
            network::PrivateEndpoint::builder()
                .resource_group_id(&self.group.id)
                .subnet_id(&self.network.endpoints.id)
                .target_id(&cluster.id)
                .group_ids(["redisEnterprise"])
                .private_dns_zone_ids([&zone.id])
                .build(),
        );
        let url = interpolate!(
            "rediss://:{}@{}:{}",
            database.primary_key.url_encode(),
            cluster.host_name,
            database.port
        );
        Ok(CacheHandle { url, endpoint })
    }
}
