//! How many of something run.

use serde_json::{Value as Json, json};
use stack_testkit::conformance::Case;

use crate::emulated::conformance;

conformance! {
    target on Moto, Ministack;
    target_tracking on Moto, Ministack;
    customized_metric on Moto, Ministack;
    step_scaling on Moto, Ministack;
}

const DIMENSION: &str = "ecs:service:DesiredCount";

fn target() -> Case {
    Case::new(
        "aws:applicationautoscaling:Target",
        json!({"service_namespace": "ecs", "resource_id": "service/main/web", "scalable_dimension": DIMENSION,
               "min_capacity": 1, "max_capacity": 4, "tags": {"a": "1", "c": "1"}}),
    )
    .update("min_capacity", json!(2))
    .update("max_capacity", json!(8))
    .update("scaling_in_suspended", json!(true))
    .update("scaling_out_suspended", json!(true))
    .update("scheduled_scaling_suspended", json!(true))
    .update("tags", json!({"a": "2", "b": "3"}))
    .replace("resource_id", json!("service/main/api"))
    .replace("service_namespace", json!("custom-resource"))
    .replace("scalable_dimension", json!("custom-resource:ResourceType:Property"))
    .replace("role_arn", json!("arn:aws:iam::123456789012:role/scaling"))
}

/// A policy on a target, whose reference makes the target come first.
fn policy(inputs: Json) -> Case {
    let target = |service: &str| {
        json!({"service_namespace": "ecs", "resource_id": format!("service/main/{service}"),
               "scalable_dimension": DIMENSION, "min_capacity": 1, "max_capacity": 4})
    };
    let resource = |name: &str| {
        Case::of(
            &format!("aws:applicationautoscaling:Target/{name}"),
            "resource_id",
        )
    };
    let mut all = json!({"service_namespace": "ecs", "resource_id": resource("web"), "scalable_dimension": DIMENSION});
    for (field, value) in inputs.as_object().into_iter().flatten() {
        all[field] = value.clone();
    }
    Case::new("aws:applicationautoscaling:Policy", all)
        .with("aws:applicationautoscaling:Target", "web", target("web"))
        .with("aws:applicationautoscaling:Target", "api", target("api"))
        .replace("name", json!("renamed"))
        .replace("resource_id", resource("api"))
        .replace("service_namespace", json!("custom-resource"))
        .replace("scalable_dimension", json!("ecs:service:Other"))
}

fn target_tracking() -> Case {
    let tracking =
        |value: f64, metric: Json| json!({"target_value": value, "predefined_metric": metric});
    policy(json!({
        "target_tracking": tracking(50.0, json!({"metric_type": "ECSServiceAverageCPUUtilization"}))}))
    .update(
        "target_tracking",
        json!({"target_value": 1000, "scale_in_cooldown": 60, "scale_out_cooldown": 30, "disable_scale_in": true,
               "predefined_metric": {"metric_type": "ALBRequestCountPerTarget",
                                     "resource_label": "app/main/1/targetgroup/web/2"}}),
    )
    .leave_out("step_scaling", "the case `step_scaling` covers it")
}

fn customized_metric() -> Case {
    let single = json!({"target_value": 10, "customized_metric": {
        "namespace": "App", "metric_name": "Waiting", "dimensions": {"Queue": "mail"}, "statistic": "Average",
        "unit": "Count"}});
    policy(json!({"target_tracking": single}))
        .update(
            "target_tracking",
            json!({"target_value": 10, "customized_metric": {"metrics": [
                {"id": "m1", "return_data": false, "metric_stat": {
                    "namespace": "App", "metric_name": "Waiting", "dimensions": {"Queue": "mail"}, "stat": "Sum"}},
                {"id": "e1", "expression": "m1 / 2", "label": "half"}]}}),
        )
        .leave_out("step_scaling", "the case `step_scaling` covers it")
}

fn step_scaling() -> Case {
    policy(json!({"step_scaling": {"adjustment_type": "ChangeInCapacity",
                                   "steps": [{"lower_bound": 0, "scaling_adjustment": 1}]}}))
    .update(
        "step_scaling",
        json!({"adjustment_type": "PercentChangeInCapacity", "cooldown": 60, "metric_aggregation_type": "Maximum",
               "min_adjustment_magnitude": 2,
               "steps": [{"lower_bound": 0, "upper_bound": 10, "scaling_adjustment": 10},
                         {"lower_bound": 10, "scaling_adjustment": 30}]}),
    )
    .leave_out("target_tracking", "the case `target_tracking` covers it")
}
