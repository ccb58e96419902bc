//! A load balancer's attributes, by the keys of the API reference.

use aws_sdk_elasticloadbalancingv2::types::LoadBalancerAttribute;

use super::*;
use crate::elbv2::attributes::Attributes;

const ACCESS_LOGS: &str = "access_logs.s3";
const CONNECTION_LOGS: &str = "connection_logs.s3";
const CROSS_ZONE: &str = "load_balancing.cross_zone.enabled";
const DELETION_PROTECTION: &str = "deletion_protection.enabled";
const ZONAL_SHIFT: &str = "zonal_shift.config.enabled";
const IDLE_TIMEOUT: &str = "idle_timeout.timeout_seconds";
const KEEP_ALIVE: &str = "client_keep_alive.seconds";
const HTTP2: &str = "routing.http2.enabled";
const DROP_INVALID: &str = "routing.http.drop_invalid_header_fields.enabled";
const DESYNC: &str = "routing.http.desync_mitigation_mode";
const HOST_HEADER: &str = "routing.http.preserve_host_header.enabled";
const TLS_HEADERS: &str = "routing.http.x_amzn_tls_version_and_cipher_suite.enabled";
const XFF_PORT: &str = "routing.http.xff_client_port.enabled";
const XFF_MODE: &str = "routing.http.xff_header_processing.mode";
const FAIL_OPEN: &str = "waf.fail_open.enabled";
const CLIENT_ROUTING: &str = "dns_record.client_routing_policy";

pub(super) async fn read(aws: &Aws, id: &str) -> Result<Attributes> {
    let request = aws.elbv2().describe_load_balancer_attributes();
    let answer = request
        .load_balancer_arn(id)
        .send()
        .await
        .named("elasticloadbalancing:DescribeLoadBalancerAttributes")?;
    let pairs = answer.attributes.unwrap_or_default().into_iter();
    Ok(Attributes::told(pairs.map(|one| (one.key, one.value))))
}

pub(super) fn fill_in(this: &mut LoadBalancer, told: &Attributes) {
    this.deletion_protection = told.get(DELETION_PROTECTION);
    this.cross_zone = told.get(CROSS_ZONE);
    this.access_logs = logs(told, ACCESS_LOGS);
    this.connection_logs = logs(told, CONNECTION_LOGS);
    this.zonal_shift = told.get(ZONAL_SHIFT);
    this.idle_timeout = told.get(IDLE_TIMEOUT);
    this.client_keep_alive = told.get(KEEP_ALIVE);
    this.http2 = told.get(HTTP2);
    this.drop_invalid_header_fields = told.get(DROP_INVALID);
    this.desync_mitigation_mode = told.get(DESYNC);
    this.preserve_host_header = told.get(HOST_HEADER);
    this.tls_version_and_cipher_suite_headers = told.get(TLS_HEADERS);
    this.xff_client_port = told.get(XFF_PORT);
    this.xff_header_processing_mode = told.get(XFF_MODE);
    this.waf_fail_open = told.get(FAIL_OPEN);
    this.dns_record_client_routing_policy = told.get(CLIENT_ROUTING);
}

/// Writes those that differ, in one call.
pub(super) async fn write(
    aws: &Aws,
    id: &str,
    change: Change<'_, LoadBalancerInputs>,
) -> Result<()> {
    let Some(attributes) = wanted(change).sdk(|key, value| {
        LoadBalancerAttribute::builder()
            .key(key)
            .value(value)
            .build()
    }) else {
        return Ok(());
    };
    let request = aws.elbv2().modify_load_balancer_attributes();
    request
        .load_balancer_arn(id)
        .set_attributes(Some(attributes))
        .send()
        .await
        .named("elasticloadbalancing:ModifyLoadBalancerAttributes")
        .map(drop)
}

fn wanted(change: Change<'_, LoadBalancerInputs>) -> Attributes {
    let mut wanted = Attributes::default();
    wanted.set(
        DELETION_PROTECTION,
        change.some(|lb| &lb.deletion_protection),
    );
    wanted.set(CROSS_ZONE, change.some(|lb| &lb.cross_zone));
    wanted.set(ZONAL_SHIFT, change.some(|lb| &lb.zonal_shift));
    wanted.set(IDLE_TIMEOUT, change.some(|lb| &lb.idle_timeout));
    wanted.set(KEEP_ALIVE, change.some(|lb| &lb.client_keep_alive));
    wanted.set(HTTP2, change.some(|lb| &lb.http2));
    wanted.set(
        DROP_INVALID,
        change.some(|lb| &lb.drop_invalid_header_fields),
    );
    wanted.set(DESYNC, change.some(|lb| &lb.desync_mitigation_mode));
    wanted.set(HOST_HEADER, change.some(|lb| &lb.preserve_host_header));
    wanted.set(
        TLS_HEADERS,
        change.some(|lb| &lb.tls_version_and_cipher_suite_headers),
    );
    wanted.set(XFF_PORT, change.some(|lb| &lb.xff_client_port));
    wanted.set(XFF_MODE, change.some(|lb| &lb.xff_header_processing_mode));
    wanted.set(FAIL_OPEN, change.some(|lb| &lb.waf_fail_open));
    wanted.set(
        CLIENT_ROUTING,
        change.some(|lb| &lb.dns_record_client_routing_policy),
    );
    for (prefix, logs) in [
        (ACCESS_LOGS, change.some(|lb| &lb.access_logs)),
        (CONNECTION_LOGS, change.some(|lb| &lb.connection_logs)),
    ] {
        let Some(logs) = logs else { continue };
        wanted.set(
            &format!("{prefix}.enabled"),
            Some(logs.enabled.unwrap_or(false)),
        );
        wanted.set(&format!("{prefix}.bucket"), logs.bucket.as_ref());
        wanted.set(&format!("{prefix}.prefix"), logs.prefix.as_ref());
    }
    wanted
}

/// `None` where the kind of load balancer has no such log.
fn logs(told: &Attributes, prefix: &str) -> Option<LogDelivery> {
    let logs = LogDelivery {
        enabled: told.get(&format!("{prefix}.enabled")),
        bucket: told.get(&format!("{prefix}.bucket")),
        prefix: told.get(&format!("{prefix}.prefix")),
    };
    (logs.enabled.is_some() || logs.bucket.is_some()).then_some(logs)
}
