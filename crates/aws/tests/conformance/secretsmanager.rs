//! Secrets.

use serde_json::{Value, json};
use stack_model::Graph;
use stack_testkit::conformance::{Bench, Case};

use crate::emulated::{Kind, conformance, provider};

conformance! {
    secret on Moto;
}

fn policy(action: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Action": action, "Resource": "*", "Principal": "*"}]})
    .to_string()
}

fn secret() -> Case {
    Case::new(
        "aws:secretsmanager:Secret",
        json!({"value": "one", "tags": {"a": "1", "c": "1"}}),
    )
    .update("value", json!("two"))
    .update("description", json!("what it is for"))
    .update("kms_key_id", json!("alias/mine"))
    .update("block_public_policy", json!(true))
    .update("policy", json!(policy("secretsmanager:DeleteSecret")))
    .update(
        "replicas",
        json!([{"region": "eu-west-1"}, {"region": "eu-central-1"}]),
    )
    .update("replicas", json!([{"region": "eu-west-1"}]))
    .update("force_overwrite_replica_secret", json!(true))
    .update("recovery_window_in_days", json!(7))
    .update("force_delete_without_recovery", json!(true))
    .update("tags", json!({"a": "2", "b": "3"}))
    .replace("name", json!("renamed"))
}

fn graph(inputs: Value) -> Graph {
    let secret = json!({"type": "aws:secretsmanager:Secret", "name": "key", "inputs": inputs});
    let graph = json!({"format": 1, "resources": [secret]});
    Graph::parse(graph.to_string().as_bytes()).expect("the graph is one")
}

#[tokio::test]
async fn a_name_that_a_deleted_secret_keeps() {
    for kind in [Kind::Moto, Kind::Ministack] {
        let (provider, _) = provider(kind).await;
        let bench = Bench::new(provider);
        let named = graph(json!({"name": "mine", "value": "one"}));
        bench.apply(&named).await.expect("it is made");
        bench.destroy().await.expect("it is deleted");
        let refusal = bench.apply(&named).await.expect_err("the name is taken");
        assert!(refusal.contains("can still be recovered"), "{refusal}");
        let unnamed = graph(json!({"value": "one"}));
        bench.apply(&unnamed).await.expect("another name is free");
        bench.destroy().await.expect("it is deleted");
        bench.apply(&unnamed).await.expect("and yet another");
    }
}

#[tokio::test]
async fn a_value_that_the_program_leaves_to_others_is_not_read() {
    for kind in [Kind::Moto, Kind::Ministack] {
        let (provider, _) = provider(kind).await;
        let bench = Bench::new(provider);
        let with_value = graph(json!({"value": "one"}));
        let without = graph(json!({}));
        bench.apply(&with_value).await.expect("it is made");
        bench.apply(&without).await.expect("the value is let go");
        bench
            .settled(&without)
            .await
            .expect("nothing is left to do");
        let session = bench.open().await.expect("the state is there");
        let urn = "aws:secretsmanager:Secret/key"
            .parse()
            .expect("it is a urn");
        let object = session.state().object(&urn).expect("it is recorded");
        assert_eq!(object.value("value"), None);
    }
}
