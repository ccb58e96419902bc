//! `aws:ecs:TaskDefinition`: which containers run together as a task, and with what.

use stack::resource::*;

mod container;
mod volume;

pub use container::*;
pub use volume::*;

/// Which containers run together as a task, and with what.
///
/// ECS keeps revisions that never change. A change here registers a new one, which `arn` and `revision` then name;
/// the last five stay for rollbacks, older ones are deregistered. Its id is the family, which stays the same. Tags are
/// changed on the revision that there is.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("aws:ecs:TaskDefinition", visibility_lag = "5s")]
pub struct TaskDefinition {
    /// Its name, common to all revisions, unique in account and region: at most 255 letters, digits, hyphens and
    /// underscores. Made by the engine when it is not set.
    #[input(replaces, name(max_length = 255))]
    pub family: Option<String>,
    /// The containers, at most 10.
    #[input(required)]
    pub container_definitions: Vec<ContainerDefinition>,
    /// The CPU units of the whole task; 1,024 are one virtual CPU. Fargate needs it: 256, 512, 1024, 2048, 4096, 8192
    /// or 16384. 0 is no limit but those of the containers.
    #[input(reset = 0)]
    pub cpu: Option<i32>,
    /// The memory of the whole task in MiB. Fargate needs it, and allows for each number of CPU units a range of its
    /// own. 0 is no limit but those of the containers.
    #[input(reset = 0)]
    pub memory: Option<i32>,
    /// How containers reach the network. `bridge` by default on EC2; Fargate needs `awsvpc`.
    #[input(reset = "bridge")]
    pub network_mode: Option<NetworkMode>,
    /// What the definition is checked against when it is registered. `EC2` by default.
    #[input(set)]
    pub requires_compatibilities: Vec<Compatibility>,
    /// The ARN of the role with which ECS fetches images and secrets and writes logs.
    #[input(reset = "")]
    pub execution_role_arn: Option<String>,
    /// The ARN of the role that the program in the containers has.
    #[input(reset = "")]
    pub task_role_arn: Option<String>,
    /// The processor's architecture, on Fargate. `X86_64` by default.
    #[input(reset = "X86_64")]
    pub cpu_architecture: Option<CpuArchitecture>,
    /// The operating system, such as `LINUX` (the default) or `WINDOWS_SERVER_2022_CORE`.
    #[input(reset = "LINUX")]
    pub operating_system_family: Option<String>,
    /// How large the disk of a task on Fargate is, in GiB, from 20 (the default) to 200.
    #[input(reset = 20)]
    pub ephemeral_storage_gib: Option<i32>,
    /// The volumes that containers mount.
    #[input]
    pub volumes: Vec<Volume>,
    /// Which instances may run the task, each as an expression in the cluster query language. Not for Fargate.
    #[input(set)]
    pub placement_constraints: Vec<String>,
    /// Whose processes containers see: those of the whole `task` or of the `host`. Each its own by default. Leaving
    /// it out again replaces the definition.
    #[input]
    pub pid_mode: Option<PidMode>,
    /// With whom containers share memory for communication. Up to the host's Docker by default. Leaving it out again
    /// replaces the definition.
    #[input]
    pub ipc_mode: Option<IpcMode>,
    /// Whether tasks take requests to inject faults, for tests of resilience. Off by default.
    #[input(reset = false)]
    pub enable_fault_injection: Option<bool>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// The ARN of the revision in force, such as `arn:…:task-definition/web:7`. A change of anything but tags makes
    /// it a new one.
    #[output(volatile, generated)]
    pub arn: String,
    /// The number of the revision in force.
    #[output(volatile, generated)]
    pub revision: i32,
    /// The ARN without the revision, which always means the latest.
    #[output]
    pub arn_without_revision: String,
}

/// How containers reach the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum NetworkMode {
    /// Through Docker's own network on the instance.
    Bridge,
    /// As the instance does.
    Host,
    /// Through a network interface of the task's own.
    Awsvpc,
    /// Not at all.
    None,
}

/// What a task definition is checked against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum Compatibility {
    /// Instances of one's own.
    #[choice("EC2")]
    Ec2,
    /// Fargate.
    #[choice("FARGATE")]
    Fargate,
    /// Servers outside AWS.
    #[choice("EXTERNAL")]
    External,
    /// Instances of one's own that ECS manages.
    #[choice("MANAGED_INSTANCES")]
    ManagedInstances,
}

/// The processor's architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum CpuArchitecture {
    /// Intel and AMD.
    #[choice("X86_64")]
    X86,
    /// ARM, such as Graviton.
    #[choice("ARM64")]
    Arm,
}

/// Whose processes containers see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum PidMode {
    /// Those of the whole task.
    Task,
    /// Those of the instance.
    Host,
}

/// With whom containers share memory for communication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum IpcMode {
    /// With the whole task.
    Task,
    /// With the instance.
    Host,
    /// With nobody.
    None,
}

#[cfg(feature = "provider")]
mod handler;
#[cfg(feature = "provider")]
pub(in crate::ecs) use handler::{log_configuration, look, of_log_configuration};
