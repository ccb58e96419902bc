//! `aws:ecs:TaskRun`: a task that runs once, such as a migration.

use stack::resource::*;

use super::{CapacityProviderShare, LaunchType, NetworkConfiguration, PropagateTags};

/// A task that runs once, such as a migration of a database, and has to succeed.
///
/// It runs when it is first declared and again when any input changes; `triggers` are there for that. The apply waits
/// until the task has stopped. A container that exits with anything but 0, or never starts, is an error that tells why
/// and where its logs are; the next apply then runs it again. A retry of a lost answer does not run it twice.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("aws:ecs:TaskRun", create = "1h", update = "1h", effect)]
pub struct TaskRun {
    /// The ARN or name of the cluster.
    #[input]
    pub cluster: String,
    /// The ARN of the task definition's revision.
    #[input]
    pub task_definition: String,
    /// On what it runs. The cluster's default capacity providers when neither this nor `capacity_provider_strategy` is
    /// set, or `EC2` without those.
    #[input]
    pub launch_type: Option<LaunchType>,
    /// On which capacity provider it runs, in place of a launch type.
    #[input(set)]
    pub capacity_provider_strategy: Vec<CapacityProviderShare>,
    /// The version of Fargate. `LATEST` by default.
    #[input]
    pub platform_version: Option<String>,
    /// Its network. Needed in the network mode `awsvpc`, and only there.
    #[input]
    pub network_configuration: Option<NetworkConfiguration>,
    /// What is different from the task definition for single containers.
    #[input]
    pub container_overrides: Vec<ContainerOverride>,
    /// The CPU units of the whole task, in place of the task definition's.
    #[input]
    pub cpu: Option<i32>,
    /// The memory of the whole task in MiB, in place of the task definition's.
    #[input]
    pub memory: Option<i32>,
    /// The ARN of the execution role, in place of the task definition's.
    #[input]
    pub execution_role_arn: Option<String>,
    /// The ARN of the task role, in place of the task definition's.
    #[input]
    pub task_role_arn: Option<String>,
    /// How large the disk on Fargate is, in GiB, in place of the task definition's.
    #[input]
    pub ephemeral_storage_gib: Option<i32>,
    /// The container whose exit code counts. All essential ones by default, so name it where another essential
    /// container is stopped when this one ends.
    #[input]
    pub container: Option<String>,
    /// Whether people may run commands in its containers. Off by default.
    #[input]
    pub enable_execute_command: Option<bool>,
    /// From which tags it gets its own, besides `tags`. None by default; `SERVICE` is not for single tasks.
    #[input]
    pub propagate_tags: Option<PropagateTags>,
    /// Anything. A change runs it again.
    #[input]
    pub triggers: BTreeMap<String, String>,
    /// The task's tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// The ARN of the task. ECS forgets a task an hour after it stopped.
    #[output(volatile, generated)]
    pub task_arn: String,
    /// The exit code of the container that counts: 0.
    #[output(volatile, generated)]
    pub exit_code: i32,
    /// Why the task stopped, in ECS's words.
    #[output(volatile, generated)]
    pub stopped_reason: Option<String>,
    /// When it was started, RFC 3339.
    #[output(volatile, generated)]
    pub started_at: Option<String>,
    /// When it had stopped, RFC 3339.
    #[output(volatile, generated)]
    pub stopped_at: Option<String>,
}

/// What is different from the task definition for one container.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct ContainerOverride {
    /// The container's name.
    pub name: String,
    /// What it runs.
    pub command: Vec<String>,
    /// More environment variables, or other values for them.
    pub environment: BTreeMap<String, String>,
    /// Files in S3 with more environment variables, as ARNs of objects.
    pub environment_files: Vec<String>,
    /// Its CPU units.
    pub cpu: Option<i32>,
    /// The most memory in MiB that it may take.
    pub memory: Option<i32>,
    /// The memory in MiB that is kept for it.
    pub memory_reservation: Option<i32>,
}

#[cfg(feature = "provider")]
mod handler;
