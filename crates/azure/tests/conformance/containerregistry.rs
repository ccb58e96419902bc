//! Registries.

use serde_json::json;
use stack_testkit::conformance::Case;

use crate::emulated::{AS_A_PARENT, conformance, group, in_group};

conformance! {
    registry;
}

fn registry() -> Case {
    let inputs = json!({
        "resource_group_id": group(),
        "sku": "Premium",
        "tags": {"a": "1"},
    });
    let identity = Case::of("azure:managedidentity:UserAssignedIdentity/identity", "id");
    in_group(Case::new("azure:containerregistry:Registry", inputs))
        .with(
            "azure:managedidentity:UserAssignedIdentity",
            "identity",
            json!({"resource_group_id": group()}),
        )
        .update("tags", json!({"b": "2"}))
        .update("admin_user_enabled", json!(true))
        .update("anonymous_pull_enabled", json!(true))
        .update("data_endpoint_enabled", json!(true))
        .update("public_network_access", json!(false))
        .update("retention_days", json!(10))
        .update("identity", json!({"user_assigned_ids": [identity]}))
        .update("identity", json!({"system_assigned": true}))
        .update("sku", json!("Standard"))
        .replace("name", json!("renamed"))
        .replace("location", json!("northeurope"))
        .replace("zone_redundancy", json!(true))
        .leave_out("resource_group_id", AS_A_PARENT)
}
