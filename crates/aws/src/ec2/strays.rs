//! What is there of networks. What AWS makes in every account with its default network is its own.
//!
//! Routes and associations go with their tables, rules with their groups. Rules alone of these carry tags.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{Filter, Tag};
use futures::try_join;

use super::*;
use crate::ec2::filters::all_tags;
use crate::prelude::*;
use crate::strays::{List, Listed};

/// The lists of these types.
pub(crate) fn lists(aws: &Aws) -> Vec<List<'_>> {
    vec![
        List::of::<ElasticIp>(elastic_ips(aws)),
        List::of::<InternetGateway>(internet_gateways(aws)),
        List::of::<NatGateway>(nat_gateways(aws)),
        List::of::<RouteTable>(route_tables(aws)),
        List::of::<SecurityGroup>(security_groups(aws)),
        List::of::<SecurityGroupRule>(security_group_rules(aws)),
        List::of::<Subnet>(subnets(aws)),
        List::of::<Vpc>(vpcs(aws)),
        List::of::<VpcEndpoint>(vpc_endpoints(aws)),
    ]
}

fn listed(id: Option<String>, tags: Option<Vec<Tag>>) -> Option<Listed> {
    Some(Listed::new(id?).tagged(all_tags(&tags.unwrap_or_default())))
}

async fn vpcs(aws: &Aws) -> Result<Vec<Listed>> {
    let vpcs = pages!(aws.ec2().describe_vpcs(), "ec2:DescribeVpcs")?.into_iter();
    Ok(vpcs
        .filter_map(|vpc| Some(listed(vpc.vpc_id, vpc.tags)?.kept(vpc.is_default == Some(true))))
        .collect())
}

async fn subnets(aws: &Aws) -> Result<Vec<Listed>> {
    let subnets = pages!(aws.ec2().describe_subnets(), "ec2:DescribeSubnets")?.into_iter();
    Ok(subnets
        .filter_map(|subnet| {
            let kept = subnet.default_for_az == Some(true);
            Some(listed(subnet.subnet_id, subnet.tags)?.kept(kept))
        })
        .collect())
}

async fn internet_gateways(aws: &Aws) -> Result<Vec<Listed>> {
    let of_default = async {
        let filter = Filter::builder().name("is-default").values("true").build();
        let vpcs = aws.ec2().describe_vpcs().filters(filter);
        let vpcs = pages!(vpcs, "ec2:DescribeVpcs")?.into_iter();
        Ok(vpcs.filter_map(|vpc| vpc.vpc_id).collect::<BTreeSet<_>>())
    };
    let gateways = async {
        pages!(
            aws.ec2().describe_internet_gateways(),
            "ec2:DescribeInternetGateways"
        )
    };
    let (of_default, gateways) = try_join!(of_default, gateways)?;
    Ok(gateways
        .into_iter()
        .filter_map(|gateway| {
            let mut vpcs = gateway.attachments().iter().filter_map(|one| one.vpc_id());
            let kept = vpcs.any(|vpc| of_default.contains(vpc));
            Some(listed(gateway.internet_gateway_id, gateway.tags)?.kept(kept))
        })
        .collect())
}

/// The main table of a network goes with it.
async fn route_tables(aws: &Aws) -> Result<Vec<Listed>> {
    let tables = pages!(aws.ec2().describe_route_tables(), "ec2:DescribeRouteTables")?.into_iter();
    Ok(tables
        .filter_map(|table| {
            let is_main = table
                .associations()
                .iter()
                .any(|one| one.main() == Some(true));
            Some(listed(table.route_table_id, table.tags)?.kept(is_main))
        })
        .collect())
}

/// The default group of a network goes with it.
async fn security_groups(aws: &Aws) -> Result<Vec<Listed>> {
    let request = aws.ec2().describe_security_groups();
    let groups = pages!(request, "ec2:DescribeSecurityGroups")?.into_iter();
    Ok(groups
        .filter_map(|group| {
            let kept = group.group_name() == Some("default");
            Some(listed(group.group_id, group.tags)?.kept(kept))
        })
        .collect())
}

/// A rule goes with its group.
async fn security_group_rules(aws: &Aws) -> Result<Vec<Listed>> {
    let request = aws.ec2().describe_security_group_rules();
    let rules = pages!(request, "ec2:DescribeSecurityGroupRules")?.into_iter();
    Ok(rules
        .filter_map(|rule| Some(listed(rule.security_group_rule_id, rule.tags)?.kept(true)))
        .collect())
}

/// Those that a service took for itself are given back by it.
async fn elastic_ips(aws: &Aws) -> Result<Vec<Listed>> {
    let answer = aws.ec2().describe_addresses().send().await;
    let addresses = answer.named("ec2:DescribeAddresses")?.addresses;
    let addresses = addresses.unwrap_or_default().into_iter();
    Ok(addresses
        .filter_map(|address| {
            let kept = address.service_managed.is_some();
            Some(listed(address.allocation_id, address.tags)?.kept(kept))
        })
        .collect())
}

async fn nat_gateways(aws: &Aws) -> Result<Vec<Listed>> {
    let gateways = pages!(aws.ec2().describe_nat_gateways(), "ec2:DescribeNatGateways")?;
    Ok(gateways
        .into_iter()
        .filter(super::nat_gateway::is_there)
        .filter_map(|gateway| {
            let created = gateway.create_time;
            Some(listed(gateway.nat_gateway_id, gateway.tags)?.created(created.as_ref()))
        })
        .collect())
}

async fn vpc_endpoints(aws: &Aws) -> Result<Vec<Listed>> {
    let endpoints = pages!(
        aws.ec2().describe_vpc_endpoints(),
        "ec2:DescribeVpcEndpoints"
    )?;
    Ok(endpoints
        .into_iter()
        .filter(super::vpc_endpoint::is_there)
        .filter_map(|endpoint| {
            let kept = endpoint.requester_managed == Some(true);
            let listed = listed(endpoint.vpc_endpoint_id, endpoint.tags)?.kept(kept);
            Some(listed.created(endpoint.creation_timestamp.as_ref()))
        })
        .collect())
}
