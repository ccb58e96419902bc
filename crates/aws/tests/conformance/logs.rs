//! Logs.

use serde_json::json;
use stack_testkit::conformance::Case;

use crate::emulated::conformance;

conformance! {
    log_group on Moto, Ministack;
}

fn log_group() -> Case {
    Case::new("aws:logs:LogGroup", json!({"tags": {"a": "1", "c": "1"}}))
        .update("retention_in_days", json!(30))
        .leave_out("kms_key_id", "neither emulator has AssociateKmsKey")
        .update("tags", json!({"a": "2", "b": "3"}))
        .replace("name", json!("/app/web"))
        .replace("log_group_class", json!("INFREQUENT_ACCESS"))
        .uncalled(
            ["logs:AssociateKmsKey", "logs:DisassociateKmsKey"],
            "neither emulator has them",
        )
}
