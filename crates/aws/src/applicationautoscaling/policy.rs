//! `aws:applicationautoscaling:Policy`: when a target is scaled.

use stack::resource::*;

/// When a target is scaled, and by how much: either so that a metric stays near a value, or in steps when an alarm
/// rings. Its id is `NAMESPACE/RESOURCE/DIMENSION/NAME`.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("aws:applicationautoscaling:Policy")]
pub struct Policy {
    /// Its name, unique for the target: at most 256 characters. Made by the engine when it is not set.
    #[input(replaces, name(max_length = 256))]
    pub name: Option<String>,
    /// The target's service, such as `ecs`.
    #[input(replaces)]
    pub service_namespace: String,
    /// The target's resource, such as `service/CLUSTER/SERVICE`. Refer to the target for it, so that the target is
    /// there first.
    #[input(replaces)]
    pub resource_id: String,
    /// The target's dimension, such as `ecs:service:DesiredCount`.
    #[input(replaces)]
    pub scalable_dimension: String,
    /// Scales so that a metric stays near a value. Either this or `step_scaling` is set; going from one to the other
    /// replaces the policy.
    #[input]
    pub target_tracking: Option<TargetTracking>,
    /// Scales in steps when an alarm of one's own rings, whose action is this policy's ARN.
    #[input]
    pub step_scaling: Option<StepScaling>,
    /// Its ARN, which an alarm takes as an action.
    #[output]
    pub arn: String,
    /// The ARNs of the alarms that AWS made for it, with target tracking.
    #[output(volatile)]
    pub alarm_arns: Vec<String>,
}

/// Scales so that a metric stays near a value.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct TargetTracking {
    /// The value, in the metric's unit.
    pub target_value: f64,
    /// One of AWS's metrics. Either this or `customized_metric` is set.
    pub predefined_metric: Option<PredefinedMetric>,
    /// A metric of one's own.
    pub customized_metric: Option<CustomizedMetric>,
    /// How many seconds lie between two steps in. As the service has it by default; 300 for ECS.
    pub scale_in_cooldown: Option<i32>,
    /// How many seconds lie between two steps out. As the service has it by default; 300 for ECS.
    pub scale_out_cooldown: Option<i32>,
    /// Whether it only ever scales out. Off by default.
    #[input(reset = false)]
    pub disable_scale_in: Option<bool>,
}

/// One of AWS's metrics.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct PredefinedMetric {
    /// Which one, such as `ECSServiceAverageCPUUtilization`, `ECSServiceAverageMemoryUtilization` or
    /// `ALBRequestCountPerTarget`.
    pub metric_type: String,
    /// For `ALBRequestCountPerTarget` the target group: `app/LB-NAME/LB-ID/targetgroup/NAME/ID`.
    pub resource_label: Option<String>,
}

/// A metric of one's own: one metric by name, or an expression over several.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct CustomizedMetric {
    /// Its namespace.
    pub namespace: Option<String>,
    /// Its name.
    pub metric_name: Option<String>,
    /// Its dimensions.
    pub dimensions: BTreeMap<String, String>,
    /// How its values are summed up.
    pub statistic: Option<MetricStatistic>,
    /// Its unit.
    pub unit: Option<String>,
    /// Metrics and expressions, in place of a single metric. Exactly one returns data.
    pub metrics: Vec<ScalingMetric>,
}

/// How values of a metric are summed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum MetricStatistic {
    /// Their average.
    #[choice("Average")]
    Average,
    /// The lowest.
    #[choice("Minimum")]
    Minimum,
    /// The highest.
    #[choice("Maximum")]
    Maximum,
    /// How many there are.
    #[choice("SampleCount")]
    SampleCount,
    /// Their sum.
    #[choice("Sum")]
    Sum,
}

/// A metric, or an expression over others.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct ScalingMetric {
    /// Its name in expressions, which begins with a lower-case letter.
    pub id: String,
    /// An expression over others. Either this or `metric_stat` is set.
    pub expression: Option<String>,
    /// A metric.
    pub metric_stat: Option<ScalingMetricStat>,
    /// Its name for people.
    pub label: Option<String>,
    /// Whether it is what is compared with the value. On by default.
    #[input(reset = true)]
    pub return_data: Option<bool>,
}

/// A metric and how its values are summed up.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct ScalingMetricStat {
    /// The metric's namespace.
    pub namespace: String,
    /// The metric's name.
    pub metric_name: String,
    /// The metric's dimensions.
    pub dimensions: BTreeMap<String, String>,
    /// The statistic, such as `Average` or `p99`.
    pub stat: String,
    /// The metric's unit.
    pub unit: Option<String>,
}

/// Scales in steps.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct StepScaling {
    /// What the numbers of the steps mean.
    pub adjustment_type: AdjustmentType,
    /// The steps, by how far the metric is beyond the alarm's threshold.
    #[input(required, set)]
    pub steps: Vec<Step>,
    /// How many seconds lie between two activities. As the service has it by default; 300 for ECS.
    pub cooldown: Option<i32>,
    /// How values of the metric are summed up. `Average` by default.
    pub metric_aggregation_type: Option<MetricAggregation>,
    /// The least that a step in percent changes.
    pub min_adjustment_magnitude: Option<i32>,
}

/// What the number of a step means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum AdjustmentType {
    /// So many more or fewer.
    #[choice("ChangeInCapacity")]
    ChangeInCapacity,
    /// So many percent more or fewer.
    #[choice("PercentChangeInCapacity")]
    PercentChangeInCapacity,
    /// Exactly so many.
    #[choice("ExactCapacity")]
    ExactCapacity,
}

/// How values of a metric are summed up for steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum MetricAggregation {
    /// Their average.
    #[choice("Average")]
    Average,
    /// The lowest.
    #[choice("Minimum")]
    Minimum,
    /// The highest.
    #[choice("Maximum")]
    Maximum,
}

/// A step: what happens when the metric is so far beyond the threshold.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct Step {
    /// From how far beyond the threshold. Left out, from minus infinity.
    pub lower_bound: Option<f64>,
    /// Up to how far beyond the threshold. Left out, to infinity.
    pub upper_bound: Option<f64>,
    /// The number, as the adjustment type has it. Negative scales in.
    pub scaling_adjustment: i32,
}

#[cfg(feature = "provider")]
mod handler;
