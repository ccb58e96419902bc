//! Resource groups.

use serde_json::json;
use stack_testkit::conformance::Case;

use crate::emulated::conformance;

conformance! {
    resource_group;
}

fn resource_group() -> Case {
    Case::new("azure:resources:ResourceGroup", json!({"tags": {"a": "1"}}))
        .update("tags", json!({"a": "2", "b": "3"}))
        .replace("name", json!("renamed"))
        .replace("location", json!("North Europe"))
}
