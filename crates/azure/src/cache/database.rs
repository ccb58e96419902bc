//! `azure:cache:Database`: what the clients of an Azure Managed Redis talk to.

use stack::resource::*;

/// What the clients of an Azure Managed Redis talk to. There is one, and it is called `default`.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource(
    "azure:cache:Database",
    create = "30m",
    update = "30m",
    delete = "30m",
    visibility_lag = "15s",
    unique("cluster_id")
)]
pub struct Database {
    /// The id of the [`RedisEnterprise`](super::RedisEnterprise).
    #[input(required, replaces, case_insensitive)]
    pub cluster_id: String,
    /// Whether clients speak TLS. They do by default.
    #[input(reset = "Encrypted")]
    pub client_protocol: Option<ClientProtocol>,
    /// The port. 10000 by default.
    #[input(replaces)]
    pub port: Option<i64>,
    /// How keys are spread over shards. `OSSCluster` by default.
    #[input(replaces)]
    pub clustering_policy: Option<ClusteringPolicy>,
    /// What goes when memory is full. `VolatileLRU` by default.
    #[input(reset = "VolatileLRU")]
    pub eviction_policy: Option<EvictionPolicy>,
    /// Whether clients may sign in with access keys. Off by default: clients of Microsoft Entra alone.
    #[input(reset = false)]
    pub access_keys_authentication: Option<bool>,
    /// Whether data is kept on disk. Not by default.
    #[input(reset = {})]
    pub persistence: Option<Persistence>,
    /// The modules, such as `RedisJSON`.
    #[input(replaces)]
    pub modules: Vec<Module>,
    /// The access key. Empty when access keys are off.
    #[output(volatile)]
    pub primary_key: Secret<String>,
    /// The other access key, for changing them without a pause.
    #[output(volatile)]
    pub secondary_key: Secret<String>,
}

/// Whether clients speak TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum ClientProtocol {
    /// They do.
    #[choice("Encrypted")]
    Encrypted,
    /// They do not.
    #[choice("Plaintext")]
    Plaintext,
}

/// How keys are spread over shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum ClusteringPolicy {
    /// Clients know the shards, by Redis's own cluster protocol.
    #[choice("OSSCluster")]
    OssCluster,
    /// Clients see one server.
    #[choice("EnterpriseCluster")]
    EnterpriseCluster,
    /// There is one shard.
    #[choice("NoCluster")]
    NoCluster,
}

/// What goes when memory is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum EvictionPolicy {
    /// Any key, the least often used first.
    #[choice("AllKeysLFU")]
    AllKeysLfu,
    /// Any key, the longest unused first.
    #[choice("AllKeysLRU")]
    AllKeysLru,
    /// Any key.
    #[choice("AllKeysRandom")]
    AllKeysRandom,
    /// Nothing: writes fail.
    #[choice("NoEviction")]
    NoEviction,
    /// A key with an end, the least often used first.
    #[choice("VolatileLFU")]
    VolatileLfu,
    /// A key with an end, the longest unused first.
    #[choice("VolatileLRU")]
    VolatileLru,
    /// A key with an end.
    #[choice("VolatileRandom")]
    VolatileRandom,
    /// A key with an end, the nearest end first.
    #[choice("VolatileTTL")]
    VolatileTtl,
}

/// Whether data is kept on disk.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct Persistence {
    /// Whether every write is.
    #[input]
    pub aof_enabled: Option<bool>,
    /// How often writes go to disk: `1s`.
    #[input]
    pub aof_frequency: Option<String>,
    /// Whether snapshots are.
    #[input]
    pub rdb_enabled: Option<bool>,
    /// How often there is a snapshot: `1h`, `6h` or `12h`.
    #[input]
    pub rdb_frequency: Option<String>,
}

/// A module.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct Module {
    /// Its name.
    #[input(required)]
    pub name: String,
    /// What it is told.
    #[input]
    pub args: Option<String>,
}

#[cfg(feature = "provider")]
mod handler {
    use azure_core::http::Method;

    use super::*;
    use crate::cache::RedisEnterprise;
    use crate::prelude::*;

    const VERSION: &str = "2025-07-01";

    impl Arm for Database {
        const ARM: ArmType =
            ArmType::beneath::<RedisEnterprise>("cluster_id", "databases", VERSION, Update::Patch)
                .named(Naming::Fixed("default"))
                .one_at_a_time();

        const PLACES: &[(&str, &str)] = &[(
            "access_keys_authentication",
            "properties.accessKeysAuthentication?",
        )];

        fn actions(usual: Actions, kind: &str) -> Actions {
            let keys = format!("{kind}/listKeys/action");
            let keys = Implied::by(Verb::Read, keys).given("access_keys_authentication");
            usual.implying([keys])
        }

        async fn observe(
            azure: &Azure,
            id: &ResourceId,
            answer: &Json,
            values: &mut Map,
        ) -> Result<()> {
            let keys = match answer["properties"]["accessKeysAuthentication"].as_str() {
                Some("Enabled") => {
                    let list = format!("{id}/listKeys");
                    azure.send(Method::Post, &list, VERSION).await?.body
                }
                _ => Json::Null,
            };
            let key = |name: &str| Value::from(keys[name].as_str().unwrap_or_default()).secret();
            values.insert("primary_key".to_owned(), key("primaryKey"));
            values.insert("secondary_key".to_owned(), key("secondaryKey"));
            Ok(())
        }
    }
}
