//! What each type costs.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use stack_cost::azure::RetailPrices;
use stack_cost::{Cache, List, Lists, Offer, Prices, Query, Result, aws, costs};
use stack_review::Costs;
use stack_review::document::{Action, Resource};
use xtask::prices::PriceLists;

use crate::documents::{document, new, resource, unknown};

/// No answer is kept.
pub fn nowhere() -> Cache {
    Cache {
        folder: None,
        now: Timestamp::UNIX_EPOCH,
    }
}

/// AWS's answers without a request: the test of the requests is another one, which needs the SDK.
struct Recorded;

#[async_trait]
impl Prices for Recorded {
    async fn offers(&self, query: &Query) -> Result<Vec<Offer>> {
        assert_eq!(query.list, List::Aws);
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/answers/aws.json");
        let answer: Json = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let mut found = Vec::new();
        for product in answer["PriceList"].as_array().unwrap() {
            let text = product.as_str().unwrap();
            let product: Json = serde_json::from_str(text).unwrap();
            let is = |(name, value): (&String, &String)| {
                let family = &product["product"][name];
                let attribute = &product["product"]["attributes"][name];
                family == value.as_str() || attribute == value.as_str()
            };
            if product["serviceCode"] == query.service.as_str() && query.filters.iter().all(is) {
                found.extend(aws::offers(text)?);
            }
        }
        Ok(found)
    }
}

/// The costs of a plan, by the doubles.
async fn priced(resources: Vec<Resource>) -> Costs {
    let double = PriceLists::start().unwrap();
    let lists = Lists {
        aws: Some(Box::new(Recorded)),
        azure: Some(Box::new(RetailPrices::new(double.endpoint()).unwrap())),
    };
    costs(&document(resources), &lists, &nowhere()).await
}

/// What each resource costs more, and what is said of the rest of it.
fn said(costs: &Costs) -> BTreeMap<&str, String> {
    let one = |cost: &'_ stack_review::costs::Cost| {
        let mut text = match cost.parts.is_empty() {
            true => "-".to_owned(),
            false => cost.difference.signed(),
        };
        for unknown in &cost.unknown {
            text.push_str(&format!(
                "; {}? {}",
                unknown.part.as_deref().unwrap_or("all"),
                unknown.why
            ));
        }
        if cost.is_free() {
            text.push_str("; free");
        }
        text
    };
    costs
        .resources
        .iter()
        .map(|cost| (cost.urn.as_str(), one(cost)))
        .collect()
}

/// Each with what it costs.
async fn cost(table: Vec<(&str, Json, &str)>) {
    let resources = table
        .iter()
        .map(|(urn, inputs, _)| new(urn, inputs.clone()))
        .collect();
    let costs = priced(resources).await;
    let expected: BTreeMap<&str, String> = table
        .iter()
        .map(|(urn, _, text)| (*urn, (*text).to_owned()))
        .collect();
    assert_eq!(said(&costs), expected);
    assert_eq!(costs.warnings, [""; 0]);
}

#[tokio::test]
async fn what_is_of_azure_costs_what_its_list_says() {
    let server = |sku: &str, tier: &str, mode: &str| json!({"sku_name": sku, "sku_tier": tier, "storage_size_gb": 32, "high_availability_mode": mode, "location": "West Europe"});
    let app = |scale: Json| {
        json!({"scale": scale, "containers": [
            {"name": "api", "resources": {"cpu": 0.25, "memory": "0.5Gi"}}, {"name": "beside"},
        ]})
    };
    cost(vec![
        // 0.0198 × 730 + 32 × 0.137.
        (
            "azure:dbforpostgresql:FlexibleServer/small",
            server("Standard_B1ms", "Burstable", "Disabled"),
            "+18.84",
        ),
        // With a hyphen in the product's name, and a reservation beside it: (0.228 × 730 + 32 × 0.137) × 2.
        (
            "azure:dbforpostgresql:FlexibleServer/twice",
            server("Standard_D2ds_v5", "GeneralPurpose", "ZoneRedundant"),
            "+341.65",
        ),
        (
            "azure:dbforpostgresql:FlexibleServer/amd",
            server("Standard_D2ads_v5", "GeneralPurpose", "Disabled"),
            "+154.76",
        ),
        (
            "azure:dbforpostgresql:FlexibleServer/big",
            server("Standard_D64ds_v5", "GeneralPurpose", "Disabled"),
            "+4.38; compute? Azure's Retail Prices API has no price of Standard_D64ds_v5",
        ),
        (
            "azure:dbforpostgresql:FlexibleServer/odd",
            server("large", "GeneralPurpose", "Disabled"),
            "+4.38; compute? `sku_name` is \"large\", which has no meter",
        ),
        ("azure:dbforpostgresql:Database/db", json!({}), "-; free"),
        // 0.0199 × 730 × 2, or once.
        (
            "azure:cache:RedisEnterprise/two",
            json!({"sku_name": "Balanced_B0"}),
            "+29.05",
        ),
        (
            "azure:cache:RedisEnterprise/one",
            json!({"sku_name": "Balanced_B0", "high_availability": false}),
            "+14.53",
        ),
        (
            "azure:cache:RedisEnterprise/old",
            json!({"sku_name": "Enterprise_E10"}),
            "-; nodes? `sku_name` is \"Enterprise_E10\", which has no meter",
        ),
        // 2 × (0.75 × 0.000034 + 1.5 × 0.000004) × 2628000.
        (
            "azure:app:ContainerApp/two",
            app(json!({"min_replicas": 2})),
            "+165.56",
        ),
        (
            "azure:app:ContainerApp/none",
            app(json!({"max_replicas": 3})),
            "-",
        ),
        (
            "azure:app:ContainerApp/own",
            json!({"workload_profile_name": "D4"}),
            "-; replicas? a dedicated workload profile is paid for with its environment",
        ),
        (
            "azure:app:ManagedEnvironment/plain",
            json!({"workload_profiles": [{"workload_profile_type": "Consumption"}]}),
            "-; free",
        ),
        (
            "azure:app:ManagedEnvironment/own",
            json!({"workload_profiles": [{"workload_profile_type": "D4"}]}),
            "-; workload profiles? dedicated workload profiles have no meter",
        ),
        (
            "azure:containerregistry:Registry/images",
            json!({"sku": "Standard"}),
            "+20.00",
        ),
        (
            "azure:network:PrivateEndpoint/door",
            json!({"location": "swedencentral"}),
            "+7.30",
        ),
        (
            "azure:network:PrivateDnsZone/names",
            json!({"name": "shop.internal"}),
            "+0.50",
        ),
        ("azure:storage:StorageAccount/files", json!({}), "-"),
        ("azure:network:VirtualNetwork/net", json!({}), "-; free"),
        (
            "azure:resources:Generic/any",
            json!({}),
            "-; all? a resource of any type has no meter",
        ),
        (
            "azure:new:Thing/x",
            json!({}),
            "-; all? nothing is known of how this type is paid for",
        ),
        ("std:random:Id/x", json!({}), "-; free"),
    ])
    .await;
}

#[tokio::test]
async fn what_is_of_aws_costs_what_its_list_says() {
    let database = |more: Json| {
        let mut inputs = json!({"engine": "postgres", "instance_class": "db.t4g.medium", "allocated_storage": 50});
        inputs
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        inputs
    };
    let task = |more: Json| {
        let mut inputs = json!({"cpu": 512, "memory": 1024});
        inputs
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        inputs
    };
    let service = |task: &str| json!({"launch_type": "FARGATE", "desired_count": 2, "task_definition": unknown(task)});
    let fargate = "only what runs on Fargate, and not on spot capacity, has a meter";
    cost(vec![
        // 0.076 × 730 + 50 × 0.137; a reservation of the same is no price.
        ("aws:rds:Instance/one", database(json!({})), "+62.33"),
        ("aws:rds:Instance/two", database(json!({"multi_az": true})), "+124.66"),
        // 1000 more than are included, at 0.0274.
        ("aws:rds:Instance/fast", database(json!({"storage_type": "gp3", "iops": 4000, "storage_throughput": 500})),
         "+89.73; throughput? throughput beyond the 125 MiB a second that are included has no meter"),
        ("aws:rds:Instance/grown", database(json!({"allocated_storage_actual": 100})), "+69.18"),
        ("aws:rds:Instance/oracle", database(json!({"engine": "oracle-ee"})),
         "-; instance? `engine` is \"oracle-ee\", which has no meter; storage? `engine` is \"oracle-ee\", which has no meter"),
        ("aws:rds:Instance/restored", json!({"engine": "postgres", "instance_class": "db.t4g.medium"}),
         "+55.48; storage? `allocated_storage` is not set: the cloud chooses it"),
        // 2 groups of 3 nodes.
        ("aws:elasticache:ReplicationGroup/valkey", json!({"engine": "valkey", "node_type": "cache.t4g.small", "num_node_groups": 2, "replicas_per_node_group": 2}), "+133.15"),
        ("aws:elasticache:ReplicationGroup/redis", json!({"engine": "redis", "node_type": "cache.t4g.small"}), "+27.74"),
        ("aws:ec2:NatGateway/out", json!({}), "+37.96"),
        ("aws:ec2:ElasticIp/out", json!({}), "+3.65"),
        ("aws:ec2:ElasticIp/own", json!({"public_ipv4_pool": "ipv4pool-ec2-1"}), "-; free"),
        ("aws:ec2:VpcEndpoint/s3", json!({"vpc_endpoint_type": "Gateway"}), "-; free"),
        ("aws:ec2:VpcEndpoint/ecr", json!({"vpc_endpoint_type": "Interface", "subnet_ids": ["a", "b"]}), "+17.52"),
        // Not the one of the trust store.
        ("aws:elbv2:LoadBalancer/web", json!({}), "+19.71"),
        ("aws:elbv2:LoadBalancer/tcp", json!({"load_balancer_type": "network"}), "+19.71"),
        // 2 × (0.5 × 0.04656 + 0.00511) × 730, and on ARM with 10 GiB more.
        ("aws:ecs:TaskDefinition/x86", task(json!({})), "-; free"),
        ("aws:ecs:Service/x86", service("aws:ecs:TaskDefinition/x86"), "+41.45"),
        ("aws:ecs:TaskDefinition/arm", task(json!({"cpu_architecture": "ARM64", "ephemeral_storage_gib": 30})), "-; free"),
        ("aws:ecs:Service/arm", service("aws:ecs:TaskDefinition/arm"), "+35.02"),
        ("aws:ecs:Service/other", service("aws:ecs:TaskDefinition/elsewhere"), "-; tasks? its task definition is not of this stack, or not known before"),
        ("aws:ecs:Service/own", json!({"launch_type": "EC2"}), &format!("-; tasks? {fargate}")),
        ("aws:ecs:Service/spot", json!({"capacity_provider_strategy": [{"capacity_provider": "FARGATE_SPOT"}]}), &format!("-; tasks? {fargate}")),
        ("aws:secretsmanager:Secret/door", json!({}), "+0.40"),
        ("aws:secretsmanager:Secret/many", json!({"replicas": [{"region": "x"}]}), "+0.40; replicas? copies in other regions have no meter"),
        ("aws:cloudwatch:Alarm/slow", json!({"comparison_operator": "GreaterThanThreshold", "period": 300}), "+0.10"),
        ("aws:cloudwatch:Alarm/quick", json!({"comparison_operator": "GreaterThanThreshold", "period": 10}), "+0.30"),
        ("aws:cloudwatch:Alarm/band", json!({"comparison_operator": "GreaterThanUpperThreshold", "metrics": [{"id": "m", "metric": {"period": 60}}, {"id": "e"}]}), "+0.30"),
        ("aws:acm:Certificate/public", json!({}), "-; free"),
        ("aws:acm:Certificate/paid", json!({"exportable": true}), "-"),
        ("aws:s3:Bucket/files", json!({}), "-"),
    ])
    .await;
}

#[tokio::test]
async fn a_change_costs_the_difference_and_what_stays_is_in_the_total() {
    let redis = |size: &str| json!({"sku_name": size});
    let mut forgotten = resource(
        "azure:cache:RedisEnterprise/left",
        redis("Balanced_B0"),
        Json::Null,
    );
    forgotten.action = Action::Forget;
    // As `--target` leaves it out: declared, and not made by this plan.
    let mut later = new("azure:cache:RedisEnterprise/later", redis("Balanced_B3"));
    later.action = Action::None;
    let costs = priced(vec![
        later,
        resource(
            "azure:cache:RedisEnterprise/same",
            redis("Balanced_B1"),
            redis("Balanced_B1"),
        ),
        resource(
            "azure:cache:RedisEnterprise/more",
            redis("Balanced_B0"),
            redis("Balanced_B3"),
        ),
        resource(
            "azure:cache:RedisEnterprise/gone",
            redis("Balanced_B3"),
            Json::Null,
        ),
        new("azure:network:PrivateEndpoint/door", json!({})),
        forgotten,
    ])
    .await;
    let order: Vec<(&str, String)> = costs
        .resources
        .iter()
        .map(|one| (one.urn.rsplit('/').next().unwrap(), one.difference.signed()))
        .collect();
    let differences = [
        ("gone", "-116.07"),
        ("more", "+87.02"),
        ("door", "+7.30"),
        ("later", "0.00"),
        ("left", "0.00"),
        ("same", "0.00"),
    ];
    assert_eq!(
        order,
        differences.map(|(name, text)| (name, text.to_owned()))
    );
    let totals = [costs.before, costs.after].map(|total| total.cents());
    assert_eq!(totals, ["232.29", "210.53"]);
    assert_eq!(costs.difference.signed(), "-21.75");
}

/// What is not known on one side must not look like a saving on the other.
#[tokio::test]
async fn a_part_that_is_not_known_on_one_side_counts_on_none() {
    let server = |sku: Json, gib: u32| json!({"sku_name": sku, "sku_tier": "Burstable", "storage_size_gb": gib});
    let size = unknown("std:core:Value/size");
    let costs = priced(vec![resource(
        "azure:dbforpostgresql:FlexibleServer/db",
        server(json!("Standard_B1ms"), 32),
        server(size, 64),
    )])
    .await;
    let expected = "+4.38; compute? `sku_name` is known after std:core:Value/size";
    assert_eq!(
        said(&costs)["azure:dbforpostgresql:FlexibleServer/db"],
        expected
    );
    assert_eq!(costs.before.cents(), "4.38");
}

/// Only what is needed is asked, once, in pages.
#[tokio::test]
async fn the_same_is_asked_once() {
    let double = PriceLists::start().unwrap();
    let lists = Lists {
        aws: None,
        azure: Some(Box::new(RetailPrices::new(double.endpoint()).unwrap())),
    };
    let redis = |name: &str| {
        new(
            &format!("azure:cache:RedisEnterprise/{name}"),
            json!({"sku_name": "Balanced_B3"}),
        )
    };
    let found = costs(&document(vec![redis("a"), redis("b")]), &lists, &nowhere()).await;
    assert_eq!(found.difference.signed(), "+232.14");
    let filter = "serviceName eq 'Redis Cache' and priceType eq 'Consumption' and armRegionName eq 'westeurope' \
                  and productName eq 'Azure Managed Redis - Balanced'";
    // Two pages: the third size is on the second.
    assert_eq!(double.take(), [filter, filter]);
    // Nothing is asked where nothing has a price.
    let free = costs(
        &document(vec![new("std:random:Id/x", json!({}))]),
        &lists,
        &nowhere(),
    )
    .await;
    assert_eq!((free.free(), double.take().len()), (1, 0));
}

#[cfg(feature = "aws")]
#[tokio::test]
async fn aws_is_asked_with_a_signature_and_page_by_page() {
    use aws_sdk_pricing::config::Credentials;

    let double = PriceLists::start().unwrap();
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
    let list = aws::PriceList::new(Some(double.endpoint()))
        .unwrap()
        .signed_by(credentials);
    let lists = Lists {
        aws: Some(Box::new(list)),
        azure: None,
    };
    let balancer = new("aws:elbv2:LoadBalancer/web", json!({}));
    let found = costs(&document(vec![balancer]), &lists, &nowhere()).await;
    assert_eq!(
        (found.difference.signed().as_str(), &found.warnings),
        ("+19.71", &vec![])
    );
    let asked = double.take();
    assert_eq!(asked.len(), 2, "{asked:?}");
    let first: Json = serde_json::from_str(&asked[0]).unwrap();
    assert_eq!(
        (&first["ServiceCode"], &first["FormatVersion"]),
        (&json!("AWSELB"), &json!("aws_v1"))
    );
}
