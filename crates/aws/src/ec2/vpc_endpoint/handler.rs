//! How an endpoint is made and kept.

use std::collections::BTreeSet;

use aws_sdk_ec2::operation::modify_vpc_endpoint::builders::ModifyVpcEndpointFluentBuilder;
use aws_sdk_ec2::types as sdk;
use aws_sdk_ec2::types::ResourceType;

use super::*;
use crate::ec2::{listed, tags};
use crate::permit::as_caller;
use crate::prelude::*;

impl Handler for VpcEndpoint {
    type Client = Aws;

    fn actions() -> Actions {
        Actions::none()
            .to_read(["ec2:DescribePrefixLists", "ec2:DescribeVpcEndpoints"])
            .to_create(["ec2:CreateVpcEndpoint"])
            .to_update(["ec2:ModifyVpcEndpoint"])
            .to_tag("ec2:CreateTags", "ec2:DeleteTags")
            .to_delete(["ec2:DeleteVpcEndpoints"])
            .implying(as_caller([
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcs",
            ]))
            .implying([
                Implied::by(Verb::Create, "route53:AssociateVPCWithHostedZone")
                    .given("private_dns_enabled"),
            ])
    }

    async fn read(aws: &Aws, id: &str) -> Result<Option<Self>> {
        let Some(endpoint) = describe(aws, id).await? else {
            return Ok(None);
        };
        let services = gateway_service(&endpoint).into_iter().collect();
        let prefix_list = prefix_lists(aws, services).await?.pop();
        observed(aws, id, &endpoint, prefix_list.as_ref()).map(Some)
    }

    const BATCH: usize = listed::AT_ONCE;

    async fn read_many(aws: &Aws, ids: &[&str]) -> Result<Vec<(String, Self)>> {
        let request = aws.ec2().describe_vpc_endpoints();
        let request = request.filters(listed::by("vpc-endpoint-id", ids));
        let mut endpoints = pages!(request, "ec2:DescribeVpcEndpoints")?;
        endpoints.retain(|endpoint| !is_deleted(endpoint));
        let services: BTreeSet<&str> = endpoints.iter().filter_map(gateway_service).collect();
        let lists = prefix_lists(aws, services.into_iter().collect()).await?;
        let of = |service: &str| {
            let mut lists = lists.iter();
            lists.find(|list| list.prefix_list_name() == Some(service))
        };
        Ok(listed::under_ids(
            &endpoints,
            sdk::VpcEndpoint::vpc_endpoint_id,
            |id, endpoint| observed(aws, id, endpoint, gateway_service(endpoint).and_then(of)),
        ))
    }

    async fn find(aws: &Aws, whose: Whose<'_>, _: &VpcEndpointInputs) -> Result<Vec<String>> {
        let request = aws
            .ec2()
            .describe_vpc_endpoints()
            .set_filters(Some(tags::of(whose)));
        let answer = request.send().await.named("ec2:DescribeVpcEndpoints")?;
        Ok(answer
            .vpc_endpoints
            .unwrap_or_default()
            .into_iter()
            .filter(|endpoint| !is_deleted(endpoint))
            .filter_map(|endpoint| endpoint.vpc_endpoint_id)
            .collect())
    }

    async fn create(aws: &Aws, inputs: &VpcEndpointInputs, context: &Context) -> Result<String> {
        let some = |ids: &[String]| (!ids.is_empty()).then(|| ids.to_vec());
        let kind = inputs.vpc_endpoint_type.unwrap_or(VpcEndpointType::Gateway);
        let answer = aws
            .ec2()
            .create_vpc_endpoint()
            .client_token(&context.owner.token)
            .vpc_id(&inputs.vpc_id)
            .vpc_endpoint_type(kind.as_str().into())
            .set_service_name(inputs.service_name.clone())
            .set_service_region(inputs.service_region.clone())
            .set_resource_configuration_arn(inputs.resource_configuration_arn.clone())
            .set_service_network_arn(inputs.service_network_arn.clone())
            .set_policy_document(inputs.policy.clone().filter(|policy| !policy.is_empty()))
            .set_route_table_ids(some(&inputs.route_table_ids))
            .set_subnet_ids(some(&inputs.subnet_ids))
            .set_security_group_ids(some(&inputs.security_group_ids))
            .set_private_dns_enabled(inputs.private_dns_enabled)
            .set_ip_address_type(inputs.ip_address_type.map(|kind| kind.as_str().into()))
            .set_dns_options(inputs.dns_options.as_ref().map(dns_options))
            .tag_specifications(tags::at_creation(
                ResourceType::VpcEndpoint,
                &context.owner,
                &inputs.tags,
            ))
            .send()
            .await
            .named("ec2:CreateVpcEndpoint")?;
        let id = answer
            .vpc_endpoint
            .and_then(|endpoint| endpoint.vpc_endpoint_id);
        expected(id, "ec2:CreateVpcEndpoint", "VpcEndpointId")
    }

    async fn settle(aws: &Aws, id: &str, _: &VpcEndpointInputs, context: &Context) -> Result<()> {
        in_service(aws, id, context).await
    }

    async fn update(
        aws: &Aws,
        id: &str,
        change: Change<'_, VpcEndpointInputs>,
        context: &Context,
    ) -> Result<()> {
        let modify = || aws.ec2().modify_vpc_endpoint().vpc_endpoint_id(id);
        if let Some(request) = modification(modify, &change) {
            request.send().await.named("ec2:ModifyVpcEndpoint")?;
            in_service(aws, id, context).await?;
        }
        tags::update(aws, id, TagChange::of(&change, |endpoint| &endpoint.tags)).await
    }

    async fn delete(aws: &Aws, id: &str, _: &VpcEndpointInputs, context: &Context) -> Result<()> {
        let operation = "ec2:DeleteVpcEndpoints";
        let request = aws.ec2().delete_vpc_endpoints().vpc_endpoint_ids(id);
        let answer = request.send().await.named(operation)?;
        // The call succeeds whatever becomes of each endpoint.
        if let Some(refusal) = answer.unsuccessful().first().and_then(|item| item.error()) {
            let code = refusal.code().unwrap_or_default();
            if !code.contains("NotFound") {
                let message = refusal.message().unwrap_or("it was refused");
                let error = Error::new(ErrorKind::Failed, message).operation(operation);
                return Err(Error {
                    code: Some(code.to_owned()),
                    ..error
                });
            }
        }
        context
            .wait_for("the VPC endpoint to be gone", || async {
                Ok(match describe(aws, id).await? {
                    None => Progress::Done(()),
                    Some(endpoint) => Progress::Pending(state(&endpoint).to_owned()),
                })
            })
            .await
    }
}

/// The endpoint, unless it is gone: AWS goes on telling of deleted ones for a while.
async fn describe(aws: &Aws, id: &str) -> Result<Option<sdk::VpcEndpoint>> {
    let request = aws.ec2().describe_vpc_endpoints().vpc_endpoint_ids(id);
    let answer = request
        .send()
        .await
        .named("ec2:DescribeVpcEndpoints")
        .found()?;
    Ok(answer
        .and_then(|answer| answer.vpc_endpoints?.pop())
        .filter(|endpoint| !is_deleted(endpoint)))
}

fn state(endpoint: &sdk::VpcEndpoint) -> &str {
    endpoint.state().map_or("", sdk::State::as_str)
}

/// The API's states begin with a small letter, and the SDK's with a capital one.
fn is(endpoint: &sdk::VpcEndpoint, expected: sdk::State) -> bool {
    state(endpoint).eq_ignore_ascii_case(expected.as_str())
}

fn is_deleted(endpoint: &sdk::VpcEndpoint) -> bool {
    is(endpoint, sdk::State::Deleted)
}

/// Whether it is there and stays.
pub(in crate::ec2) fn is_there(endpoint: &sdk::VpcEndpoint) -> bool {
    !is_deleted(endpoint) && !is(endpoint, sdk::State::Deleting)
}

async fn in_service(aws: &Aws, id: &str, context: &Context) -> Result<()> {
    context
        .wait_for("the VPC endpoint to be available", || async {
            let Some(endpoint) = describe(aws, id).await? else {
                return Ok(Progress::Pending("not visible yet".to_owned()));
            };
            if is(&endpoint, sdk::State::Available) || is(&endpoint, sdk::State::PendingAcceptance)
            {
                return Ok(Progress::Done(()));
            }
            let over = [
                sdk::State::Failed,
                sdk::State::Rejected,
                sdk::State::Expired,
            ];
            if over.into_iter().any(|state| is(&endpoint, state)) {
                let why = endpoint.last_error().and_then(sdk::LastError::message);
                let why = why
                    .or(endpoint.failure_reason())
                    .unwrap_or("AWS does not say why");
                let message = format!("the VPC endpoint is {}: {why}", state(&endpoint));
                return Err(Error::new(ErrorKind::Failed, message));
            }
            Ok(Progress::Pending(state(&endpoint).to_owned()))
        })
        .await
}

/// What an update sends, if anything but tags differs.
fn modification(
    modify: impl Fn() -> ModifyVpcEndpointFluentBuilder,
    change: &Change<'_, VpcEndpointInputs>,
) -> Option<ModifyVpcEndpointFluentBuilder> {
    let mut request = None;
    let mut with =
        |add: &dyn Fn(ModifyVpcEndpointFluentBuilder) -> ModifyVpcEndpointFluentBuilder| {
            request = Some(add(request.take().unwrap_or_else(&modify)));
        };
    if let Some(policy) = change.some(|endpoint| &endpoint.policy) {
        with(&|request| match policy.as_str() {
            "" => request.reset_policy(true),
            policy => request.policy_document(policy),
        });
    }
    if let Some((add, remove)) = difference(change, |endpoint| &endpoint.route_table_ids) {
        with(&|request| {
            request
                .set_add_route_table_ids(add.clone())
                .set_remove_route_table_ids(remove.clone())
        });
    }
    if let Some((add, remove)) = difference(change, |endpoint| &endpoint.subnet_ids) {
        with(&|request| {
            request
                .set_add_subnet_ids(add.clone())
                .set_remove_subnet_ids(remove.clone())
        });
    }
    if let Some((add, remove)) = difference(change, |endpoint| &endpoint.security_group_ids) {
        with(&|request| {
            request
                .set_add_security_group_ids(add.clone())
                .set_remove_security_group_ids(remove.clone())
        });
    }
    if let Some(on) = change.some(|endpoint| &endpoint.private_dns_enabled) {
        with(&|request| request.private_dns_enabled(*on));
    }
    if let Some(kind) = change.some(|endpoint| &endpoint.ip_address_type) {
        with(&|request| request.ip_address_type(kind.as_str().into()));
    }
    if let Some(options) = change.some(|endpoint| &endpoint.dns_options) {
        with(&|request| request.dns_options(dns_options(options)));
    }
    request
}

type Ids = Option<Vec<String>>;

/// The ids to add and those to remove, none where there are none. `None` when both lists hold the same.
fn difference<'a>(
    change: &Change<'a, VpcEndpointInputs>,
    field: impl Fn(&'a VpcEndpointInputs) -> &'a Vec<String>,
) -> Option<(Ids, Ids)> {
    let (before, after) = (change.before().map(&field), field(change.after));
    let before = before.map_or(&[][..], Vec::as_slice);
    let without = |ids: &[String], others: &[String]| -> Ids {
        let left = ids.iter().filter(|id| !others.contains(id));
        let left: Vec<String> = left.cloned().collect();
        (!left.is_empty()).then_some(left)
    };
    let (add, remove) = (without(after, before), without(before, after));
    (add.is_some() || remove.is_some()).then_some((add, remove))
}

fn dns_options(options: &DnsOptions) -> sdk::DnsOptionsSpecification {
    sdk::DnsOptionsSpecification::builder()
        .set_dns_record_ip_type(options.dns_record_ip_type.map(|kind| kind.as_str().into()))
        .set_private_dns_only_for_inbound_resolver_endpoint(
            options.private_dns_only_for_inbound_resolver_endpoint,
        )
        .build()
}

/// The service of an endpoint of the gateway kind, which is also the name of the list of its addresses.
fn gateway_service(endpoint: &sdk::VpcEndpoint) -> Option<&str> {
    let is_gateway = endpoint.vpc_endpoint_type() == Some(&sdk::VpcEndpointType::Gateway);
    endpoint.service_name().filter(|_| is_gateway)
}

async fn prefix_lists(aws: &Aws, names: Vec<&str>) -> Result<Vec<sdk::PrefixList>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let request = aws.ec2().describe_prefix_lists();
    let request = request.filters(listed::by("prefix-list-name", &names));
    pages!(request, "ec2:DescribePrefixLists")
}

fn observed(
    aws: &Aws,
    id: &str,
    endpoint: &sdk::VpcEndpoint,
    prefix_list: Option<&sdk::PrefixList>,
) -> Result<VpcEndpoint> {
    let operation = "ec2:DescribeVpcEndpoints";
    let vpc_endpoint_type = endpoint
        .vpc_endpoint_type()
        .and_then(|kind| kind.as_str().parse().ok());
    let (prefix_list_id, cidr_blocks) = prefix_list
        .map(|list| (list.prefix_list_id.clone(), list.cidrs().to_vec()))
        .unwrap_or_default();
    let owner_id = endpoint.owner_id().unwrap_or_default();
    let dns_options = endpoint.dns_options().map(|options| DnsOptions {
        dns_record_ip_type: options
            .dns_record_ip_type()
            .and_then(|kind| kind.as_str().parse().ok()),
        private_dns_only_for_inbound_resolver_endpoint: options
            .private_dns_only_for_inbound_resolver_endpoint(),
    });
    let dns_entries = endpoint.dns_entries().iter().map(|entry| DnsEntry {
        dns_name: entry.dns_name().map(str::to_owned),
        hosted_zone_id: entry.hosted_zone_id().map(str::to_owned),
    });
    Ok(VpcEndpoint {
        arn: aws.arn("ec2", owner_id, &format!("vpc-endpoint/{id}")),
        owner_id: owner_id.to_owned(),
        state: state(endpoint).to_owned(),
        tags: tags::managed(endpoint.tags()),
        vpc_endpoint_type,
        ip_address_type: endpoint
            .ip_address_type()
            .and_then(|kind| kind.as_str().parse().ok()),
        private_dns_enabled: endpoint.private_dns_enabled(),
        security_group_ids: endpoint
            .groups()
            .iter()
            .filter_map(|group| group.group_id().map(str::to_owned))
            .collect(),
        dns_options,
        dns_entries: dns_entries.collect(),
        prefix_list_id,
        cidr_blocks,
        vpc_id: expected(endpoint.vpc_id.clone(), operation, "VpcId")?,
        service_name: endpoint.service_name.clone(),
        service_region: endpoint.service_region.clone(),
        resource_configuration_arn: endpoint.resource_configuration_arn.clone(),
        service_network_arn: endpoint.service_network_arn.clone(),
        policy: endpoint.policy_document.clone(),
        route_table_ids: endpoint.route_table_ids().to_vec(),
        subnet_ids: endpoint.subnet_ids().to_vec(),
        network_interface_ids: endpoint.network_interface_ids().to_vec(),
    })
}
