//! Disks that each task of a service gets.

use stack::resource::*;

/// What a volume with `configured_at_launch` is: a disk in EBS that each task gets, and that goes with it.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct VolumeConfiguration {
    /// The volume's name in the task definition.
    pub name: String,
    /// The ARN of the role with which ECS manages the disks.
    pub role_arn: String,
    /// How large it is, in GiB. The snapshot's size when there is one.
    pub size_in_gib: Option<i32>,
    /// The snapshot that it begins with. Empty by default.
    pub snapshot_id: Option<String>,
    /// The kind of disk, such as `gp3` (the default) or `io2`.
    pub volume_type: Option<String>,
    /// How many operations a second it can do; needed for `io1` and `io2`.
    pub iops: Option<i32>,
    /// How much it can move, in MiB a second, for `gp3`. 125 by default.
    pub throughput: Option<i32>,
    /// How fast a snapshot is loaded, in MiB a second, from 100 to 300.
    pub volume_initialization_rate: Option<i32>,
    /// Whether it is encrypted. As the account's default says.
    pub encrypted: Option<bool>,
    /// The KMS key that encrypts it. EBS's own by default.
    pub kms_key_id: Option<String>,
    /// Its file system: `ext3`, `ext4`, `xfs` (the default) or `ntfs`.
    pub filesystem_type: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}
