//! Who may do what.

use serde_json::json;
use stack_testkit::conformance::{Bench, Case};

use crate::emulated::{Kind, conformance, provider};

conformance! {
    role on Moto;
    role_policy on Moto, Ministack;
    role_policy_attachment on Moto, Ministack;
}

fn policy(service: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}]})
    .to_string()
}

fn may(action: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": action, "Resource": "arn:aws:s3:::a \"b\"/+%20"}]})
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
    .uncalled(
        [
            "iam:DeleteRolePolicy",
            "iam:DetachRolePolicy",
            "iam:ListAttachedRolePolicies",
            "iam:ListRolePolicies",
        ],
        "by the time that it is deleted, the fields that may be left out are",
    )
}

fn in_two_roles(type_name: &str, inputs: serde_json::Value) -> Case {
    let role = json!({"assume_role_policy": policy("ecs-tasks.amazonaws.com")});
    Case::new(type_name, inputs)
        .with("aws:iam:Role", "one", role.clone())
        .with("aws:iam:Role", "other", role)
}

fn role_policy() -> Case {
    let role = Case::of("aws:iam:Role/one", "name");
    in_two_roles(
        "aws:iam:RolePolicy",
        json!({"role": role, "policy": may("s3:GetObject")}),
    )
    .update("policy", json!(may("s3:PutObject")))
    .replace("name", json!("renamed"))
    .replace("role", Case::of("aws:iam:Role/other", "name"))
}

fn role_policy_attachment() -> Case {
    let role = Case::of("aws:iam:Role/one", "name");
    let arn = |name: &str| json!(format!("arn:aws:iam::aws:policy/{name}"));
    in_two_roles(
        "aws:iam:RolePolicyAttachment",
        json!({"role": role, "policy_arn": arn("ReadOnlyAccess")}),
    )
    .replace("policy_arn", arn("AmazonS3ReadOnlyAccess"))
    .replace("role", Case::of("aws:iam:Role/other", "name"))
}

/// Neither API refuses what is there already: one overwrites it, the other says yes.
fn takes_nothing_over(kind: Kind, type_name: &str, first: &str, second: &str) {
    let role = json!({"type": "aws:iam:Role", "name": "one", "inputs": {
        "name": "shared", "assume_role_policy": policy("ecs-tasks.amazonaws.com")}});
    let one = |inputs: &str| {
        let inputs: serde_json::Value = serde_json::from_str(inputs).expect("inputs are JSON");
        json!({"type": type_name, "name": "one", "inputs": inputs})
    };
    let graph = |resources: serde_json::Value| {
        let text = json!({"format": 1, "resources": resources}).to_string();
        stack_model::Graph::parse(text.as_bytes()).expect("the graph is good")
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime starts");
    runtime.block_on(async {
        let (provider, _) = provider(kind).await;
        let theirs = Bench::new(provider.clone());
        let before = graph(json!([role, one(first)]));
        theirs.apply(&before).await.expect("theirs is made");
        let ours = Bench::new(provider);
        let refused = ours.apply(&graph(json!([one(second)]))).await;
        let complaint = refused.expect_err("what is somebody else's was taken");
        assert!(complaint.contains("already"), "{complaint}");
        theirs.settled(&before).await.expect("theirs is as it was");
    });
}

#[test]
fn a_policy_that_is_there_is_not_overwritten() {
    let inputs = |action: &str| {
        json!({"role": "shared", "name": "fixed", "policy": may(action)}).to_string()
    };
    takes_nothing_over(
        Kind::Moto,
        "aws:iam:RolePolicy",
        &inputs("s3:GetObject"),
        &inputs("s3:PutObject"),
    );
}

#[test]
fn an_attachment_that_is_there_is_not_taken() {
    let inputs = json!({"role": "shared", "policy_arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"})
        .to_string();
    takes_nothing_over(Kind::Moto, "aws:iam:RolePolicyAttachment", &inputs, &inputs);
}
