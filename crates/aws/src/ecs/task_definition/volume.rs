//! Volumes that containers of a task mount.

use stack::resource::*;

/// A volume that containers of a task mount. With neither of its parts set, it is an empty folder that lives as long
/// as the task.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct Volume {
    /// Its name, by which mount points know it.
    pub name: String,
    /// A folder of the instance. Not on Fargate.
    pub host_path: Option<String>,
    /// A file system in EFS.
    pub efs: Option<EfsVolume>,
    /// A volume that Docker manages. Not on Fargate.
    pub docker: Option<DockerVolume>,
    /// Whether the service or the run says what it is; that is how disks in EBS are attached. Off by default.
    #[input(reset = false)]
    pub configured_at_launch: Option<bool>,
}

/// A file system in EFS.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct EfsVolume {
    /// The file system's id.
    pub file_system_id: String,
    /// The folder that is mounted; left out, or `/`, with an access point, whose folder it then is. `/` by default.
    pub root_directory: Option<String>,
    /// Whether data is encrypted on its way. Off by default; needed with an access point and with `iam`.
    #[input(reset = false)]
    pub transit_encryption: Option<bool>,
    /// The port for encrypted data. Chosen by EFS by default.
    pub transit_encryption_port: Option<i32>,
    /// The id of the access point.
    pub access_point_id: Option<String>,
    /// Whether the task role is used for access. Off by default.
    #[input(reset = false)]
    pub iam: Option<bool>,
}

/// A volume that Docker manages on the instance.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct DockerVolume {
    /// How long it lives. `task` by default.
    pub scope: Option<VolumeScope>,
    /// Whether it is made when it is not there, for the scope `shared`. Off by default.
    pub autoprovision: Option<bool>,
    /// Docker's driver. `local` by default.
    pub driver: Option<String>,
    /// The driver's options.
    pub driver_options: BTreeMap<String, String>,
    /// Its labels in Docker.
    pub labels: BTreeMap<String, String>,
}

/// How long a volume of Docker lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum VolumeScope {
    /// As long as the task.
    Task,
    /// Until somebody deletes it.
    Shared,
}
