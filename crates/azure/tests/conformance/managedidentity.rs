//! Identities.

use serde_json::json;
use stack_testkit::conformance::Case;

use crate::emulated::{conformance, group, in_group};

conformance! {
    user_assigned_identity;
}

fn user_assigned_identity() -> Case {
    let inputs = json!({"resource_group_id": group(), "tags": {"a": "1"}});
    in_group(Case::new(
        "azure:managedidentity:UserAssignedIdentity",
        inputs,
    ))
    .with("azure:resources:ResourceGroup", "other", json!({}))
    .update("tags", json!({"b": "2"}))
    .replace("name", json!("renamed"))
    .replace("location", json!("northeurope"))
    .replace(
        "resource_group_id",
        Case::of("azure:resources:ResourceGroup/other", "id"),
    )
}
