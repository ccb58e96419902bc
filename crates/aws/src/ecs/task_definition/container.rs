//! One container of a task.

use stack::resource::*;

/// One container of a task.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct ContainerDefinition {
    /// Its name, unique in the task: at most 255 letters, digits, hyphens and underscores.
    pub name: String,
    /// Its image, such as `123456789012.dkr.ecr.eu-west-3.amazonaws.com/web:1.2` or `…@sha256:…`.
    pub image: String,
    /// What it runs, in place of the image's command.
    pub command: Vec<String>,
    /// What runs its command, in place of the image's entry point.
    pub entry_point: Vec<String>,
    /// Its environment variables. They can be read in the console: secrets go into `secrets`.
    pub environment: BTreeMap<String, String>,
    /// Files in S3 with more environment variables, as ARNs of objects.
    pub environment_files: Vec<String>,
    /// Its secret environment variables: to each name the ARN of a secret in Secrets Manager, as
    /// `arn[:key[:stage[:version]]]`, or of a parameter in Systems Manager. Read with the execution role when it starts.
    pub secrets: BTreeMap<String, String>,
    /// The ports that it listens on.
    #[input(set)]
    pub port_mappings: Vec<PortMapping>,
    /// Whether the whole task stops when it does. On by default; at least one container is essential.
    #[input(reset = true)]
    pub essential: Option<bool>,
    /// Which containers have to have come how far before it starts.
    pub depends_on: BTreeMap<String, ContainerCondition>,
    /// How ECS finds out whether it is healthy.
    pub health_check: Option<HealthCheck>,
    /// Where its output goes.
    pub log_configuration: Option<LogConfiguration>,
    /// Its CPU units. On EC2 its share when the processor is busy; on Fargate optional, and in sum no more than the
    /// task's. 0, the default, is what the others leave.
    #[input(reset = 0)]
    pub cpu: Option<i32>,
    /// The most memory in MiB that it may take; it is killed when it wants more.
    pub memory: Option<i32>,
    /// The memory in MiB that is kept for it.
    pub memory_reservation: Option<i32>,
    /// How many GPUs it has for itself.
    pub gpus: Option<i32>,
    /// Limits of the operating system.
    #[input(set)]
    pub ulimits: Vec<Ulimit>,
    /// Where it sees the task's volumes.
    #[input(set)]
    pub mount_points: Vec<MountPoint>,
    /// Containers whose mounted volumes it sees as well.
    #[input(set)]
    pub volumes_from: Vec<VolumeFrom>,
    /// Whether it cannot write to its own root file system. Off by default.
    #[input(reset = false)]
    pub readonly_root_filesystem: Option<bool>,
    /// As whom it runs: `user`, `user:group`, `uid` or `uid:gid`. The image's user by default.
    pub user: Option<String>,
    /// The directory that it runs in. The image's by default.
    pub working_directory: Option<String>,
    /// Its host name. Not in the network mode `awsvpc`.
    pub hostname: Option<String>,
    /// How many seconds it may take until what waits for it gives up, from 2 to 120 on Fargate.
    pub start_timeout: Option<i32>,
    /// How many seconds it has to end after it was asked to, before it is killed; at most 120 on Fargate. 30 by default.
    #[input(reset = 30)]
    pub stop_timeout: Option<i32>,
    /// Whether it is started again when it ends, without a new task.
    pub restart_policy: Option<RestartPolicy>,
    /// What Linux allows it and gives it.
    pub linux_parameters: Option<LinuxParameters>,
    /// Kernel parameters by name, such as `net.ipv4.tcp_keepalive_time`.
    pub system_controls: BTreeMap<String, String>,
    /// Whether it has the rights of root on the instance. Not on Fargate. Off by default.
    #[input(reset = false)]
    pub privileged: Option<bool>,
    /// Whether its input stays open. Off by default.
    #[input(reset = false)]
    pub interactive: Option<bool>,
    /// Whether it has a terminal. Off by default.
    #[input(reset = false)]
    pub pseudo_terminal: Option<bool>,
    /// Its labels in Docker.
    pub docker_labels: BTreeMap<String, String>,
    /// Its options for SELinux, AppArmor and credentials. Not on Fargate.
    pub docker_security_options: Vec<String>,
    /// Credential specifications for Windows and for domainless gMSA.
    pub credential_specs: Vec<String>,
    /// Its DNS servers. Not in the network mode `awsvpc`.
    pub dns_servers: Vec<String>,
    /// The domains that it completes names with. Not in the network mode `awsvpc`.
    pub dns_search_domains: Vec<String>,
    /// Names for its `/etc/hosts`, and their addresses. Not in the network mode `awsvpc`.
    pub extra_hosts: BTreeMap<String, String>,
    /// Containers that it reaches by name in the network mode `bridge`, as `name` or `name:alias`.
    pub links: Vec<String>,
    /// The ARN of the secret with which a private registry other than ECR is asked.
    pub repository_credentials: Option<String>,
    /// How it routes the logs of others, when it is a log router.
    pub firelens: Option<Firelens>,
    /// Whether ECS keeps all tasks of a deployment on the image that its tag meant at the start. `enabled` by default.
    pub version_consistency: Option<VersionConsistency>,
}

/// A port that a container listens on.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct PortMapping {
    /// The port in the container.
    pub container_port: Option<i32>,
    /// The port on the instance. In the network modes `awsvpc` and `host` the same; in `bridge` any free one by
    /// default.
    pub host_port: Option<i32>,
    /// `tcp` by default.
    pub protocol: Option<TransportProtocol>,
    /// Its name, by which Service Connect and VPC Lattice know it.
    pub name: Option<String>,
    /// What Service Connect may take it for. Plain TCP by default.
    pub app_protocol: Option<AppProtocol>,
    /// A range of ports in place of one, such as `8000-8010`.
    pub container_port_range: Option<String>,
}

/// A protocol on top of IP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum TransportProtocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

/// A protocol that Service Connect measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum AppProtocol {
    /// HTTP/1.
    #[choice("http")]
    Http,
    /// HTTP/2.
    #[choice("http2")]
    Http2,
    /// gRPC.
    #[choice("grpc")]
    Grpc,
}

/// How far a container has to have come before another starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum ContainerCondition {
    /// It has started.
    #[choice("START")]
    Start,
    /// It has ended.
    #[choice("COMPLETE")]
    Complete,
    /// It has ended with 0.
    #[choice("SUCCESS")]
    Success,
    /// Its health check has passed.
    #[choice("HEALTHY")]
    Healthy,
}

/// How ECS finds out whether a container is healthy.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct HealthCheck {
    /// What runs in the container: `["CMD", program, argument…]`, or `["CMD-SHELL", line]`. It is healthy when that
    /// exits with 0.
    #[input(required)]
    pub command: Vec<String>,
    /// How many seconds lie between checks, from 5 to 300. 30 by default.
    #[input(reset = 30)]
    pub interval: Option<i32>,
    /// How many seconds a check may take, from 2 to 60. 5 by default.
    #[input(reset = 5)]
    pub timeout: Option<i32>,
    /// How many checks have to fail in a row, from 1 to 10. 3 by default.
    #[input(reset = 3)]
    pub retries: Option<i32>,
    /// For how many seconds after the start failures do not count, from 0 to 300. 0 by default.
    #[input(reset = 0)]
    pub start_period: Option<i32>,
}

/// Where the output of a container goes.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct LogConfiguration {
    /// Through which driver. Fargate knows `awslogs`, `splunk` and `awsfirelens`.
    pub log_driver: LogDriver,
    /// The driver's options. `awslogs` takes `awslogs-group`, `awslogs-region`, `awslogs-stream-prefix` and others.
    pub options: BTreeMap<String, String>,
    /// The driver's secret options: to each name the ARN of a secret or parameter.
    pub secret_options: BTreeMap<String, String>,
}

/// The drivers for logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum LogDriver {
    /// To CloudWatch Logs.
    Awslogs,
    /// To a log router in the task.
    Awsfirelens,
    /// To Fluentd.
    Fluentd,
    /// To a server that speaks the Graylog Extended Log Format.
    Gelf,
    /// To the instance's journal.
    Journald,
    /// To a file on the instance.
    #[choice("json-file")]
    JsonFile,
    /// To Splunk.
    Splunk,
    /// To a syslog server.
    Syslog,
}

/// A limit of the operating system.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct Ulimit {
    /// Which one, such as `nofile`.
    pub name: String,
    /// What applies until the program asks for more.
    pub soft_limit: i32,
    /// What the program may ask for at most.
    pub hard_limit: i32,
}

/// Where a container sees a volume of the task.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct MountPoint {
    /// The volume's name.
    pub source_volume: String,
    /// The path in the container.
    pub container_path: String,
    /// Whether the container cannot write to it. Off by default.
    #[input(reset = false)]
    pub read_only: Option<bool>,
}

/// A container whose mounted volumes another sees as well.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct VolumeFrom {
    /// The container's name.
    pub source_container: String,
    /// Whether the other cannot write to them. Off by default.
    #[input(reset = false)]
    pub read_only: Option<bool>,
}

/// Whether a container is started again when it ends.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct RestartPolicy {
    /// Whether it is.
    pub enabled: bool,
    /// Exit codes after which it is not.
    pub ignored_exit_codes: Vec<i32>,
    /// How many seconds it has to run before it may be started again, from 60 to 1,800. 300 by default.
    #[input(reset = 300)]
    pub restart_attempt_period: Option<i32>,
}

/// What Linux allows a container and gives it.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct LinuxParameters {
    /// Capabilities beyond Docker's defaults, such as `SYS_PTRACE` (the only one on Fargate).
    #[input(set)]
    pub capabilities_add: Vec<String>,
    /// Capabilities of Docker's defaults that it does not have; `ALL` is all of them.
    #[input(set)]
    pub capabilities_drop: Vec<String>,
    /// Devices of the instance that it may use. Not on Fargate.
    pub devices: Vec<Device>,
    /// Whether an init process runs in it, which passes on signals and reaps processes. Off by default.
    #[input(reset = false)]
    pub init_process_enabled: Option<bool>,
    /// How large `/dev/shm` is, in MiB. Not on Fargate.
    pub shared_memory_size: Option<i32>,
    /// File systems in memory. Not on Fargate.
    pub tmpfs: Vec<Tmpfs>,
    /// How much it may swap, in MiB. Not on Fargate.
    pub max_swap: Option<i32>,
    /// How readily it swaps, from 0 to 100. Not on Fargate.
    pub swappiness: Option<i32>,
}

/// A device of the instance that a container may use.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct Device {
    /// Its path on the instance.
    pub host_path: String,
    /// Its path in the container. The same by default.
    pub container_path: Option<String>,
    /// What the container may do with it: `read`, `write`, `mknod`. All of it by default.
    #[input(set)]
    pub permissions: Vec<String>,
}

/// A file system in memory.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct Tmpfs {
    /// Where it is mounted.
    pub container_path: String,
    /// How large it is at most, in MiB.
    pub size: i32,
    /// Options for the mount, such as `noexec`.
    pub mount_options: Vec<String>,
}

/// How a container routes the logs of others.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct Firelens {
    /// With which program.
    pub r#type: FirelensType,
    /// Its options, such as `enable-ecs-log-metadata` and `config-file-type`.
    pub options: BTreeMap<String, String>,
}

/// The programs that route logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum FirelensType {
    /// Fluentd.
    Fluentd,
    /// Fluent Bit.
    Fluentbit,
}

/// Whether all tasks of a deployment use the image that its tag meant at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum VersionConsistency {
    /// They do.
    Enabled,
    /// Each task uses what the tag means when it starts.
    Disabled,
}
