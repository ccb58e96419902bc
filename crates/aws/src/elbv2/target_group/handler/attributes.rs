//! A target group's attributes, by the keys of the API reference.

use aws_sdk_elasticloadbalancingv2::types::TargetGroupAttribute;

use super::*;
use crate::elbv2::attributes::Attributes;

const DELAY: &str = "deregistration_delay.timeout_seconds";
const SLOW_START: &str = "slow_start.duration_seconds";
const ALGORITHM: &str = "load_balancing.algorithm.type";
const ANOMALIES: &str = "load_balancing.algorithm.anomaly_mitigation";
const CROSS_ZONE: &str = "load_balancing.cross_zone.enabled";
const CLIENT_IP: &str = "preserve_client_ip.enabled";
const TERMINATION: &str = "deregistration_delay.connection_termination.enabled";
const PROXY_PROTOCOL: &str = "proxy_protocol_v2.enabled";
const MULTI_VALUE: &str = "lambda.multi_value_headers.enabled";
const STICKY: &str = "stickiness.enabled";
const STICKY_KIND: &str = "stickiness.type";
const LB_COOKIE_DURATION: &str = "stickiness.lb_cookie.duration_seconds";
const APP_COOKIE_DURATION: &str = "stickiness.app_cookie.duration_seconds";
const APP_COOKIE_NAME: &str = "stickiness.app_cookie.cookie_name";
const DNS_COUNT: &str = "target_group_health.dns_failover.minimum_healthy_targets.count";
const DNS_PERCENTAGE: &str = "target_group_health.dns_failover.minimum_healthy_targets.percentage";
const ROUTING_COUNT: &str =
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count";
const ROUTING_PERCENTAGE: &str =
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage";
const UNHEALTHY_TERMINATION: &str = "target_health_state.unhealthy.connection_termination.enabled";
const DRAINING: &str = "target_health_state.unhealthy.draining_interval_seconds";

pub(super) async fn read(aws: &Aws, id: &str) -> Result<Attributes> {
    let request = aws.elbv2().describe_target_group_attributes();
    let answer = request
        .target_group_arn(id)
        .send()
        .await
        .named("elasticloadbalancing:DescribeTargetGroupAttributes")?;
    let pairs = answer.attributes.unwrap_or_default().into_iter();
    Ok(Attributes::told(pairs.map(|one| (one.key, one.value))))
}

pub(super) fn fill_in(this: &mut TargetGroup, told: &Attributes) {
    this.deregistration_delay = told.get(DELAY);
    this.slow_start = told.get(SLOW_START);
    this.load_balancing_algorithm = told.get(ALGORITHM);
    this.anomaly_mitigation = told.get_switch(ANOMALIES);
    this.cross_zone = told.get(CROSS_ZONE);
    this.preserve_client_ip = told.get(CLIENT_IP);
    this.connection_termination = told.get(TERMINATION);
    this.proxy_protocol_v2 = told.get(PROXY_PROTOCOL);
    this.lambda_multi_value_headers = told.get(MULTI_VALUE);
    let kind = told.get(STICKY_KIND);
    this.stickiness = told.get(STICKY).map(|enabled| Stickiness {
        enabled: Some(enabled),
        kind,
        duration: told.get(duration_key(kind)),
        cookie_name: told.get(APP_COOKIE_NAME),
    });
    this.target_group_health = Some(TargetGroupHealth {
        dns_failover_count: told.get(DNS_COUNT),
        dns_failover_percentage: told.get(DNS_PERCENTAGE),
        unhealthy_routing_count: told.get(ROUTING_COUNT),
        unhealthy_routing_percentage: told.get(ROUTING_PERCENTAGE),
    });
    this.unhealthy_connections = Some(UnhealthyConnections {
        terminated: told.get(UNHEALTHY_TERMINATION),
        draining_interval: told.get(DRAINING),
    });
}

/// Writes those that differ, in one call.
pub(super) async fn write(
    aws: &Aws,
    id: &str,
    change: Change<'_, TargetGroupInputs>,
) -> Result<()> {
    let Some(attributes) = wanted(change).sdk(|key, value| {
        TargetGroupAttribute::builder()
            .key(key)
            .value(value)
            .build()
    }) else {
        return Ok(());
    };
    let request = aws.elbv2().modify_target_group_attributes();
    request
        .target_group_arn(id)
        .set_attributes(Some(attributes))
        .send()
        .await
        .named("elasticloadbalancing:ModifyTargetGroupAttributes")
        .map(drop)
}

fn wanted(change: Change<'_, TargetGroupInputs>) -> Attributes {
    let mut wanted = Attributes::default();
    wanted.set(DELAY, change.some(|group| &group.deregistration_delay));
    wanted.set(SLOW_START, change.some(|group| &group.slow_start));
    wanted.set(
        ALGORITHM,
        change.some(|group| &group.load_balancing_algorithm),
    );
    wanted.set_switch(
        ANOMALIES,
        change.some(|group| &group.anomaly_mitigation).copied(),
    );
    wanted.set(CROSS_ZONE, change.some(|group| &group.cross_zone));
    wanted.set(CLIENT_IP, change.some(|group| &group.preserve_client_ip));
    wanted.set(
        TERMINATION,
        change.some(|group| &group.connection_termination),
    );
    wanted.set(
        PROXY_PROTOCOL,
        change.some(|group| &group.proxy_protocol_v2),
    );
    wanted.set(
        MULTI_VALUE,
        change.some(|group| &group.lambda_multi_value_headers),
    );
    if let Some(stickiness) = change.some(|group| &group.stickiness) {
        sticky(&mut wanted, stickiness);
    }
    if let Some(health) = change.some(|group| &group.target_group_health) {
        wanted.set(DNS_COUNT, health.dns_failover_count.as_ref());
        wanted.set(DNS_PERCENTAGE, health.dns_failover_percentage.as_ref());
        wanted.set(ROUTING_COUNT, health.unhealthy_routing_count.as_ref());
        wanted.set(
            ROUTING_PERCENTAGE,
            health.unhealthy_routing_percentage.as_ref(),
        );
    }
    if let Some(unhealthy) = change.some(|group| &group.unhealthy_connections) {
        wanted.set(UNHEALTHY_TERMINATION, unhealthy.terminated);
        wanted.set(DRAINING, unhealthy.draining_interval);
    }
    wanted
}

/// Each kind has attributes of its own, and the API refuses those of another.
fn sticky(wanted: &mut Attributes, stickiness: &Stickiness) {
    wanted.set(STICKY, Some(stickiness.enabled.unwrap_or(false)));
    wanted.set(STICKY_KIND, stickiness.kind);
    match stickiness.kind {
        Some(StickinessKind::SourceIp) => {}
        Some(StickinessKind::ApplicationCookie) => {
            wanted.set(APP_COOKIE_DURATION, stickiness.duration);
            wanted.set(APP_COOKIE_NAME, stickiness.cookie_name.as_ref());
        }
        Some(StickinessKind::LoadBalancerCookie) | None => {
            wanted.set(LB_COOKIE_DURATION, stickiness.duration);
        }
    }
}

fn duration_key(kind: Option<StickinessKind>) -> &'static str {
    match kind {
        Some(StickinessKind::ApplicationCookie) => APP_COOKIE_DURATION,
        Some(StickinessKind::LoadBalancerCookie | StickinessKind::SourceIp) | None => {
            LB_COOKIE_DURATION
        }
    }
}
