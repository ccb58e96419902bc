//! `aws:ecs:Cluster`: a group of services and tasks, and what they run on.

use stack::resource::*;

use super::CapacityProviderShare;

/// A group of services and tasks, and what they run on. Its id is its ARN.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("aws:ecs:Cluster", visibility_lag = "5s")]
pub struct Cluster {
    /// Its name, unique in account and region: at most 255 letters, digits, hyphens and underscores. Made by the
    /// engine when it is not set.
    #[input(replaces, name(max_length = 255))]
    pub name: Option<String>,
    /// Which metrics CloudWatch gets of tasks and containers. `disabled` by default; they cost extra.
    #[input(reset = "disabled")]
    pub container_insights: Option<ContainerInsights>,
    /// The capacity providers that services may use: `FARGATE`, `FARGATE_SPOT`, and names of one's own.
    #[input(set)]
    pub capacity_providers: Vec<String>,
    /// Where tasks run that name neither a launch type nor capacity providers.
    #[input(set)]
    pub default_capacity_provider_strategy: Vec<CapacityProviderShare>,
    /// How commands run in containers (`aws ecs execute-command`) are encrypted and logged.
    #[input(reset = {})]
    pub execute_command: Option<ExecuteCommand>,
    /// The ARN of the KMS key that encrypts the disks that ECS manages for tasks. AWS's own by default.
    #[input(reset = "")]
    pub managed_storage_kms_key_id: Option<String>,
    /// The ARN of the KMS key that encrypts the ephemeral disks of tasks on Fargate. AWS's own by default.
    #[input(reset = "")]
    pub fargate_ephemeral_storage_kms_key_id: Option<String>,
    /// The ARN of the Cloud Map namespace in which services that use Service Connect find each other unless they name
    /// another. None by default.
    #[input(reset = "")]
    pub service_connect_namespace: Option<String>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// Its ARN.
    #[output]
    pub arn: String,
}

/// Which metrics CloudWatch gets of tasks and containers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum ContainerInsights {
    /// None but those of services.
    Disabled,
    /// Of clusters and services, added up.
    Enabled,
    /// Of each task and container as well.
    Enhanced,
}

/// How commands run in containers are encrypted and logged.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct ExecuteCommand {
    /// Where their output is logged. `DEFAULT` by default.
    #[input(reset = "DEFAULT")]
    pub logging: Option<ExecuteCommandLogging>,
    /// The id or ARN of the KMS key that encrypts the session. Without one it is encrypted by TLS alone.
    pub kms_key_id: Option<String>,
    /// The log group for their output, with `OVERRIDE`.
    pub log_group: Option<String>,
    /// Whether that log group must be encrypted with a key of one's own. Off by default.
    #[input(reset = false)]
    pub log_group_encrypted: Option<bool>,
    /// The bucket for their output, with `OVERRIDE`.
    pub bucket: Option<String>,
    /// Whether that bucket must be encrypted. Off by default.
    #[input(reset = false)]
    pub bucket_encrypted: Option<bool>,
    /// The folder in that bucket.
    pub bucket_prefix: Option<String>,
}

/// Where the output of commands that run in containers is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum ExecuteCommandLogging {
    /// Nowhere.
    #[choice("NONE")]
    None,
    /// Where the container logs, if that is CloudWatch Logs.
    #[choice("DEFAULT")]
    Default,
    /// To the given log group and bucket.
    #[choice("OVERRIDE")]
    Override,
}

#[cfg(feature = "provider")]
mod handler;
