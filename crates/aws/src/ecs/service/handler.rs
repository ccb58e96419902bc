//! How a service is made and kept.

use aws_sdk_ecs::types as sdk;

use super::*;
use crate::ecs::support::{last_part, managed, require_arn, tag_map, tags, update_tags};
use crate::listed;
use crate::permit::{first_use_of, passing};
use crate::prelude::*;

mod connect;
mod request;
mod rollout;
mod volumes;

/// How many services of a cluster DescribeServices takes at once.
const AT_ONCE: usize = 10;

impl Handler for Service {
    type Client = Aws;

    fn actions() -> Actions {
        Actions::none()
            .to_read(["ecs:DescribeServices"])
            .to_create(["ecs:CreateService"])
            .to_update(["ecs:UpdateService"])
            // Why a rollout fails, its stopped tasks tell.
            .to_set(["ecs:DescribeTasks", "ecs:ListTasks"])
            .to_tag("ecs:TagResource", "ecs:UntagResource")
            .to_delete(["ecs:DeleteService"])
            .implying([
                passing("service_connect.services.tls.role_arn", "ecs.amazonaws.com"),
                passing("volumes.role_arn", "ecs.amazonaws.com"),
                first_use_of("ecs.amazonaws.com"),
            ])
    }

    async fn read(aws: &Aws, id: &str) -> Result<Option<Self>> {
        let service = look(aws, id).await?;
        Ok(service.map(|service| observed(id, &service)))
    }

    const BATCH: usize = 100;

    async fn read_many(aws: &Aws, ids: &[&str]) -> Result<Vec<(String, Self)>> {
        let clusters = listed::by_key(ids.iter().map(|id| (cluster_of(id), *id)));
        let mut asked = Vec::new();
        for (cluster, services) in &clusters {
            asked.extend(
                services
                    .chunks(AT_ONCE)
                    .map(|some| describe_any(aws, cluster, some)),
            );
        }
        let mut services = listed::lists(asked).await?;
        services.retain(is_active);
        Ok(listed::under_ids(
            &services,
            sdk::Service::service_arn,
            |id, service| Ok(observed(id, service)),
        ))
    }

    async fn find(aws: &Aws, whose: Whose<'_>, inputs: &ServiceInputs) -> Result<Vec<String>> {
        let Some(name) = &inputs.name else {
            return Ok(Vec::new());
        };
        let service = describe(aws, &inputs.cluster, name)
            .await
            .found()?
            .flatten();
        let ours = service.filter(|service| whose.owns(&tag_map(service.tags())));
        Ok(ours
            .and_then(|service| service.service_arn)
            .into_iter()
            .collect())
    }

    async fn create(aws: &Aws, inputs: &ServiceInputs, context: &Context) -> Result<String> {
        require_arn("cluster", "cluster", &inputs.cluster)?;
        require_arn(
            "task definition",
            "task_definition",
            &inputs.task_definition,
        )?;
        let name = inputs.name.as_deref().unwrap_or_default();
        // ECS refuses a name that is taken with an error that has no code of its own.
        if describe(aws, &inputs.cluster, name).await?.is_some() {
            let message = format!("a service named {name} is in the cluster already");
            return Err(
                Error::new(ErrorKind::AlreadyExists, message).operation("ecs:CreateService")
            );
        }
        let request = request::create(aws, inputs)?
            .service_name(name)
            .client_token(&context.owner.token)
            .set_tags(tags(&context.owner.tags(&inputs.tags)));
        let answer = request.send().await.named("ecs:CreateService")?;
        let arn = answer.service.and_then(|service| service.service_arn);
        expected(arn, "ecs:CreateService", "ServiceArn")
    }

    /// Waits for the first deployment. One that failed before, or was of another task definition, is followed by a
    /// new one: otherwise what failed once could never be put right.
    async fn settle(aws: &Aws, id: &str, inputs: &ServiceInputs, context: &Context) -> Result<()> {
        let service = look(aws, id).await?;
        let again = service.as_ref().is_some_and(|service| {
            service.task_definition() != Some(&inputs.task_definition)
                || rollout::primary(service).is_some_and(rollout::has_failed)
        });
        let deployment = if again {
            let request = request::update(aws, id, Change::all(inputs))?;
            deploy(request.force_new_deployment(true)).await?
        } else {
            None
        };
        rollout::wait(aws, id, deployment, &inputs.task_definition, context).await
    }

    async fn update(
        aws: &Aws,
        id: &str,
        change: Change<'_, ServiceInputs>,
        context: &Context,
    ) -> Result<()> {
        require_arn(
            "task definition",
            "task_definition",
            &change.after.task_definition,
        )?;
        update_tags(aws, id, TagChange::of(&change, |service| &service.tags)).await?;
        if !request::differs(&change) {
            return Ok(());
        }
        let deployment = deploy(request::update(aws, id, change)?).await?;
        let wanted = &change.after.task_definition;
        rollout::wait(aws, id, deployment, wanted, context).await
    }

    /// ECS stops the tasks of a service that is deleted by force, and shows it as draining until they have stopped.
    async fn delete(aws: &Aws, id: &str, _: &ServiceInputs, context: &Context) -> Result<()> {
        let deleted = aws
            .ecs()
            .delete_service()
            .cluster(cluster_of(id))
            .service(id)
            .force(true)
            .send()
            .await
            .named("ecs:DeleteService");
        match deleted {
            Ok(_) => {}
            Err(error) if is_gone(&error) => return Ok(()),
            Err(error) => return Err(error),
        }
        context
            .wait_for("the service's tasks to stop", || async {
                let services = describe_any(aws, cluster_of(id), &[id]).await.found()?;
                let service = services.unwrap_or_default().into_iter().next();
                Ok(
                    match service.filter(|service| service.status() != Some("INACTIVE")) {
                        None => Progress::Done(()),
                        Some(service) => Progress::Pending(format!(
                            "{} still running",
                            service.running_count() + service.pending_count()
                        )),
                    },
                )
            })
            .await
    }
}

/// Sends an update, and gives the id of the deployment that it leads to.
async fn deploy(
    request: aws_sdk_ecs::operation::update_service::builders::UpdateServiceFluentBuilder,
) -> Result<Option<String>> {
    let answer = request.send().await.named("ecs:UpdateService")?;
    let service = answer.service;
    Ok(service
        .as_ref()
        .and_then(rollout::primary)
        .and_then(|deployment| deployment.id().map(str::to_owned)))
}

/// A service by its ARN. One that is draining is on its way out, and counts as gone.
async fn look(aws: &Aws, id: &str) -> Result<Option<sdk::Service>> {
    Ok(describe(aws, cluster_of(id), id).await.found()?.flatten())
}

async fn describe(aws: &Aws, cluster: &str, service: &str) -> Result<Option<sdk::Service>> {
    let services = describe_any(aws, cluster, &[service]).await?;
    Ok(services.into_iter().find(is_active))
}

fn is_active(service: &sdk::Service) -> bool {
    service.status() == Some("ACTIVE")
}

async fn describe_any(aws: &Aws, cluster: &str, services: &[&str]) -> Result<Vec<sdk::Service>> {
    let request = aws
        .ecs()
        .describe_services()
        .cluster(cluster)
        .set_services(listed::sdk(services))
        .include(sdk::ServiceField::Tags);
    let answer = request.send().await.named("ecs:DescribeServices")?;
    Ok(answer.services.unwrap_or_default())
}

fn observed(id: &str, service: &sdk::Service) -> Service {
    let deployment = rollout::primary(service);
    let configuration = service.deployment_configuration();
    let alarms = configuration.and_then(|one| one.alarms());
    let strategy = service.capacity_provider_strategy();
    let networks = service.network_configuration();
    Service {
        name: service.service_name().map(str::to_owned),
        cluster: service.cluster_arn().unwrap_or_default().to_owned(),
        task_definition: service.task_definition().unwrap_or_default().to_owned(),
        desired_count: Some(service.desired_count()),
        launch_type: service
            .launch_type()
            .and_then(|kind| kind.as_str().parse().ok()),
        capacity_provider_strategy: CapacityProviderShare::all_of_sdk(strategy),
        platform_version: service.platform_version().map(str::to_owned),
        scheduling_strategy: service
            .scheduling_strategy()
            .and_then(|strategy| strategy.as_str().parse().ok()),
        deployment_maximum_percent: configuration.and_then(|one| one.maximum_percent()),
        deployment_minimum_healthy_percent: configuration
            .and_then(|one| one.minimum_healthy_percent()),
        circuit_breaker: Some(CircuitBreaker::of_sdk(
            configuration.and_then(|one| one.deployment_circuit_breaker()),
        )),
        deployment_alarms: alarms
            .filter(|alarms| alarms.enable())
            .map_or(Vec::new(), |alarms| alarms.alarm_names().to_vec()),
        rollback_on_alarm: Some(alarms.is_some_and(|alarms| alarms.rollback())),
        network_configuration: networks.and_then(NetworkConfiguration::of_sdk),
        load_balancers: service
            .load_balancers()
            .iter()
            .filter_map(ServiceLoadBalancer::of_sdk)
            .collect(),
        health_check_grace_period_seconds: Some(
            service.health_check_grace_period_seconds().unwrap_or(0),
        ),
        service_registries: service
            .service_registries()
            .iter()
            .filter_map(ServiceRegistry::of_sdk)
            .collect(),
        service_connect: deployment
            .and_then(|one| one.service_connect_configuration())
            .map(ServiceConnect::of_sdk),
        placement_constraints: service
            .placement_constraints()
            .iter()
            .filter_map(PlacementConstraint::of_sdk)
            .collect(),
        placement_strategy: service
            .placement_strategy()
            .iter()
            .filter_map(PlacementStrategy::of_sdk)
            .collect(),
        availability_zone_rebalancing: Some(
            service.availability_zone_rebalancing()
                == Some(&sdk::AvailabilityZoneRebalancing::Enabled),
        ),
        enable_execute_command: Some(service.enable_execute_command()),
        enable_ecs_managed_tags: Some(service.enable_ecs_managed_tags()),
        propagate_tags: Some(
            service
                .propagate_tags()
                .and_then(|from| from.as_str().parse().ok())
                .unwrap_or(PropagateTags::None),
        ),
        volume_configurations: deployment
            .map(|one| one.volume_configurations())
            .unwrap_or_default()
            .iter()
            .filter_map(VolumeConfiguration::of_sdk)
            .collect(),
        triggers: Default::default(),
        tags: managed(service.tags()),
        arn: id.to_owned(),
        scalable_resource_id: format!("service/{}/{}", cluster_of(id), last_part(id)),
    }
}

/// The cluster's name in a service's ARN, `…:service/CLUSTER/SERVICE`.
fn cluster_of(arn: &str) -> &str {
    arn.rsplit('/').nth(1).unwrap_or("default")
}

/// Whether a delete found no active service.
fn is_gone(error: &Error) -> bool {
    error.kind == ErrorKind::Gone || error.code.as_deref() == Some("ServiceNotActiveException")
}
