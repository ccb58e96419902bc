//! Managed Redis.

use serde_json::json;
use stack_testkit::conformance::Case;

use crate::emulated::{AS_A_PARENT, conformance, group, in_group};

conformance! {
    redis_enterprise;
    database;
}

fn redis_enterprise() -> Case {
    let inputs = json!({
        "resource_group_id": group(),
        "sku_name": "Balanced_B0",
        "public_network_access": true,
        "high_availability": false,
        "minimum_tls_version": "1.2",
        "tags": {"a": "1"},
    });
    in_group(Case::new("azure:cache:RedisEnterprise", inputs))
        .update("tags", json!({"b": "2"}))
        .update("sku_name", json!("Balanced_B1"))
        .update("public_network_access", json!(false))
        .update("high_availability", json!(true))
        .update("identity", json!({"system_assigned": true}))
        .replace("name", json!("renamed"))
        .replace("location", json!("northeurope"))
        .replace("zones", json!(["1", "2"]))
        .leave_out("minimum_tls_version", "new caches take 1.2 alone")
        .leave_out("resource_group_id", AS_A_PARENT)
}

fn database() -> Case {
    let inputs = json!({
        "cluster_id": Case::of("azure:cache:RedisEnterprise/cluster", "id"),
        "client_protocol": "Encrypted",
        "clustering_policy": "EnterpriseCluster",
        "eviction_policy": "AllKeysLRU",
    });
    in_group(Case::new("azure:cache:Database", inputs))
        .with(
            "azure:cache:RedisEnterprise",
            "cluster",
            json!({
                "resource_group_id": group(),
                "sku_name": "Balanced_B0",
                "public_network_access": true,
            }),
        )
        .update("access_keys_authentication", json!(true))
        .update("client_protocol", json!("Plaintext"))
        .update("eviction_policy", json!("NoEviction"))
        .update(
            "persistence",
            json!({"rdb_enabled": true, "rdb_frequency": "6h"}),
        )
        .replace("clustering_policy", json!("OSSCluster"))
        .replace("port", json!(10001))
        .replace("modules", json!([{"name": "RedisJSON"}]))
        .leave_out("cluster_id", AS_A_PARENT)
}
