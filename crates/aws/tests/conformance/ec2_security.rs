//! What lets traffic through, private ways to services, and what programs look up of networks.

use serde_json::{Value as Json, json};
use stack_model::{Graph, Map, Value};
use stack_provider::Provider;
use stack_testkit::conformance::{Bench, Case};

use crate::emulated::{Kind, conformance, provider};

conformance! {
    security_group on Moto, Ministack;
    security_group_rule on Moto, Ministack;
    egress_rule on Ministack;
    referring_rule on Ministack;
    prefix_list_rule on Moto;
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
        json!({"description": "for tests", "vpc_id": vpc("net"), "tags": {"a": "1", "c": "1"}}),
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

const OF_ANOTHER_RULE: &str = "the case of another rule has it";

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
    .leave_out("cidr_ipv6", OF_ANOTHER_RULE)
    .leave_out("referenced_security_group_id", OF_ANOTHER_RULE)
    .leave_out("prefix_list_id", OF_ANOTHER_RULE)
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
    .leave_out("protocol", OF_ANOTHER_RULE)
    .leave_out("from_port", OF_ANOTHER_RULE)
    .leave_out("to_port", OF_ANOTHER_RULE)
    .leave_out("cidr_ipv4", OF_ANOTHER_RULE)
    .leave_out("referenced_security_group_id", OF_ANOTHER_RULE)
    .leave_out("prefix_list_id", OF_ANOTHER_RULE)
}

const READ_ONLY: &str = r#"{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:Get*", "Resource": "*"}]}"#;

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
    .uncalled(["ec2:DescribePrefixLists"], "only an endpoint that is a gateway has one")
}

fn referring_rule() -> Case {
    with_groups(Case::new(
        "aws:ec2:SecurityGroupRule",
        json!({
            "security_group_id": group("one"), "direction": "ingress", "protocol": "tcp",
            "from_port": 5432, "to_port": 5432, "referenced_security_group_id": group("two"),
        }),
    ))
    .update("referenced_security_group_id", group("one"))
    .update("to_port", json!(5433))
    .update("tags", json!({"a": "1"}))
    .replace("direction", json!("egress"))
    .replace("security_group_id", group("two"))
    .leave_out("from_port", OF_ANOTHER_RULE)
    .leave_out("protocol", OF_ANOTHER_RULE)
    .leave_out("description", OF_ANOTHER_RULE)
    .leave_out("cidr_ipv4", OF_ANOTHER_RULE)
    .leave_out("cidr_ipv6", OF_ANOTHER_RULE)
    .leave_out("prefix_list_id", OF_ANOTHER_RULE)
}

fn prefix_list_rule() -> Case {
    with_groups(Case::new(
        "aws:ec2:SecurityGroupRule",
        json!({
            "security_group_id": group("one"), "direction": "egress", "protocol": "tcp",
            "from_port": 443, "to_port": 443, "prefix_list_id": "pl-0123456789abcdef0",
        }),
    ))
    .update("prefix_list_id", json!("pl-0123456789abcdef1"))
    .update("tags", json!({"a": "1"}))
    .replace("security_group_id", group("two"))
    .replace("direction", json!("ingress"))
    .leave_out("from_port", OF_ANOTHER_RULE)
    .leave_out("to_port", OF_ANOTHER_RULE)
    .leave_out("protocol", OF_ANOTHER_RULE)
    .leave_out("description", OF_ANOTHER_RULE)
    .leave_out("cidr_ipv4", OF_ANOTHER_RULE)
    .leave_out("cidr_ipv6", OF_ANOTHER_RULE)
    .leave_out("referenced_security_group_id", OF_ANOTHER_RULE)
    .uncalled(
        [
            "ec2:AuthorizeSecurityGroupIngress",
            "ec2:RevokeSecurityGroupIngress",
        ],
        "it is about what goes out",
    )
}

/// Answers a lookup in an account where the graph has been applied.
async fn ask(provider: &dyn Provider, type_name: &str, inputs: Json) -> Result<Map, String> {
    let observer = provider.observe(&Map::new()).await.expect("it connects");
    let type_name = type_name.parse().expect("a type's name");
    let lookup = observer.lookup(&type_name).expect("the type is there");
    let inputs = serde_json::from_value(inputs).expect("inputs are a map");
    lookup
        .answer(&inputs)
        .await
        .map_err(|error| error.to_string())
}

fn texts(answer: &Map, field: &str) -> Vec<String> {
    match answer.get(field) {
        Some(Value::List(items)) => items
            .iter()
            .filter_map(|item| item.as_str().map(str::to_owned))
            .collect(),
        other => panic!("{field} is {other:?}"),
    }
}

#[tokio::test]
async fn networks_are_looked_up() {
    for kind in Kind::AWS {
        let (provider, _) = provider(kind).await;
        let bench = Bench::new(provider.clone());
        let subnet = |zone: &str, number: u8| {
            json!({"type": "aws:ec2:Subnet", "name": zone, "inputs": {
                "vpc_id": vpc("net"), "cidr_block": format!("10.1.{number}.0/24"),
                "availability_zone": format!("eu-west-3{zone}"), "tags": {"tier": "private"}}})
        };
        let graph = json!({"format": 1, "resources": [
            {"type": "aws:ec2:Vpc", "name": "net", "inputs": {
                "cidr_block": "10.1.0.0/16", "tags": {"team": "a"}}},
            {"type": "aws:ec2:Vpc", "name": "other", "inputs": {
                "cidr_block": "10.2.0.0/16", "tags": {"team": "a"}}},
            subnet("b", 0),
            subnet("a", 1),
        ]});
        let graph = Graph::parse(graph.to_string().as_bytes()).expect("the graph is right");
        bench.apply(&graph).await.expect("the networks are made");
        let id = async |urn: &str| {
            let urn = urn.parse().expect("a urn");
            bench.id(&urn).await.expect("it is recorded")
        };
        let vpc_id = id("aws:ec2:Vpc/net").await;

        let existing = "aws:ec2:ExistingVpc";
        for inputs in [
            json!({"id": vpc_id}),
            json!({"tags": {"team": "a"}, "cidr_block": "10.1.0.0/16"}),
        ] {
            let answer = ask(&*provider, existing, inputs).await.expect("one fits");
            assert_eq!(answer["id"].as_str(), Some(vpc_id.as_str()));
            assert_eq!(texts(&answer, "cidr_blocks"), ["10.1.0.0/16"]);
        }
        let default = ask(&*provider, existing, json!({"default": true})).await;
        assert_ne!(
            default.expect("one fits")["id"].as_str(),
            Some(vpc_id.as_str())
        );
        let several = ask(&*provider, existing, json!({"tags": {"team": "a"}})).await;
        assert!(several.is_err_and(|error| error.contains("several") && error.contains(&vpc_id)));
        let none = ask(&*provider, existing, json!({"tags": {"team": "b"}})).await;
        assert!(none.is_err_and(|error| error.contains("no VPC fits")));

        let subnets = "aws:ec2:Subnets";
        let answer = ask(
            &*provider,
            subnets,
            json!({"vpc_id": vpc_id, "tags": {"tier": "private"}}),
        );
        let answer = answer.await.expect("they are found");
        let (a, b) = (id("aws:ec2:Subnet/a").await, id("aws:ec2:Subnet/b").await);
        assert_eq!(texts(&answer, "ids"), [a, b.clone()]);
        assert_eq!(
            texts(&answer, "availability_zones"),
            ["eu-west-3a", "eu-west-3b"]
        );
        let inputs = json!({"vpc_id": vpc_id, "availability_zones": ["eu-west-3b"]});
        let answer = ask(&*provider, subnets, inputs).await.expect("it is found");
        assert_eq!(texts(&answer, "ids"), [b]);
        bench.destroy().await.expect("everything goes");
    }
}

#[tokio::test]
async fn prefix_lists_are_looked_up() {
    let (provider, _) = provider(Kind::Moto).await;
    let lists = "aws:ec2:PrefixList";
    let name = "com.amazonaws.eu-west-3.s3";
    let by_name = ask(&*provider, lists, json!({"name": name}))
        .await
        .expect("one fits");
    assert!(!texts(&by_name, "cidr_blocks").is_empty());
    let by_id = ask(&*provider, lists, json!({"id": by_name["id"].as_str()})).await;
    assert_eq!(by_id.expect("one fits")["name"].as_str(), Some(name));
    assert!(
        ask(&*provider, lists, json!({"name": "none"}))
            .await
            .is_err()
    );
}
