//! `aws:elasticache:ReplicationGroup`: a cache that speaks Redis's protocol.

use stack::resource::*;

/// A cache that speaks Redis's protocol: one or more shards (node groups), each a primary and its replicas.
///
/// Where a field says that it *stays as it is* when it is no longer set, ElastiCache chose it or has no default of
/// its own.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource(
    "aws:elasticache:ReplicationGroup",
    create = "1h",
    update = "2h",
    delete = "1h",
    holds_data
)]
pub struct ReplicationGroup {
    /// Its id, unique in the account and region: at most 40 lower-case letters, digits and hyphens. Made by the engine
    /// when it is not set.
    #[input(replaces, name(max_length = 40, lowercase))]
    pub replication_group_id: Option<String>,
    /// What it is for. Its id by default.
    #[input(reset = "")]
    pub description: Option<String>,
    /// The software. Redis can become Valkey; the way back needs a new cache.
    #[input(one_way)]
    pub engine: Engine,
    /// The version of the software, as a prefix: `7` is met by 7.1.0, and an upgrade by AWS within it is no change.
    /// What is in force is in `engine_version_actual`. Versions only go up. ElastiCache's default version when it was
    /// never set; stays as it is when it is no longer set.
    #[input(one_way, follows)]
    pub engine_version: Option<String>,
    /// Whether AWS upgrades to new minor versions in the maintenance window. On by default.
    #[input(reset = true)]
    pub auto_minor_version_upgrade: Option<bool>,
    /// The size of its nodes, such as `cache.t4g.small`.
    #[input]
    pub node_type: String,

    /// Whether keys are spread over shards in Redis's cluster mode. `disabled` by default, or what the parameter group
    /// says. It goes from `disabled` over `compatible` to `enabled`, one step an apply.
    #[input(one_way)]
    pub cluster_mode: Option<ClusterMode>,
    /// How many shards there are. 1 by default; more need cluster mode.
    #[input(reset = 1)]
    pub num_node_groups: Option<i32>,
    /// How many replicas each shard has, from 0 to 5. None by default.
    #[input(reset = 0)]
    pub replicas_per_node_group: Option<i32>,
    /// Whether a replica takes over when the primary fails. Cluster mode needs it, and so does `multi_az_enabled`. Off
    /// by default.
    #[input(reset = false)]
    pub automatic_failover_enabled: Option<bool>,
    /// Whether a shard's nodes are in several zones. Off by default.
    #[input(reset = false)]
    pub multi_az_enabled: Option<bool>,
    /// Whether data that is used less moves to SSDs; for nodes of type `r6gd` only, which need it. Off by default.
    #[input(replaces)]
    pub data_tiering_enabled: Option<bool>,

    /// The port that it listens on. 6379 by default.
    #[input(replaces)]
    pub port: Option<i32>,
    /// The name of its `aws:elasticache:SubnetGroup`. The default VPC by default.
    #[input(replaces)]
    pub subnet_group_name: Option<String>,
    /// The ids of the security groups that it is in. Stays as it is when it is no longer set.
    #[input(set, follows)]
    pub security_group_ids: Vec<String>,
    /// The kinds of addresses that it has. `ipv4` by default.
    #[input(replaces)]
    pub network_type: Option<CacheNetworkType>,
    /// The kind of address that its clients are told. `ipv4` by default.
    #[input(reset = "ipv4")]
    pub ip_discovery: Option<IpDiscovery>,
    /// The name of its parameter group. The default group of its version by default.
    #[input(reset = "")]
    pub parameter_group_name: Option<String>,

    /// Whether what it stores is encrypted. Off by default for Redis, on for Valkey.
    #[input(replaces)]
    pub at_rest_encryption_enabled: Option<bool>,
    /// The ARN of the KMS key for what it stores. The service's own key by default.
    #[input(replaces)]
    pub kms_key_id: Option<String>,
    /// Whether connections are encrypted (TLS). Off by default.
    #[input(reset = false)]
    pub transit_encryption_enabled: Option<bool>,
    /// Whether connections without encryption are let in as well (`preferred`) or refused (`required`, the default).
    #[input(reset = "required")]
    pub transit_encryption_mode: Option<TransitEncryptionMode>,
    /// The password that clients show, from 16 to 128 characters; needs `transit_encryption_enabled`. A password set
    /// elsewhere is not noticed. None by default. ElastiCache lets go of a password only when `user_group_ids` takes its
    /// place in the same apply.
    #[input(write_only, reset = "")]
    pub auth_token: Option<Secret<String>>,
    /// How a new password comes in: beside the old one (`ROTATE`, the default) or in its place (`SET`). A change to `SET`
    /// alone ends a rotation: from then on the old password is refused. A first one is always set.
    #[input(write_only, reset = "ROTATE")]
    pub auth_token_update_strategy: Option<AuthTokenUpdateStrategy>,
    /// The ids of the groups of users who may sign in, at most one.
    #[input(set)]
    pub user_group_ids: Vec<String>,

    /// For how many days daily snapshots are kept, at most 35; 0, the default, makes none.
    #[input(reset = 0)]
    pub snapshot_retention_limit: Option<i32>,
    /// When snapshots are made, in UTC: `03:00-04:00`. Stays as it is when it is no longer set.
    #[input(follows)]
    pub snapshot_window: Option<String>,
    /// The name of a snapshot to take when it is deleted. None is taken by default.
    #[input(write_only, reset = "")]
    pub final_snapshot_identifier: Option<String>,
    /// The name of a snapshot that it begins with. Leave it set for as long as the cache lives: another snapshot, or
    /// none, asks for a new cache.
    #[input(write_only, replaces)]
    pub snapshot_name: Option<String>,
    /// When maintenance is done, in UTC: `sun:04:30-sun:05:30`. Stays as it is when it is no longer set.
    #[input(case_insensitive, follows)]
    pub maintenance_window: Option<String>,
    /// Whether changes that stop nodes are made at once instead of in the next maintenance window. Until then they
    /// count as made, though ElastiCache still has them pending. A change of the number of nodes is always made at
    /// once. Off by default.
    #[input(write_only, reset = false)]
    pub apply_immediately: Option<bool>,
    /// The ARN of the SNS topic that hears of what happens to it. None by default.
    #[input(reset = "")]
    pub notification_topic_arn: Option<String>,
    /// Where its logs go.
    #[input(set)]
    pub log_delivery_configurations: Vec<LogDelivery>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,

    /// Its ARN.
    #[output]
    pub arn: String,
    /// The name of its primary in DNS; none in cluster mode.
    #[output(volatile)]
    pub primary_endpoint_address: Option<String>,
    /// The name of its replicas in DNS; none in cluster mode.
    #[output(volatile)]
    pub reader_endpoint_address: Option<String>,
    /// The name in DNS that clients ask about its shards; in cluster mode only.
    #[output(volatile)]
    pub configuration_endpoint_address: Option<String>,
    /// The version of the software that is in force.
    #[output(volatile)]
    pub engine_version_actual: Option<String>,
    /// The ids of its nodes.
    #[output(volatile)]
    pub member_clusters: Vec<String>,
}

/// The software of a cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum Engine {
    /// Valkey.
    Valkey,
    /// Redis OSS.
    Redis,
}

/// Whether keys are spread over shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum ClusterMode {
    /// They are.
    Enabled,
    /// They are not.
    Disabled,
    /// Clients of both kinds are served, on the way from `disabled` to `enabled`.
    Compatible,
}

/// Kinds of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum CacheNetworkType {
    /// IPv4 alone.
    #[choice("ipv4")]
    Ipv4,
    /// IPv6 alone.
    #[choice("ipv6")]
    Ipv6,
    /// Both.
    #[choice("dual_stack")]
    DualStack,
}

/// The kind of address that clients are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum IpDiscovery {
    /// IPv4.
    #[choice("ipv4")]
    Ipv4,
    /// IPv6.
    #[choice("ipv6")]
    Ipv6,
}

/// Whether connections without encryption are let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum TransitEncryptionMode {
    /// They are, beside encrypted ones.
    Preferred,
    /// They are refused.
    Required,
}

/// How a new password comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum AuthTokenUpdateStrategy {
    /// Beside the old one, which goes on working until the next change.
    #[choice("ROTATE")]
    Rotate,
    /// In the place of all others.
    #[choice("SET")]
    Set,
}

/// Where one kind of log goes.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct LogDelivery {
    /// Which log.
    pub log_type: LogType,
    /// To which service.
    pub destination_type: LogDestinationType,
    /// The name of the log group or of the delivery stream.
    pub destination: String,
    /// In which form.
    pub log_format: LogFormat,
}

/// A kind of log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum LogType {
    /// Commands that took long.
    SlowLog,
    /// What the software says.
    EngineLog,
}

/// A service that takes logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum LogDestinationType {
    /// A log group of CloudWatch Logs.
    #[choice("cloudwatch-logs")]
    CloudWatchLogs,
    /// A delivery stream of Data Firehose.
    KinesisFirehose,
}

/// A form of logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum LogFormat {
    /// JSON.
    Json,
    /// Plain lines.
    Text,
}

#[cfg(feature = "provider")]
mod handler;
