//! The cache: Redis, where only services can reach it.

use stack::prelude::*;
use stack_aws::{ec2, elasticache};
use stack_std::random;

use crate::network::NetworkHandle;
use crate::settings;

/// A Redis server in the data subnets.
pub struct Cache<'a> {
    /// Where it is.
    pub network: &'a NetworkHandle,
    /// Its settings.
    pub settings: &'a settings::Cache,
}

/// What the rest of the program needs of the cache.
pub struct CacheHandle {
    /// Where it is, with the token. Secret, because the token in it is.
    pub url: Output<String>,
    /// Who may reach it.
    pub group: ec2::SecurityGroupHandle,
}

/// The port of Redis.
pub const PORT: i32 = 6379;

impl Component for Cache<'_> {
    type Handle = CacheHandle;

    fn build(self, stack: &mut Stack) -> Result<CacheHandle> {
        let settings::Cache {
            node_type,
            replicas,
        } = self.settings;
        let group = self.network.group(stack, "cache");
        let subnets = stack.add(
            "subnets",
            elasticache::SubnetGroup::builder()
                .description("where the cache is")
                .subnet_ids(each(&self.network.data, |subnet| &subnet.id))
                .build(),
        );
        let token = stack.add("token", random::Password::builder().length(32).build());
        let stands_by = *replicas > 0;
        let server = stack.add(
            "server",
            elasticache::ReplicationGroup::builder()
                .description("the application's cache")
                .engine(elasticache::Engine::Redis)
                .engine_version("7.1")
                .node_type(node_type)
                .replicas_per_node_group(*replicas)
                .automatic_failover_enabled(stands_by)
                .multi_az_enabled(stands_by)
                .port(PORT)
                .subnet_group_name(&subnets.id)
                .security_group_ids([&group.id])
                .at_rest_encryption_enabled(true)
                .transit_encryption_enabled(true)
                .auth_token(&token.result)
                .apply_immediately(true)
                .build(),
        );
        let url = interpolate!(
            "rediss://:{}@{}:{}",
            token.result.url_encode(),
            server.primary_endpoint_address,
            PORT
        );
        Ok(CacheHandle { url, group })
    }
}
