//! `aws:applicationautoscaling:Target`: something whose capacity may be scaled, and how far.

use stack::resource::*;

/// Something whose capacity may be scaled, such as the number of a service's tasks, and how far. Its id is
/// `NAMESPACE/RESOURCE/DIMENSION`.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource(
    "aws:applicationautoscaling:Target",
    unique("service_namespace", "resource_id", "scalable_dimension")
)]
pub struct Target {
    /// The service that it belongs to, such as `ecs`, `rds`, `dynamodb`, `lambda`, `elasticache`.
    #[input(replaces)]
    pub service_namespace: String,
    /// What it is, such as `service/CLUSTER/SERVICE`; a service in ECS has it as `scalable_resource_id`.
    #[input(replaces)]
    pub resource_id: String,
    /// Which of its capacities, such as `ecs:service:DesiredCount`.
    #[input(replaces)]
    pub scalable_dimension: String,
    /// How low it may be scaled.
    #[input]
    pub min_capacity: i32,
    /// How high it may be scaled.
    #[input]
    pub max_capacity: i32,
    /// The ARN of the role with which it is scaled. Most services use a role that AWS makes, whatever is asked for
    /// here.
    #[input(replaces)]
    pub role_arn: Option<String>,
    /// Whether policies do not scale it in for the time being. Off by default.
    #[input(reset = false)]
    pub scaling_in_suspended: Option<bool>,
    /// Whether policies do not scale it out for the time being. Off by default.
    #[input(reset = false)]
    pub scaling_out_suspended: Option<bool>,
    /// Whether schedules do not scale it for the time being. Off by default.
    #[input(reset = false)]
    pub scheduled_scaling_suspended: Option<bool>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// Its ARN.
    #[output]
    pub arn: String,
}

#[cfg(feature = "provider")]
mod handler;
#[cfg(feature = "provider")]
pub(super) use handler::{arn_of, id_of, tags};
