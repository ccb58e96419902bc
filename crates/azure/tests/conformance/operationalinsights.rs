//! Workspaces.

use serde_json::json;
use stack_testkit::conformance::Case;

use crate::emulated::{AS_A_PARENT, conformance, group, in_group};

conformance! {
    workspace;
}

fn workspace() -> Case {
    let inputs = json!({"resource_group_id": group(), "tags": {"a": "1"}});
    in_group(Case::new("azure:operationalinsights:Workspace", inputs))
        .update("tags", json!({"b": "2"}))
        .update("sku", json!("CapacityReservation"))
        .update("retention_in_days", json!(90))
        .update("daily_quota_gb", json!(0.5))
        .update("public_network_access_for_ingestion", json!(false))
        .update("public_network_access_for_query", json!(false))
        .update("disable_local_auth", json!(true))
        .update("identity", json!({"system_assigned": true}))
        .replace("name", json!("renamed"))
        .replace("location", json!("northeurope"))
        .leave_out("resource_group_id", AS_A_PARENT)
}
