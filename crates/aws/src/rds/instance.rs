//! `aws:rds:Instance`: a database server.

use stack::resource::*;

/// A database server. Its deletion takes a last snapshot unless `skip_final_snapshot` says otherwise.
///
/// Where a field says that it *stays as it is* when it is no longer set, RDS chose it or has no default of its own.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource(
    "aws:rds:Instance",
    create = "90m",
    update = "3h",
    delete = "2h",
    holds_data
)]
pub struct Instance {
    /// Its identifier, unique in the account and region: at most 63 lower-case letters, digits and hyphens. Made by
    /// the engine when it is not set.
    #[input(replaces, name(max_length = 63, lowercase))]
    pub identifier: Option<String>,
    /// The database engine, such as `postgres`, `mysql` or `mariadb`.
    #[input(replaces)]
    pub engine: String,
    /// The version of the engine, as a prefix: `16` is met by 16.4, and an upgrade from 16.4 to 16.6 by AWS is no
    /// change. What is in force is in `engine_version_actual`. Versions only go up. RDS's default version when it was
    /// never set; stays as it is when it is no longer set.
    #[input(one_way, follows)]
    pub engine_version: Option<String>,
    /// Whether a change of `engine_version` may go to another major version. Off by default.
    #[input(write_only, reset = false)]
    pub allow_major_version_upgrade: Option<bool>,
    /// Whether RDS upgrades to new minor versions in the maintenance window. On by default.
    #[input(reset = true)]
    pub auto_minor_version_upgrade: Option<bool>,
    /// Whether an engine past its standard support stays, for a charge, or is upgraded.
    /// `open-source-rds-extended-support` by default.
    #[input(replaces)]
    pub engine_lifecycle_support: Option<EngineLifecycleSupport>,
    /// Whose licence of the engine it runs on, such as `license-included`; only some engines have a choice. Stays as
    /// it is when it is no longer set.
    #[input(follows)]
    pub license_model: Option<String>,
    /// Its size, such as `db.m7g.large`. A change stops the database for some minutes.
    #[input]
    pub instance_class: String,

    /// The size of its storage in GiB; only ever more. Required unless it is restored from a snapshot, whose size it
    /// has then. With `max_allocated_storage` it is the least: what RDS has added is no change, and is in
    /// `allocated_storage_actual`. Stays as it is when it is no longer set.
    #[input(one_way, follows)]
    pub allocated_storage: Option<i32>,
    /// Up to which size, in GiB, RDS adds storage by itself when it runs short. It does not by default.
    #[input(reset = 0)]
    pub max_allocated_storage: Option<i32>,
    /// The kind of storage. `io1` by default where `iops` is set, `gp3` otherwise.
    #[input(reset = "gp3")]
    pub storage_type: Option<StorageType>,
    /// Operations a second, for `io1`, `io2` and larger `gp3` storage. Stays as it is when it is no longer set.
    #[input(follows)]
    pub iops: Option<i32>,
    /// MiB a second, for larger `gp3` storage. Stays as it is when it is no longer set.
    #[input(follows)]
    pub storage_throughput: Option<i32>,
    /// Whether the transaction log has storage of its own. Off by default.
    #[input(reset = false)]
    pub dedicated_log_volume: Option<bool>,
    /// Whether its storage is encrypted. Off by default.
    #[input(replaces)]
    pub storage_encrypted: Option<bool>,
    /// The ARN of the KMS key of its storage. The account's own key for RDS by default.
    #[input(replaces)]
    pub kms_key_id: Option<String>,

    /// Whether a second server in another zone stands by to take over. Off by default.
    #[input(reset = false)]
    pub multi_az: Option<bool>,
    /// The zone that it is in, where `multi_az` is off. RDS's choice by default.
    #[input(replaces)]
    pub availability_zone: Option<String>,
    /// The port that it listens on; a change restarts it. The engine's usual one (5432, 3306) by default; stays as it
    /// is when it is no longer set.
    #[input(follows)]
    pub port: Option<i32>,
    /// The name of its `aws:rds:SubnetGroup`. Only a group in another VPC can take its place. The default VPC by
    /// default; stays as it is when it is no longer set.
    #[input(follows)]
    pub db_subnet_group_name: Option<String>,
    /// The ids of the security groups that it is in. The VPC's default one by default; stays as it is when it is no
    /// longer set.
    #[input(set, follows)]
    pub vpc_security_group_ids: Vec<String>,
    /// Whether it has a public address. Off by default.
    #[input(reset = false)]
    pub publicly_accessible: Option<bool>,
    /// The kinds of addresses that it has. `IPV4` by default.
    #[input(reset = "IPV4")]
    pub network_type: Option<NetworkType>,
    /// The authority of its TLS certificate, such as `rds-ca-rsa2048-g1`. Stays as it is when it is no longer set.
    #[input(follows)]
    pub ca_cert_identifier: Option<String>,

    /// The name of the database that it begins with. None by default, or `postgres` where the engine has that.
    #[input(replaces)]
    pub db_name: Option<String>,
    /// The name of its first user. Required unless it is restored from a snapshot.
    #[input(replaces)]
    pub master_username: Option<String>,
    /// The password of its first user, from 8 to 41 characters (128 for PostgreSQL). Stays as it is when it is no
    /// longer set. A password set elsewhere is not noticed.
    #[input(write_only, follows)]
    pub master_password: Option<Secret<String>>,
    /// Whether RDS makes the password, keeps it in Secrets Manager and changes it every week; see
    /// `master_user_secret_arn`. Excludes `master_password`, which is needed when it is switched off. Off by default.
    #[input(reset = false)]
    pub manage_master_user_password: Option<bool>,
    /// The ARN of the KMS key of the secret that RDS makes; it is chosen when `manage_master_user_password` is
    /// switched on and cannot be changed while it is. The account's own key by default; stays as it is when it is no
    /// longer set.
    #[input(follows)]
    pub master_user_secret_kms_key_id: Option<String>,
    /// Whether people and programs sign in with identities of IAM. Off by default.
    #[input(reset = false)]
    pub iam_database_authentication_enabled: Option<bool>,

    /// The name of its `aws:rds:ParameterGroup`. A new one is in force after a restart, which RDS leaves to people.
    /// The engine's default group by default.
    #[input(reset = "")]
    pub parameter_group_name: Option<String>,
    /// The name of its option group. The engine's default group by default.
    #[input(reset = "")]
    pub option_group_name: Option<String>,

    /// For how many days automated backups are kept, from 0 to 35; 0 switches them off. 1 by default. A change between
    /// 0 and more restarts the database.
    #[input(reset = 1)]
    pub backup_retention_period: Option<i32>,
    /// When backups are made, in UTC: `03:00-04:00`. Stays as it is when it is no longer set.
    #[input(follows)]
    pub backup_window: Option<String>,
    /// Whether snapshots get its tags. Off by default.
    #[input(reset = false)]
    pub copy_tags_to_snapshot: Option<bool>,
    /// When maintenance is done, in UTC: `sun:04:30-sun:05:30`. Stays as it is when it is no longer set.
    #[input(case_insensitive, follows)]
    pub maintenance_window: Option<String>,
    /// Whether changes that stop the database are made at once instead of in the next maintenance window. Until then
    /// they count as made, though RDS still has them pending. Off by default.
    #[input(write_only, reset = false)]
    pub apply_immediately: Option<bool>,

    /// How long samples of its work are kept and what is shown of them. `standard` by default.
    #[input(reset = "standard")]
    pub database_insights_mode: Option<DatabaseInsightsMode>,
    /// Whether samples of its work are kept (Performance Insights). Off by default.
    #[input(reset = false)]
    pub performance_insights_enabled: Option<bool>,
    /// The ARN of the KMS key of these samples, fixed once they are switched on. The account's own key for RDS by
    /// default; stays as it is when it is no longer set.
    #[input(one_way, follows)]
    pub performance_insights_kms_key_id: Option<String>,
    /// For how many days they are kept: 7 (the default), 731, or a multiple of 31.
    #[input(reset = 7)]
    pub performance_insights_retention_period: Option<i32>,
    /// Every how many seconds metrics of its operating system are taken: 1, 5, 10, 15, 30 or 60; 0, the default, is
    /// never.
    #[input(reset = 0)]
    pub monitoring_interval: Option<i32>,
    /// The ARN of the role that may put these metrics into CloudWatch. Required with `monitoring_interval`; stays as it
    /// is when it is no longer set.
    #[input(follows)]
    pub monitoring_role_arn: Option<String>,
    /// Which of its logs go to CloudWatch: `postgresql`, `upgrade`, `iam-db-auth-error`; `audit`, `error`, `general`,
    /// `slowquery`.
    #[input(set)]
    pub enabled_cloudwatch_logs_exports: Vec<String>,

    /// Whether AWS refuses to delete it. Off by default.
    #[input(reset = false)]
    pub deletion_protection: Option<bool>,
    /// Whether it is deleted without a last snapshot. Off by default.
    #[input(write_only, reset = false)]
    pub skip_final_snapshot: Option<bool>,
    /// The name of the last snapshot. Its identifier and `-final` by default.
    #[input(write_only, reset = "")]
    pub final_snapshot_identifier: Option<String>,
    /// Whether its automated backups go with it when it is deleted. On by default.
    #[input(write_only, reset = true)]
    pub delete_automated_backups: Option<bool>,
    /// The name or ARN of a snapshot that it begins with. Leave it set for as long as the database lives: another
    /// snapshot, or none, asks for a new database.
    #[input(write_only, replaces)]
    pub snapshot_identifier: Option<String>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,

    /// Its ARN.
    #[output]
    pub arn: String,
    /// Its id, which is never used again: `db-…`.
    #[output]
    pub resource_id: String,
    /// Its name in DNS.
    #[output]
    pub address: String,
    /// Its name in DNS and its port: `name:5432`.
    #[output(volatile)]
    pub endpoint: String,
    /// The hosted zone of its name, for aliases.
    #[output]
    pub hosted_zone_id: Option<String>,
    /// The version of the engine that is in force.
    #[output(volatile)]
    pub engine_version_actual: String,
    /// The size of its storage in GiB, with what RDS has added.
    #[output(volatile)]
    pub allocated_storage_actual: i32,
    /// The ARN of the secret with user name and password, where `manage_master_user_password` is on.
    #[output(volatile)]
    pub master_user_secret_arn: Option<String>,
}

/// What becomes of an engine that is past its standard support.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum EngineLifecycleSupport {
    /// It stays, with support that is charged for.
    #[choice("open-source-rds-extended-support")]
    Extended,
    /// It is upgraded.
    #[choice("open-source-rds-extended-support-disabled")]
    Disabled,
}

/// A kind of storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum StorageType {
    /// General purpose SSD, whose speed is set apart from its size.
    #[choice("gp3")]
    Gp3,
    /// General purpose SSD of the previous generation, whose speed grows with its size.
    #[choice("gp2")]
    Gp2,
    /// SSD with provisioned operations.
    #[choice("io1")]
    Io1,
    /// SSD with provisioned operations, more durable.
    #[choice("io2")]
    Io2,
    /// Magnetic, for old databases only.
    #[choice("standard")]
    Standard,
}

/// Kinds of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum NetworkType {
    /// IPv4 alone.
    #[choice("IPV4")]
    Ipv4,
    /// IPv4 and IPv6.
    #[choice("DUAL")]
    Dual,
}

/// What Database Insights keeps and shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum DatabaseInsightsMode {
    /// Samples for 7 days.
    Standard,
    /// Samples for 15 months and more views; needs Performance Insights with a retention of 465 days or more.
    Advanced,
}

#[cfg(feature = "provider")]
mod handler;
