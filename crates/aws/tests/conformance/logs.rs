//! Logs.

use serde_json::json;
use stack_testkit::conformance::Case;

use crate::emulated::conformance;

conformance! {
    log_group on Moto, Ministack;
}

fn log_group() -> Case {
    Case::new("aws:logs:LogGroup", json!({"tags": {"a": "1"}}))
        .update("retention_in_days", json!(30))
        .update(
            "kms_key_id",
            json!("arn:aws:kms:eu-west-3:123456789012:key/11111111-2222-3333-4444-555555555555"),
        )
        .update("tags", json!({"a": "2", "b": "3"}))
        .replace("name", json!("/app/web"))
        .replace("log_group_class", json!("INFREQUENT_ACCESS"))
}
