//! Container apps.

use serde_json::{Value, json};
use stack_testkit::conformance::Case;

use crate::emulated::{AS_A_PARENT, conformance, group, in_group};

conformance! {
    managed_environment;
    managed_environment_in_a_subnet;
    container_app;
    job;
    scheduled_job;
    event_job;
    managed_certificate;
}

fn managed_environment() -> Case {
    let workspace = |field| Case::of("azure:operationalinsights:Workspace/log", field);
    let inputs = json!({
        "resource_group_id": group(),
        "logs_destination": "log-analytics",
        "log_analytics_customer_id": workspace("customer_id"),
        "log_analytics_shared_key": workspace("primary_shared_key"),
        "workload_profiles": [{"name": "Consumption", "workload_profile_type": "Consumption"}],
        "tags": {"a": "1"},
    });
    let together = "the workspace and its key change together: a promise of its own";
    let in_a_subnet = "the case in a subnet covers it";
    in_group(Case::new("azure:app:ManagedEnvironment", inputs))
        .with(
            "azure:operationalinsights:Workspace",
            "log",
            json!({"resource_group_id": group()}),
        )
        .update("tags", json!({"b": "2"}))
        .leave_out("log_analytics_customer_id", together)
        .leave_out("log_analytics_shared_key", together)
        .update("logs_destination", json!("azure-monitor"))
        .update(
            "workload_profiles",
            json!([
                {"name": "Consumption", "workload_profile_type": "Consumption"},
                {"name": "large", "workload_profile_type": "D4", "minimum_count": 1, "maximum_count": 3},
            ]),
        )
        .update("peer_authentication", json!(true))
        .update("peer_encryption", json!(true))
        .update("public_network_access", json!(false))
        .update("identity", json!({"system_assigned": true}))
        .replace("name", json!("renamed"))
        .replace("location", json!("northeurope"))
        .replace("infrastructure_resource_group", json!("kept-by-azure"))
        .leave_out("resource_group_id", AS_A_PARENT)
        .leave_out("infrastructure_subnet_id", in_a_subnet)
        .leave_out("internal", in_a_subnet)
        .leave_out("zone_redundant", in_a_subnet)
}

fn managed_environment_in_a_subnet() -> Case {
    let inputs = json!({
        "resource_group_id": group(),
        "infrastructure_subnet_id": Case::of("azure:network:Subnet/services", "id"),
        "workload_profiles": [{"name": "Consumption", "workload_profile_type": "Consumption"}],
    });
    let covered = "managed_environment covers it";
    let case = in_group(Case::new("azure:app:ManagedEnvironment", inputs))
        .with(
            "azure:network:VirtualNetwork",
            "network",
            json!({"resource_group_id": group(), "address_prefixes": ["10.0.0.0/16"]}),
        )
        .with(
            "azure:network:Subnet",
            "services",
            json!({
                "virtual_network_id": Case::of("azure:network:VirtualNetwork/network", "id"),
                "address_prefixes": ["10.0.0.0/23"],
                "delegation": "Microsoft.App/environments",
            }),
        )
        .update("peer_encryption", json!(true))
        .replace("internal", json!(true))
        .replace("zone_redundant", json!(true))
        .leave_out("infrastructure_subnet_id", AS_A_PARENT);
    [
        "resource_group_id",
        "name",
        "location",
        "logs_destination",
        "log_analytics_customer_id",
        "log_analytics_shared_key",
        "workload_profiles",
        "peer_authentication",
        "public_network_access",
        "infrastructure_resource_group",
        "identity",
        "tags",
    ]
    .into_iter()
    .fold(case, |case, field| case.leave_out(field, covered))
}

fn in_environment(case: Case) -> Case {
    in_group(case)
        .with(
            "azure:app:ManagedEnvironment",
            "environment",
            json!({
                "resource_group_id": group(),
                "workload_profiles": [
                    {"name": "Consumption", "workload_profile_type": "Consumption"},
                    {"name": "large", "workload_profile_type": "D4", "minimum_count": 1, "maximum_count": 3},
                ],
            }),
        )
        .with(
            "azure:managedidentity:UserAssignedIdentity",
            "identity",
            json!({"resource_group_id": group()}),
        )
}

fn environment_id() -> Value {
    Case::of("azure:app:ManagedEnvironment/environment", "id")
}

fn identity_id() -> Value {
    Case::of("azure:managedidentity:UserAssignedIdentity/identity", "id")
}

fn container(image: &str) -> Value {
    json!({
        "name": "main",
        "image": image,
        "command": ["serve"],
        "args": ["--fast"],
        "env": [
            {"name": "PORT", "value": "8080"},
            {"name": "KEY", "secret_ref": "key"},
        ],
        "resources": {"cpu": 0.25, "memory": "0.5Gi"},
        "probes": [{
            "type": "Readiness",
            "http_get": {
                "port": 8080, "path": "/health", "scheme": "HTTP",
                "http_headers": [{"name": "x-probe", "value": "1"}],
            },
            "period_seconds": 10,
            "failure_threshold": 3,
        }],
        "volume_mounts": [{"volume_name": "tmp", "mount_path": "/tmp"}],
    })
}

fn init(image: &str) -> Value {
    json!([{"name": "first", "image": image, "command": ["prepare"]}])
}

fn plain(image: &str) -> Value {
    json!([{"name": "main", "image": image, "resources": {"cpu": 0.5, "memory": "1Gi"}}])
}

fn container_app() -> Case {
    let inputs = json!({
        "resource_group_id": group(),
        "environment_id": environment_id(),
        "containers": [container("registry.example/api:1")],
        "volumes": [{"name": "tmp", "storage_type": "EmptyDir"}],
        "secrets": [{"name": "key", "value": {"$secret": "tomato"}}],
        "ingress": {"external": true, "target_port": 8080, "transport": "auto"},
        "scale": {"min_replicas": 1, "max_replicas": 3},
        "tags": {"a": "1"},
    });
    in_environment(Case::new("azure:app:ContainerApp", inputs))
        .update("tags", json!({"b": "2"}))
        .update("containers", json!([container("registry.example/api:2")]))
        .update("init_containers", init("registry.example/init:1"))
        .update(
            "scale",
            json!({
                "min_replicas": 2, "max_replicas": 5,
                "rules": [{"name": "requests", "http": {"metadata": {"concurrentRequests": "50"}}}],
            }),
        )
        .update(
            "volumes",
            json!([{"name": "tmp", "storage_type": "EmptyDir"}, {"name": "more", "storage_type": "EmptyDir"}]),
        )
        .update("revision_suffix", json!("second"))
        .update("termination_grace_period_seconds", json!(60))
        .update(
            "ingress",
            json!({
                "external": true, "target_port": 9090, "transport": "http", "allow_insecure": true,
                "sticky_sessions": {"affinity": "sticky"},
                "ip_security_restrictions": [
                    {"name": "office", "ip_address_range": "203.0.113.0/24", "action": "Allow"}],
                "cors_policy": {"allowed_origins": ["https://example.com"], "max_age": 60},
            }),
        )
        .update("active_revisions_mode", json!("Multiple"))
        .update("max_inactive_revisions", json!(10))
        .update("secrets", json!([{"name": "key", "value": {"$secret": "potato"}}]))
        .update("identity", json!({"user_assigned_ids": [identity_id()]}))
        .update("dapr", json!({"enabled": true, "app_id": "api", "app_port": 8080}))
        .update("workload_profile_name", json!("large"))
        .replace("name", json!("renamed"))
        .replace("location", json!("northeurope"))
        .leave_out("registries", "job covers it")
        .uncalled(
            ["Microsoft.App/containerApps/revisions/read"],
            "the newest revision is ready by the time that its app is made",
        )
        .leave_out("resource_group_id", AS_A_PARENT)
        .leave_out("environment_id", AS_A_PARENT)
}

fn job() -> Case {
    let inputs = json!({
        "resource_group_id": group(),
        "environment_id": environment_id(),
        "trigger_type": "Manual",
        "replica_timeout": 600,
        "manual_trigger": {"parallelism": 1, "replica_completion_count": 1},
        "containers": [container("registry.example/api:1")],
        "volumes": [{"name": "tmp", "storage_type": "EmptyDir"}],
        "secrets": [{"name": "key", "value": {"$secret": "tomato"}}],
        "identity": {"user_assigned_ids": [identity_id()]},
        "tags": {"a": "1"},
    });
    in_environment(Case::new("azure:app:Job", inputs))
        .update("tags", json!({"b": "2"}))
        .update("replica_timeout", json!(1200))
        .update("replica_retry_limit", json!(2))
        .update("manual_trigger", json!({"parallelism": 2, "replica_completion_count": 2}))
        .update("containers", json!([container("registry.example/api:2")]))
        .update("init_containers", init("registry.example/init:1"))
        .update(
            "volumes",
            json!([{"name": "tmp", "storage_type": "EmptyDir"}, {"name": "more", "storage_type": "EmptyDir"}]),
        )
        .update("secrets", json!([{"name": "key", "value": {"$secret": "potato"}}]))
        .update(
            "registries",
            json!([{"server": "registry.example", "identity": identity_id()}]),
        )
        .update("identity", json!({"system_assigned": true, "user_assigned_ids": [identity_id()]}))
        .replace("name", json!("renamed"))
        .replace("location", json!("northeurope"))
        .replace("workload_profile_name", json!("large"))
        .leave_out("trigger_type", "the other triggers are cases of their own")
        .leave_out("schedule_trigger", "scheduled_job covers it")
        .leave_out("event_trigger", "event_job covers it")
        .leave_out("resource_group_id", AS_A_PARENT)
        .leave_out("environment_id", AS_A_PARENT)
}

fn scheduled_job() -> Case {
    let schedule = |when: &str| json!({"cron_expression": when, "parallelism": 1});
    let inputs = json!({
        "resource_group_id": group(),
        "environment_id": environment_id(),
        "trigger_type": "Schedule",
        "replica_timeout": 600,
        "schedule_trigger": schedule("0 3 * * *"),
        "containers": plain("registry.example/api:1"),
    });
    let covered = "job covers it";
    let case = in_environment(Case::new("azure:app:Job", inputs))
        .update("schedule_trigger", schedule("0 4 * * *"));
    [
        "tags",
        "replica_timeout",
        "replica_retry_limit",
        "manual_trigger",
        "event_trigger",
        "containers",
        "init_containers",
        "volumes",
        "secrets",
        "registries",
        "identity",
        "name",
        "location",
        "workload_profile_name",
        "trigger_type",
        "resource_group_id",
        "environment_id",
    ]
    .into_iter()
    .fold(case, |case, field| case.leave_out(field, covered))
}

fn event_job() -> Case {
    let trigger = |most: i64| {
        json!({
            "parallelism": 1, "replica_completion_count": 1,
            "scale": {
                "min_executions": 0, "max_executions": most, "polling_interval": 60,
                "rules": [{"name": "queue", "type": "azure-queue",
                           "metadata": {"queueName": "work", "queueLength": "5"},
                           "auth": [{"secret_ref": "queue", "trigger_parameter": "connection"}]}],
            },
        })
    };
    let inputs = json!({
        "resource_group_id": group(),
        "environment_id": environment_id(),
        "trigger_type": "Event",
        "replica_timeout": 600,
        "event_trigger": trigger(5),
        "secrets": [{"name": "queue", "value": {"$secret": "tomato"}}],
        "containers": plain("registry.example/api:1"),
    });
    let covered = "job covers it";
    let case =
        in_environment(Case::new("azure:app:Job", inputs)).update("event_trigger", trigger(10));
    [
        "tags",
        "replica_timeout",
        "replica_retry_limit",
        "manual_trigger",
        "schedule_trigger",
        "containers",
        "init_containers",
        "volumes",
        "secrets",
        "registries",
        "identity",
        "name",
        "location",
        "workload_profile_name",
        "trigger_type",
        "resource_group_id",
        "environment_id",
    ]
    .into_iter()
    .fold(case, |case, field| case.leave_out(field, covered))
}

fn managed_certificate() -> Case {
    let inputs = json!({
        "managed_environment_id": environment_id(),
        "subject_name": "www.example.com",
        "domain_control_validation": "CNAME",
        "tags": {"a": "1"},
    });
    in_environment(Case::new("azure:app:ManagedCertificate", inputs))
        .update("tags", json!({"b": "2"}))
        .replace("name", json!("renamed"))
        .replace("location", json!("northeurope"))
        .replace("subject_name", json!("app.example.com"))
        .replace("domain_control_validation", json!("HTTP"))
        .leave_out("managed_environment_id", AS_A_PARENT)
}
