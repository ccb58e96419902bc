//! What the program declares for each environment, without an engine or a cloud.

use saas::testing::{count, settings_of};
use stack::testing::{self, Inspect};

use super::*;

fn settings(environment: &str) -> Settings {
    settings_of(include_str!("../Stack.toml"), environment)
}

#[test]
fn production_stands_on_three_zones() {
    let graph = testing::graph(starter, settings("prod"));
    assert_eq!(count(&graph, "aws:ec2:Subnet"), 9);
    assert_eq!(count(&graph, "aws:ec2:NatGateway"), 3);
    assert_eq!(
        graph.input("aws:rds:Instance/database-server", "multi_az"),
        true.into()
    );
    assert!(
        graph
            .resource("aws:rds:Instance/database-server")
            .options
            .protect
    );
    // Autoscaling sets the number of tasks, so the program does not.
    assert_eq!(count(&graph, "aws:applicationautoscaling:Policy"), 2);
    assert!(
        !graph
            .resource("aws:ecs:Service/api-service")
            .inputs
            .contains_key("desired_count")
    );
}

#[test]
fn a_test_environment_is_small() {
    let graph = testing::graph(starter, settings("dev"));
    assert_eq!(count(&graph, "aws:ec2:NatGateway"), 1);
    assert_eq!(count(&graph, "aws:ecs:Service"), 3);
}

#[test]
fn no_service_starts_before_the_migration() {
    let graph = testing::graph(starter, settings("dev"));
    for service in ["api", "worker"] {
        let service = graph.resource(&format!("aws:ecs:Service/{service}-service"));
        let migration = "aws:ecs:TaskRun/migration-run".parse().unwrap();
        assert!(
            service.options.depends_on.contains(&migration),
            "{} does not wait",
            service.name
        );
    }
}

#[test]
fn an_inline_worker_with_several_replicas_is_refused() {
    let mut settings = settings("prod");
    settings.app.worker.placement = Placement::Inline;
    let problems = testing::problems(starter, settings);
    assert!(
        problems[0]
            .message
            .contains("would each bill every customer"),
        "{problems:?}"
    );
}

#[test]
fn an_inline_worker_is_no_service() {
    let mut settings = settings("dev");
    settings.app.worker.placement = Placement::Inline;
    let graph = testing::graph(starter, settings);
    assert_eq!(count(&graph, "aws:ecs:Service"), 2);
}

#[test]
fn only_the_balancer_is_open_to_everybody() {
    let graph = testing::graph(starter, settings("prod"));
    let open = graph.resources.iter().filter(|resource| {
        resource.type_name.as_str() == "aws:ec2:SecurityGroupRule"
            && resource.inputs.contains_key("cidr_ipv4")
    });
    let names: Vec<_> = open.map(|resource| resource.name.as_str()).collect();
    assert_eq!(names, ["front-http"]);
}

#[test]
fn a_domain_brings_a_certificate() {
    let mut settings = settings("prod");
    settings.domain = Some(settings::Domain {
        name: "app.example.com".into(),
        zone: "example.com".into(),
    });
    let graph = testing::graph(starter, settings);
    assert_eq!(count(&graph, "aws:acm:CertificateValidation"), 1);
    assert_eq!(count(&graph, "aws:elbv2:Listener"), 2);
    assert_eq!(
        graph.input("aws:elbv2:Listener/front-https", "port"),
        443.into()
    );
}

#[test]
fn alarms_are_for_those_who_hear_them() {
    let mut settings = settings("prod");
    assert_eq!(
        count(
            &testing::graph(starter, settings.clone()),
            "aws:cloudwatch:Alarm"
        ),
        0
    );
    settings.alarms = Some(settings::Alarms {
        topic_arn: "arn:aws:sns:eu-west-3:123456789012:alarms".into(),
    });
    assert_eq!(
        count(&testing::graph(starter, settings), "aws:cloudwatch:Alarm"),
        4
    );
}
