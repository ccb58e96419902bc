//! Which revisions of a task definition stay.

use aws_sdk_ecs::types::{ContainerDefinition, TaskDefinitionStatus};
use serde_json::json;
use stack_model::Graph;
use stack_testkit::conformance::Bench;

use crate::emulated::{Kind, config, provider};

fn graph(image: &str) -> Graph {
    let graph = json!({"format": 1, "resources": [
        {"type": "aws:ecs:TaskDefinition", "name": "web", "inputs": {
            "family": "web",
            "container_definitions": [{"name": "web", "image": image, "memory": 128}]}}]});
    Graph::parse(graph.to_string().as_bytes()).expect("the graph is well formed")
}

#[tokio::test]
async fn the_last_five_stay_and_those_of_others_are_left_alone() {
    for kind in Kind::AWS {
        let (provider, account) = provider(kind).await;
        let bench = Bench::new(provider);
        let ecs = aws_sdk_ecs::Client::new(&config(kind, &account).await);
        let active = async || {
            let request = ecs.list_task_definitions().family_prefix("web");
            let request = request.status(TaskDefinitionStatus::Active);
            let answer = request.send().await.expect("they are listed");
            let arns = answer.task_definition_arns().iter();
            let revisions = arns.filter_map(|arn| arn.rsplit(':').next()?.parse::<u32>().ok());
            let mut revisions: Vec<u32> = revisions.collect();
            revisions.sort_unstable();
            revisions
        };
        bench.apply(&graph("web:1")).await.expect("it is made");
        // A pipeline of somebody else.
        let container = ContainerDefinition::builder()
            .name("web")
            .image("theirs:1")
            .memory(128);
        let theirs = ecs.register_task_definition().family("web");
        let theirs = theirs.container_definitions(container.build());
        theirs.send().await.expect("it is registered");
        for version in 3..=8 {
            let image = format!("web:{version}");
            bench.apply(&graph(&image)).await.expect("it is changed");
        }
        assert_eq!(active().await, [2, 4, 5, 6, 7, 8], "{kind:?}");
        bench.destroy().await.expect("it goes");
        assert_eq!(active().await, [2], "{kind:?}");
    }
}
