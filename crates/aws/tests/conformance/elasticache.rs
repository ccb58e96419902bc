//! Caches.

use serde_json::json;
use stack_testkit::conformance::Case;

use crate::emulated::conformance;

conformance! {
    subnet_group on Ministack;
    replication_group on Ministack;
}

/// The subnets of the emulator's default VPC.
const SUBNETS: [&str; 3] = ["subnet-00000001", "subnet-00000002", "subnet-00000003"];

fn subnet_group() -> Case {
    Case::new(
        "aws:elasticache:SubnetGroup",
        json!({"subnet_ids": [SUBNETS[0], SUBNETS[1]], "tags": {"a": "1", "c": "1"}}),
    )
    .update("subnet_ids", json!([SUBNETS[2], SUBNETS[1]]))
    .update("description", json!("what it is for"))
    .update("tags", json!({"a": "2", "b": "3"}))
    .replace("name", json!("renamed"))
}

fn replication_group() -> Case {
    let log = |kind: &str, group: &str| json!({"log_type": kind, "destination_type": "cloudwatch-logs", "destination": group, "log_format": "json"});
    Case::new(
        "aws:elasticache:ReplicationGroup",
        json!({
            "engine": "redis", "engine_version": "7", "node_type": "cache.t4g.small", "cluster_mode": "compatible",
            "subnet_group_name": Case::of("aws:elasticache:SubnetGroup/first", "name"),
            "transit_encryption_enabled": true, "apply_immediately": true, "tags": {"a": "1", "c": "1"},
        }),
    )
    .with("aws:elasticache:SubnetGroup", "first", json!({"subnet_ids": SUBNETS}))
    .update("node_type", json!("cache.m7g.large"))
    .update("description", json!("what it is for"))
    .update("engine", json!("valkey"))
    .update("engine_version", json!("8.0"))
    .update("auto_minor_version_upgrade", json!(false))
    .update("cluster_mode", json!("enabled"))
    .update("replicas_per_node_group", json!(2))
    .update("replicas_per_node_group", json!(1))
    .update("num_node_groups", json!(4))
    .update("num_node_groups", json!(3))
    .update("automatic_failover_enabled", json!(true))
    .update("multi_az_enabled", json!(true))
    .update("security_group_ids", json!(["sg-00000001", "sg-00000002"]))
    .update("ip_discovery", json!("ipv6"))
    .update("parameter_group_name", json!("settings"))
    .update("transit_encryption_enabled", json!(false))
    .update("transit_encryption_enabled", json!(true))
    .update("transit_encryption_mode", json!("preferred"))
    .update("transit_encryption_mode", json!("required"))
    .update("auth_token", json!("not-to-be-told-to-anybody"))
    .update("auth_token_update_strategy", json!("SET"))
    .update("auth_token", json!("not-to-be-told-to-anybody-either"))
    .update("user_group_ids", json!(["people"]))
    .update("snapshot_retention_limit", json!(7))
    .update("snapshot_window", json!("01:00-02:00"))
    .update("final_snapshot_identifier", json!("last"))
    .update("maintenance_window", json!("Mon:02:30-Mon:03:30"))
    .update(
        "notification_topic_arn",
        json!("arn:aws:sns:eu-west-3:123456789012:events"),
    )
    .update(
        "log_delivery_configurations",
        json!([log("slow-log", "slow"), log("engine-log", "engine")]),
    )
    .update("log_delivery_configurations", json!([log("slow-log", "slower")]))
    .update("tags", json!({"a": "2", "b": "3"}))
    .update("apply_immediately", json!(false))
    .replace("port", json!(6380))
    .replace("replication_group_id", json!("renamed"))
    .replace("subnet_group_name", json!("another"))
    .replace("data_tiering_enabled", json!(true))
    .replace("network_type", json!("dual_stack"))
    .replace("at_rest_encryption_enabled", json!(false))
    .replace("kms_key_id", json!("arn:aws:kms:eu-west-3:123456789012:key/1"))
    .replace("snapshot_name", json!("before"))
}
