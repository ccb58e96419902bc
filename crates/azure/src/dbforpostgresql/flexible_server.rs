//! `azure:dbforpostgresql:FlexibleServer`: a server of PostgreSQL.

use stack::resource::*;

use crate::ManagedIdentities;

/// A server of PostgreSQL.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource(
    "azure:dbforpostgresql:FlexibleServer",
    create = "60m",
    update = "60m",
    delete = "30m",
    visibility_lag = "15s",
    holds_data
)]
pub struct FlexibleServer {
    /// The id of its resource group.
    #[input(required, replaces, case_insensitive)]
    pub resource_group_id: String,
    /// Its name, unique in the world: 3 to 63 lower-case letters, digits and `-`. Made by the engine when it is not set.
    #[input(replaces, case_insensitive, name(max_length = 63, lowercase))]
    pub name: Option<String>,
    /// Its region. The provider configuration's when it is not set.
    #[input(replaces, case_and_space_insensitive)]
    pub location: Option<String>,
    /// The major version: `11` to `18`. It only goes up.
    #[input(one_way)]
    pub version: Option<String>,
    /// The size of the machine, such as `Standard_B1ms` or `Standard_D2ds_v5`.
    #[input(required)]
    pub sku_name: String,
    /// The tier that the size is of.
    #[input(required)]
    pub sku_tier: SkuTier,
    /// The administrator's name.
    #[input(replaces)]
    pub administrator_login: Option<String>,
    /// The administrator's password: 8 to 128 characters of three kinds.
    #[input(write_only, follows)]
    pub administrator_login_password: Option<Secret<String>>,
    /// The disk's size in GiB: 32, 64, 128 … It only grows.
    #[input(one_way)]
    pub storage_size_gb: Option<i64>,
    /// Whether the disk grows by itself. Off by default.
    #[input(reset = false)]
    pub storage_auto_grow: Option<bool>,
    /// The disk's performance tier, such as `P10`.
    #[input(follows)]
    pub storage_tier: Option<String>,
    /// For how many days backups are kept: 7 to 35. 7 by default.
    #[input(reset = 7)]
    pub backup_retention_days: Option<i64>,
    /// Whether backups are kept in the paired region too. Off by default.
    #[input(replaces)]
    pub geo_redundant_backup: Option<bool>,
    /// Whether there is a standby. Not for `Burstable`. None by default.
    #[input(reset = "Disabled")]
    pub high_availability_mode: Option<HighAvailabilityMode>,
    /// The availability zone of the standby.
    #[input(follows)]
    pub standby_availability_zone: Option<String>,
    /// Its availability zone.
    #[input(replaces)]
    pub availability_zone: Option<String>,
    /// The id of the subnet that it is in, delegated to `Microsoft.DBforPostgreSQL/flexibleServers`. Reached from the
    /// internet, as far as firewall rules say, when it is not set.
    #[input(replaces, case_insensitive)]
    pub delegated_subnet_id: Option<String>,
    /// The id of the private DNS zone that gets its name, linked to the network first. Its name ends in
    /// `.postgres.database.azure.com`.
    #[input(follows, case_insensitive)]
    pub private_dns_zone_id: Option<String>,
    /// Whether it is reached from the internet. On by default without a subnet.
    #[input(follows)]
    pub public_network_access: Option<bool>,
    /// When Azure may work on it. Azure chooses when it is not set.
    #[input(reset = {})]
    pub maintenance_window: Option<MaintenanceWindow>,
    /// Whether passwords are let in. On by default.
    #[input(reset = true)]
    pub password_auth: Option<bool>,
    /// Whether identities of Microsoft Entra are let in. Off by default.
    #[input(reset = false)]
    pub entra_auth: Option<bool>,
    /// The tenant of those identities.
    #[input(follows)]
    pub entra_tenant_id: Option<String>,
    /// How it comes into being. Empty by default.
    #[input(write_only, replaces)]
    pub create_mode: Option<CreateMode>,
    /// The id of the server that it is made from.
    #[input(write_only, replaces, case_insensitive)]
    pub source_server_id: Option<String>,
    /// The time whose data it gets, such as `2026-01-31T12:00:00Z`.
    #[input(write_only, replaces)]
    pub point_in_time_utc: Option<String>,
    /// The identities that it acts as.
    #[input(reset = {})]
    pub identity: Option<ManagedIdentities>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// The name that clients connect to, on port 5432.
    #[output]
    pub fully_qualified_domain_name: String,
}

/// A tier of machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum SkuTier {
    /// For little work, with credits for bursts.
    #[choice("Burstable")]
    Burstable,
    /// For most work.
    #[choice("GeneralPurpose")]
    GeneralPurpose,
    /// With more memory for each CPU.
    #[choice("MemoryOptimized")]
    MemoryOptimized,
}

/// Whether there is a standby.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum HighAvailabilityMode {
    /// None.
    #[choice("Disabled")]
    Disabled,
    /// In the same availability zone.
    #[choice("SameZone")]
    SameZone,
    /// In another availability zone.
    #[choice("ZoneRedundant")]
    ZoneRedundant,
}

/// How a server comes into being.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum CreateMode {
    /// Empty.
    #[choice("Default")]
    Default,
    /// From another server's data at a time.
    #[choice("PointInTimeRestore")]
    PointInTimeRestore,
    /// From another region's backup.
    #[choice("GeoRestore")]
    GeoRestore,
    /// As a replica of another server.
    #[choice("Replica")]
    Replica,
}

/// When Azure may work on a server.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct MaintenanceWindow {
    /// The day of the week: 0 is Sunday.
    #[input(required)]
    pub day_of_week: i64,
    /// The hour at which it begins, in UTC.
    #[input(required)]
    pub start_hour: i64,
    /// The minute at which it begins.
    #[input]
    pub start_minute: Option<i64>,
}

#[cfg(feature = "provider")]
mod handler {
    use super::super::VERSION;
    use super::*;
    use crate::prelude::*;

    impl Arm for FlexibleServer {
        const ARM: ArmType = ArmType::of_group(
            "providers/Microsoft.DBforPostgreSQL/flexibleServers",
            VERSION,
            Update::Patch,
        );

        const NAME_CHECK: Option<&str> =
            Some("Microsoft.DBforPostgreSQL/checkNameAvailability/action");

        const PLACES: &[(&str, &str)] = &[
            ("sku_name", "sku.name"),
            ("sku_tier", "sku.tier"),
            ("storage_size_gb", "properties.storage.storageSizeGB"),
            ("storage_auto_grow", "properties.storage.autoGrow?"),
            ("storage_tier", "properties.storage.tier"),
            (
                "backup_retention_days",
                "properties.backup.backupRetentionDays",
            ),
            (
                "geo_redundant_backup",
                "properties.backup.geoRedundantBackup?",
            ),
            ("high_availability_mode", "properties.highAvailability.mode"),
            (
                "standby_availability_zone",
                "properties.highAvailability.standbyAvailabilityZone",
            ),
            (
                "delegated_subnet_id",
                "properties.network.delegatedSubnetResourceId",
            ),
            (
                "private_dns_zone_id",
                "properties.network.privateDnsZoneArmResourceId",
            ),
            (
                "public_network_access",
                "properties.network.publicNetworkAccess?",
            ),
            ("password_auth", "properties.authConfig.passwordAuth?"),
            ("entra_auth", "properties.authConfig.activeDirectoryAuth?"),
            ("entra_tenant_id", "properties.authConfig.tenantId"),
            ("source_server_id", "properties.sourceServerResourceId"),
            ("point_in_time_utc", "properties.pointInTimeUTC"),
        ];

        fn shape(body: &mut Json, inputs: &FlexibleServerInputs) {
            let custom = match &inputs.maintenance_window {
                Some(_) => "Enabled",
                None => return,
            };
            put(
                body,
                "properties.maintenanceWindow.customWindow",
                json!(custom),
            );
        }

        /// A window that Azure chooses is told with zeros.
        async fn observe(_: &Azure, _: &ResourceId, answer: &Json, values: &mut Map) -> Result<()> {
            let custom = at(answer, "properties.maintenanceWindow.customWindow");
            if custom.and_then(Json::as_str) != Some("Enabled") {
                values.remove("maintenance_window");
            }
            Ok(())
        }
    }
}
