//! What there may be no more of: the account's own limits as Service Quotas tells them, and what is there as each service
//! does.
//!
//! <https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html>

use aws_sdk_elasticloadbalancingv2::types::LoadBalancerTypeEnum;
use futures::future::try_join_all;
use futures::try_join;
use stack_model::{Map, TypeName, Value};
use stack_provider::{Quota, Result};

use crate::Aws;
use crate::call::{CallExt, FoundExt, pages};

/// What tells the limits.
const TELLS: &str = "servicequotas:GetServiceQuota";

/// What counts for a new object of which type.
pub(crate) const COUNTED: [(&str, Counted); 11] = [
    ("aws:ec2:ElasticIp", Counted::Addresses),
    ("aws:ec2:InternetGateway", Counted::InternetGateways),
    ("aws:ec2:Vpc", Counted::Vpcs),
    ("aws:elasticache:ReplicationGroup", Counted::CacheNodes),
    ("aws:elbv2:LoadBalancer", Counted::ApplicationLoadBalancers),
    ("aws:elbv2:LoadBalancer", Counted::NetworkLoadBalancers),
    ("aws:elbv2:TargetGroup", Counted::TargetGroups),
    ("aws:rds:Instance", Counted::Instances),
    ("aws:rds:Instance", Counted::Storage),
    ("aws:rds:ParameterGroup", Counted::ParameterGroups),
    ("aws:rds:SubnetGroup", Counted::SubnetGroups),
];

/// The quotas that new objects of a type take from. One of which no limit is told is left out.
pub(crate) async fn told(aws: &Aws, type_name: &TypeName, new: &[&Map]) -> Result<Vec<Quota>> {
    let asked = of(type_name).filter_map(|counted| {
        let each = new.iter().map(|known| counted.taken_by(known));
        let wanted = each.fold(0, u64::saturating_add);
        (wanted > 0).then(|| quota(aws, counted, wanted))
    });
    let told = try_join_all(asked).await?;
    Ok(told.into_iter().flatten().collect())
}

/// What is called for a type's quotas, besides what reads its objects anyway.
pub(crate) fn action(type_name: &TypeName) -> Option<&'static str> {
    of(type_name).next().map(|_| TELLS)
}

fn of(type_name: &TypeName) -> impl Iterator<Item = Counted> {
    let counted = COUNTED.into_iter();
    counted.filter_map(|(of, counted)| (of == type_name.as_str()).then_some(counted))
}

async fn quota(aws: &Aws, counted: Counted, wanted: u64) -> Result<Option<Quota>> {
    let (service, code) = counted.quota();
    let asked = aws.servicequotas().get_service_quota();
    let asked = asked.service_code(service).quota_code(code);
    let limit = async { asked.send().await.named(TELLS).found() };
    let (limit, used) = try_join!(limit, counted.used(aws))?;
    let told = limit.and_then(|answer| answer.quota);
    Ok(told.and_then(|told| {
        let name = told.quota_name().unwrap_or(service);
        Some(Quota {
            name: format!("{name} ({code})"),
            // A fraction: what is over a whole one is of no use.
            limit: told.value()? as u64,
            used,
            wanted,
        })
    }))
}

/// What counts towards a quota of an account in a region.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Counted {
    Addresses,
    ApplicationLoadBalancers,
    CacheNodes,
    Instances,
    InternetGateways,
    NetworkLoadBalancers,
    ParameterGroups,
    Storage,
    SubnetGroups,
    TargetGroups,
    Vpcs,
}

/// The sum over all items of a list of AWS.
macro_rules! sum {
    ($request:expr, $operation:expr, $each:expr) => {{ pages!($request, $operation)?.iter().map($each).sum() }};
}

impl Counted {
    /// How much a new object takes, by what is known of its inputs.
    fn taken_by(self, known: &Map) -> u64 {
        let text = |input: &str| known.get(input).and_then(Value::as_str);
        let number = |input: &str| match known.get(input) {
            Some(Value::Int(number)) => whole(*number),
            _ => 0,
        };
        let balancer = text("load_balancer_type").unwrap_or("application");
        match self {
            Self::Addresses => u64::from(of_amazon(text("public_ipv4_pool"))),
            Self::ApplicationLoadBalancers => u64::from(balancer == "application"),
            Self::NetworkLoadBalancers => u64::from(balancer == "network"),
            Self::CacheNodes => {
                let nodes = number("replicas_per_node_group").saturating_add(1);
                number("num_node_groups").max(1).saturating_mul(nodes)
            }
            Self::Storage => number("allocated_storage"),
            Self::Instances
            | Self::InternetGateways
            | Self::ParameterGroups
            | Self::SubnetGroups
            | Self::TargetGroups
            | Self::Vpcs => 1,
        }
    }

    /// The service and the code of the quota, as Service Quotas has them.
    ///
    /// <https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html>
    fn quota(self) -> (&'static str, &'static str) {
        match self {
            Self::Addresses => ("ec2", "L-0263D0A3"),
            Self::ApplicationLoadBalancers => ("elasticloadbalancing", "L-53DA6B97"),
            Self::CacheNodes => ("elasticache", "L-DFE45DF3"),
            Self::Instances => ("rds", "L-7B6409FD"),
            Self::InternetGateways => ("vpc", "L-A4707A72"),
            Self::NetworkLoadBalancers => ("elasticloadbalancing", "L-69A177A2"),
            Self::ParameterGroups => ("rds", "L-DE55804A"),
            Self::Storage => ("rds", "L-7ADDB58A"),
            Self::SubnetGroups => ("rds", "L-48C6BF61"),
            Self::TargetGroups => ("elasticloadbalancing", "L-B22855CB"),
            Self::Vpcs => ("vpc", "L-F678F1CE"),
        }
    }

    /// What is called to count.
    pub fn operation(self) -> &'static str {
        match self {
            Self::Addresses => "ec2:DescribeAddresses",
            Self::ApplicationLoadBalancers | Self::NetworkLoadBalancers => {
                "elasticloadbalancing:DescribeLoadBalancers"
            }
            Self::CacheNodes => "elasticache:DescribeCacheClusters",
            Self::Instances | Self::Storage => "rds:DescribeDBInstances",
            Self::InternetGateways => "ec2:DescribeInternetGateways",
            Self::ParameterGroups => "rds:DescribeDBParameterGroups",
            Self::SubnetGroups => "rds:DescribeDBSubnetGroups",
            Self::TargetGroups => "elasticloadbalancing:DescribeTargetGroups",
            Self::Vpcs => "ec2:DescribeVpcs",
        }
    }

    /// How much is in use.
    async fn used(self, aws: &Aws) -> Result<u64> {
        let operation = self.operation();
        let balancers = |kind: LoadBalancerTypeEnum| async move {
            let request = aws.elbv2().describe_load_balancers();
            Ok(sum!(request, operation, |one| u64::from(
                one.r#type() == Some(&kind)
            )))
        };
        Ok(match self {
            Self::Addresses => {
                // All of them, in one page.
                let answer = aws
                    .ec2()
                    .describe_addresses()
                    .send()
                    .await
                    .named(operation)?;
                let pools = answer.addresses().iter().map(|one| one.public_ipv4_pool());
                pools.map(|pool| u64::from(of_amazon(pool))).sum()
            }
            Self::ApplicationLoadBalancers => balancers(LoadBalancerTypeEnum::Application).await?,
            Self::NetworkLoadBalancers => balancers(LoadBalancerTypeEnum::Network).await?,
            Self::CacheNodes => {
                let request = aws.elasticache().describe_cache_clusters();
                sum!(request, operation, |one| one
                    .num_cache_nodes()
                    .map_or(0, whole))
            }
            Self::Instances => sum!(aws.rds().describe_db_instances(), operation, |_| 1),
            Self::InternetGateways => {
                sum!(aws.ec2().describe_internet_gateways(), operation, |_| 1)
            }
            Self::ParameterGroups => {
                // RDS's own, which do not count, are called so and nobody else's can be.
                let request = aws.rds().describe_db_parameter_groups();
                sum!(request, operation, |one| {
                    let name = one.db_parameter_group_name().unwrap_or_default();
                    u64::from(!name.starts_with("default."))
                })
            }
            Self::Storage => sum!(aws.rds().describe_db_instances(), operation, |one| {
                one.allocated_storage().map_or(0, whole)
            }),
            Self::SubnetGroups => sum!(aws.rds().describe_db_subnet_groups(), operation, |_| 1),
            Self::TargetGroups => sum!(aws.elbv2().describe_target_groups(), operation, |_| 1),
            Self::Vpcs => sum!(aws.ec2().describe_vpcs(), operation, |_| 1),
        })
    }
}

/// Addresses of one's own pools do not count.
fn of_amazon(pool: Option<&str>) -> bool {
    pool.is_none_or(|pool| pool == "amazon")
}

/// A number of things, of which there are none less than none.
fn whole(number: impl Into<i64>) -> u64 {
    number.into().max(0).unsigned_abs()
}

#[cfg(test)]
mod tests {
    use stack_model::{Map, Value};

    use super::Counted;

    #[test]
    fn what_an_object_takes_is_said_by_its_inputs() {
        let known = |inputs: &[(&str, Value)]| -> Map {
            let inputs = inputs.iter().cloned();
            inputs
                .map(|(name, value)| (name.to_owned(), value))
                .collect()
        };
        let network = known(&[("load_balancer_type", Value::from("network"))]);
        let ours = known(&[("public_ipv4_pool", Value::from("ipv4pool-ec2-1"))]);
        let amazon = known(&[("public_ipv4_pool", Value::from("amazon"))]);
        let shards = known(&[
            ("num_node_groups", Value::Int(3)),
            ("replicas_per_node_group", Value::Int(2)),
        ]);
        let absurd = known(&[("num_node_groups", Value::Int(i64::MIN))]);
        let storage = known(&[("allocated_storage", Value::Int(20))]);
        let nothing = Map::new();
        for (counted, known, expected) in [
            (Counted::ApplicationLoadBalancers, &nothing, 1),
            (Counted::NetworkLoadBalancers, &nothing, 0),
            (Counted::ApplicationLoadBalancers, &network, 0),
            (Counted::NetworkLoadBalancers, &network, 1),
            (Counted::Addresses, &nothing, 1),
            (Counted::Addresses, &amazon, 1),
            (Counted::Addresses, &ours, 0),
            (Counted::CacheNodes, &nothing, 1),
            (Counted::CacheNodes, &shards, 9),
            (Counted::CacheNodes, &absurd, 1),
            (Counted::Storage, &storage, 20),
            // One that is restored says its size later.
            (Counted::Storage, &nothing, 0),
            (Counted::Vpcs, &nothing, 1),
        ] {
            assert_eq!(counted.taken_by(known), expected, "{counted:?} {known:?}");
        }
    }
}
