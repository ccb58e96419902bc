//! The database: Postgres, where only the network reaches it.

use stack::prelude::*;
use stack_azure::dbforpostgresql as postgres;
use stack_azure::resources::ResourceGroupHandle;
use stack_std::random;

use crate::network::NetworkHandle;
use crate::settings;

/// A Postgres server in the database's subnet.
pub struct Database<'a> {
    /// Where it lies.
    pub group: &'a ResourceGroupHandle,
    /// Where it is reached from.
    pub network: &'a NetworkHandle,
    /// Its settings.
    pub settings: &'a settings::Database,
}

/// What the rest of the program needs of the database.
pub struct DatabaseHandle {
    /// Where it is, with the credentials. Secret, because the password in it is.
    pub url: Output<String>,
}

const NAME: &str = "app";

impl Component for Database<'_> {
    type Handle = DatabaseHandle;

    fn build(self, stack: &mut Stack) -> Result<DatabaseHandle> {
        let settings = self.settings;
        let domain = format!(
            "{}-{}.postgres.database.azure.com",
            stack.name(),
            stack.environment()
        );
        let (zone, link) = self.network.zone(stack, self.group, domain);
        let password = stack.add("password", random::Password::builder().length(32).build());
        let standby = settings
            .multi_zone
            .then_some(postgres::HighAvailabilityMode::ZoneRedundant);
        let server = postgres::FlexibleServer::builder()
            .resource_group_id(&self.group.id)
            .version("16")
            .sku_name(&settings.sku_name)
            .sku_tier(settings.sku_tier)
            .storage_size_gb(settings.storage_gib)
            .storage_auto_grow(true)
            .backup_retention_days(settings.backup_days)
            .maybe_high_availability_mode(standby)
            .administrator_login(NAME)
            .administrator_login_password(&password.result)
            .delegated_subnet_id(&self.network.database.id)
            .private_dns_zone_id(&zone.id)
            .public_network_access(false)
            .build()
            .depends_on(&link);
        let server = stack.add(
            "server",
            if settings.protect {
                server.protect()
            } else {
                server
            },
        );
        let slow_queries = postgres::Configuration::builder()
            .server_id(&server.id)
            .name("log_min_duration_statement")
            .value("1000");
        stack.add("slow-queries", slow_queries.build());
        let database = stack.add(
            "app",
            postgres::Database::builder()
                .server_id(&server.id)
                .name(NAME)
                .build(),
        );
        let url = interpolate!(
            "postgres://{NAME}:{}@{}:5432/{}?sslmode=require",
            password.result.url_encode(),
            server.fully_qualified_domain_name,
            database.name
        );
        Ok(DatabaseHandle { url })
    }
}
