//! What the program declares for each environment, without an engine or a cloud.

use saas::testing::{count, settings_of};
use stack::testing::{self, Inspect};

use super::*;

fn settings(environment: &str) -> Settings {
    settings_of(include_str!("../Stack.toml"), environment)
}

#[test]
fn production_has_a_standby_and_protection() {
    let graph = testing::graph(starter, settings("prod"));
    let server = "azure:dbforpostgresql:FlexibleServer/database-server";
    assert_eq!(
        graph.input(server, "high_availability_mode"),
        "ZoneRedundant".into()
    );
    assert!(graph.resource(server).options.protect);
    let environment = "azure:app:ManagedEnvironment/platform-services";
    assert_eq!(graph.input(environment, "zone_redundant"), true.into());
}

#[test]
fn a_test_environment_can_be_taken_away() {
    let graph = testing::graph(starter, settings("dev"));
    assert!(
        graph
            .resources
            .iter()
            .all(|resource| !resource.options.protect)
    );
    assert_eq!(count(&graph, "azure:app:ContainerApp"), 3);
}

#[test]
fn no_service_starts_before_the_migration() {
    let graph = testing::graph(starter, settings("dev"));
    for service in ["api", "worker"] {
        let service = graph.resource(&format!("azure:app:ContainerApp/{service}-service"));
        let migration = "azure:app:JobRun/migration-run".parse().unwrap();
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
    assert_eq!(count(&graph, "azure:app:ContainerApp"), 2);
}

#[test]
fn neither_the_database_nor_the_cache_is_reached_from_the_internet() {
    for environment in ["dev", "prod"] {
        let graph = testing::graph(starter, settings(environment));
        for urn in [
            "azure:dbforpostgresql:FlexibleServer/database-server",
            "azure:cache:RedisEnterprise/cache-cluster",
        ] {
            assert_eq!(
                graph.input(urn, "public_network_access"),
                false.into(),
                "{urn}"
            );
        }
    }
}

#[test]
fn the_worker_has_no_way_in() {
    let graph = testing::graph(starter, settings("prod"));
    let worker = graph.resource("azure:app:ContainerApp/worker-service");
    assert!(!worker.inputs.contains_key("ingress"));
}
