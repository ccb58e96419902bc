//! Alarms.

use serde_json::{Value as Json, json};
use stack_testkit::conformance::Case;

use crate::emulated::conformance;

conformance! {
    alarm on Moto, Ministack;
    percentile on Moto;
    metric_math on Moto;
    band on Moto;
}

/// The fields of an alarm on one metric.
fn alarm() -> Case {
    let topic = |name: &str| json!([format!("arn:aws:sns:eu-west-3:123456789012:{name}")]);
    single(json!({
        "comparison_operator": "GreaterThanThreshold", "evaluation_periods": 3, "threshold": 80.0,
        "namespace": "AWS/ECS", "metric_name": "CPUUtilization", "statistic": "Average",
        "period": 60, "dimensions": {"ClusterName": "main"}, "tags": {"a": "1", "c": "1"}
    }))
    .update("description", json!("what it is for"))
    .update("comparison_operator", json!("LessThanThreshold"))
    .update("evaluation_periods", json!(5))
    .update("datapoints_to_alarm", json!(2))
    .update("threshold", json!(70.5))
    .update("namespace", json!("AWS/RDS"))
    .update("metric_name", json!("FreeStorageSpace"))
    .update("dimensions", json!({"DBInstanceIdentifier": "main"}))
    .update("statistic", json!("Maximum"))
    .update("period", json!(300))
    .update("unit", json!("Bytes"))
    .update("treat_missing_data", json!("notBreaching"))
    .update("actions_enabled", json!(false))
    .update("alarm_actions", topic("alarm"))
    .update("ok_actions", topic("ok"))
    .update("insufficient_data_actions", topic("unknown"))
    .update("tags", json!({"a": "2", "b": "3"}))
    .replace("name", json!("renamed"))
    .leave_out("extended_statistic", "the case `percentile` covers it")
    .leave_out(
        "evaluate_low_sample_count_percentile",
        "the case `percentile` covers it",
    )
}

/// An alarm on a percentile.
fn percentile() -> Case {
    others(Case::new(
        "aws:cloudwatch:Alarm",
        json!({
            "comparison_operator": "GreaterThanThreshold", "evaluation_periods": 3, "threshold": 1.5,
            "namespace": "AWS/ApplicationELB", "metric_name": "TargetResponseTime",
            "extended_statistic": "p90", "period": 60
        }),
    ))
    .update("extended_statistic", json!("p99"))
    .update("evaluate_low_sample_count_percentile", json!("ignore"))
    .leave_out("threshold", "the case `alarm` covers it")
    .leave_out("threshold_metric_id", "the case `band` covers it")
    .leave_out("metrics", "the case `metric_math` covers it")
}

/// An alarm on an expression over several metrics.
fn metric_math() -> Case {
    let metrics = |label: &str| {
        json!([
            {"id": "e1", "expression": "m1 / m2 * 100", "label": label, "return_data": true},
            {"id": "m1", "return_data": false, "metric": metric("HTTPCode_Target_5XX_Count")},
            {"id": "m2", "return_data": false, "metric": metric("RequestCount")}])
    };
    others(Case::new(
        "aws:cloudwatch:Alarm",
        json!({
            "comparison_operator": "GreaterThanThreshold", "evaluation_periods": 3, "threshold": 5.0,
            "metrics": metrics("errors")
        }),
    ))
    .update("metrics", metrics("errors in percent"))
    .update("threshold", json!(10.0))
    .leave_out("threshold_metric_id", "the case `band` covers it")
    .leave_out("extended_statistic", "the case `percentile` covers it")
    .leave_out(
        "evaluate_low_sample_count_percentile",
        "the case `percentile` covers it",
    )
}

/// An alarm on what is unusual.
fn band() -> Case {
    others(Case::new(
        "aws:cloudwatch:Alarm",
        json!({
            "comparison_operator": "LessThanLowerOrGreaterThanUpperThreshold",
            "evaluation_periods": 3, "threshold_metric_id": "band",
            "metrics": [
                {"id": "band", "expression": "ANOMALY_DETECTION_BAND(m1, 2)", "return_data": true},
                {"id": "wide", "expression": "ANOMALY_DETECTION_BAND(m1, 4)", "return_data": true},
                {"id": "m1", "return_data": true, "metric": metric("RequestCount")}]
        }),
    ))
    .update("threshold_metric_id", json!("wide"))
    .leave_out("metrics", "the case `metric_math` covers it")
    .leave_out("threshold", "a band takes its place")
    .leave_out("extended_statistic", "the case `percentile` covers it")
    .leave_out(
        "evaluate_low_sample_count_percentile",
        "the case `percentile` covers it",
    )
}

fn metric(name: &str) -> Json {
    json!({"namespace": "AWS/ApplicationELB", "metric_name": name, "period": 60, "stat": "Sum",
           "dimensions": {"LoadBalancer": "app/main/1"}})
}

fn single(inputs: Json) -> Case {
    Case::new("aws:cloudwatch:Alarm", inputs)
        .leave_out("threshold_metric_id", "the case `band` covers it")
        .leave_out("metrics", "the case `metric_math` covers it")
}

/// What all alarms have in common is covered once.
fn others(mut case: Case) -> Case {
    for field in [
        "name",
        "description",
        "comparison_operator",
        "evaluation_periods",
        "datapoints_to_alarm",
        "namespace",
        "metric_name",
        "dimensions",
        "statistic",
        "period",
        "unit",
        "treat_missing_data",
        "actions_enabled",
        "alarm_actions",
        "ok_actions",
        "insufficient_data_actions",
        "tags",
    ] {
        case = case.leave_out(field, "the case `alarm` covers it");
    }
    case.uncalled(
        ["cloudwatch:TagResource", "cloudwatch:UntagResource"],
        "the case `alarm` covers tags",
    )
}
