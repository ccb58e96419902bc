//! Networks.

use serde_json::json;
use stack_model::{Graph, Map, Value};
use stack_provider::{Error, Provider};
use stack_testkit::conformance::{Bench, Case};

use crate::emulated::{Kind, conformance, provider};

conformance! {
    vpc on Moto;
    subnet on Moto;
    internet_gateway on Moto, Ministack;
    elastic_ip on Moto;
    public_nat_gateway on Moto;
    private_nat_gateway on Moto;
    route_table on Moto, Ministack;
    route on Moto, Ministack;
    ipv6_route on Moto;
    route_table_association on Moto, Ministack;
    gateway_association on Moto;
}

fn vpc() -> Case {
    Case::new(
        "aws:ec2:Vpc",
        json!({"cidr_block": "10.1.0.0/16", "tags": {"a": "1", "c": "1"}}),
    )
    .update("enable_dns_hostnames", json!(true))
    .update("enable_dns_support", json!(false))
    .update("enable_network_address_usage_metrics", json!(true))
    .update("tags", json!({"a": "2", "b": "3"}))
    .replace("cidr_block", json!("10.2.0.0/16"))
    .replace("instance_tenancy", json!("dedicated"))
    .replace("assign_generated_ipv6_cidr_block", json!(true))
}

const VPC: &str = "aws:ec2:Vpc/main";

/// A case in a network.
fn in_vpc(type_name: &str, inputs: serde_json::Value) -> Case {
    Case::new(type_name, inputs).with("aws:ec2:Vpc", "main", json!({"cidr_block": "10.1.0.0/16"}))
}

fn vpc_id() -> serde_json::Value {
    Case::of(VPC, "id")
}

fn subnet() -> Case {
    in_vpc(
        "aws:ec2:Subnet",
        json!({"vpc_id": vpc_id(), "cidr_block": "10.1.0.0/24", "availability_zone": "eu-west-3a", "tags": {"a": "1", "c": "1"}}),
    )
    .with("aws:ec2:Vpc", "other", json!({"cidr_block": "10.1.0.0/16"}))
    .update("ipv6_cidr_block", json!("2001:db8:0:1::/64"))
    .update("map_public_ip_on_launch", json!(true))
    .update("assign_ipv6_address_on_creation", json!(true))
    .update("enable_dns64", json!(true))
    .update("private_dns_hostname_type_on_launch", json!("resource-name"))
    .update("enable_resource_name_dns_a_record_on_launch", json!(true))
    .update("enable_resource_name_dns_aaaa_record_on_launch", json!(true))
    .update("tags", json!({"a": "2", "b": "3"}))
    .replace("cidr_block", json!("10.1.1.0/24"))
    .replace("vpc_id", Case::of("aws:ec2:Vpc/other", "id"))
    .replace("availability_zone", json!("eu-west-3b"))
    .replace("availability_zone_id", json!("euw3-az9"))
    .replace("ipv6_native", json!(true))
}

fn internet_gateway() -> Case {
    in_vpc(
        "aws:ec2:InternetGateway",
        json!({"vpc_id": vpc_id(), "tags": {"a": "1", "c": "1"}}),
    )
    .with("aws:ec2:Vpc", "other", json!({"cidr_block": "10.2.0.0/16"}))
    .update("tags", json!({"a": "2", "b": "3"}))
    .replace("vpc_id", Case::of("aws:ec2:Vpc/other", "id"))
}

fn elastic_ip() -> Case {
    Case::new("aws:ec2:ElasticIp", json!({"tags": {"a": "1", "c": "1"}}))
        .update("tags", json!({"a": "2", "b": "3"}))
        .replace("address", json!("203.0.113.7"))
        .replace("public_ipv4_pool", json!("ipv4pool-ec2-012345"))
        .replace("network_border_group", json!("eu-west-3-par-1"))
}

/// A case in a subnet.
fn in_subnet(type_name: &str, inputs: serde_json::Value) -> Case {
    in_vpc(type_name, inputs).with(
        "aws:ec2:Subnet",
        "a",
        json!({"vpc_id": vpc_id(), "cidr_block": "10.1.0.0/24", "availability_zone": "eu-west-3a"}),
    )
}

fn subnet_id() -> serde_json::Value {
    Case::of("aws:ec2:Subnet/a", "id")
}

fn nat_gateway(inputs: serde_json::Value) -> Case {
    in_subnet("aws:ec2:NatGateway", inputs)
        .with(
            "aws:ec2:Subnet",
            "b",
            json!({"vpc_id": vpc_id(), "cidr_block": "10.1.1.0/24", "availability_zone": "eu-west-3b"}),
        )
        .with("aws:ec2:ElasticIp", "one", json!({}))
        .with("aws:ec2:ElasticIp", "two", json!({}))
        .with("aws:ec2:ElasticIp", "three", json!({}))
}

fn public_nat_gateway() -> Case {
    let one = Case::of("aws:ec2:ElasticIp/one", "id");
    let two = Case::of("aws:ec2:ElasticIp/two", "id");
    let three = Case::of("aws:ec2:ElasticIp/three", "id");
    nat_gateway(
        json!({"subnet_id": subnet_id(), "allocation_id": one, "tags": {"a": "1", "c": "1"}}),
    )
    .update("secondary_allocation_ids", json!([two]))
    .update("tags", json!({"a": "2", "b": "3"}))
    .replace("allocation_id", three)
    .replace("subnet_id", Case::of("aws:ec2:Subnet/b", "id"))
    .replace("connectivity_type", json!("private"))
    .replace("private_ip_address", json!("10.1.0.9"))
    .leave_out(
        "secondary_private_ip_addresses",
        "a private gateway has them: the next case",
    )
    .uncalled(
        [
            "ec2:AssignPrivateNatGatewayAddress",
            "ec2:UnassignPrivateNatGatewayAddress",
        ],
        "its further private addresses come with public ones",
    )
}

fn private_nat_gateway() -> Case {
    nat_gateway(
        json!({"subnet_id": subnet_id(), "connectivity_type": "private",
        "secondary_private_ip_addresses": ["10.1.0.20", "10.1.0.21"]}),
    )
    .update(
        "secondary_private_ip_addresses",
        json!(["10.1.0.21", "10.1.0.22"]),
    )
    .update("tags", json!({"a": "1"}))
    .replace("subnet_id", Case::of("aws:ec2:Subnet/b", "id"))
    .replace("connectivity_type", json!("public"))
    .replace("private_ip_address", json!("10.1.0.9"))
    .leave_out("allocation_id", "a public gateway has it: the case before")
    .leave_out(
        "secondary_allocation_ids",
        "a public gateway has them: the case before",
    )
    .uncalled(
        [
            "ec2:AssociateNatGatewayAddress",
            "ec2:DisassociateNatGatewayAddress",
        ],
        "it has no public addresses",
    )
}

fn route_table() -> Case {
    in_vpc(
        "aws:ec2:RouteTable",
        json!({"vpc_id": vpc_id(), "tags": {"a": "1", "c": "1"}}),
    )
    .with("aws:ec2:Vpc", "other", json!({"cidr_block": "10.2.0.0/16"}))
    .update("tags", json!({"a": "2", "b": "3"}))
    .replace("vpc_id", Case::of("aws:ec2:Vpc/other", "id"))
}

/// A case with two route tables, an internet gateway and a private NAT gateway.
fn with_tables(type_name: &str, inputs: serde_json::Value) -> Case {
    in_subnet(type_name, inputs)
        .with("aws:ec2:RouteTable", "one", json!({"vpc_id": vpc_id()}))
        .with("aws:ec2:RouteTable", "two", json!({"vpc_id": vpc_id()}))
        .with(
            "aws:ec2:InternetGateway",
            "main",
            json!({"vpc_id": vpc_id()}),
        )
        .with(
            "aws:ec2:NatGateway",
            "main",
            json!({"subnet_id": subnet_id(), "connectivity_type": "private"}),
        )
}

fn table(name: &str) -> serde_json::Value {
    Case::of(&format!("aws:ec2:RouteTable/{name}"), "id")
}

fn gateway_id() -> serde_json::Value {
    Case::of("aws:ec2:InternetGateway/main", "id")
}

fn route() -> Case {
    with_tables(
        "aws:ec2:Route",
        json!({"route_table_id": table("one"), "destination": "0.0.0.0/0", "target": gateway_id()}),
    )
    .update("target", Case::of("aws:ec2:NatGateway/main", "id"))
    .replace("destination", json!("192.168.0.0/16"))
    .replace("route_table_id", table("two"))
}

fn ipv6_route() -> Case {
    with_tables(
        "aws:ec2:Route",
        json!({"route_table_id": table("one"), "destination": "::/0", "target": gateway_id()}),
    )
    .update("target", Case::of("aws:ec2:NatGateway/main", "id"))
    .replace("destination", json!("64:ff9b::/96"))
    .replace("route_table_id", table("two"))
}

fn route_table_association() -> Case {
    with_tables(
        "aws:ec2:RouteTableAssociation",
        json!({"route_table_id": table("one"), "subnet_id": subnet_id()}),
    )
    .with(
        "aws:ec2:Subnet",
        "b",
        json!({"vpc_id": vpc_id(), "cidr_block": "10.1.1.0/24", "availability_zone": "eu-west-3b"}),
    )
    .update("route_table_id", table("two"))
    .replace("subnet_id", Case::of("aws:ec2:Subnet/b", "id"))
    .replace("gateway_id", gateway_id())
}

fn gateway_association() -> Case {
    with_tables(
        "aws:ec2:RouteTableAssociation",
        json!({"route_table_id": table("one"), "gateway_id": gateway_id()}),
    )
    .with("aws:ec2:Vpc", "other", json!({"cidr_block": "10.2.0.0/16"}))
    .with(
        "aws:ec2:InternetGateway",
        "other",
        json!({"vpc_id": Case::of("aws:ec2:Vpc/other", "id")}),
    )
    .update("route_table_id", table("two"))
    .replace(
        "gateway_id",
        Case::of("aws:ec2:InternetGateway/other", "id"),
    )
    .replace("subnet_id", subnet_id())
}

async fn zones(kind: Kind, inputs: serde_json::Value) -> Result<Map, Error> {
    let (provider, _) = provider(kind).await;
    let observer = provider.observe(&Map::new()).await?;
    let inputs = serde_json::from_value(inputs).expect("the inputs are a map");
    let lookup = "aws:ec2:Zones".parse().expect("a type");
    observer
        .lookup(&lookup)
        .expect("the lookup is there")
        .answer(&inputs)
        .await
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
async fn zones_are_in_the_order_of_their_names() {
    for kind in [Kind::Moto, Kind::Ministack] {
        let answer = zones(kind, json!({})).await.expect("an answer");
        assert_eq!(
            texts(&answer, "names"),
            ["eu-west-3a", "eu-west-3b", "eu-west-3c"]
        );
        assert_eq!(texts(&answer, "zone_ids").len(), 3);
    }
}

#[tokio::test]
async fn zones_can_be_left_out() {
    let all = zones(Kind::Moto, json!({})).await.expect("an answer");
    let last = texts(&all, "zone_ids").pop().expect("a zone");
    let inputs = json!({"exclude_names": ["eu-west-3a"], "exclude_zone_ids": [last]});
    let answer = zones(Kind::Moto, inputs).await.expect("an answer");
    assert_eq!(texts(&answer, "names"), ["eu-west-3b"]);

    let inputs = json!({"filters": {"zone-name": ["eu-west-3a", "eu-west-3c"]}});
    let answer = zones(Kind::Moto, inputs).await.expect("an answer");
    assert_eq!(texts(&answer, "names"), ["eu-west-3a", "eu-west-3c"]);
}

#[tokio::test]
async fn no_zone_at_all_is_an_error() {
    let refused = zones(Kind::Moto, json!({"types": ["local-zone"]})).await;
    let error = refused.expect_err("the emulator has no local zones");
    assert!(error.message.contains("no zone of eu-west-3"), "{error}");
}

fn graph(text: serde_json::Value) -> Graph {
    Graph::parse(text.to_string().as_bytes()).unwrap_or_else(|problems| panic!("{problems:?}"))
}

#[tokio::test]
async fn a_subnet_stands_in_a_zone_that_was_looked_up() {
    let (provider, _) = provider(Kind::Moto).await;
    let bench = Bench::new(provider);
    let zone = json!({"$lookup": {"name": "aws:ec2:Zones/zones", "path": ["names", 1]}});
    let graph = graph(json!({"format": 1,
        "lookups": [{"type": "aws:ec2:Zones", "name": "zones", "inputs": {}}],
        "resources": [
            {"type": "aws:ec2:Vpc", "name": "main", "inputs": {"cidr_block": "10.1.0.0/16"}},
            {"type": "aws:ec2:Subnet", "name": "b",
             "inputs": {"vpc_id": vpc_id(), "cidr_block": "10.1.0.0/24", "availability_zone": zone}}]}));
    bench.apply(&graph).await.expect("it is applied");
    bench.settled(&graph).await.expect("a second plan is empty");
    bench.destroy().await.expect("it is destroyed");
}

/// What is there already and is not ours is left alone, and named.
#[tokio::test]
async fn routes_and_associations_of_others_are_not_overwritten() {
    let network = |extra: &[serde_json::Value]| {
        let mut resources = vec![
            json!({"type": "aws:ec2:Vpc", "name": "main", "inputs": {"cidr_block": "10.1.0.0/16"}}),
            json!({"type": "aws:ec2:Subnet", "name": "a",
                   "inputs": {"vpc_id": vpc_id(), "cidr_block": "10.1.0.0/24"}}),
            json!({"type": "aws:ec2:InternetGateway", "name": "main", "inputs": {"vpc_id": vpc_id()}}),
            json!({"type": "aws:ec2:RouteTable", "name": "one", "inputs": {"vpc_id": vpc_id()}}),
        ];
        resources.extend_from_slice(extra);
        graph(json!({"format": 1, "resources": resources}))
    };
    let route = |name: &str| {
        json!({"type": "aws:ec2:Route", "name": name,
               "inputs": {"route_table_id": table("one"), "destination": "0.0.0.0/0", "target": gateway_id()}})
    };
    let association = |name: &str| {
        json!({"type": "aws:ec2:RouteTableAssociation", "name": name,
               "inputs": {"route_table_id": table("one"), "subnet_id": subnet_id()}})
    };
    let (provider, _) = provider(Kind::Moto).await;
    let bench = Bench::new(provider);
    bench
        .apply(&network(&[route("first"), association("first")]))
        .await
        .expect("it is applied");
    let twice = network(&[route("first"), association("first"), route("second")]);
    let refused = bench.apply(&twice).await.expect_err("a second route");
    assert!(
        refused.contains("has a route to 0.0.0.0/0 already"),
        "{refused}"
    );
    let twice = network(&[route("first"), association("first"), association("second")]);
    let refused = bench.apply(&twice).await.expect_err("a second association");
    assert!(refused.contains("is associated already"), "{refused}");
    // A new name for it in the program is refused too, instead of being deleted beneath its new owner.
    let renamed = network(&[route("second"), association("first")]);
    bench.apply(&renamed).await.expect_err("a renamed route");
    bench
        .settled(&network(&[route("first"), association("first")]))
        .await
        .expect("nothing was touched");
    bench.destroy().await.expect("it is destroyed");
}
