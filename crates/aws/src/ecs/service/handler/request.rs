//! What a service is asked to be, to ECS and back.

use aws_sdk_ecs::operation::create_service::builders::CreateServiceFluentBuilder;
use aws_sdk_ecs::operation::update_service::builders::UpdateServiceFluentBuilder;

use super::*;
use crate::ecs::support::{built, some};

pub(super) fn create(aws: &Aws, inputs: &ServiceInputs) -> Result<CreateServiceFluentBuilder> {
    let is_daemon = inputs.scheduling_strategy == Some(SchedulingStrategy::Daemon);
    Ok(aws
        .ecs()
        .create_service()
        .cluster(&inputs.cluster)
        .task_definition(&inputs.task_definition)
        .set_desired_count(inputs.desired_count.or((!is_daemon).then_some(1)))
        .set_launch_type(inputs.launch_type.map(|kind| kind.as_str().into()))
        .set_capacity_provider_strategy(CapacityProviderShare::all_to_sdk(
            &inputs.capacity_provider_strategy,
        )?)
        .set_platform_version(inputs.platform_version.clone())
        .set_scheduling_strategy(inputs.scheduling_strategy.map(|one| one.as_str().into()))
        .deployment_configuration(deployment_configuration(inputs)?)
        .set_network_configuration(network(inputs)?)
        .set_load_balancers(some(load_balancers(inputs)))
        .set_health_check_grace_period_seconds(
            inputs
                .health_check_grace_period_seconds
                .filter(|seconds| *seconds > 0),
        )
        .set_service_registries(some(registries(inputs)))
        .set_service_connect_configuration(connect(inputs)?)
        .set_placement_constraints(some(constraints(inputs)))
        .set_placement_strategy(some(strategies(inputs)))
        .set_availability_zone_rebalancing(inputs.availability_zone_rebalancing.map(rebalancing))
        .set_enable_execute_command(inputs.enable_execute_command)
        .set_enable_ecs_managed_tags(inputs.enable_ecs_managed_tags)
        .set_propagate_tags(
            inputs
                .propagate_tags
                .filter(|from| *from != PropagateTags::None)
                .map(|from| from.as_str().into()),
        )
        .set_volume_configurations(some(volumes(inputs)?)))
}

/// Whether anything differs that an update of the service brings about.
pub(super) fn differs(change: &Change<'_, ServiceInputs>) -> bool {
    change.before().is_none_or(|before| {
        let before = ServiceInputs {
            tags: change.after.tags.clone(),
            ..before.clone()
        };
        before != *change.after
    })
}

pub(super) fn update(
    aws: &Aws,
    id: &str,
    change: Change<'_, ServiceInputs>,
) -> Result<UpdateServiceFluentBuilder> {
    let after = change.after;
    let mut request = aws
        .ecs()
        .update_service()
        .cluster(cluster_of(id))
        .service(id)
        .task_definition(&after.task_definition);
    if let Some(count) = change.some(|service| &service.desired_count) {
        request = request.desired_count(*count);
    }
    if change.of(|service| &service.triggers).is_some() {
        request = request.force_new_deployment(true);
    }
    if change
        .of(|service| &service.capacity_provider_strategy)
        .is_some_and(|list| change.before().is_some() || !list.is_empty())
    {
        // ECS takes another strategy with a new deployment alone.
        let strategy = CapacityProviderShare::all_to_sdk(&after.capacity_provider_strategy)?;
        request = request
            .set_capacity_provider_strategy(Some(strategy.unwrap_or_default()))
            .force_new_deployment(true);
    }
    if let Some(version) = change.some(|service| &service.platform_version) {
        request = request.platform_version(version);
    }
    if changes_deployment(&change) {
        request = request.deployment_configuration(deployment_configuration(after)?);
    }
    if change
        .of(|service| &service.network_configuration)
        .is_some()
    {
        request = request.set_network_configuration(network(after)?);
    }
    let is_new = change.before().is_none();
    if let Some(list) = change.of(|service| &service.load_balancers)
        && !(is_new && list.is_empty())
    {
        request = request.set_load_balancers(Some(load_balancers(after)));
    }
    if let Some(seconds) = change.some(|service| &service.health_check_grace_period_seconds) {
        request = request.health_check_grace_period_seconds(*seconds);
    }
    if let Some(list) = change.of(|service| &service.service_registries)
        && !(is_new && list.is_empty())
    {
        request = request.set_service_registries(Some(registries(after)));
    }
    if change.of(|service| &service.service_connect).is_some() {
        request = request.set_service_connect_configuration(connect(after)?);
    }
    if let Some(list) = change.of(|service| &service.placement_constraints)
        && !(is_new && list.is_empty())
    {
        request = request.set_placement_constraints(Some(constraints(after)));
    }
    if let Some(list) = change.of(|service| &service.placement_strategy)
        && !(is_new && list.is_empty())
    {
        request = request.set_placement_strategy(Some(strategies(after)));
    }
    if let Some(list) = change.of(|service| &service.volume_configurations)
        && !(is_new && list.is_empty())
    {
        request = request.set_volume_configurations(Some(volumes(after)?));
    }
    let request = request
        .set_availability_zone_rebalancing(
            change
                .some(|service| &service.availability_zone_rebalancing)
                .copied()
                .map(rebalancing),
        )
        .set_enable_execute_command(
            change
                .some(|service| &service.enable_execute_command)
                .copied(),
        )
        .set_enable_ecs_managed_tags(
            change
                .some(|service| &service.enable_ecs_managed_tags)
                .copied(),
        )
        .set_propagate_tags(
            change
                .some(|service| &service.propagate_tags)
                .map(|from| from.as_str().into()),
        );
    Ok(request)
}

fn changes_deployment(change: &Change<'_, ServiceInputs>) -> bool {
    change.of(|one| &one.deployment_maximum_percent).is_some()
        || change
            .of(|one| &one.deployment_minimum_healthy_percent)
            .is_some()
        || change.of(|one| &one.circuit_breaker).is_some()
        || change.of(|one| &one.deployment_alarms).is_some()
        || change.of(|one| &one.rollback_on_alarm).is_some()
}

/// One part of the request, so all of it is always sent.
fn deployment_configuration(inputs: &ServiceInputs) -> Result<sdk::DeploymentConfiguration> {
    let breaker = inputs.circuit_breaker.unwrap_or(CircuitBreaker::Off);
    let breaker = sdk::DeploymentCircuitBreaker::builder()
        .enable(breaker != CircuitBreaker::Off)
        .rollback(breaker == CircuitBreaker::Rollback);
    let alarms = sdk::DeploymentAlarms::builder()
        .set_alarm_names(Some(inputs.deployment_alarms.clone()))
        .enable(!inputs.deployment_alarms.is_empty())
        .rollback(inputs.rollback_on_alarm.unwrap_or(false));
    Ok(sdk::DeploymentConfiguration::builder()
        .set_maximum_percent(inputs.deployment_maximum_percent)
        .set_minimum_healthy_percent(inputs.deployment_minimum_healthy_percent)
        .deployment_circuit_breaker(breaker.build())
        .alarms(built(alarms.build())?)
        .build())
}

fn network(inputs: &ServiceInputs) -> Result<Option<sdk::NetworkConfiguration>> {
    let network = inputs.network_configuration.as_ref();
    network.map(NetworkConfiguration::to_sdk).transpose()
}

fn connect(inputs: &ServiceInputs) -> Result<Option<sdk::ServiceConnectConfiguration>> {
    let connect = inputs.service_connect.as_ref();
    connect.map(ServiceConnect::to_sdk).transpose()
}

fn volumes(inputs: &ServiceInputs) -> Result<Vec<sdk::ServiceVolumeConfiguration>> {
    let volumes = inputs.volume_configurations.iter();
    volumes.map(VolumeConfiguration::to_sdk).collect()
}

fn rebalancing(on: bool) -> sdk::AvailabilityZoneRebalancing {
    if on {
        sdk::AvailabilityZoneRebalancing::Enabled
    } else {
        sdk::AvailabilityZoneRebalancing::Disabled
    }
}

fn load_balancers(inputs: &ServiceInputs) -> Vec<sdk::LoadBalancer> {
    let load_balancers = inputs.load_balancers.iter();
    load_balancers
        .map(|one| {
            sdk::LoadBalancer::builder()
                .target_group_arn(&one.target_group_arn)
                .container_name(&one.container_name)
                .container_port(one.container_port)
                .build()
        })
        .collect()
}

fn registries(inputs: &ServiceInputs) -> Vec<sdk::ServiceRegistry> {
    let registries = inputs.service_registries.iter();
    registries
        .map(|one| {
            sdk::ServiceRegistry::builder()
                .registry_arn(&one.registry_arn)
                .set_port(one.port)
                .set_container_name(one.container_name.clone())
                .set_container_port(one.container_port)
                .build()
        })
        .collect()
}

fn constraints(inputs: &ServiceInputs) -> Vec<sdk::PlacementConstraint> {
    let constraints = inputs.placement_constraints.iter();
    constraints
        .map(|one| {
            sdk::PlacementConstraint::builder()
                .r#type(one.r#type.as_str().into())
                .set_expression(one.expression.clone())
                .build()
        })
        .collect()
}

fn strategies(inputs: &ServiceInputs) -> Vec<sdk::PlacementStrategy> {
    let strategies = inputs.placement_strategy.iter();
    strategies
        .map(|one| {
            sdk::PlacementStrategy::builder()
                .r#type(one.r#type.as_str().into())
                .set_field(one.field.clone())
                .build()
        })
        .collect()
}

impl CircuitBreaker {
    pub(super) fn of_sdk(breaker: Option<&sdk::DeploymentCircuitBreaker>) -> Self {
        match breaker.filter(|breaker| breaker.enable()) {
            None => Self::Off,
            Some(breaker) if breaker.rollback() => Self::Rollback,
            Some(_) => Self::Fail,
        }
    }
}

impl ServiceLoadBalancer {
    pub(super) fn of_sdk(one: &sdk::LoadBalancer) -> Option<Self> {
        Some(Self {
            target_group_arn: one.target_group_arn()?.to_owned(),
            container_name: one.container_name()?.to_owned(),
            container_port: one.container_port()?,
        })
    }
}

impl ServiceRegistry {
    pub(super) fn of_sdk(one: &sdk::ServiceRegistry) -> Option<Self> {
        Some(Self {
            registry_arn: one.registry_arn()?.to_owned(),
            port: one.port(),
            container_name: one.container_name().map(str::to_owned),
            container_port: one.container_port(),
        })
    }
}

impl PlacementConstraint {
    pub(super) fn of_sdk(one: &sdk::PlacementConstraint) -> Option<Self> {
        Some(Self {
            r#type: one.r#type()?.as_str().parse().ok()?,
            expression: one.expression().map(str::to_owned),
        })
    }
}

impl PlacementStrategy {
    pub(super) fn of_sdk(one: &sdk::PlacementStrategy) -> Option<Self> {
        Some(Self {
            r#type: one.r#type()?.as_str().parse().ok()?,
            field: one.field().map(str::to_owned),
        })
    }
}
