//! A target group's health check between our shape and the API's.

use super::*;

pub(super) fn told(group: &sdk::TargetGroup) -> HealthCheck {
    let matcher = group.matcher();
    HealthCheck {
        enabled: group.health_check_enabled(),
        protocol: group
            .health_check_protocol()
            .and_then(|protocol| protocol.as_str().parse().ok()),
        port: group.health_check_port().map(str::to_owned),
        path: group.health_check_path().map(str::to_owned),
        interval: group.health_check_interval_seconds(),
        timeout: group.health_check_timeout_seconds(),
        healthy_threshold: group.healthy_threshold_count(),
        unhealthy_threshold: group.unhealthy_threshold_count(),
        matcher: matcher
            .and_then(|matcher| matcher.http_code().or(matcher.grpc_code()))
            .map(str::to_owned),
    }
}

/// Sends the whole check. What is not set goes back to what it is in a new group.
pub(super) async fn modify(
    aws: &Aws,
    id: &str,
    check: &HealthCheck,
    group: &TargetGroupInputs,
) -> Result<()> {
    let of_functions = group.target_type == Some(TargetType::Lambda);
    let speaks_http = matches!(
        group.protocol,
        Some(TargetProtocol::Http | TargetProtocol::Https)
    );
    let of_grpc = group.protocol_version == Some(ProtocolVersion::Grpc);
    let protocol = check.protocol.or(match (of_functions, speaks_http) {
        (true, _) => None,
        (false, true) => Some(HealthCheckProtocol::Http),
        (false, false) => Some(HealthCheckProtocol::Tcp),
    });
    let asks_http = protocol != Some(HealthCheckProtocol::Tcp);
    let path = if of_grpc { "/AWS.ALB/healthcheck" } else { "/" };
    let codes = match (speaks_http || of_functions, of_grpc) {
        (_, true) => "12",
        (true, false) => "200",
        (false, false) => "200-399",
    };
    let timeout = match (of_functions, speaks_http, asks_http) {
        (true, _, _) => 30,
        (false, true, _) => 5,
        (false, false, true) => 6,
        (false, false, false) => 10,
    };
    let interval = if of_functions { 35 } else { 30 };
    // What a check does not have must not be sent.
    let path = asks_http.then(|| check.path.as_deref().unwrap_or(path));
    let codes = asks_http.then(|| check.matcher.as_deref().unwrap_or(codes));
    let port = (!of_functions).then(|| check.port.as_deref().unwrap_or("traffic-port"));
    let request = aws
        .elbv2()
        .modify_target_group()
        .target_group_arn(id)
        .health_check_enabled(check.enabled.unwrap_or(!of_functions))
        .set_health_check_protocol(protocol.map(|protocol| protocol.as_str().into()))
        .set_health_check_port(port.map(str::to_owned))
        .set_health_check_path(path.map(str::to_owned))
        .health_check_interval_seconds(check.interval.unwrap_or(interval))
        .health_check_timeout_seconds(check.timeout.unwrap_or(timeout))
        .healthy_threshold_count(check.healthy_threshold.unwrap_or(5))
        .unhealthy_threshold_count(check.unhealthy_threshold.unwrap_or(2))
        .set_matcher(codes.map(|codes| matcher(codes, group.protocol_version)));
    request
        .send()
        .await
        .named("elasticloadbalancing:ModifyTargetGroup")
        .map(drop)
}

pub(super) fn protocol(check: &HealthCheck) -> Option<sdk::ProtocolEnum> {
    check.protocol.map(|protocol| protocol.as_str().into())
}

/// gRPC has status codes of its own.
pub(super) fn matcher(codes: &str, version: Option<ProtocolVersion>) -> sdk::Matcher {
    let builder = sdk::Matcher::builder();
    match version {
        Some(ProtocolVersion::Grpc) => builder.grpc_code(codes).build(),
        Some(ProtocolVersion::Http1 | ProtocolVersion::Http2) | None => {
            builder.http_code(codes).build()
        }
    }
}
