//! What an environment may say.

use saas::App;
use stack::prelude::*;
use stack_azure::containerregistry::RegistrySku;
use stack_azure::dbforpostgresql::SkuTier;

/// An environment's configuration; see `Stack.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The region of everything.
    pub location: String,
    /// The network.
    pub network: Network,
    /// The application.
    pub app: App,
    /// The database.
    pub database: Database,
    /// The cache.
    pub cache: Cache,
    /// The images.
    pub registry: Registry,
    /// Files.
    #[serde(default)]
    pub storage: Storage,
    /// Secrets.
    #[serde(default)]
    pub secrets: Secrets,
    /// Under which name people find the web app. By Azure's own name when it is not set.
    #[serde(default)]
    pub domain: Option<Domain>,
}

/// The network.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// Its range, at least a `/20`.
    pub cidr: Cidr,
    /// Whether services are spread over the region's zones.
    #[serde(default)]
    pub zone_redundant: bool,
}

/// The database.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// Its size.
    pub sku_name: String,
    /// The tier that the size is of.
    pub sku_tier: SkuTier,
    /// Its storage in GiB. It grows by itself when it is nearly full.
    pub storage_gib: i64,
    /// Whether a second server in another zone stands by.
    #[serde(default)]
    pub multi_zone: bool,
    /// For how many days backups are kept.
    #[serde(default = "seven")]
    pub backup_days: i64,
    /// Whether the stack refuses to delete it.
    #[serde(default)]
    pub protect: bool,
}

fn seven() -> i64 {
    7
}

/// The cache.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cache {
    /// Its size.
    pub sku_name: String,
    /// Whether a copy stands by to take over.
    #[serde(default)]
    pub high_availability: bool,
}

/// The images.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registry {
    /// Its size.
    pub sku: RegistrySku,
    /// Whether they are spread over the region's zones; for `Premium`.
    #[serde(default)]
    pub zone_redundant: bool,
}

/// Files.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Storage {
    /// How often files are kept.
    pub sku_name: String,
    /// Whether the stack refuses to delete them.
    pub protect: bool,
}

impl Default for Storage {
    fn default() -> Self {
        Self {
            sku_name: "Standard_LRS".into(),
            protect: false,
        }
    }
}

/// Secrets.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Secrets {
    /// Whether nobody can delete a deleted vault for good before its time. Once on, it stays on.
    pub purge_protection: bool,
}

/// Under which name people find the web app.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Domain {
    /// The name, such as `app.example.com`. Its CNAME record leads to the web app, and a TXT record `asuid.NAME` holds
    /// the environment's verification id.
    pub name: String,
}
