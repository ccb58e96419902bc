//! Images of containers.

use serde_json::{Value, json};
use stack_testkit::conformance::Case;

use crate::emulated::conformance;

conformance! {
    repository on Moto, Ministack;
    repository_with_exclusions on Moto;
}

fn lifecycle_policy(count: u32) -> Value {
    let rule = json!({
        "rulePriority": 1,
        "description": "the latest",
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": count},
        "action": {"type": "expire"},
    });
    json!(json!({"rules": [rule]}).to_string())
}

fn policy(action: &str) -> Value {
    let statement = json!({
        "Sid": "Pull", "Effect": "Allow", "Principal": "*", "Action": [action]});
    json!(json!({"Version": "2012-10-17", "Statement": [statement]}).to_string())
}

fn case(inputs: Value) -> Case {
    // The first update is the one whose opposite is done from outside. Moto takes no notice of the empty configuration
    // that the SDK sends for a scan_on_push that is off.
    Case::new("aws:ecr:Repository", inputs)
        .update("tags", json!({"a": "2", "b": "3"}))
        .update("scan_on_push", json!(true))
        .update("lifecycle_policy", lifecycle_policy(10))
        .update("lifecycle_policy", lifecycle_policy(20))
        .update("policy", policy("ecr:BatchGetImage"))
        .update("policy", policy("ecr:GetDownloadUrlForLayer"))
        .update("force_delete", json!(true))
        .replace("name", json!("renamed/web"))
        .replace("encryption", json!({"algorithm": "KMS"}))
}

fn repository() -> Case {
    case(json!({"tags": {"a": "1", "c": "1"}}))
        .update("image_tag_mutability", json!("IMMUTABLE"))
        .leave_out(
            "image_tag_mutability_exclusions",
            "repository_with_exclusions covers it; it makes sense with other values of image_tag_mutability only",
        )
}

fn repository_with_exclusions() -> Case {
    case(json!({
        "tags": {"a": "1", "c": "1"},
        "image_tag_mutability": "IMMUTABLE_WITH_EXCLUSION",
        "image_tag_mutability_exclusions": ["dev-*", "latest"],
    }))
    .update(
        "image_tag_mutability_exclusions",
        json!(["latest", "tmp-*"]),
    )
    .update("image_tag_mutability", json!("MUTABLE_WITH_EXCLUSION"))
}
