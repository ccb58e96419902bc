//! What a policy says, to Application Auto Scaling and back.

use aws_sdk_applicationautoscaling::error::BuildError;
use aws_sdk_applicationautoscaling::types as sdk;

use super::*;

/// A request part that the SDK refuses to build for want of a field.
fn built<T>(part: std::result::Result<T, BuildError>) -> Result<T> {
    part.map_err(|error| Error::new(ErrorKind::Invalid, error.to_string()))
}

fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

impl TargetTracking {
    pub(super) fn to_sdk(&self) -> Result<sdk::TargetTrackingScalingPolicyConfiguration> {
        let predefined = self.predefined_metric.as_ref().map(|metric| {
            let specification = sdk::PredefinedMetricSpecification::builder()
                .predefined_metric_type(metric.metric_type.as_str().into())
                .set_resource_label(metric.resource_label.clone());
            built(specification.build())
        });
        let customized = self
            .customized_metric
            .as_ref()
            .map(CustomizedMetric::to_sdk);
        let tracking = sdk::TargetTrackingScalingPolicyConfiguration::builder()
            .target_value(self.target_value)
            .set_predefined_metric_specification(predefined.transpose()?)
            .set_customized_metric_specification(customized.transpose()?)
            .set_scale_in_cooldown(self.scale_in_cooldown)
            .set_scale_out_cooldown(self.scale_out_cooldown)
            .set_disable_scale_in(self.disable_scale_in);
        built(tracking.build())
    }

    pub(super) fn of_sdk(tracking: &sdk::TargetTrackingScalingPolicyConfiguration) -> Self {
        Self {
            target_value: tracking.target_value(),
            predefined_metric: tracking.predefined_metric_specification().map(|metric| {
                PredefinedMetric {
                    metric_type: metric.predefined_metric_type().as_str().to_owned(),
                    resource_label: metric.resource_label().map(str::to_owned),
                }
            }),
            customized_metric: tracking
                .customized_metric_specification()
                .map(CustomizedMetric::of_sdk),
            scale_in_cooldown: tracking.scale_in_cooldown(),
            scale_out_cooldown: tracking.scale_out_cooldown(),
            disable_scale_in: Some(tracking.disable_scale_in().unwrap_or(false)),
        }
    }
}

impl CustomizedMetric {
    fn to_sdk(&self) -> Result<sdk::CustomizedMetricSpecification> {
        let dimensions = self.dimensions.iter().map(|(name, value)| {
            built(
                sdk::MetricDimension::builder()
                    .name(name)
                    .value(value)
                    .build(),
            )
        });
        let metrics = self.metrics.iter().map(ScalingMetric::to_sdk);
        Ok(sdk::CustomizedMetricSpecification::builder()
            .set_namespace(self.namespace.clone())
            .set_metric_name(self.metric_name.clone())
            .set_dimensions(some(dimensions.collect::<Result<_>>()?))
            .set_statistic(self.statistic.map(|statistic| statistic.as_str().into()))
            .set_unit(self.unit.clone())
            .set_metrics(some(metrics.collect::<Result<_>>()?))
            .build())
    }

    fn of_sdk(metric: &sdk::CustomizedMetricSpecification) -> Self {
        let dimensions = metric.dimensions().iter();
        Self {
            namespace: metric.namespace().map(str::to_owned),
            metric_name: metric.metric_name().map(str::to_owned),
            dimensions: dimensions
                .map(|one| (one.name().to_owned(), one.value().to_owned()))
                .collect(),
            statistic: metric
                .statistic()
                .and_then(|statistic| statistic.as_str().parse().ok()),
            unit: metric.unit().map(str::to_owned),
            metrics: metric.metrics().iter().map(ScalingMetric::of_sdk).collect(),
        }
    }
}

impl ScalingMetric {
    fn to_sdk(&self) -> Result<sdk::TargetTrackingMetricDataQuery> {
        let stat = self.metric_stat.as_ref().map(|stat| {
            let dimensions = stat.dimensions.iter().map(|(name, value)| {
                let dimension = sdk::TargetTrackingMetricDimension::builder();
                built(dimension.name(name).value(value).build())
            });
            let metric = sdk::TargetTrackingMetric::builder()
                .namespace(&stat.namespace)
                .metric_name(&stat.metric_name)
                .set_dimensions(some(dimensions.collect::<Result<_>>()?))
                .build();
            let stat = sdk::TargetTrackingMetricStat::builder()
                .metric(metric)
                .stat(&stat.stat)
                .set_unit(stat.unit.clone());
            built(stat.build())
        });
        let query = sdk::TargetTrackingMetricDataQuery::builder()
            .id(&self.id)
            .set_expression(self.expression.clone())
            .set_metric_stat(stat.transpose()?)
            .set_label(self.label.clone())
            .set_return_data(self.return_data);
        built(query.build())
    }

    fn of_sdk(query: &sdk::TargetTrackingMetricDataQuery) -> Self {
        let stat = query.metric_stat();
        Self {
            id: query.id().to_owned(),
            expression: query.expression().map(str::to_owned),
            metric_stat: stat.and_then(|stat| {
                let metric = stat.metric()?;
                let dimensions = metric.dimensions().iter();
                Some(ScalingMetricStat {
                    namespace: metric.namespace()?.to_owned(),
                    metric_name: metric.metric_name()?.to_owned(),
                    dimensions: dimensions
                        .map(|one| (one.name().to_owned(), one.value().to_owned()))
                        .collect(),
                    stat: stat.stat().to_owned(),
                    unit: stat.unit().map(str::to_owned),
                })
            }),
            label: query.label().map(str::to_owned),
            return_data: Some(query.return_data().unwrap_or(true)),
        }
    }
}

impl StepScaling {
    pub(super) fn to_sdk(&self) -> Result<sdk::StepScalingPolicyConfiguration> {
        let steps = self.steps.iter().map(|step| {
            let adjustment = sdk::StepAdjustment::builder()
                .set_metric_interval_lower_bound(step.lower_bound)
                .set_metric_interval_upper_bound(step.upper_bound)
                .scaling_adjustment(step.scaling_adjustment);
            built(adjustment.build())
        });
        Ok(sdk::StepScalingPolicyConfiguration::builder()
            .adjustment_type(self.adjustment_type.as_str().into())
            .set_step_adjustments(Some(steps.collect::<Result<_>>()?))
            .set_cooldown(self.cooldown)
            .set_metric_aggregation_type(
                self.metric_aggregation_type
                    .map(|aggregation| aggregation.as_str().into()),
            )
            .set_min_adjustment_magnitude(self.min_adjustment_magnitude)
            .build())
    }

    pub(super) fn of_sdk(steps: &sdk::StepScalingPolicyConfiguration) -> Option<Self> {
        let adjustments = steps.step_adjustments().iter();
        Some(Self {
            adjustment_type: steps.adjustment_type()?.as_str().parse().ok()?,
            steps: adjustments
                .map(|step| Step {
                    lower_bound: step.metric_interval_lower_bound(),
                    upper_bound: step.metric_interval_upper_bound(),
                    scaling_adjustment: step.scaling_adjustment(),
                })
                .collect(),
            cooldown: steps.cooldown(),
            metric_aggregation_type: steps
                .metric_aggregation_type()
                .and_then(|aggregation| aggregation.as_str().parse().ok()),
            min_adjustment_magnitude: steps.min_adjustment_magnitude(),
        })
    }
}
