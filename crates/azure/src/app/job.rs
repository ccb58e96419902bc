//! `azure:app:Job`: containers that run to their end.

use stack::resource::*;

use super::container::*;
use crate::ManagedIdentities;

/// Containers that run to their end: by hand, by the clock, or by an event. A run that an apply waits for is a
/// [`JobRun`](super::JobRun).
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("azure:app:Job", visibility_lag = "15s")]
pub struct Job {
    /// The id of its resource group.
    #[input(required, replaces, case_insensitive)]
    pub resource_group_id: String,
    /// Its name, unique in the environment: 2 to 32 lower-case letters, digits and `-`. Made by the engine when it is
    /// not set.
    #[input(replaces, case_insensitive, name(max_length = 32, lowercase))]
    pub name: Option<String>,
    /// The environment's region. The provider configuration's when it is not set.
    #[input(replaces, case_and_space_insensitive)]
    pub location: Option<String>,
    /// The id of the environment that it runs in.
    #[input(required, replaces, case_insensitive)]
    pub environment_id: String,
    /// The name of the environment's workload profile. `Consumption` by default.
    #[input(replaces)]
    pub workload_profile_name: Option<String>,
    /// What starts it.
    #[input(required, replaces)]
    pub trigger_type: TriggerType,
    /// For how many seconds a replica may run.
    #[input(required)]
    pub replica_timeout: i64,
    /// How often a replica that fails is started again. 0 by default.
    #[input(reset = 0)]
    pub replica_retry_limit: Option<i64>,
    /// How many replicas run, for `Manual`.
    #[input(follows)]
    pub manual_trigger: Option<ManualTrigger>,
    /// When it runs, for `Schedule`.
    #[input(follows)]
    pub schedule_trigger: Option<ScheduleTrigger>,
    /// What it looks at, for `Event`.
    #[input(follows)]
    pub event_trigger: Option<EventTrigger>,
    /// Its containers.
    #[input(required)]
    pub containers: Vec<Container>,
    /// Containers that run before the others, one after the other.
    #[input]
    pub init_containers: Vec<InitContainer>,
    /// Volumes of its containers.
    #[input]
    pub volumes: Vec<Volume>,
    /// Its secrets. Azure never tells their values again: they are sent anew from the sealed state.
    #[input(write_only)]
    pub secrets: Vec<AppSecret>,
    /// Where images come from, and as whom they are pulled.
    #[input]
    pub registries: Vec<RegistryCredentials>,
    /// The identities that it acts as.
    #[input(reset = {})]
    pub identity: Option<ManagedIdentities>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
}

/// What starts a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum TriggerType {
    /// A person, or a [`JobRun`](super::JobRun).
    #[choice("Manual")]
    Manual,
    /// The clock.
    #[choice("Schedule")]
    Schedule,
    /// An event, by a scaler of KEDA.
    #[choice("Event")]
    Event,
}

/// How many replicas run.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct ManualTrigger {
    /// How many at once. 1 by default.
    #[input]
    pub parallelism: Option<i64>,
    /// How many have to succeed. 1 by default.
    #[input]
    pub replica_completion_count: Option<i64>,
}

/// When a job runs.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct ScheduleTrigger {
    /// When, in UTC: minute, hour, day of the month, month, day of the week.
    #[input(required)]
    pub cron_expression: String,
    /// How many replicas at once. 1 by default.
    #[input]
    pub parallelism: Option<i64>,
    /// How many have to succeed. 1 by default.
    #[input]
    pub replica_completion_count: Option<i64>,
}

/// What a job looks at.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct EventTrigger {
    /// How many replicas at once. 1 by default.
    #[input]
    pub parallelism: Option<i64>,
    /// How many have to succeed. 1 by default.
    #[input]
    pub replica_completion_count: Option<i64>,
    /// How many executions there are.
    #[input]
    pub scale: Option<JobScale>,
}

/// How many executions there are.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct JobScale {
    /// At least so many. 0 by default.
    #[input]
    pub min_executions: Option<i64>,
    /// At most so many. 100 by default.
    #[input]
    pub max_executions: Option<i64>,
    /// How many seconds there are between two looks.
    #[input]
    pub polling_interval: Option<i64>,
    /// What decides.
    #[input]
    pub rules: Vec<JobScaleRule>,
}

/// A scaler of KEDA.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct JobScaleRule {
    /// Its name.
    #[input(required)]
    pub name: String,
    /// The scaler, such as `azure-queue`.
    #[input(required)]
    pub r#type: String,
    /// What it is told.
    #[input]
    pub metadata: BTreeMap<String, String>,
    /// The id of the user-assigned identity that looks, or `system`.
    #[input]
    pub identity: Option<String>,
    /// The credentials of what it looks at.
    #[input]
    pub auth: Vec<ScaleRuleAuth>,
}

#[cfg(feature = "provider")]
mod handler {
    use super::*;
    use crate::prelude::*;

    impl Arm for Job {
        const ARM: ArmType =
            ArmType::of_group("providers/Microsoft.App/jobs", "2025-07-01", Update::Patch);

        const PLACES: &[(&str, &str)] = &[
            ("trigger_type", "properties.configuration.triggerType"),
            ("replica_timeout", "properties.configuration.replicaTimeout"),
            (
                "replica_retry_limit",
                "properties.configuration.replicaRetryLimit",
            ),
            (
                "manual_trigger",
                "properties.configuration.manualTriggerConfig",
            ),
            (
                "schedule_trigger",
                "properties.configuration.scheduleTriggerConfig",
            ),
            (
                "event_trigger",
                "properties.configuration.eventTriggerConfig",
            ),
            ("containers", "properties.template.containers"),
            ("init_containers", "properties.template.initContainers"),
            ("volumes", "properties.template.volumes"),
            ("secrets", "properties.configuration.secrets"),
            ("registries", "properties.configuration.registries"),
        ];
    }
}
