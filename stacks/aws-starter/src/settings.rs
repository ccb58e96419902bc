//! What an environment may say.

use saas::App;
use stack::prelude::*;

/// An environment's configuration; see `Stack.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The region of everything.
    pub region: String,
    /// Whether a destroy deletes files, databases and images as well. Otherwise it takes a last snapshot, and stops at
    /// a bucket or registry that is not empty.
    pub delete_data: bool,
    /// The network.
    pub network: Network,
    /// The application.
    pub app: App,
    /// The database.
    pub database: Database,
    /// The cache.
    pub cache: Cache,
    /// Under which name people find it. By the load balancer's own name, over HTTP, when it is not set.
    #[serde(default)]
    pub domain: Option<Domain>,
    /// Who hears of alarms. There are none when it is not set.
    #[serde(default)]
    pub alarms: Option<Alarms>,
}

/// The network.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// Its range, at least a `/20`.
    pub cidr: Cidr,
    /// Its zones: two or three.
    pub zones: Vec<String>,
    /// How many gateways lead out.
    pub nat: Nat,
}

/// How many gateways lead out of the private subnets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Nat {
    /// One for all: cheap, and gone with its zone.
    One,
    /// One in each zone.
    OnePerZone,
}

/// The database.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// Its size.
    pub instance_class: String,
    /// Its storage in GiB.
    pub storage_gib: i32,
    /// Up to how many GiB it grows by itself. It does not when it is not set.
    #[serde(default)]
    pub max_storage_gib: Option<i32>,
    /// Whether a second server in another zone stands by.
    #[serde(default)]
    pub multi_zone: bool,
    /// For how many days backups are kept.
    #[serde(default = "one")]
    pub backup_days: i32,
    /// Whether nobody can delete it, neither here nor at AWS.
    #[serde(default)]
    pub protect: bool,
}

fn one() -> i32 {
    1
}

/// The cache.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cache {
    /// The size of its nodes.
    pub node_type: String,
    /// How many copies stand by to take over.
    #[serde(default)]
    pub replicas: i32,
}

/// Under which name people find it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Domain {
    /// The name, such as `app.example.com`.
    pub name: String,
    /// The hosted zone in Route 53 that the name is in, such as `example.com`.
    pub zone: String,
}

/// Who hears of alarms.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alarms {
    /// The SNS topic that alarms go to.
    pub topic_arn: String,
}
