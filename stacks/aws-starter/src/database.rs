//! The database: Postgres, where only services can reach it.

use stack::prelude::*;
use stack_aws::{ec2, rds};
use stack_std::random;

use crate::network::NetworkHandle;
use crate::settings::Settings;

/// A Postgres server in the data subnets.
pub struct Database<'a> {
    /// Where it is.
    pub network: &'a NetworkHandle,
    /// Its settings, and whether its data may go.
    pub settings: &'a Settings,
}

/// What the rest of the program needs of the database.
pub struct DatabaseHandle {
    /// The server.
    pub server: rds::InstanceHandle,
    /// Where it is, with the credentials. Secret, because the password in it is.
    pub url: Output<String>,
    /// Who may reach it.
    pub group: ec2::SecurityGroupHandle,
}

/// The port of Postgres.
pub const PORT: i32 = 5432;

const NAME: &str = "app";

impl Component for Database<'_> {
    type Handle = DatabaseHandle;

    fn build(self, stack: &mut Stack) -> Result<DatabaseHandle> {
        let Settings {
            database: settings,
            delete_data,
            ..
        } = self.settings;
        let group = self.network.group(stack, "database");
        let subnets = stack.add(
            "subnets",
            rds::SubnetGroup::builder()
                .description("where the database is")
                .subnet_ids(each(&self.network.data, |subnet| &subnet.id))
                .build(),
        );
        let parameters = stack.add(
            "parameters",
            rds::ParameterGroup::builder()
                .family("postgres16")
                .description("TLS for everybody, and slow queries in the log")
                .parameters(vec![
                    rds::Parameter::builder()
                        .name("rds.force_ssl")
                        .value("1")
                        .build(),
                    rds::Parameter::builder()
                        .name("log_min_duration_statement")
                        .value("1000")
                        .build(),
                ])
                .build(),
        );
        let password = stack.add("password", random::Password::builder().length(32).build());
        let server = rds::Instance::builder()
            .engine("postgres")
            .engine_version("16")
            .instance_class(&settings.instance_class)
            .allocated_storage(settings.storage_gib)
            .maybe_max_allocated_storage(settings.max_storage_gib)
            .storage_type(rds::StorageType::Gp3)
            .storage_encrypted(true)
            .multi_az(settings.multi_zone)
            .db_name(NAME)
            .master_username(NAME)
            .master_password(&password.result)
            .db_subnet_group_name(&subnets.id)
            .parameter_group_name(&parameters.id)
            .vpc_security_group_ids([&group.id])
            .backup_retention_period(settings.backup_days)
            .copy_tags_to_snapshot(true)
            .deletion_protection(settings.protect)
            .skip_final_snapshot(*delete_data)
            .delete_automated_backups(*delete_data)
            .performance_insights_enabled(settings.multi_zone)
            .enabled_cloudwatch_logs_exports(["postgresql"])
            .apply_immediately(true)
            .build();
        let server = stack.add(
            "server",
            if settings.protect {
                server.protect()
            } else {
                server
            },
        );
        let url = interpolate!(
            "postgres://{NAME}:{}@{}:{}/{NAME}?sslmode=require",
            password.result.url_encode(),
            server.address,
            PORT
        );
        Ok(DatabaseHandle { server, url, group })
    }
}
