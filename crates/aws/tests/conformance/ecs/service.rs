//! Services, and what an error tells when their tasks do not run.

use aws_sdk_ecs::types as sdk;
use serde_json::{Value as Json, json};
use stack_testkit::conformance::Case;

use crate::emulated::{Kind, conformance};
use crate::listed::Counted;

conformance! {
    fargate on Ministack;
    on_instances on Ministack;
}

/// The cluster and the revisions that a service needs.
fn surrounded(case: Case) -> Case {
    let definition = |family: &str, image: &str| {
        json!({
            "family": format!("{family}-{}", xtask::account::fresh()), "network_mode": "awsvpc",
            "requires_compatibilities": ["FARGATE", "EC2"], "cpu": 256, "memory": 512,
            "volumes": [{"name": "data", "configured_at_launch": true}],
            "container_definitions": [{"name": "web", "image": image,
                "mount_points": [{"source_volume": "data", "container_path": "/data"}],
                "port_mappings": [{"container_port": 80, "name": "http"}]}]
        })
    };
    case.with(
        "aws:ecs:Cluster",
        "main",
        json!({"capacity_providers": ["FARGATE", "FARGATE_SPOT"]}),
    )
    .with("aws:ecs:Cluster", "other", json!({}))
    .with(
        "aws:ecs:TaskDefinition",
        "first",
        definition("first", "web:1"),
    )
    .with(
        "aws:ecs:TaskDefinition",
        "second",
        definition("second", "web:2"),
    )
}

fn cluster(name: &str) -> Json {
    Case::of(&format!("aws:ecs:Cluster/{name}"), "arn")
}

fn revision(name: &str) -> Json {
    Case::of(&format!("aws:ecs:TaskDefinition/{name}"), "arn")
}

fn group(name: &str) -> Json {
    json!(format!(
        "arn:aws:elasticloadbalancing:eu-west-3:123456789012:targetgroup/{name}/0123456789abcdef"
    ))
}

/// A service on Fargate, with all that it may have there.
fn fargate() -> Case {
    let network = |group: &str, public: bool| json!({"subnets": ["subnet-1", "subnet-2"], "security_groups": [group], "assign_public_ip": public});
    let case = Case::new(
        "aws:ecs:Service",
        json!({"cluster": cluster("main"), "task_definition": revision("first"), "launch_type": "FARGATE", "desired_count": 1,
               "network_configuration": network("sg-1", false), "tags": {"a": "1", "c": "1"}}),
    )
    .update("task_definition", revision("second"))
    .update("desired_count", json!(2))
    .update("platform_version", json!("1.4.0"))
    .update("deployment_minimum_healthy_percent", json!(50))
    .update("deployment_maximum_percent", json!(300))
    .update("circuit_breaker", json!("rollback"))
    .update("deployment_alarms", json!(["errors"]))
    .update("rollback_on_alarm", json!(true))
    .update("network_configuration", network("sg-2", true))
    .update(
        "load_balancers",
        json!([{"target_group_arn": group("web"), "container_name": "web", "container_port": 80}]),
    )
    .update("health_check_grace_period_seconds", json!(60))
    .leave_out("service_registries", "ministack drops it in an update, and on moto no service becomes stable")
    .leave_out("service_connect", "ministack drops it in an update, and on moto no service becomes stable")
    .leave_out("availability_zone_rebalancing", "ministack drops it in an update, and on moto no service becomes stable")
    .update("enable_execute_command", json!(true))
    .leave_out("enable_ecs_managed_tags", "ministack drops it in an update, and on moto no service becomes stable")
    .leave_out("propagate_tags", "ministack drops it in an update, and on moto no service becomes stable")
    .leave_out("volume_configurations", "ministack drops it in an update, and on moto no service becomes stable")
    .update("triggers", json!({"at": "2"}))
    .update("tags", json!({"a": "2", "b": "3"}))
    .replace("name", json!("renamed"))
    .replace("cluster", cluster("other"))
    .replace("scheduling_strategy", json!("DAEMON"))
    .leave_out("launch_type", "the case `on_instances` covers it")
    .leave_out("capacity_provider_strategy", "the case `on_instances` covers it")
    .leave_out("placement_constraints", "ministack drops it in an update, and on moto no service becomes stable")
    .leave_out("placement_strategy", "ministack drops it in an update, and on moto no service becomes stable");
    surrounded(case).uncalled(
        ["ecs:DescribeTasks", "ecs:ListTasks"],
        "only a rollout that fails is looked into",
    )
}

/// A service on instances of one's own, and what differs from Fargate.
fn on_instances() -> Case {
    let mut case = Case::new(
        "aws:ecs:Service",
        json!({"cluster": cluster("main"), "task_definition": revision("first"), "desired_count": 1,
               "network_configuration": {"subnets": ["subnet-1"]}}),
    )
    .leave_out(
        "placement_constraints",
        "ministack drops it in an update, and on moto no service becomes stable",
    )
    .leave_out(
        "placement_strategy",
        "ministack drops it in an update, and on moto no service becomes stable",
    )
    .update(
        "capacity_provider_strategy",
        json!([{"capacity_provider": "FARGATE", "base": 1, "weight": 1},
               {"capacity_provider": "FARGATE_SPOT", "weight": 3}]),
    )
    .replace("launch_type", json!("EXTERNAL"));
    for field in [
        "name",
        "cluster",
        "task_definition",
        "desired_count",
        "platform_version",
        "scheduling_strategy",
        "deployment_maximum_percent",
        "deployment_minimum_healthy_percent",
        "circuit_breaker",
        "deployment_alarms",
        "rollback_on_alarm",
        "network_configuration",
        "load_balancers",
        "health_check_grace_period_seconds",
        "service_registries",
        "service_connect",
        "availability_zone_rebalancing",
        "enable_execute_command",
        "enable_ecs_managed_tags",
        "propagate_tags",
        "volume_configurations",
        "triggers",
        "tags",
    ] {
        case = case.leave_out(field, "the case `fargate` covers it");
    }
    surrounded(case).uncalled(
        [
            "ecs:DescribeTasks",
            "ecs:ListTasks",
            "ecs:TagResource",
            "ecs:UntagResource",
        ],
        "only a rollout that fails is looked into, and `fargate` covers tags",
    )
}

/// Twelve services of one cluster and one of another: ECS describes ten of a cluster by one call.
#[tokio::test]
async fn services_of_a_cluster_are_read_together() {
    let counted = Counted::on(Kind::Ministack).await;
    let ecs = aws_sdk_ecs::Client::new(&counted.config);
    let container = sdk::ContainerDefinition::builder()
        .name("web")
        .image("web:1");
    let definition = ecs.register_task_definition().family("web");
    let definition = definition.container_definitions(container.memory(128).build());
    definition.send().await.expect("it is registered");
    let mut ids = Vec::new();
    for (cluster, services) in [("one", 12), ("two", 1)] {
        let made = ecs.create_cluster().cluster_name(cluster).send().await;
        made.expect("a cluster is made");
        for number in 0..services {
            // One name in both clusters.
            let service = ecs.create_service().cluster(cluster).desired_count(number);
            let service = service
                .service_name(format!("web-{number}"))
                .task_definition("web");
            let made = service.send().await.expect("a service is made");
            ids.extend(made.service.and_then(|service| service.service_arn));
        }
    }
    let gone = ids[0].replace("web-0", "api");
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let calls = counted.calls("aws:ecs:Service", &ids, &[&gone]).await;
    assert_eq!(calls, 3);
}
