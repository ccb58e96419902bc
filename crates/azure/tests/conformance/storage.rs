//! Storage accounts and what is in them.

use serde_json::json;
use stack_testkit::conformance::Case;

use crate::emulated::{AS_A_PARENT, conformance, group, in_group};

conformance! {
    storage_account;
    blob_container;
    management_policy;
}

fn storage_account() -> Case {
    let inputs = json!({
        "resource_group_id": group(),
        "sku_name": "Standard_LRS",
        "tags": {"a": "1"},
    });
    in_group(Case::new("azure:storage:StorageAccount", inputs))
        .update("tags", json!({"b": "2"}))
        .update("sku_name", json!("Standard_ZRS"))
        .update("access_tier", json!("Cool"))
        .update("https_traffic_only", json!(false))
        .update("minimum_tls_version", json!("TLS1_3"))
        .update("allow_blob_public_access", json!(true))
        .update("allow_shared_key_access", json!(false))
        .update("public_network_access", json!(false))
        .update(
            "network_rules",
            json!({"default_action": "Deny", "ip_rules": [{"value": "203.0.113.0/24"}]}),
        )
        .update("blob_versioning", json!(true))
        .update("blob_delete_retention_days", json!(7))
        .update("container_delete_retention_days", json!(14))
        .update("identity", json!({"system_assigned": true}))
        .replace("name", json!("renamedaccount"))
        .replace("location", json!("northeurope"))
        .replace("kind", json!("BlockBlobStorage"))
        .replace("is_hns_enabled", json!(true))
        .replace("require_infrastructure_encryption", json!(true))
        .leave_out("resource_group_id", AS_A_PARENT)
}

fn in_account(case: Case) -> Case {
    in_group(case).with(
        "azure:storage:StorageAccount",
        "account",
        json!({
            "resource_group_id": group(),
            "sku_name": "Standard_LRS",
            "allow_blob_public_access": true,
        }),
    )
}

fn blob_container() -> Case {
    let account = Case::of("azure:storage:StorageAccount/account", "id");
    let inputs = json!({"storage_account_id": account, "metadata": {"a": "1"}});
    in_account(Case::new("azure:storage:BlobContainer", inputs))
        .update("metadata", json!({"a": "2"}))
        .update("public_access", json!("Blob"))
        .replace("name", json!("renamed"))
        .leave_out("storage_account_id", AS_A_PARENT)
}

fn management_policy() -> Case {
    let account = Case::of("azure:storage:StorageAccount/account", "id");
    let rule = |days: i64| {
        json!([{
            "name": "old",
            "enabled": true,
            "prefix_match": ["files/tmp"],
            "tier_to_cool_after_days": 7,
            "delete_after_days": days,
            "delete_versions_after_days": days,
            "delete_snapshots_after_days": days,
        }])
    };
    let inputs = json!({"storage_account_id": account, "rules": rule(30)});
    in_account(Case::new("azure:storage:ManagementPolicy", inputs))
        .with(
            "azure:storage:StorageAccount",
            "other",
            json!({"resource_group_id": group(), "sku_name": "Standard_LRS"}),
        )
        .update("rules", rule(60))
        .replace(
            "storage_account_id",
            Case::of("azure:storage:StorageAccount/other", "id"),
        )
}
