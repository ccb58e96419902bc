//! Planning writes nothing, as seen from outside.

use std::sync::Arc;

use serde_json::json;
use stack_aws::AwsProvider;
use stack_model::Graph;
use stack_testkit::conformance::Bench;
use xtask::emulator::{Emulator, Kind};
use xtask::recorder::{Call, Recorder};

use crate::wire;

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
        let recorder = Recorder::start(&Emulator::shared(Kind::Ministack)).expect("it listens");
        let config = wire::config(recorder.endpoint(), &xtask::account::fresh()).await;
        let bench = Bench::new(Arc::new(AwsProvider::on(config)));
        let first = graph("10.1.0.0/16", "1");
        let asks = |calls: &[Call], action: &str| {
            let all = calls.iter().flat_map(|call| &call.actions);
            all.into_iter().any(|seen| seen == action)
        };
        let wrote = |calls: Vec<Call>| -> Vec<Call> {
            calls.into_iter().filter(|call| !call.reads).collect()
        };

        bench.plan(&first).await.expect("a plan of nothing");
        assert_eq!(wrote(recorder.take()), []);

        bench.apply(&first).await.expect("it is made");
        let applied = wrote(recorder.take());
        for write in [
            "ec2:CreateVpc",
            "iam:CreateRole",
            "s3:CreateBucket",
            "ecr:CreateRepository",
            "acm:RequestCertificate",
        ] {
            assert!(asks(&applied, write), "{write} is not in {applied:?}");
        }

        for graph in [
            &first,
            &graph("10.1.0.0/16", "2"),
            &graph("10.2.0.0/16", "2"),
        ] {
            bench.plan(graph).await.expect("a plan");
            let planned = recorder.take();
            for read in [
                "ec2:DescribeVpcs",
                "iam:GetRole",
                "s3:ListBucket",
                "ecr:DescribeRepositories",
                "acm:DescribeCertificate",
            ] {
                assert!(asks(&planned, read), "{read} is not in {planned:?}");
            }
            assert_eq!(wrote(planned), []);
        }
        bench.destroy().await.expect("it goes");
    });
}
