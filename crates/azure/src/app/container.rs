//! What container apps and jobs have in common: containers, secrets, registries, volumes.

use stack::resource::*;

/// A container.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct Container {
    /// Its name, unique in the app.
    #[input(required)]
    pub name: String,
    /// Its image, such as `shop.azurecr.io/api:1.4.2`.
    #[input(required)]
    pub image: String,
    /// What is run instead of the image's entry point.
    #[input]
    pub command: Vec<String>,
    /// What the command gets.
    #[input]
    pub args: Vec<String>,
    /// Its environment variables.
    #[input]
    pub env: Vec<EnvironmentVariable>,
    /// What it may use. 0.5 CPU and 1 GiB by default.
    #[input]
    pub resources: Option<ContainerResources>,
    /// How it is asked whether it is well.
    #[input]
    pub probes: Vec<Probe>,
    /// Where volumes are seen.
    #[input]
    pub volume_mounts: Vec<VolumeMount>,
}

/// A container that runs to its end before the others start.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct InitContainer {
    /// Its name, unique in the app.
    #[input(required)]
    pub name: String,
    /// Its image, such as `shop.azurecr.io/api:1.4.2`.
    #[input(required)]
    pub image: String,
    /// What is run instead of the image's entry point.
    #[input]
    pub command: Vec<String>,
    /// What the command gets.
    #[input]
    pub args: Vec<String>,
    /// Its environment variables.
    #[input]
    pub env: Vec<EnvironmentVariable>,
    /// What it may use. 0.5 CPU and 1 GiB by default.
    #[input]
    pub resources: Option<ContainerResources>,
    /// Where volumes are seen.
    #[input]
    pub volume_mounts: Vec<VolumeMount>,
}

/// An environment variable: a value, or a secret by its name.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct EnvironmentVariable {
    /// Its name.
    #[input(required)]
    pub name: String,
    /// Its value.
    #[input]
    pub value: Option<String>,
    /// The name of the app's secret that is its value.
    #[input]
    pub secret_ref: Option<String>,
}

/// What a container may use.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct ContainerResources {
    /// CPUs, such as 0.25. Without a dedicated profile CPU and memory come in fixed pairs: 0.25 and `0.5Gi` to 4 and
    /// `8Gi`.
    #[input(required)]
    pub cpu: f64,
    /// Memory, such as `0.5Gi`.
    #[input(required)]
    pub memory: String,
}

/// How a container is asked whether it is well.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct Probe {
    /// What the answer decides.
    #[input(required)]
    pub r#type: ProbeType,
    /// Asked by HTTP: well when the status is below 400.
    #[input]
    pub http_get: Option<ProbeHttpGet>,
    /// Asked by connecting.
    #[input]
    pub tcp_socket: Option<ProbeTcpSocket>,
    /// After how many seconds it is first asked.
    #[input]
    pub initial_delay_seconds: Option<i64>,
    /// How many seconds there are between two questions.
    #[input]
    pub period_seconds: Option<i64>,
    /// For how many seconds an answer is waited for.
    #[input]
    pub timeout_seconds: Option<i64>,
    /// After how many bad answers in a row it is not well.
    #[input]
    pub failure_threshold: Option<i64>,
    /// After how many good answers in a row it is well again.
    #[input]
    pub success_threshold: Option<i64>,
}

/// What the answer to a probe decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum ProbeType {
    /// Whether the container is started anew.
    #[choice("Liveness")]
    Liveness,
    /// Whether it gets requests.
    #[choice("Readiness")]
    Readiness,
    /// Whether it has started.
    #[choice("Startup")]
    Startup,
}

/// A question by HTTP.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct ProbeHttpGet {
    /// The port.
    #[input(required)]
    pub port: i64,
    /// The path.
    #[input]
    pub path: Option<String>,
    /// With or without TLS.
    #[input]
    pub scheme: Option<Scheme>,
    /// Headers of the request.
    #[input]
    pub http_headers: Vec<ProbeHeader>,
}

/// With or without TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum Scheme {
    /// Without.
    #[choice("HTTP")]
    Http,
    /// With.
    #[choice("HTTPS")]
    Https,
}

/// A header of a probe's request.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct ProbeHeader {
    /// Its name.
    #[input(required)]
    pub name: String,
    /// Its value.
    #[input(required)]
    pub value: String,
}

/// A question by connecting.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct ProbeTcpSocket {
    /// The port.
    #[input(required)]
    pub port: i64,
}

/// Where a volume is seen.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct VolumeMount {
    /// The volume's name.
    #[input(required)]
    pub volume_name: String,
    /// The path in the container.
    #[input(required)]
    pub mount_path: String,
    /// The folder of the volume. Its root by default.
    #[input]
    pub sub_path: Option<String>,
}

/// A volume.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct Volume {
    /// Its name.
    #[input(required)]
    pub name: String,
    /// What it is.
    #[input(required)]
    pub storage_type: StorageType,
    /// The name of the environment's storage. Not for `EmptyDir` and `Secret`.
    #[input]
    pub storage_name: Option<String>,
    /// Options of the mount.
    #[input]
    pub mount_options: Option<String>,
}

/// What a volume is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum StorageType {
    /// A share of Azure Files.
    #[choice("AzureFile")]
    AzureFile,
    /// A share of Azure Files by NFS.
    #[choice("NfsAzureFile")]
    NfsAzureFile,
    /// A folder that lives as long as the replica.
    #[choice("EmptyDir")]
    EmptyDir,
    /// The app's secrets, one a file.
    #[choice("Secret")]
    Secret,
}

/// A secret of an app: a value, or a secret in Key Vault that the app reads as one of its identities.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct AppSecret {
    /// Its name: lower-case letters, digits and `-`.
    #[input(required)]
    pub name: String,
    /// Its value.
    #[input]
    pub value: Option<Secret<String>>,
    /// The URI of the secret in Key Vault. Without a version the newest is used.
    #[input]
    pub key_vault_url: Option<String>,
    /// The id of the user-assigned identity that reads it, or `system`.
    #[input]
    pub identity: Option<String>,
}

/// Where images come from, and as whom they are pulled.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct RegistryCredentials {
    /// The registry, such as `shop.azurecr.io`.
    #[input(required, case_insensitive)]
    pub server: String,
    /// The id of the user-assigned identity that pulls, or `system`.
    #[input(case_insensitive)]
    pub identity: Option<String>,
    /// The user, where a password is used.
    #[input]
    pub username: Option<String>,
    /// The name of the app's secret that is the password.
    #[input]
    pub password_secret_ref: Option<String>,
}

/// What tells a scale rule the credentials of what it looks at.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct ScaleRuleAuth {
    /// The name of the app's secret.
    #[input(required)]
    pub secret_ref: String,
    /// The parameter of the rule that it is.
    #[input(required)]
    pub trigger_parameter: String,
}
