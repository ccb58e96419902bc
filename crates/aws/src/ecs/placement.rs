//! Where tasks run: what services and single tasks share.

use stack::resource::*;

/// On what tasks run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum LaunchType {
    /// On capacity that AWS provides for each task.
    #[choice("FARGATE")]
    Fargate,
    /// On instances of one's own in the cluster.
    #[choice("EC2")]
    Ec2,
    /// On servers of one's own outside AWS.
    #[choice("EXTERNAL")]
    External,
}

/// How many tasks a capacity provider gets.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct CapacityProviderShare {
    /// The capacity provider: `FARGATE`, `FARGATE_SPOT`, or the name of one of the cluster's.
    pub capacity_provider: String,
    /// How many tasks run on it before any others do. 0 by default; one provider at most has a base.
    #[input(reset = 0)]
    pub base: Option<i32>,
    /// Its part of the tasks beyond the base, relative to the weights of the others. 0 by default; with 0 it gets
    /// none, so at least one provider needs a weight.
    #[input(reset = 0)]
    pub weight: Option<i32>,
}

/// The network of tasks in the network mode `awsvpc`, where each has an interface of its own.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct NetworkConfiguration {
    /// The ids of the subnets that tasks may run in, 1 to 16, all of one VPC.
    #[input(required, set)]
    pub subnets: Vec<String>,
    /// The ids of the tasks' security groups, at most 5. The VPC's default group when there are none.
    #[input(set)]
    pub security_groups: Vec<String>,
    /// Whether tasks get a public address, for Fargate alone. Off by default; without it a task in a public subnet
    /// cannot reach the internet, not even to fetch its image.
    #[input(reset = false)]
    pub assign_public_ip: Option<bool>,
}

/// A rule for which instances may run a task.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct PlacementConstraint {
    /// The rule.
    pub r#type: PlacementConstraintType,
    /// The expression in the cluster query language that an instance has to meet, for `memberOf`.
    pub expression: Option<String>,
}

/// The rules for which instances may run a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum PlacementConstraintType {
    /// Each task on an instance of its own.
    #[choice("distinctInstance")]
    DistinctInstance,
    /// On instances that meet an expression.
    #[choice("memberOf")]
    MemberOf,
}

/// How tasks are spread over the instances that may run them.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct PlacementStrategy {
    /// The way.
    pub r#type: PlacementStrategyType,
    /// For `spread` an attribute such as `attribute:ecs.availability-zone`, or `instanceId`; for `binpack` `cpu` or
    /// `memory`; none for `random`.
    #[input(case_insensitive)]
    pub field: Option<String>,
}

/// The ways to spread tasks over instances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum PlacementStrategyType {
    /// By chance.
    Random,
    /// Evenly, by the value of the field.
    Spread,
    /// On as few instances as possible, by what is left of the field.
    Binpack,
}

/// From which tags a task gets its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum PropagateTags {
    /// From the task definition.
    #[choice("TASK_DEFINITION")]
    TaskDefinition,
    /// From the service.
    #[choice("SERVICE")]
    Service,
    /// It gets none.
    #[choice("NONE")]
    None,
}
