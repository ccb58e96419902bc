//! Postgres.

use serde_json::{Value, json};
use stack_testkit::conformance::Case;

use crate::emulated::{AS_A_PARENT, conformance, group, in_group};

conformance! {
    flexible_server;
    flexible_server_in_a_subnet;
    database;
    configuration;
    firewall_rule;
}

fn server() -> Value {
    json!({
        "resource_group_id": group(),
        "version": "16",
        "sku_name": "Standard_D2ds_v5",
        "sku_tier": "GeneralPurpose",
        "administrator_login": "app",
        "administrator_login_password": {"$secret": "correct-horse-1"},
        "storage_size_gb": 32,
    })
}

fn flexible_server() -> Case {
    in_group(Case::new("azure:dbforpostgresql:FlexibleServer", server()))
        .update("tags", json!({"b": "2"}))
        .update("version", json!("17"))
        .update("sku_name", json!("Standard_D4ds_v5"))
        .update(
            "administrator_login_password",
            json!({"$secret": "correct-horse-2"}),
        )
        .update("storage_size_gb", json!(64))
        .update("storage_auto_grow", json!(true))
        .update("storage_tier", json!("P10"))
        .update("backup_retention_days", json!(14))
        .update("high_availability_mode", json!("ZoneRedundant"))
        .update(
            "maintenance_window",
            json!({"day_of_week": 1, "start_hour": 3, "start_minute": 30}),
        )
        .update("entra_auth", json!(true))
        .update(
            "entra_tenant_id",
            json!("7e000000-0000-4000-8000-000000000001"),
        )
        .update("password_auth", json!(false))
        .update("identity", json!({"system_assigned": true}))
        .replace("name", json!("renamed"))
        .replace("location", json!("northeurope"))
        .replace("administrator_login", json!("other"))
        .replace("geo_redundant_backup", json!(true))
        .replace("availability_zone", json!("2"))
        .leave_out("resource_group_id", AS_A_PARENT)
        .leave_out("standby_availability_zone", "goes with zones of the region")
        .leave_out("public_network_access", "the case in a subnet covers it")
        .leave_out("delegated_subnet_id", "the case in a subnet covers it")
        .leave_out("private_dns_zone_id", "the case in a subnet covers it")
        .leave_out("sku_tier", "a size is of one tier: the two change together")
        .leave_out("create_mode", RESTORED)
        .leave_out("source_server_id", RESTORED)
        .leave_out("point_in_time_utc", RESTORED)
}

const RESTORED: &str = "a server that is made from another; a test of its own covers it";

fn flexible_server_in_a_subnet() -> Case {
    let mut inputs = server();
    inputs["delegated_subnet_id"] = Case::of("azure:network:Subnet/database", "id");
    inputs["private_dns_zone_id"] = json!({"$call": {"fn": "coalesce", "args": [
        Case::of("azure:network:PrivateDnsZoneLink/link", "private_dns_zone_id"),
    ]}});
    inputs["public_network_access"] = json!(false);
    let zone = Case::of("azure:network:PrivateDnsZone/zone", "id");
    let network = Case::of("azure:network:VirtualNetwork/network", "id");
    let covered = "flexible_server covers it";
    let case = in_group(Case::new("azure:dbforpostgresql:FlexibleServer", inputs))
        .with(
            "azure:network:VirtualNetwork",
            "network",
            json!({"resource_group_id": group(), "address_prefixes": ["10.0.0.0/16"]}),
        )
        .with(
            "azure:network:Subnet",
            "database",
            json!({
                "virtual_network_id": network,
                "address_prefixes": ["10.0.1.0/24"],
                "delegation": "Microsoft.DBforPostgreSQL/flexibleServers",
            }),
        )
        .with(
            "azure:network:PrivateDnsZone",
            "zone",
            json!({"resource_group_id": group(), "name": "shop.postgres.database.azure.com"}),
        )
        .with(
            "azure:network:PrivateDnsZoneLink",
            "link",
            json!({"private_dns_zone_id": zone, "virtual_network_id": network}),
        )
        .update("backup_retention_days", json!(14));
    [
        "tags",
        "version",
        "sku_name",
        "sku_tier",
        "administrator_login_password",
        "storage_size_gb",
        "storage_auto_grow",
        "storage_tier",
        "high_availability_mode",
        "maintenance_window",
        "entra_auth",
        "entra_tenant_id",
        "password_auth",
        "identity",
        "name",
        "location",
        "administrator_login",
        "geo_redundant_backup",
        "availability_zone",
        "resource_group_id",
        "standby_availability_zone",
        "public_network_access",
        "delegated_subnet_id",
        "private_dns_zone_id",
        "create_mode",
        "source_server_id",
        "point_in_time_utc",
    ]
    .into_iter()
    .fold(case, |case, field| case.leave_out(field, covered))
}

fn on_server(case: Case) -> Case {
    in_group(case).with("azure:dbforpostgresql:FlexibleServer", "server", server())
}

fn server_id() -> Value {
    Case::of("azure:dbforpostgresql:FlexibleServer/server", "id")
}

fn database() -> Case {
    let inputs = json!({"server_id": server_id(), "charset": "UTF8"});
    on_server(Case::new("azure:dbforpostgresql:Database", inputs))
        .replace("name", json!("renamed"))
        .replace("charset", json!("SQL_ASCII"))
        .replace("collation", json!("C"))
        .leave_out("server_id", AS_A_PARENT)
}

fn configuration() -> Case {
    let inputs = json!({
        "server_id": server_id(),
        "name": "log_min_duration_statement",
        "value": "1000",
    });
    on_server(Case::new("azure:dbforpostgresql:Configuration", inputs))
        .update("value", json!("2000"))
        .replace("name", json!("lock_timeout"))
        .leave_out("server_id", AS_A_PARENT)
}

fn firewall_rule() -> Case {
    let inputs = json!({
        "server_id": server_id(),
        "start_ip_address": "203.0.113.1",
        "end_ip_address": "203.0.113.9",
    });
    on_server(Case::new("azure:dbforpostgresql:FirewallRule", inputs))
        .update("start_ip_address", json!("203.0.113.2"))
        .update("end_ip_address", json!("203.0.113.10"))
        .replace("name", json!("renamed"))
        .leave_out("server_id", AS_A_PARENT)
}
