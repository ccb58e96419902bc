//! Load balancers.

use serde_json::{Value as Json, json};
use stack_model::Graph;
use stack_testkit::conformance::{Bench, Case};

use crate::emulated::{Kind, conformance, provider};

conformance! {
    application_load_balancer on Moto, Ministack;
    network_load_balancer on Moto;
    target_group on Moto, Ministack;
    network_target_group on Moto;
    function_target_group on Moto;
    listener on Moto;
    secure_listener on Moto;
    network_listener on Ministack;
    listener_rule on Moto;
    simple_listener_rule on Ministack;
}

/// The fields that another case of the same type covers.
fn covered_elsewhere(case: Case, fields: &[&str]) -> Case {
    fields.iter().fold(case, |case, field| {
        case.leave_out(field, "another case of this type covers it")
    })
}

/// A VPC with a subnet in each of three zones, and two security groups.
fn in_network(case: Case) -> Case {
    let mut case = case.with("aws:ec2:Vpc", "net", json!({"cidr_block": "10.1.0.0/16"}));
    for (number, zone) in ["a", "b", "c"].into_iter().enumerate() {
        let inputs = json!({
            "vpc_id": vpc(), "cidr_block": format!("10.1.{number}.0/24"),
            "availability_zone": format!("eu-west-3{zone}"),
        });
        case = case.with("aws:ec2:Subnet", zone, inputs);
    }
    let group = json!({"description": "for tests", "vpc_id": vpc()});
    case.with("aws:ec2:SecurityGroup", "one", group.clone())
        .with("aws:ec2:SecurityGroup", "two", group)
}

fn vpc() -> Json {
    Case::of("aws:ec2:Vpc/net", "id")
}

fn subnet(zone: &str) -> Json {
    Case::of(&format!("aws:ec2:Subnet/{zone}"), "id")
}

fn group(name: &str) -> Json {
    Case::of(&format!("aws:ec2:SecurityGroup/{name}"), "id")
}

const OF_NETWORK: &str = "of a Network Load Balancer, whose case has it";
const OF_FUNCTIONS: &str = "of functions, whose case has it";

fn application_load_balancer() -> Case {
    in_network(Case::new(
        "aws:elbv2:LoadBalancer",
        json!({
            "internal": true, "subnets": [subnet("a"), subnet("b")],
            "security_groups": [group("one")],
        }),
    ))
    .update("deletion_protection", json!(true))
    .update("tags", json!({"a": "1"}))
    .update("subnets", json!([subnet("c"), subnet("b")]))
    .update("security_groups", json!([group("two"), group("one")]))
    .update("ip_address_type", json!("dualstack"))
    .update(
        "access_logs",
        json!({"enabled": true, "bucket": "logs", "prefix": "one"}),
    )
    .update(
        "connection_logs",
        json!({"enabled": true, "bucket": "logs"}),
    )
    .update("zonal_shift", json!(true))
    .update("idle_timeout", json!(120))
    .update("client_keep_alive", json!(600))
    .update("http2", json!(false))
    .update("drop_invalid_header_fields", json!(true))
    .update("desync_mitigation_mode", json!("strictest"))
    .update("preserve_host_header", json!(true))
    .update("tls_version_and_cipher_suite_headers", json!(true))
    .update("xff_client_port", json!(true))
    .update("xff_header_processing_mode", json!("remove"))
    .update("waf_fail_open", json!(true))
    .replace("name", json!("renamed"))
    .replace("internal", json!(false))
    .replace("load_balancer_type", json!("network"))
    .leave_out("cross_zone", OF_NETWORK)
    .leave_out("dns_record_client_routing_policy", OF_NETWORK)
    .leave_out("subnet_mappings", OF_NETWORK)
    .leave_out(
        "enforce_security_group_inbound_rules_on_private_link_traffic",
        OF_NETWORK,
    )
}

fn network_load_balancer() -> Case {
    let mapping = |zone: &str, address: &str| json!({"subnet_id": subnet(zone), "private_ipv4_address": address});
    let case = in_network(Case::new(
        "aws:elbv2:LoadBalancer",
        json!({
            "load_balancer_type": "network", "internal": true, "security_groups": [group("one")],
            "subnet_mappings": [mapping("a", "10.1.0.10"), mapping("b", "10.1.1.10")],
        }),
    ))
    .update("cross_zone", json!(true))
    .update(
        "dns_record_client_routing_policy",
        json!("availability_zone_affinity"),
    )
    .update(
        "enforce_security_group_inbound_rules_on_private_link_traffic",
        json!(false),
    )
    .update("security_groups", json!([group("two")]))
    .update(
        "subnet_mappings",
        json!([mapping("c", "10.1.2.10"), mapping("b", "10.1.1.10")]),
    )
    .update("tags", json!({"a": "1"}))
    .replace("internal", json!(false))
    .replace("load_balancer_type", json!("application"));
    covered_elsewhere(
        case,
        &[
            "name",
            "subnets",
            "ip_address_type",
            "deletion_protection",
            "access_logs",
            "connection_logs",
            "zonal_shift",
            "idle_timeout",
            "client_keep_alive",
            "http2",
            "drop_invalid_header_fields",
            "desync_mitigation_mode",
            "preserve_host_header",
            "tls_version_and_cipher_suite_headers",
            "xff_client_port",
            "xff_header_processing_mode",
            "waf_fail_open",
        ],
    )
    .uncalled(
        ["elasticloadbalancing:SetIpAddressType"],
        "`load_balancer` covers it",
    )
}

fn target_group() -> Case {
    in_network(Case::new(
        "aws:elbv2:TargetGroup",
        json!({"protocol": "HTTP", "port": 8080, "target_type": "ip", "vpc_id": vpc()}),
    ))
    .with("aws:ec2:Vpc", "other", json!({"cidr_block": "10.2.0.0/16"}))
    .update("deregistration_delay", json!(30))
    .update(
        "health_check",
        json!({"path": "/health", "matcher": "200-299", "interval": 10, "timeout": 3,
               "healthy_threshold": 2, "unhealthy_threshold": 3, "port": "8081", "protocol": "HTTP"}),
    )
    .update("slow_start", json!(60))
    .update("load_balancing_algorithm", json!("weighted_random"))
    .update("anomaly_mitigation", json!(true))
    .update("cross_zone", json!("true"))
    .update(
        "stickiness",
        json!({"enabled": true, "kind": "app_cookie", "cookie_name": "session", "duration": 600}),
    )
    .update(
        "target_group_health",
        json!({"dns_failover_count": "2", "unhealthy_routing_percentage": "50"}),
    )
    .update("tags", json!({"a": "1"}))
    .replace("name", json!("renamed"))
    .replace("protocol", json!("HTTPS"))
    .replace("protocol_version", json!("HTTP2"))
    .replace("port", json!(9090))
    .replace("target_type", json!("instance"))
    .replace("vpc_id", Case::of("aws:ec2:Vpc/other", "id"))
    .replace("ip_address_type", json!("ipv6"))
    .leave_out("preserve_client_ip", OF_NETWORK)
    .leave_out("connection_termination", OF_NETWORK)
    .leave_out("proxy_protocol_v2", OF_NETWORK)
    .leave_out("unhealthy_connections", OF_NETWORK)
    .leave_out("lambda_multi_value_headers", OF_FUNCTIONS)
}

fn network_target_group() -> Case {
    let case = in_network(Case::new(
        "aws:elbv2:TargetGroup",
        json!({"protocol": "TCP", "port": 5432, "target_type": "ip", "vpc_id": vpc()}),
    ))
    .update("connection_termination", json!(true))
    .update("proxy_protocol_v2", json!(true))
    .update("preserve_client_ip", json!(false))
    .update(
        "unhealthy_connections",
        json!({"terminated": false, "draining_interval": 60}),
    )
    .update("health_check", json!({"interval": 10}))
    .update("stickiness", json!({"enabled": true, "kind": "source_ip"}))
    .update("cross_zone", json!("false"))
    .replace("port", json!(5433))
    .replace("protocol", json!("UDP"))
    .leave_out("lambda_multi_value_headers", OF_FUNCTIONS);
    covered_elsewhere(
        case,
        &[
            "name",
            "target_type",
            "protocol_version",
            "vpc_id",
            "ip_address_type",
            "deregistration_delay",
            "slow_start",
            "load_balancing_algorithm",
            "anomaly_mitigation",
            "target_group_health",
            "tags",
        ],
    )
    .uncalled(
        [
            "elasticloadbalancing:AddTags",
            "elasticloadbalancing:RemoveTags",
        ],
        "`target_group` covers tags",
    )
}

fn function_target_group() -> Case {
    let case = Case::new("aws:elbv2:TargetGroup", json!({"target_type": "lambda"}))
        .update("lambda_multi_value_headers", json!(true))
        .update("health_check", json!({"enabled": true, "path": "/health"}))
        .update("tags", json!({"a": "1"}))
        .replace("name", json!("renamed"))
        .replace("target_type", json!("ip"));
    covered_elsewhere(
        case,
        &[
            "protocol",
            "protocol_version",
            "port",
            "vpc_id",
            "ip_address_type",
            "deregistration_delay",
            "slow_start",
            "load_balancing_algorithm",
            "anomaly_mitigation",
            "cross_zone",
            "stickiness",
            "preserve_client_ip",
            "connection_termination",
            "proxy_protocol_v2",
            "target_group_health",
            "unhealthy_connections",
        ],
    )
}

/// A load balancer and two target groups.
fn behind_load_balancer(case: Case) -> Case {
    let targets = json!({"protocol": "HTTP", "port": 8080, "target_type": "ip", "vpc_id": vpc()});
    let balancer = json!({"internal": true, "subnets": [subnet("a"), subnet("b")]});
    in_network(case)
        .with("aws:elbv2:TargetGroup", "one", targets.clone())
        .with("aws:elbv2:TargetGroup", "two", targets)
        .with("aws:elbv2:LoadBalancer", "main", balancer.clone())
        .with("aws:elbv2:LoadBalancer", "other", balancer)
}

fn balancer(name: &str) -> Json {
    Case::of(&format!("aws:elbv2:LoadBalancer/{name}"), "arn")
}

fn targets(name: &str) -> Json {
    Case::of(&format!("aws:elbv2:TargetGroup/{name}"), "arn")
}

fn listener() -> Case {
    let case = behind_load_balancer(Case::new(
        "aws:elbv2:Listener",
        json!({
            "load_balancer_arn": balancer("main"), "port": 80, "protocol": "HTTP",
            "default_actions": [{"target_group_arn": targets("one")}],
        }),
    ))
    .update("port", json!(8080))
    .update(
        "default_actions",
        json!([{"forward": {"target_groups": [
            {"arn": targets("one"), "weight": 9}, {"arn": targets("two"), "weight": 1}]}}]),
    )
    .update("request_headers", json!({"tls_version": "X-Tls"}))
    .update(
        "response_headers",
        json!({"server": false, "strict_transport_security": "max-age=31536000"}),
    )
    .update("tags", json!({"a": "1"}))
    .replace("load_balancer_arn", balancer("other"));
    covered_elsewhere(
        case,
        &[
            "protocol",
            "certificate_arn",
            "additional_certificate_arns",
            "ssl_policy",
            "alpn_policy",
            "mutual_authentication",
            "tcp_idle_timeout",
        ],
    )
    .uncalled(
        [
            "elasticloadbalancing:AddListenerCertificates",
            "elasticloadbalancing:DescribeListenerCertificates",
            "elasticloadbalancing:RemoveListenerCertificates",
        ],
        "it has no certificate",
    )
}

fn secure_listener() -> Case {
    let certificate = |name: &str| Case::of(&format!("aws:acm:Certificate/{name}"), "arn");
    let mut case = behind_load_balancer(Case::new(
        "aws:elbv2:Listener",
        json!({
            "load_balancer_arn": balancer("main"), "port": 443, "protocol": "HTTPS",
            "certificate_arn": certificate("one"),
            "default_actions": [{"redirect": {"status_code": "HTTP_301", "host": "example.com"}}],
        }),
    ));
    for name in ["one", "two", "three", "four"] {
        let inputs = json!({"domain_name": format!("{name}.example.com")});
        case = case.with("aws:acm:Certificate", name, inputs);
    }
    let case = case
        .update(
            "ssl_policy",
            json!("ELBSecurityPolicy-TLS13-1-2-2021-06"),
        )
        .update("certificate_arn", certificate("two"))
        .update(
            "additional_certificate_arns",
            json!([certificate("three"), certificate("four")]),
        )
        .update(
            "mutual_authentication",
            json!({"mode": "verify", "ignore_client_certificate_expiry": true,
                   "trust_store_arn": "arn:aws:elasticloadbalancing:eu-west-3:123456789012:truststore/a/0123456789abcdef"}),
        )
        .replace("load_balancer_arn", balancer("other"));
    covered_elsewhere(
        case,
        &[
            "port",
            "protocol",
            "alpn_policy",
            "default_actions",
            "tcp_idle_timeout",
            "request_headers",
            "response_headers",
            "tags",
        ],
    )
    .uncalled(
        [
            "elasticloadbalancing:AddTags",
            "elasticloadbalancing:ModifyListenerAttributes",
            "elasticloadbalancing:RemoveTags",
        ],
        "`listener` covers them",
    )
}

fn network_listener() -> Case {
    let case = in_network(Case::new(
        "aws:elbv2:Listener",
        json!({
            "load_balancer_arn": balancer("main"), "port": 5432, "protocol": "TCP",
            "default_actions": [{"target_group_arn": targets("one")}],
        }),
    ))
    .with(
        "aws:elbv2:LoadBalancer",
        "main",
        json!({"load_balancer_type": "network", "subnets": [subnet("a"), subnet("b")]}),
    )
    .with(
        "aws:elbv2:LoadBalancer",
        "other",
        json!({"load_balancer_type": "network", "subnets": [subnet("a"), subnet("b")]}),
    )
    .with(
        "aws:elbv2:TargetGroup",
        "one",
        json!({"protocol": "TCP", "port": 5432, "target_type": "ip", "vpc_id": vpc()}),
    )
    .with(
        "aws:elbv2:TargetGroup",
        "two",
        json!({"protocol": "TCP", "port": 5432, "target_type": "ip", "vpc_id": vpc()}),
    )
    .update("tcp_idle_timeout", json!(600))
    .update(
        "default_actions",
        json!([{"target_group_arn": targets("two")}]),
    )
    .update("protocol", json!("TCP_UDP"))
    .update("port", json!(5433))
    .update("alpn_policy", json!("HTTP2Preferred"))
    .update("tags", json!({"a": "1"}))
    .replace("load_balancer_arn", balancer("other"));
    covered_elsewhere(
        case,
        &[
            "certificate_arn",
            "additional_certificate_arns",
            "ssl_policy",
            "mutual_authentication",
            "request_headers",
            "response_headers",
        ],
    )
    .uncalled(
        [
            "elasticloadbalancing:AddListenerCertificates",
            "elasticloadbalancing:DescribeListenerCertificates",
            "elasticloadbalancing:RemoveListenerCertificates",
        ],
        "it has one certificate at most",
    )
}

fn listener_rule() -> Case {
    let listener = |name: &str| {
        json!({"load_balancer_arn": balancer(name), "port": 80, "protocol": "HTTP",
               "default_actions": [{"fixed_response": {"status_code": 404}}]})
    };
    behind_load_balancer(Case::new(
        "aws:elbv2:ListenerRule",
        json!({
            "listener_arn": Case::of("aws:elbv2:Listener/main", "arn"), "priority": 10,
            "conditions": [{"path_pattern": ["/api/*"]}],
            "actions": [{"target_group_arn": targets("one")}],
        }),
    ))
    .with("aws:elbv2:Listener", "main", listener("main"))
    .with("aws:elbv2:Listener", "other", listener("other"))
    .update("priority", json!(20))
    .update(
        "conditions",
        json!([
            {"host_header": ["*.example.com", "example.com"]},
            {"http_request_method": ["GET", "HEAD"]},
            {"http_header": {"name": "X-Version", "values": ["2"]}},
            {"query_string": [{"key": "version", "value": "2"}, {"value": "two"}]},
            {"source_ip": ["10.0.0.0/8"]},
        ]),
    )
    .update(
        "actions",
        json!([
            {"authenticate_oidc": {
                "issuer": "https://example.com", "authorization_endpoint": "https://example.com/a",
                "token_endpoint": "https://example.com/t", "user_info_endpoint": "https://example.com/u",
                "client_id": "me", "client_secret": {"$secret": "really"},
            }},
            {"fixed_response": {"status_code": 200, "content_type": "text/html", "message_body": "fine"}},
        ]),
    )
    .update("tags", json!({"a": "1"}))
    .replace("listener_arn", Case::of("aws:elbv2:Listener/other", "arn"))
}

/// Without what ministack does not keep: weights, and conditions on the query.
fn simple_listener_rule() -> Case {
    let listener = |name: &str| {
        json!({"load_balancer_arn": balancer(name), "port": 80, "protocol": "HTTP",
               "default_actions": [{"fixed_response": {"status_code": 404}}]})
    };
    behind_load_balancer(Case::new(
        "aws:elbv2:ListenerRule",
        json!({
            "listener_arn": Case::of("aws:elbv2:Listener/main", "arn"), "priority": 10,
            "conditions": [{"path_pattern": ["/api/*"]}],
            "actions": [{"target_group_arn": targets("one")}],
        }),
    ))
    .with("aws:elbv2:Listener", "main", listener("main"))
    .with("aws:elbv2:Listener", "other", listener("other"))
    .update("priority", json!(20))
    .update(
        "conditions",
        json!([
            {"host_header": ["*.example.com", "example.com"]},
            {"http_request_method": ["GET", "HEAD"]},
            {"http_header": {"name": "X-Version", "values": ["2"]}},
            {"source_ip": ["10.0.0.0/8"]},
        ]),
    )
    .update(
        "actions",
        json!([{"redirect": {"status_code": "HTTP_302", "path": "/new"}}]),
    )
    .update("tags", json!({"a": "1"}))
    .replace("listener_arn", Case::of("aws:elbv2:Listener/other", "arn"))
}

/// Two rules change places: each one's priority is the other's until then.
#[tokio::test]
async fn rules_change_places() {
    let (provider, _) = provider(Kind::Moto).await;
    let bench = Bench::new(provider);
    let graph = |first: i32, second: i32| {
        let rule = |name: &str, priority: i32| {
            json!({"type": "aws:elbv2:ListenerRule", "name": name, "inputs": {
                "listener_arn": Case::of("aws:elbv2:Listener/main", "arn"), "priority": priority,
                "conditions": [{"path_pattern": [format!("/{name}/*")]}],
                "actions": [{"fixed_response": {"status_code": 200}}]}})
        };
        let subnet = |number: u8, zone: &str| {
            json!({"type": "aws:ec2:Subnet", "name": zone, "inputs": {
                "vpc_id": vpc(), "cidr_block": format!("10.1.{number}.0/24"),
                "availability_zone": format!("eu-west-3{zone}")}})
        };
        let resources = json!([
            {"type": "aws:ec2:Vpc", "name": "net", "inputs": {"cidr_block": "10.1.0.0/16"}},
            subnet(0, "a"),
            subnet(1, "b"),
            {"type": "aws:elbv2:LoadBalancer", "name": "main", "inputs": {
                "internal": true, "subnets": [self::subnet("a"), self::subnet("b")]}},
            {"type": "aws:elbv2:Listener", "name": "main", "inputs": {
                "load_balancer_arn": balancer("main"), "port": 80, "protocol": "HTTP",
                "default_actions": [{"fixed_response": {"status_code": 404}}]}},
            rule("one", first),
            rule("two", second),
        ]);
        let graph = json!({"format": 1, "resources": resources});
        Graph::parse(graph.to_string().as_bytes()).expect("the graph is right")
    };
    bench.apply(&graph(10, 20)).await.expect("they are made");
    bench
        .apply(&graph(20, 10))
        .await
        .expect("they change places");
    bench
        .settled(&graph(20, 10))
        .await
        .expect("nothing is left");
    bench.destroy().await.expect("everything goes");
}
