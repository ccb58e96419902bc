//! How a load balancer is made and kept.

use aws_sdk_elasticloadbalancingv2::types as sdk;
use aws_sdk_elasticloadbalancingv2::types::LoadBalancerStateEnum;
use futures::try_join;

use super::*;
use crate::elbv2::attributes::Attributes;
use crate::elbv2::tags::Tagged;
use crate::elbv2::{arn_suffix, tags};
use crate::listed;
use crate::permit::{as_caller, first_use_of};
use crate::prelude::*;

mod attributes;

impl Handler for LoadBalancer {
    type Client = Aws;

    fn actions() -> Actions {
        Actions::none()
            .to_read([
                "elasticloadbalancing:DescribeLoadBalancerAttributes",
                "elasticloadbalancing:DescribeLoadBalancers",
                "elasticloadbalancing:DescribeTags",
            ])
            .to_create(["elasticloadbalancing:CreateLoadBalancer"])
            .to_set(["elasticloadbalancing:ModifyLoadBalancerAttributes"])
            .to_update([
                "elasticloadbalancing:SetIpAddressType",
                "elasticloadbalancing:SetSecurityGroups",
                "elasticloadbalancing:SetSubnets",
            ])
            .to_tag(
                "elasticloadbalancing:AddTags",
                "elasticloadbalancing:RemoveTags",
            )
            .to_delete(["elasticloadbalancing:DeleteLoadBalancer"])
            // <https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-api-permissions.html>
            .implying(as_caller([
                "ec2:DescribeAccountAttributes",
                "ec2:DescribeAddresses",
                "ec2:DescribeInternetGateways",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcs",
            ]))
            .implying([first_use_of("elasticloadbalancing.amazonaws.com")])
    }

    async fn read(aws: &Aws, id: &str) -> Result<Option<Self>> {
        let Some(balancer) = describe(aws, id).await? else {
            return Ok(None);
        };
        let (attributes, tags) = try_join!(attributes::read(aws, id), tags::managed(aws, id))?;
        observed(id, balancer, &attributes, tags).map(Some)
    }

    const BATCH: usize = tags::AT_ONCE;

    async fn read_many(aws: &Aws, ids: &[&str]) -> Result<Vec<(String, Self)>> {
        let balancers = described(aws, ids);
        let balancers = tags::tagged(aws, ids, balancers, sdk::LoadBalancer::load_balancer_arn);
        Ok(listed::each(balancers.await?, |balancer| async move {
            let Tagged {
                arn,
                described,
                tags,
            } = balancer;
            let attributes = attributes::read(aws, &arn).await?;
            let observed = observed(&arn, described, &attributes, tags)?;
            Ok((arn, observed))
        })
        .await)
    }

    async fn find(aws: &Aws, whose: Whose<'_>, inputs: &LoadBalancerInputs) -> Result<Vec<String>> {
        let arns = named(aws, inputs).await?.into_iter().collect();
        tags::owned(aws, whose, arns).await
    }

    async fn create(aws: &Aws, inputs: &LoadBalancerInputs, context: &Context) -> Result<String> {
        // A create with the name and settings of a load balancer that is there succeeds; what is there is not to be
        // taken.
        if let Some(there) = named(aws, inputs).await? {
            let message = format!("a load balancer of that name is there already: {there}");
            return Err(Error::new(ErrorKind::AlreadyExists, message)
                .operation("elasticloadbalancing:CreateLoadBalancer"));
        }
        let some = |list: &[String]| (!list.is_empty()).then(|| list.to_vec());
        let mappings: Vec<_> = inputs.subnet_mappings.iter().map(to_sdk).collect();
        let scheme = inputs.internal.map(|internal| match internal {
            true => sdk::LoadBalancerSchemeEnum::Internal,
            false => sdk::LoadBalancerSchemeEnum::InternetFacing,
        });
        let answer = aws
            .elbv2()
            .create_load_balancer()
            .set_name(inputs.name.clone())
            .set_type(inputs.load_balancer_type.map(|kind| kind.as_str().into()))
            .set_scheme(scheme)
            .set_subnets(some(&inputs.subnets))
            .set_subnet_mappings((!mappings.is_empty()).then_some(mappings))
            .set_security_groups(some(&inputs.security_groups))
            .set_ip_address_type(inputs.ip_address_type.map(|kind| kind.as_str().into()))
            .set_tags(tags::at_creation(&context.owner, &inputs.tags))
            .send()
            .await
            .named("elasticloadbalancing:CreateLoadBalancer")?;
        let arn = answer
            .load_balancers
            .and_then(|mut balancers| balancers.pop()?.load_balancer_arn);
        expected(
            arn,
            "elasticloadbalancing:CreateLoadBalancer",
            "LoadBalancerArn",
        )
    }

    async fn settle(
        aws: &Aws,
        id: &str,
        inputs: &LoadBalancerInputs,
        context: &Context,
    ) -> Result<()> {
        active(aws, id, context).await?;
        attributes::write(aws, id, Change::all(inputs)).await?;
        match inputs.enforce_security_group_inbound_rules_on_private_link_traffic {
            // What it is without being set.
            None | Some(true) => Ok(()),
            Some(false) => set_security_groups(aws, id, inputs).await,
        }
    }

    async fn update(
        aws: &Aws,
        id: &str,
        change: Change<'_, LoadBalancerInputs>,
        context: &Context,
    ) -> Result<()> {
        let after = change.after;
        // Subnets and the kind of addresses may only fit together, so the call for subnets sets both.
        let kind = change.some(|balancer| &balancer.ip_address_type);
        let placed = set_subnets(aws, id, &change).await?;
        if let (Some(kind), false) = (kind, placed) {
            let request = aws.elbv2().set_ip_address_type().load_balancer_arn(id);
            request
                .ip_address_type(kind.as_str().into())
                .send()
                .await
                .named("elasticloadbalancing:SetIpAddressType")?;
        }
        let inbound = change.some(|balancer| {
            &balancer.enforce_security_group_inbound_rules_on_private_link_traffic
        });
        if change.of(|balancer| &balancer.security_groups).is_some() || inbound.is_some() {
            set_security_groups(aws, id, after).await?;
        }
        attributes::write(aws, id, change).await?;
        tags::update(aws, id, TagChange::of(&change, |balancer| &balancer.tags)).await?;
        active(aws, id, context).await
    }

    async fn delete(aws: &Aws, id: &str, _: &LoadBalancerInputs, context: &Context) -> Result<()> {
        let request = aws.elbv2().delete_load_balancer().load_balancer_arn(id);
        match request
            .send()
            .await
            .named("elasticloadbalancing:DeleteLoadBalancer")
        {
            // By the API reference: deletion protection is on, or it is a service's.
            Err(error) if error.code.as_deref() == Some("OperationNotPermitted") => {
                return Err(
                    error.hint("set deletion_protection to false and apply, then delete it")
                );
            }
            answer => drop(answer?),
        }
        context
            .wait_for("the load balancer to be gone", || async {
                Ok(match describe(aws, id).await? {
                    None => Progress::Done(()),
                    Some(_) => Progress::Pending("still there".to_owned()),
                })
            })
            .await
    }
}

async fn describe(aws: &Aws, id: &str) -> Result<Option<sdk::LoadBalancer>> {
    let balancers = described(aws, &[id]).await.found()?;
    Ok(balancers.and_then(|mut balancers| balancers.pop()))
}

async fn described(aws: &Aws, ids: &[&str]) -> Result<Vec<sdk::LoadBalancer>> {
    let request = aws.elbv2().describe_load_balancers();
    let request = request.set_load_balancer_arns(listed::sdk(ids));
    pages!(request, "elasticloadbalancing:DescribeLoadBalancers")
}

fn observed(
    id: &str,
    balancer: sdk::LoadBalancer,
    attributes: &Attributes,
    tags: BTreeMap<String, String>,
) -> Result<LoadBalancer> {
    let operation = "elasticloadbalancing:DescribeLoadBalancers";
    let zones = balancer.availability_zones.unwrap_or_default();
    let inbound = balancer
        .enforce_security_group_inbound_rules_on_private_link_traffic
        .map(|switch| switch == "on");
    let mut this = LoadBalancer {
        name: balancer.load_balancer_name,
        load_balancer_type: balancer.r#type.and_then(|kind| kind.as_str().parse().ok()),
        internal: balancer
            .scheme
            .map(|scheme| scheme == sdk::LoadBalancerSchemeEnum::Internal),
        subnets: zones
            .iter()
            .filter_map(|zone| zone.subnet_id.clone())
            .collect(),
        subnet_mappings: zones.into_iter().filter_map(mapping).collect(),
        security_groups: balancer.security_groups.unwrap_or_default(),
        enforce_security_group_inbound_rules_on_private_link_traffic: inbound,
        ip_address_type: balancer
            .ip_address_type
            .and_then(|kind| kind.as_str().parse().ok()),
        deletion_protection: None,
        cross_zone: None,
        access_logs: None,
        connection_logs: None,
        zonal_shift: None,
        idle_timeout: None,
        client_keep_alive: None,
        http2: None,
        drop_invalid_header_fields: None,
        desync_mitigation_mode: None,
        preserve_host_header: None,
        tls_version_and_cipher_suite_headers: None,
        xff_client_port: None,
        xff_header_processing_mode: None,
        waf_fail_open: None,
        dns_record_client_routing_policy: None,
        tags,
        arn: id.to_owned(),
        arn_suffix: arn_suffix(id, "loadbalancer/"),
        dns_name: expected(balancer.dns_name, operation, "DNSName")?,
        zone_id: expected(
            balancer.canonical_hosted_zone_id,
            operation,
            "CanonicalHostedZoneId",
        )?,
        vpc_id: balancer.vpc_id.unwrap_or_default(),
    };
    attributes::fill_in(&mut this, attributes);
    Ok(this)
}

/// The ARN of the load balancer of this name.
async fn named(aws: &Aws, inputs: &LoadBalancerInputs) -> Result<Option<String>> {
    let Some(name) = &inputs.name else {
        return Ok(None);
    };
    let request = aws.elbv2().describe_load_balancers().names(name);
    let answer = request
        .send()
        .await
        .named("elasticloadbalancing:DescribeLoadBalancers")
        .found()?;
    Ok(answer.and_then(|answer| answer.load_balancers?.pop()?.load_balancer_arn))
}

async fn active(aws: &Aws, id: &str, context: &Context) -> Result<()> {
    context
        .wait_for("the load balancer to be active", || async {
            let state = describe(aws, id).await?.and_then(|balancer| balancer.state);
            let code = state.as_ref().and_then(|state| state.code());
            let reason = state.as_ref().and_then(|state| state.reason());
            Ok(match code {
                // Impaired is active, and short of what it needs to grow.
                Some(LoadBalancerStateEnum::Active | LoadBalancerStateEnum::ActiveImpaired) => {
                    Progress::Done(())
                }
                Some(LoadBalancerStateEnum::Failed) => {
                    let reason = reason.unwrap_or("AWS does not say why");
                    let message = format!("the load balancer could not be set up: {reason}");
                    return Err(Error::new(ErrorKind::Failed, message));
                }
                code => Progress::Pending(
                    code.map_or("not visible yet", LoadBalancerStateEnum::as_str)
                        .to_owned(),
                ),
            })
        })
        .await
}

/// Moves it to other subnets, if they differ. Says whether it did, which sets the kind of addresses as well.
async fn set_subnets(aws: &Aws, id: &str, change: &Change<'_, LoadBalancerInputs>) -> Result<bool> {
    let after = change.after;
    let request = aws
        .elbv2()
        .set_subnets()
        .load_balancer_arn(id)
        .set_ip_address_type(after.ip_address_type.map(|kind| kind.as_str().into()));
    // What the program does not set is as observed, so whichever of the two differs is what it does set.
    let before = change.before();
    let request = if !before.is_some_and(|before| mapped_alike(before, after)) {
        let mappings = after.subnet_mappings.iter().map(to_sdk).collect();
        request.set_subnet_mappings(Some(mappings))
    } else if !before.is_some_and(|before| placed_alike(before, after)) {
        request.set_subnets(Some(after.subnets.clone()))
    } else {
        return Ok(false);
    };
    request
        .send()
        .await
        .named("elasticloadbalancing:SetSubnets")?;
    Ok(true)
}

fn placed_alike(before: &LoadBalancerInputs, after: &LoadBalancerInputs) -> bool {
    before.subnets.len() == after.subnets.len()
        && after.subnets.iter().all(|id| before.subnets.contains(id))
}

/// Whether the subnets are the same, and have the addresses that are asked for.
fn mapped_alike(before: &LoadBalancerInputs, after: &LoadBalancerInputs) -> bool {
    let fits =
        |wanted: &Option<String>, there: &Option<String>| wanted.is_none() || wanted == there;
    let is_there = |wanted: &SubnetMapping| {
        before.subnet_mappings.iter().any(|there| {
            wanted.subnet_id == there.subnet_id
                && fits(&wanted.allocation_id, &there.allocation_id)
                && fits(&wanted.private_ipv4_address, &there.private_ipv4_address)
                && fits(&wanted.ipv6_address, &there.ipv6_address)
        })
    };
    before.subnet_mappings.len() == after.subnet_mappings.len()
        && after.subnet_mappings.iter().all(is_there)
}

async fn set_security_groups(aws: &Aws, id: &str, inputs: &LoadBalancerInputs) -> Result<()> {
    let inbound = inputs
        .enforce_security_group_inbound_rules_on_private_link_traffic
        .map(|on| if on { "on" } else { "off" }.into());
    let request = aws
        .elbv2()
        .set_security_groups()
        .load_balancer_arn(id)
        .set_security_groups(Some(inputs.security_groups.clone()))
        .set_enforce_security_group_inbound_rules_on_private_link_traffic(inbound);
    request
        .send()
        .await
        .named("elasticloadbalancing:SetSecurityGroups")
        .map(drop)
}

fn mapping(zone: sdk::AvailabilityZone) -> Option<SubnetMapping> {
    let address = zone
        .load_balancer_addresses
        .and_then(|mut addresses| addresses.pop());
    let (allocation_id, private_ipv4_address, ipv6_address) = address
        .map(|one| {
            (
                one.allocation_id,
                one.private_ipv4_address,
                one.ipv6_address,
            )
        })
        .unwrap_or_default();
    Some(SubnetMapping {
        subnet_id: zone.subnet_id?,
        allocation_id,
        private_ipv4_address,
        ipv6_address,
    })
}

fn to_sdk(mapping: &SubnetMapping) -> sdk::SubnetMapping {
    sdk::SubnetMapping::builder()
        .subnet_id(&mapping.subnet_id)
        .set_allocation_id(mapping.allocation_id.clone())
        .set_private_ipv4_address(mapping.private_ipv4_address.clone())
        .set_ipv6_address(mapping.ipv6_address.clone())
        .build()
}
