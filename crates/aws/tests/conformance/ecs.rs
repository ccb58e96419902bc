//! Containers that run.

use serde_json::{Value as Json, json};
use stack_testkit::conformance::Case;

use crate::emulated::conformance;

mod revisions;
mod service;
mod task_run;

conformance! {
    cluster on Moto, Ministack;
    task_definition on Moto, Ministack;
}

fn cluster() -> Case {
    let key = "arn:aws:kms:eu-west-3:123456789012:key/11111111-2222-3333-4444-555555555555";
    Case::new("aws:ecs:Cluster", json!({"tags": {"a": "1", "c": "1"}}))
        .update("container_insights", json!("enhanced"))
        .update("capacity_providers", json!(["FARGATE", "FARGATE_SPOT"]))
        .update(
            "default_capacity_provider_strategy",
            json!([{"capacity_provider": "FARGATE", "base": 1, "weight": 1},
                   {"capacity_provider": "FARGATE_SPOT", "weight": 3}]),
        )
        .update(
            "execute_command",
            json!({"logging": "OVERRIDE", "log_group": "/commands", "log_group_encrypted": true}),
        )
        .update("managed_storage_kms_key_id", json!(key))
        .update("fargate_ephemeral_storage_kms_key_id", json!(key))
        .update(
            "service_connect_namespace",
            json!("arn:aws:servicediscovery:eu-west-3:123456789012:namespace/ns-1"),
        )
        .update("tags", json!({"a": "2", "b": "3"}))
        .replace("name", json!("renamed"))
}

fn task_definition() -> Case {
    let role = |name: &str| json!(format!("arn:aws:iam::123456789012:role/{name}"));
    Case::new(
        "aws:ecs:TaskDefinition",
        json!({"container_definitions": [{"name": "web", "image": "web:1", "memory": 128}],
               "tags": {"a": "1", "c": "1"}}),
    )
    .update("container_definitions", containers())
    .update("cpu", json!(1024))
    .update("memory", json!(2048))
    .update("network_mode", json!("awsvpc"))
    .update("requires_compatibilities", json!(["FARGATE"]))
    .update("execution_role_arn", role("execution"))
    .update("task_role_arn", role("task"))
    .update("cpu_architecture", json!("ARM64"))
    .update("operating_system_family", json!("WINDOWS_SERVER_2022_CORE"))
    .update("ephemeral_storage_gib", json!(50))
    .update(
        "volumes",
        json!([{"name": "files",
                "efs": {"file_system_id": "fs-1", "transit_encryption": true, "iam": true,
                        "access_point_id": "fsap-1"}},
               {"name": "cache", "docker": {"scope": "shared", "autoprovision": true,
                                            "driver": "local", "labels": {"a": "1"}}},
               {"name": "empty", "host_path": "/tmp/empty"}]),
    )
    .update(
        "placement_constraints",
        json!(["attribute:ecs.instance-type =~ t3.*"]),
    )
    .update("pid_mode", json!("task"))
    .update("ipc_mode", json!("none"))
    .leave_out("enable_fault_injection", "neither emulator keeps it")
    .update("tags", json!({"a": "2", "b": "3"}))
    .replace("family", json!("renamed"))
}

/// Two containers with nearly everything that a container may have.
fn containers() -> Json {
    let secret = "arn:aws:secretsmanager:eu-west-3:123456789012:secret:database-abcdef";
    json!([
        {"name": "web", "image": "web:2", "cpu": 512, "memory": 1024, "memory_reservation": 512,
         "command": ["serve", "--port", "80"], "entry_point": ["/bin/web"],
         "environment": {"LEVEL": "info", "ZONE": ""}, "environment_files": ["arn:aws:s3:::files/web.env"],
         "secrets": {"DATABASE_URL": format!("{secret}:url::")},
         "port_mappings": [{"container_port": 80, "name": "http", "app_protocol": "http"},
                           {"container_port": 8125, "protocol": "udp"}],
         "essential": true, "depends_on": {"log": "START"},
         "health_check": {"command": ["CMD-SHELL", "curl -f http://localhost/"], "interval": 15},
         "log_configuration": {"log_driver": "awslogs", "options": {
             "awslogs-group": "/app/web", "awslogs-region": "eu-west-3", "awslogs-stream-prefix": "web"}},
         "ulimits": [{"name": "nofile", "soft_limit": 1024, "hard_limit": 4096}],
         "mount_points": [{"source_volume": "files", "container_path": "/files", "read_only": true}],
         "readonly_root_filesystem": true, "user": "1000:1000", "working_directory": "/app",
         "start_timeout": 60, "stop_timeout": 90,
         "restart_policy": {"enabled": true, "ignored_exit_codes": [0], "restart_attempt_period": 120},
         "linux_parameters": {"init_process_enabled": true, "capabilities_drop": ["ALL"],
                              "tmpfs": [{"container_path": "/tmp", "size": 64, "mount_options": ["noexec"]}]},
         "system_controls": {"net.ipv4.tcp_keepalive_time": "60"}, "interactive": true,
         "docker_labels": {"team": "web"}, "extra_hosts": {"db": "10.0.0.1"},
         "dns_servers": ["10.0.0.2"], "repository_credentials": secret,
         "version_consistency": "disabled"},
        {"name": "log", "image": "fluent-bit:3", "essential": false, "memory": 64,
         "firelens": {"type": "fluentbit", "options": {"enable-ecs-log-metadata": "true"}}}
    ])
}
