//! Server parameters: the service knows which there are.

use serde_json::json;

use super::super::table;
use super::{ACCEPTED, CHILD, invalid};
use crate::clock::Millis;
use crate::id::ResourceId;
use crate::json;
use crate::refusal::Refusal;
use crate::rules::{Draft, Rules, Scene};
use crate::store::Resource;

/// `Microsoft.DBforPostgreSQL/flexibleServers/configurations`.
pub static CONFIGURATION: Rules = Rules {
    name: "Microsoft.DBforPostgreSQL/flexibleServers/configurations",
    table: table!("Microsoft.DBforPostgreSQL.flexibleServers.configurations"),
    patch: Some(ACCEPTED),
    delete: None,
    prepare,
    ..CHILD
};

/// A parameter: its name, type, default, what is allowed, and whether it takes effect without a restart.
struct Parameter(&'static str, &'static str, &'static str, &'static str, bool);

/// A choice of those that there are: what programs set, and one of each type.
const PARAMETERS: &[Parameter] = &[
    Parameter("autovacuum", "Boolean", "on", "on,off", true),
    Parameter("azure.extensions", "Set", "", "", true),
    Parameter(
        "idle_in_transaction_session_timeout",
        "Integer",
        "0",
        "0-2147483647",
        true,
    ),
    Parameter("lock_timeout", "Integer", "0", "0-2147483647", true),
    Parameter("log_checkpoints", "Boolean", "on", "on,off", true),
    Parameter("log_connections", "Boolean", "on", "on,off", true),
    Parameter("log_disconnections", "Boolean", "on", "on,off", true),
    Parameter(
        "log_min_duration_statement",
        "Integer",
        "-1",
        "-1-2147483647",
        true,
    ),
    Parameter(
        "log_statement",
        "Enumeration",
        "none",
        "none,ddl,mod,all",
        true,
    ),
    Parameter(
        "maintenance_work_mem",
        "Integer",
        "99328",
        "1024-2097151",
        true,
    ),
    Parameter("max_connections", "Integer", "50", "25-5000", false),
    Parameter("max_wal_size", "Integer", "2048", "32-65536", true),
    Parameter(
        "password_encryption",
        "Enumeration",
        "scram-sha-256",
        "md5,scram-sha-256",
        true,
    ),
    Parameter("pgbouncer.enabled", "Boolean", "false", "true,false", true),
    Parameter("random_page_cost", "Numeric", "2", "", true),
    Parameter("require_secure_transport", "Boolean", "on", "on,off", true),
    Parameter("shared_buffers", "Integer", "32768", "16-1073741823", false),
    Parameter(
        "shared_preload_libraries",
        "Set",
        "pg_cron,pg_stat_statements",
        "",
        false,
    ),
    Parameter(
        "ssl_min_protocol_version",
        "Enumeration",
        "TLSv1.2",
        "TLSv1.2,TLSv1.3",
        true,
    ),
    Parameter("statement_timeout", "Integer", "0", "0-2147483647", true),
    Parameter("timezone", "String", "UTC", "", true),
    Parameter(
        "wal_level",
        "Enumeration",
        "replica",
        "replica,logical",
        false,
    ),
    Parameter("work_mem", "Integer", "4096", "4096-2097151", true),
];

/// The parameters of a new server, in the order of their names.
pub fn all(server: &ResourceId, now: Millis) -> Vec<Resource> {
    let made = |Parameter(name, kind, value, allowed, dynamic): &Parameter| {
        let body = json!({ "properties": {
            "value": value, "defaultValue": value, "source": "system-default", "dataType": kind, "allowedValues": allowed,
            "description": name, "isDynamicConfig": dynamic, "isReadOnly": false, "isConfigPendingRestart": false,
        } });
        Resource::new(
            server.child("configurations", name),
            CONFIGURATION.name,
            body,
            now,
        )
    };
    PARAMETERS.iter().map(made).collect()
}

fn prepare(_: &Scene, draft: &mut Draft) -> Result<(), Refusal> {
    const VALUE: &str = "properties.value";
    let Some(before) = draft.before else {
        let message = format!("The server has no parameter '{}'.", draft.id.name());
        return Err(Refusal::not_found("ConfigurationNotExists", message));
    };
    let text = |path: &str| json::text(&before.body, path).unwrap_or_default();
    let default = text("properties.defaultValue").to_owned();
    let value = json::text(&draft.body, VALUE)
        .unwrap_or(&default)
        .to_owned();
    if !allowed(
        text("properties.dataType"),
        text("properties.allowedValues"),
        &value,
    ) {
        let message = format!(
            "The value '{value}' is not allowed for '{}': {}.",
            draft.id.name(),
            text("properties.allowedValues")
        );
        return invalid(VALUE, message);
    }
    let source = if value == default {
        "system-default"
    } else {
        "user-override"
    };
    let restart = !json::truth(&before.body, "properties.isDynamicConfig") && value != text(VALUE);
    let mut body = before.body.clone();
    json::set(&mut body, VALUE, value);
    json::set(&mut body, "properties.source", source);
    json::set(&mut body, "properties.isConfigPendingRestart", restart);
    draft.body = body;
    Ok(())
}

fn allowed(kind: &str, allowed: &str, value: &str) -> bool {
    match kind {
        "Integer" => {
            // The least may itself be negative: "-1-2147483647".
            let cut = allowed.rfind('-').unwrap_or_default();
            let (least, most) = (
                allowed[..cut].parse::<i64>(),
                allowed[cut..].trim_start_matches('-').parse::<i64>(),
            );
            match (least, most, value.parse::<i64>()) {
                (Ok(least), Ok(most), Ok(value)) => (least..=most).contains(&value),
                _ => false,
            }
        }
        "Boolean" | "Enumeration" => allowed
            .split(',')
            .any(|one| one.eq_ignore_ascii_case(value)),
        "Numeric" => value.parse::<f64>().is_ok(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::allowed;

    #[test]
    fn values_are_checked_by_their_type() {
        assert!(allowed("Integer", "-1-2147483647", "-1"));
        assert!(!allowed("Integer", "-1-2147483647", "-2"));
        assert!(!allowed("Integer", "25-5000", "many"));
        assert!(allowed("Enumeration", "replica,logical", "logical"));
        assert!(!allowed("Boolean", "on,off", "maybe"));
    }
}
