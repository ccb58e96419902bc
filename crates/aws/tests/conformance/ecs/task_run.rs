//! Tasks that run once.

use std::sync::Arc;

use serde_json::{Value as Json, json};
use stack_model::{Graph, Urn};
use stack_testkit::conformance::Bench;

use crate::emulated::{Kind, provider};

/// A cluster, a task definition and a run of it.
fn graph(command: &str, triggers: Json) -> Graph {
    let reference = |urn: &str| json!({"$ref": {"urn": urn, "path": ["arn"]}});
    let graph = json!({"format": 1, "resources": [
        {"type": "aws:ecs:Cluster", "name": "main", "inputs": {}},
        {"type": "aws:ecs:TaskDefinition", "name": "migrate", "inputs": {
            "network_mode": "awsvpc", "requires_compatibilities": ["FARGATE"], "cpu": 256, "memory": 512,
            "container_definitions": [
                {"name": "migrate", "image": "web:1", "memory": 128, "command": ["sh", "-c", "exit 9"],
                 "log_configuration": {"log_driver": "awslogs", "options": {
                    "awslogs-group": "/app/migrate", "awslogs-region": "eu-west-3",
                    "awslogs-stream-prefix": "run"}}},
                {"name": "log", "image": "log:1", "memory": 64, "essential": false,
                 "command": ["sh", "-c", "exit 3"]}]}},
        {"type": "aws:ecs:TaskRun", "name": "migrate",
         "options": {"timeouts": {"create": "30s", "update": "30s"}}, "inputs": {
            "cluster": reference("aws:ecs:Cluster/main"),
            "task_definition": reference("aws:ecs:TaskDefinition/migrate"),
            "launch_type": "FARGATE", "triggers": triggers, "tags": {"a": "1", "c": "1"},
            "network_configuration": {"subnets": ["subnet-1"], "security_groups": ["sg-1"]},
            "container_overrides": [{"name": "migrate", "command": ["sh", "-c", command],
                                     "environment": {"LEVEL": "debug"}}]}}]});
    Graph::parse(graph.to_string().as_bytes()).expect("the graph is well formed")
}

async fn bench() -> Bench {
    let (provider, _) = provider(Kind::Ministack).await;
    Bench::new(Arc::clone(&provider) as _)
}

fn urn() -> Urn {
    "aws:ecs:TaskRun/migrate".parse().expect("a urn")
}

/// What the last apply recorded of the run: its task and its exit code.
async fn recorded(bench: &Bench) -> (String, Json) {
    let session = bench.open().await.expect("the state opens");
    let object = session.state().object(&urn()).expect("it is recorded");
    let values = serde_json::to_value(object.values()).expect("values are JSON");
    let task = values["task_arn"].as_str().unwrap_or_default().to_owned();
    assert!(!task.is_empty());
    assert!(
        values["started_at"].is_string() || values["stopped_at"].is_string(),
        "{values}"
    );
    (task, values["exit_code"].clone())
}

/// What a plan does to what.
macro_rules! actions {
    ($plan:expr) => {
        $plan
            .changes
            .iter()
            .map(|change| format!("{}: {:?}", change.urn, change.action))
            .collect::<Vec<_>>()
    };
}

#[tokio::test]
async fn it_runs_once_and_again_when_a_trigger_changes() {
    let bench = bench().await;
    let first = graph("migrate up", json!({"version": "1"}));
    bench.apply(&first).await.expect("the task succeeds");
    let (first_task, code) = recorded(&bench).await;
    assert_eq!(code, json!(0));
    bench.settled(&first).await.expect("a second plan is empty");

    let second = graph("migrate up", json!({"version": "2"}));
    let plan = bench.apply(&second).await.expect("the task succeeds again");
    assert_eq!(actions!(plan), ["aws:ecs:TaskRun/migrate: Run"]);
    let (second_task, _) = recorded(&bench).await;
    assert_ne!(first_task, second_task);
    bench
        .settled(&second)
        .await
        .expect("a second plan is empty");
    bench.destroy().await.expect("everything goes");
}

#[tokio::test]
async fn a_failure_tells_why_and_where_the_logs_are_and_runs_again() {
    let bench = bench().await;
    let failed = bench
        .apply(&graph("exit 3", json!({})))
        .await
        .expect_err("the task fails");
    for part in [
        "aws:ecs:TaskRun/migrate",
        "Essential container in task exited",
        "container migrate exited with 3",
        "/app/migrate, stream run/migrate/",
    ] {
        assert!(failed.contains(part), "{part:?} is missing in: {failed}");
    }

    let fixed = graph("exit 0", json!({}));
    let plan = bench.apply(&fixed).await.expect("the next run succeeds");
    assert_eq!(actions!(plan), ["aws:ecs:TaskRun/migrate: Run"]);
    bench.settled(&fixed).await.expect("a second plan is empty");

    let failed = bench
        .apply(&graph("exit 4", json!({})))
        .await
        .expect_err("a later run fails as well");
    assert!(failed.contains("exited with 4"), "{failed}");
    // What failed is not forgotten: the same program runs it again.
    let failed = bench
        .apply(&graph("exit 4", json!({})))
        .await
        .expect_err("it is run again, and fails again");
    assert!(failed.contains("exited with 4"), "{failed}");
    bench.apply(&fixed).await.expect("and succeeds in the end");
    bench.destroy().await.expect("everything goes");
}
