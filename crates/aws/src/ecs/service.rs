//! `aws:ecs:Service`: tasks that are kept running.

use stack::resource::*;

use super::{
    CapacityProviderShare, LaunchType, NetworkConfiguration, PlacementConstraint,
    PlacementStrategy, PropagateTags,
};

mod connect;
mod volumes;

pub use connect::*;
pub use volumes::*;

/// Tasks that are kept running, and replaced step by step when anything about them changes.
///
/// A create or update is done when the deployment is: all tasks run and are healthy. When it fails, the error tells
/// why tasks stopped. Its id is its ARN.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource(
    "aws:ecs:Service",
    create = "20m",
    update = "20m",
    delete = "20m",
    visibility_lag = "5s"
)]
pub struct Service {
    /// Its name, unique in the cluster: at most 255 letters, digits, hyphens and underscores. Made by the engine when
    /// it is not set.
    #[input(replaces, name(max_length = 255))]
    pub name: Option<String>,
    /// The ARN of the cluster.
    #[input(replaces)]
    pub cluster: String,
    /// The ARN of the task definition's revision.
    #[input]
    pub task_definition: String,
    /// How many tasks run. Left out, it begins with 1 and is left alone from then on, which is what autoscaling needs.
    /// Not for the scheduling strategy `DAEMON`.
    #[input(follows)]
    pub desired_count: Option<i32>,
    /// On what tasks run. The cluster's default capacity providers when neither this nor `capacity_provider_strategy`
    /// is set, or `EC2` without those.
    #[input(replaces)]
    pub launch_type: Option<LaunchType>,
    /// On which capacity providers tasks run, in place of a launch type. At most 20.
    #[input(set)]
    pub capacity_provider_strategy: Vec<CapacityProviderShare>,
    /// The version of Fargate, such as `1.4.0`. `LATEST` by default.
    #[input(reset = "LATEST")]
    pub platform_version: Option<String>,
    /// Whether a number of tasks runs, or one on each instance. `REPLICA` by default.
    #[input(replaces)]
    pub scheduling_strategy: Option<SchedulingStrategy>,
    /// How many tasks may run during a deployment, in percent of the desired count. 200 by default; with `DAEMON` 100.
    #[input(reset = 200)]
    pub deployment_maximum_percent: Option<i32>,
    /// How many tasks have to be healthy during a deployment, in percent of the desired count. 100 by default; with
    /// `DAEMON` 0.
    #[input(reset = 100)]
    pub deployment_minimum_healthy_percent: Option<i32>,
    /// What happens when a deployment cannot get its tasks to run. `off` by default: ECS goes on trying, until the
    /// timeout of the update.
    #[input(reset = "off")]
    pub circuit_breaker: Option<CircuitBreaker>,
    /// The names of CloudWatch alarms that make a deployment fail.
    #[input(set)]
    pub deployment_alarms: Vec<String>,
    /// Whether an alarm takes the service back to the last deployment that worked. Off by default.
    #[input(reset = false)]
    pub rollback_on_alarm: Option<bool>,
    /// The network of its tasks. Needed in the network mode `awsvpc`, and only there.
    #[input]
    pub network_configuration: Option<NetworkConfiguration>,
    /// The target groups that its tasks are registered with.
    #[input(set)]
    pub load_balancers: Vec<ServiceLoadBalancer>,
    /// For how many seconds after a task's start the load balancer's health checks do not count. 0 by default.
    #[input(reset = 0)]
    pub health_check_grace_period_seconds: Option<i32>,
    /// The service in Cloud Map in which tasks are registered for DNS; at most one.
    #[input]
    pub service_registries: Vec<ServiceRegistry>,
    /// How it finds other services, and they it. To switch it off, set `enabled` to false: leaving it out replaces the
    /// service.
    #[input]
    pub service_connect: Option<ServiceConnect>,
    /// Which instances may run its tasks. Not for Fargate.
    #[input(set)]
    pub placement_constraints: Vec<PlacementConstraint>,
    /// How tasks are spread over those instances, in this order; at most 5. Not for Fargate.
    #[input]
    pub placement_strategy: Vec<PlacementStrategy>,
    /// Whether tasks are moved when the zones have unequal numbers of them. Where it is never set, ECS decides.
    #[input(reset = false)]
    pub availability_zone_rebalancing: Option<bool>,
    /// Whether people may run commands in its containers. Off by default. Takes effect with the next deployment.
    #[input(reset = false)]
    pub enable_execute_command: Option<bool>,
    /// Whether tasks get tags with the names of cluster and service. Off by default.
    #[input(reset = false)]
    pub enable_ecs_managed_tags: Option<bool>,
    /// From which tags tasks get theirs. `NONE` by default.
    #[input(reset = "NONE")]
    pub propagate_tags: Option<PropagateTags>,
    /// The disks that tasks get for volumes with `configured_at_launch`.
    #[input]
    pub volume_configurations: Vec<VolumeConfiguration>,
    /// Anything. A change starts a new deployment, even of the same task definition.
    #[input(write_only)]
    pub triggers: BTreeMap<String, String>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// Its ARN.
    #[output]
    pub arn: String,
    /// What Application Auto Scaling calls it: `service/CLUSTER/SERVICE`.
    #[output]
    pub scalable_resource_id: String,
}

/// Whether a number of tasks runs, or one on each instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum SchedulingStrategy {
    /// A number of tasks.
    #[choice("REPLICA")]
    Replica,
    /// One on each instance.
    #[choice("DAEMON")]
    Daemon,
}

/// What happens when a deployment cannot get its tasks to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum CircuitBreaker {
    /// It goes on trying.
    Off,
    /// It fails, and what runs stays as it is.
    Fail,
    /// It fails, and the service goes back to the last deployment that worked.
    Rollback,
}

/// A target group that tasks are registered with.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct ServiceLoadBalancer {
    /// The ARN of the target group.
    pub target_group_arn: String,
    /// The container that answers.
    pub container_name: String,
    /// The port in the container.
    pub container_port: i32,
}

/// A service in Cloud Map in which tasks are registered.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct ServiceRegistry {
    /// The ARN of the service in Cloud Map.
    pub registry_arn: String,
    /// The port of an SRV record.
    pub port: Option<i32>,
    /// The container whose port is registered, for `bridge` and `host`.
    pub container_name: Option<String>,
    /// The port in that container.
    pub container_port: Option<i32>,
}

#[cfg(feature = "provider")]
mod handler;
