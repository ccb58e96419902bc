//! Planning writes nothing, as seen from outside.

use std::sync::Arc;

use serde_json::json;
use stack_aws::AwsProvider;
use stack_model::Graph;
use stack_testkit::conformance::Bench;
use xtask::emulator::{Emulator, Kind};

use crate::wire;

/// Whether an operation, as it is seen on the wire, only reads.
fn reads(operation: &str) -> bool {
    ["Describe", "Get", "List", "GET ", "HEAD "]
        .iter()
        .any(|verb| operation.starts_with(verb))
}

#[test]
fn what_writes_is_told_from_what_reads() {
    for operation in [
        "DescribeVpcs",
        "GetRole",
        "GET /bucket?policy",
        "HEAD /bucket",
    ] {
        assert!(reads(operation), "{operation}");
    }
    for operation in [
        "CreateVpc",
        "PutRolePolicy",
        "PUT /bucket",
        "POST /bucket?delete",
        "DELETE /b",
    ] {
        assert!(!reads(operation), "{operation}");
    }
}

fn graph(cidr: &str, tag: &str) -> Graph {
    let assume = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}]});
    let allow = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]});
    let role = json!({"$ref": {"urn": "aws:iam:Role/one", "path": ["name"]}});
    let tags = json!({"a": tag});
    let resource = |type_name: &str, inputs: serde_json::Value| json!({"type": type_name, "name": "one", "inputs": inputs});
    let resources = json!([
        resource("aws:ec2:Vpc", json!({"cidr_block": cidr, "tags": tags})),
        resource(
            "aws:iam:Role",
            json!({"assume_role_policy": assume.to_string(), "tags": tags})
        ),
        resource(
            "aws:iam:RolePolicy",
            json!({"role": role, "policy": allow.to_string()})
        ),
        resource(
            "aws:iam:RolePolicyAttachment",
            json!({"role": role, "policy_arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
        ),
        resource("aws:s3:Bucket", json!({"tags": tags})),
        resource("aws:ecr:Repository", json!({"tags": tags})),
        resource(
            "aws:acm:Certificate",
            json!({"domain_name": "example.com", "tags": tags})
        ),
    ]);
    let text = json!({"format": 1, "resources": resources}).to_string();
    Graph::parse(text.as_bytes()).expect("the graph is good")
}

/// Three kinds of plan: for what is there, for what changes in place, and for what is replaced.
#[test]
fn a_plan_reads_and_nothing_else() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime starts");
    runtime.block_on(async {
        let (endpoint, record) = wire::proxy(&Emulator::shared(Kind::Ministack));
        let config = wire::config(&endpoint, &xtask::account::fresh()).await;
        let bench = Bench::new(Arc::new(AwsProvider::on(config)));
        let first = graph("10.1.0.0/16", "1");

        bench.plan(&first).await.expect("a plan of nothing");
        let planned = record.take();
        assert!(
            planned.iter().all(|operation| reads(operation)),
            "{planned:?}"
        );

        bench.apply(&first).await.expect("it is made");
        let applied = record.take();
        for write in [
            "CreateVpc",
            "CreateRole",
            "CreateRepository",
            "RequestCertificate",
        ] {
            assert!(
                applied.iter().any(|seen| seen == write),
                "{write} is not in {applied:?}"
            );
        }
        assert!(
            applied.iter().any(|seen| seen.starts_with("PUT /")),
            "{applied:?}"
        );

        for graph in [
            &first,
            &graph("10.1.0.0/16", "2"),
            &graph("10.2.0.0/16", "2"),
        ] {
            bench.plan(graph).await.expect("a plan");
            let planned = record.take();
            for read in [
                "DescribeVpcs",
                "GetRole",
                "DescribeRepositories",
                "DescribeCertificate",
            ] {
                assert!(
                    planned.iter().any(|seen| seen == read),
                    "{read} is not in {planned:?}"
                );
            }
            assert!(
                planned.iter().any(|seen| seen.starts_with("HEAD /")),
                "{planned:?}"
            );
            let wrote: Vec<_> = planned.iter().filter(|seen| !reads(seen)).collect();
            assert!(wrote.is_empty(), "a plan sent {wrote:?}");
        }
        bench.destroy().await.expect("it goes");
    });
}
