//! `aws:cloudwatch:Alarm`: watches a metric, and does something when it goes too far.

use stack::resource::*;

/// Watches one metric, or an expression over several, and does something when it goes too far. Its id is its name.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("aws:cloudwatch:Alarm", visibility_lag = "5s")]
pub struct Alarm {
    /// Its name, unique in account and region: at most 255 characters. Made by the engine when it is not set.
    #[input(replaces, name(max_length = 255))]
    pub name: Option<String>,
    /// What it is for: at most 1,024 characters.
    #[input(reset = "")]
    pub description: Option<String>,
    /// How the metric is compared with the threshold, or with a band.
    #[input]
    pub comparison_operator: ComparisonOperator,
    /// How many periods are looked at.
    #[input]
    pub evaluation_periods: i32,
    /// How many of those periods have to be beyond the threshold. All of them by default, which is also what 0 says.
    #[input(reset = 0)]
    pub datapoints_to_alarm: Option<i32>,
    /// The threshold. Either this or `threshold_metric_id` is set; going from one to the other replaces the alarm.
    #[input]
    pub threshold: Option<f64>,
    /// The id of the expression in `metrics` that gives the band for anomaly detection.
    #[input]
    pub threshold_metric_id: Option<String>,
    /// The metric's namespace, such as `AWS/ECS`. Set either the fields of a single metric or `metrics`; going from one
    /// to the other replaces the alarm.
    #[input]
    pub namespace: Option<String>,
    /// The metric's name.
    #[input]
    pub metric_name: Option<String>,
    /// The metric's dimensions.
    #[input]
    pub dimensions: BTreeMap<String, String>,
    /// How values within a period are summed up. Either this or `extended_statistic` is set for a single metric.
    #[input]
    pub statistic: Option<Statistic>,
    /// A percentile such as `p99`, or another extended statistic such as `tm90`.
    #[input]
    pub extended_statistic: Option<String>,
    /// How many seconds a period has: 10, 20, 30, or a multiple of 60.
    #[input]
    pub period: Option<i32>,
    /// The metric's unit, such as `Seconds`. All units by default; with the wrong one there is never data.
    #[input(reset = "")]
    pub unit: Option<String>,
    /// Metrics and expressions, in place of a single metric. Exactly one returns data; with a band, the metric and the
    /// band do.
    #[input]
    pub metrics: Vec<MetricQuery>,
    /// What a period without data counts as. `missing` by default.
    #[input(reset = "missing")]
    pub treat_missing_data: Option<TreatMissingData>,
    /// What a percentile of too few samples counts as. It is evaluated all the same by default.
    #[input(reset = "evaluate")]
    pub evaluate_low_sample_count_percentile: Option<LowSampleCount>,
    /// Whether actions are carried out. On by default.
    #[input(reset = true)]
    pub actions_enabled: Option<bool>,
    /// What is done when it rings: ARNs of topics, scaling policies and others, at most 5.
    #[input(set)]
    pub alarm_actions: Vec<String>,
    /// What is done when all is well again.
    #[input(set)]
    pub ok_actions: Vec<String>,
    /// What is done when there is too little data.
    #[input(set)]
    pub insufficient_data_actions: Vec<String>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// Its ARN.
    #[output]
    pub arn: String,
}

/// How a metric is compared with a threshold or a band.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum ComparisonOperator {
    /// At or above the threshold.
    #[choice("GreaterThanOrEqualToThreshold")]
    GreaterThanOrEqualToThreshold,
    /// Above the threshold.
    #[choice("GreaterThanThreshold")]
    GreaterThanThreshold,
    /// Below the threshold.
    #[choice("LessThanThreshold")]
    LessThanThreshold,
    /// At or below the threshold.
    #[choice("LessThanOrEqualToThreshold")]
    LessThanOrEqualToThreshold,
    /// Outside the band.
    #[choice("LessThanLowerOrGreaterThanUpperThreshold")]
    OutsideBand,
    /// Below the band.
    #[choice("LessThanLowerThreshold")]
    BelowBand,
    /// Above the band.
    #[choice("GreaterThanUpperThreshold")]
    AboveBand,
}

/// How values within a period are summed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum Statistic {
    /// How many there are.
    #[choice("SampleCount")]
    SampleCount,
    /// Their average.
    #[choice("Average")]
    Average,
    /// Their sum.
    #[choice("Sum")]
    Sum,
    /// The lowest.
    #[choice("Minimum")]
    Minimum,
    /// The highest.
    #[choice("Maximum")]
    Maximum,
}

/// What a period without data counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum TreatMissingData {
    /// As beyond the threshold.
    #[choice("breaching")]
    Breaching,
    /// As within the threshold.
    #[choice("notBreaching")]
    NotBreaching,
    /// The state stays as it is.
    #[choice("ignore")]
    Ignore,
    /// As no data at all.
    #[choice("missing")]
    Missing,
}

/// What a percentile of too few samples counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum LowSampleCount {
    /// As any other.
    #[choice("evaluate")]
    Evaluate,
    /// The state stays as it is.
    #[choice("ignore")]
    Ignore,
}

/// A metric, or an expression over others.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct MetricQuery {
    /// Its name in expressions, which begins with a lower-case letter.
    pub id: String,
    /// An expression over others, or a query with Metrics Insights. Either this or `metric` is set.
    pub expression: Option<String>,
    /// A metric.
    pub metric: Option<MetricStat>,
    /// Its name for people.
    pub label: Option<String>,
    /// How many seconds a period of the expression has.
    pub period: Option<i32>,
    /// Whether it is what is watched. On by default, so the inputs of an expression have to say no.
    #[input(reset = true)]
    pub return_data: Option<bool>,
    /// The account that the metric is in. One's own by default.
    pub account_id: Option<String>,
}

/// A metric and how its values are summed up.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct MetricStat {
    /// The metric's namespace.
    pub namespace: String,
    /// The metric's name.
    pub metric_name: String,
    /// The metric's dimensions.
    pub dimensions: BTreeMap<String, String>,
    /// How many seconds a period has.
    pub period: i32,
    /// The statistic, such as `Average` or `p99`.
    pub stat: String,
    /// The metric's unit. All units by default.
    pub unit: Option<String>,
}

#[cfg(feature = "provider")]
mod handler;
