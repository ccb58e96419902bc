//! Who may do what.

use serde_json::json;
use stack_testkit::conformance::Case;

use crate::emulated::conformance;

conformance! {
    role on Moto, Ministack;
}

fn policy(service: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}]})
    .to_string()
}

fn role() -> Case {
    Case::new(
        "aws:iam:Role",
        json!({"assume_role_policy": policy("ecs-tasks.amazonaws.com")}),
    )
    .update("assume_role_policy", json!(policy("ec2.amazonaws.com")))
    .update("description", json!("what it is for"))
    .update("max_session_duration", json!(7200))
    .update(
        "permissions_boundary",
        json!("arn:aws:iam::aws:policy/ReadOnlyAccess"),
    )
    .update("force_detach_policies", json!(true))
    .update("tags", json!({"a": "1"}))
    .replace("name", json!("renamed"))
    .replace("path", json!("/service/"))
}
