//! What lets traffic through, private ways to services, and what programs look up of networks.

use serde_json::{Value as Json, json};
use stack_testkit::conformance::{Bench, Case};

use crate::emulated::{Kind, conformance, provider};

conformance! {
    security_group on Moto, Ministack;
    security_group_rule on Moto, Ministack;
    egress_rule on Moto;
    gateway_endpoint on Moto;
    interface_endpoint on Moto;
}

fn in_vpc(case: Case) -> Case {
    case.with("aws:ec2:Vpc", "net", json!({"cidr_block": "10.1.0.0/16"}))
        .with("aws:ec2:Vpc", "other", json!({"cidr_block": "10.2.0.0/16"}))
}

fn vpc(name: &str) -> Json {
    Case::of(&format!("aws:ec2:Vpc/{name}"), "id")
}

fn group(name: &str) -> Json {
    Case::of(&format!("aws:ec2:SecurityGroup/{name}"), "id")
}

fn security_group() -> Case {
    in_vpc(Case::new(
        "aws:ec2:SecurityGroup",
        json!({"description": "for tests", "vpc_id": vpc("net"), "tags": {"a": "1"}}),
    ))
    .update("allow_all_egress", json!(true))
    .update("tags", json!({"a": "2", "b": "3"}))
    .replace("description", json!("for other tests"))
    .replace("name", json!("renamed"))
    .replace("vpc_id", vpc("other"))
}

fn with_groups(case: Case) -> Case {
    let group = json!({"description": "for tests", "vpc_id": vpc("net")});
    in_vpc(case)
        .with("aws:ec2:SecurityGroup", "one", group.clone())
        .with("aws:ec2:SecurityGroup", "two", group)
}

fn security_group_rule() -> Case {
    with_groups(Case::new(
        "aws:ec2:SecurityGroupRule",
        json!({
            "security_group_id": group("one"), "direction": "ingress", "protocol": "tcp",
            "from_port": 443, "to_port": 443, "cidr_ipv4": "10.0.0.0/8",
        }),
    ))
    .update("to_port", json!(8443))
    .update("from_port", json!(8443))
    .update("protocol", json!("udp"))
    .update("cidr_ipv4", json!("10.0.0.0/16"))
    .update("description", json!("from the office"))
    .update("tags", json!({"a": "1"}))
    .replace("direction", json!("egress"))
    .replace("security_group_id", group("two"))
    .leave_out("cidr_ipv6", "the case of a rule for what goes out has it")
    .leave_out("referenced_security_group_id", "another test has it")
    .leave_out("prefix_list_id", "another test has it")
}

fn egress_rule() -> Case {
    with_groups(Case::new(
        "aws:ec2:SecurityGroupRule",
        json!({
            "security_group_id": group("one"), "direction": "egress", "protocol": "-1",
            "cidr_ipv6": "2001:db8::/32",
        }),
    ))
    .update("cidr_ipv6", json!("::/0"))
    .update("description", json!("to everywhere"))
    .update("tags", json!({"a": "1"}))
    .replace("direction", json!("ingress"))
    .replace("security_group_id", group("two"))
    .leave_out("protocol", "the case of a rule for what comes in has it")
    .leave_out("from_port", "the case of a rule for what comes in has it")
    .leave_out("to_port", "the case of a rule for what comes in has it")
    .leave_out("cidr_ipv4", "the case of a rule for what comes in has it")
    .leave_out("referenced_security_group_id", "another test has it")
    .leave_out("prefix_list_id", "another test has it")
}

const READ_ONLY: &str =
    r#"{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:Get*", "Resource": "*"}]}"#;

const OF_ALL_BUT_GATEWAYS: &str = "a gateway has none; the case of an interface has it";
const OF_OTHER_TYPES: &str = "neither emulator has endpoints of this type";

fn gateway_endpoint() -> Case {
    let main = |vpc: &str| Case::of(&format!("aws:ec2:Vpc/{vpc}"), "main_route_table_id");
    in_vpc(Case::new(
        "aws:ec2:VpcEndpoint",
        json!({"vpc_id": vpc("net"), "service_name": "com.amazonaws.eu-west-3.s3"}),
    ))
    .update("tags", json!({"a": "1"}))
    .update("policy", json!(READ_ONLY))
    .update("route_table_ids", json!([main("net")]))
    .replace("service_name", json!("com.amazonaws.eu-west-3.dynamodb"))
    .replace("vpc_id", vpc("other"))
    .replace("vpc_endpoint_type", json!("Interface"))
    .leave_out("subnet_ids", OF_ALL_BUT_GATEWAYS)
    .leave_out("security_group_ids", OF_ALL_BUT_GATEWAYS)
    .leave_out("private_dns_enabled", OF_ALL_BUT_GATEWAYS)
    .leave_out("ip_address_type", OF_ALL_BUT_GATEWAYS)
    .leave_out("dns_options", OF_ALL_BUT_GATEWAYS)
    .leave_out("service_region", OF_ALL_BUT_GATEWAYS)
    .leave_out("resource_configuration_arn", OF_OTHER_TYPES)
    .leave_out("service_network_arn", OF_OTHER_TYPES)
}

fn interface_endpoint() -> Case {
    let subnet = |name: &str| Case::of(&format!("aws:ec2:Subnet/{name}"), "id");
    with_groups(Case::new(
        "aws:ec2:VpcEndpoint",
        json!({
            "vpc_id": vpc("net"), "service_name": "com.amazonaws.eu-west-3.ecr.api",
            "vpc_endpoint_type": "Interface", "subnet_ids": [subnet("a")],
            "security_group_ids": [group("one")],
        }),
    ))
    .with(
        "aws:ec2:Subnet",
        "a",
        json!({"vpc_id": vpc("net"), "cidr_block": "10.1.0.0/24", "availability_zone": "eu-west-3a"}),
    )
    .with(
        "aws:ec2:Subnet",
        "b",
        json!({"vpc_id": vpc("net"), "cidr_block": "10.1.1.0/24", "availability_zone": "eu-west-3b"}),
    )
    .update("private_dns_enabled", json!(false))
    .update("tags", json!({"a": "1"}))
    .update("policy", json!(READ_ONLY))
    .update("subnet_ids", json!([subnet("b"), subnet("a")]))
    .update("security_group_ids", json!([group("two")]))
    .update("ip_address_type", json!("dualstack"))
    .update("dns_options", json!({"dns_record_ip_type": "dualstack"}))
    .replace("service_name", json!("com.amazonaws.eu-west-3.ecr.dkr"))
    .replace("service_region", json!("eu-west-1"))
    .replace("vpc_id", vpc("other"))
    .replace("vpc_endpoint_type", json!("Gateway"))
    .leave_out("route_table_ids", "an interface has none; the case of a gateway has it")
    .leave_out("resource_configuration_arn", OF_OTHER_TYPES)
    .leave_out("service_network_arn", OF_OTHER_TYPES)
}
