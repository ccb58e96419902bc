//! `aws:ec2:Vpc`: a virtual network.

use stack::resource::*;

/// A virtual network in one region, isolated from all others.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("aws:ec2:Vpc", create = "5m", delete = "5m", visibility_lag = "15s")]
pub struct Vpc {
    /// The IPv4 range, from `/16` to `/28`, such as `10.0.0.0/16`.
    #[input(replaces)]
    pub cidr_block: String,
    /// Whether an IPv6 range of size `/56` is assigned by Amazon. Off by default.
    #[input(replaces)]
    pub assign_generated_ipv6_cidr_block: Option<bool>,
    /// Whether instances run on shared hardware (`default`, the default) or on hardware of their own (`dedicated`).
    #[input(replaces)]
    pub instance_tenancy: Option<Tenancy>,
    /// Whether Amazon's DNS server answers inside the network. On by default.
    #[input(reset = true)]
    pub enable_dns_support: Option<bool>,
    /// Whether instances with public addresses get public names; private endpoints need it. Off by default.
    #[input(reset = false)]
    pub enable_dns_hostnames: Option<bool>,
    /// Whether CloudWatch gets metrics of how many addresses are in use. Off by default.
    #[input(reset = false)]
    pub enable_network_address_usage_metrics: Option<bool>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// Its ARN.
    #[output]
    pub arn: String,
    /// The account that owns it.
    #[output]
    pub owner_id: String,
    /// The IPv6 range, where one is assigned.
    #[output]
    pub ipv6_cidr_block: Option<String>,
    /// The route table that subnets without one of their own use.
    #[output]
    pub main_route_table_id: Option<String>,
    /// The security group that instances without one of their own are in.
    #[output]
    pub default_security_group_id: Option<String>,
    /// The network ACL that subnets without one of their own use.
    #[output]
    pub default_network_acl_id: Option<String>,
    /// The DHCP options in force.
    #[output]
    pub dhcp_options_id: Option<String>,
}

/// Whose hardware instances run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum Tenancy {
    /// Shared with other customers of AWS.
    Default,
    /// Of one's own.
    Dedicated,
}

#[cfg(feature = "provider")]
mod handler {
    use aws_sdk_ec2::types::{
        AttributeBooleanValue, Filter, ResourceType, VpcAttributeName, VpcState,
    };
    use futures::try_join;

    use super::*;
    use crate::ec2::tags;
    use crate::prelude::*;

    impl Handler for Vpc {
        type Client = Aws;

        fn actions() -> Actions {
            Actions::none()
                .to_read([
                    "ec2:DescribeNetworkAcls",
                    "ec2:DescribeRouteTables",
                    "ec2:DescribeSecurityGroups",
                    "ec2:DescribeVpcAttribute",
                    "ec2:DescribeVpcs",
                ])
                .to_create(["ec2:CreateVpc"])
                .to_set(["ec2:ModifyVpcAttribute"])
                .to_tag("ec2:CreateTags", "ec2:DeleteTags")
                .to_delete(["ec2:DeleteVpc"])
        }

        async fn read(aws: &Aws, id: &str) -> Result<Option<Self>> {
            let answer = aws
                .ec2()
                .describe_vpcs()
                .vpc_ids(id)
                .send()
                .await
                .named("ec2:DescribeVpcs")
                .found()?;
            let Some(vpc) = answer.and_then(|answer| answer.vpcs?.pop()) else {
                return Ok(None);
            };
            let (support, hostnames, metrics, main_route_table_id, group, acl) = try_join!(
                attribute(aws, id, VpcAttributeName::EnableDnsSupport),
                attribute(aws, id, VpcAttributeName::EnableDnsHostnames),
                attribute(aws, id, VpcAttributeName::EnableNetworkAddressUsageMetrics),
                main_route_table(aws, id),
                default_security_group(aws, id),
                default_network_acl(aws, id),
            )?;
            let ipv6 = vpc.ipv6_cidr_block_association_set().first();
            let owner_id = vpc.owner_id().unwrap_or_default();
            Ok(Some(Vpc {
                cidr_block: expected(vpc.cidr_block(), "ec2:DescribeVpcs", "CidrBlock")?.to_owned(),
                assign_generated_ipv6_cidr_block: Some(ipv6.is_some()),
                instance_tenancy: vpc
                    .instance_tenancy()
                    .and_then(|tenancy| tenancy.as_str().parse().ok()),
                enable_dns_support: support,
                enable_dns_hostnames: hostnames,
                enable_network_address_usage_metrics: metrics,
                tags: tags::managed(vpc.tags()),
                arn: aws.arn("ec2", owner_id, &format!("vpc/{id}")),
                owner_id: owner_id.to_owned(),
                ipv6_cidr_block: ipv6
                    .and_then(|range| range.ipv6_cidr_block())
                    .map(str::to_owned),
                main_route_table_id,
                default_security_group_id: group,
                default_network_acl_id: acl,
                dhcp_options_id: vpc.dhcp_options_id().map(str::to_owned),
            }))
        }

        async fn find(aws: &Aws, whose: Whose<'_>, _: &VpcInputs) -> Result<Vec<String>> {
            let request = aws.ec2().describe_vpcs().set_filters(Some(tags::of(whose)));
            let answer = request.send().await.named("ec2:DescribeVpcs")?;
            Ok(answer
                .vpcs()
                .iter()
                .filter_map(|vpc| vpc.vpc_id().map(str::to_owned))
                .collect())
        }

        async fn create(aws: &Aws, inputs: &VpcInputs, context: &Context) -> Result<String> {
            let answer = aws
                .ec2()
                .create_vpc()
                .cidr_block(&inputs.cidr_block)
                .set_amazon_provided_ipv6_cidr_block(inputs.assign_generated_ipv6_cidr_block)
                .set_instance_tenancy(
                    inputs
                        .instance_tenancy
                        .map(|tenancy| tenancy.as_str().into()),
                )
                .tag_specifications(tags::at_creation(
                    ResourceType::Vpc,
                    &context.owner,
                    &inputs.tags,
                ))
                .send()
                .await
                .named("ec2:CreateVpc")?;
            let id = answer.vpc().and_then(|vpc| vpc.vpc_id());
            Ok(expected(id, "ec2:CreateVpc", "VpcId")?.to_owned())
        }

        async fn settle(aws: &Aws, id: &str, inputs: &VpcInputs, context: &Context) -> Result<()> {
            context
                .wait_for("the VPC to be available", || async {
                    let answer = aws
                        .ec2()
                        .describe_vpcs()
                        .vpc_ids(id)
                        .send()
                        .await
                        .named("ec2:DescribeVpcs")
                        .found()?;
                    let state = answer
                        .as_ref()
                        .and_then(|answer| answer.vpcs().first()?.state());
                    Ok(match state {
                        Some(VpcState::Available) => Progress::Done(()),
                        state => Progress::Pending(
                            state.map_or("not visible yet", VpcState::as_str).to_owned(),
                        ),
                    })
                })
                .await?;
            set_attributes(aws, id, Change::all(inputs)).await
        }

        async fn update(
            aws: &Aws,
            id: &str,
            change: Change<'_, VpcInputs>,
            _: &Context,
        ) -> Result<()> {
            set_attributes(aws, id, change).await?;
            tags::update(aws, id, TagChange::of(&change, |vpc| &vpc.tags)).await
        }

        async fn delete(aws: &Aws, id: &str, _: &VpcInputs, _: &Context) -> Result<()> {
            aws.ec2()
                .delete_vpc()
                .vpc_id(id)
                .send()
                .await
                .named("ec2:DeleteVpc")
                .map(drop)
        }
    }

    /// EC2 changes one attribute a call.
    async fn set_attributes(aws: &Aws, id: &str, change: Change<'_, VpcInputs>) -> Result<()> {
        let modify = || aws.ec2().modify_vpc_attribute().vpc_id(id);
        let switch = |on: &bool| AttributeBooleanValue::builder().value(*on).build();
        let requests = [
            change
                .some(|vpc| &vpc.enable_dns_support)
                .map(|on| modify().enable_dns_support(switch(on))),
            change
                .some(|vpc| &vpc.enable_dns_hostnames)
                .map(|on| modify().enable_dns_hostnames(switch(on))),
            change
                .some(|vpc| &vpc.enable_network_address_usage_metrics)
                .map(|on| modify().enable_network_address_usage_metrics(switch(on))),
        ];
        for request in requests.into_iter().flatten() {
            request.send().await.named("ec2:ModifyVpcAttribute")?;
        }
        Ok(())
    }

    /// EC2 tells one attribute a call.
    async fn attribute(aws: &Aws, id: &str, name: VpcAttributeName) -> Result<Option<bool>> {
        let request = aws
            .ec2()
            .describe_vpc_attribute()
            .vpc_id(id)
            .attribute(name.clone());
        let answer = request.send().await.named("ec2:DescribeVpcAttribute")?;
        let value = match name {
            VpcAttributeName::EnableDnsHostnames => answer.enable_dns_hostnames(),
            VpcAttributeName::EnableDnsSupport => answer.enable_dns_support(),
            _ => answer.enable_network_address_usage_metrics(),
        };
        Ok(value.and_then(AttributeBooleanValue::value))
    }

    fn filter(name: &str, value: &str) -> Filter {
        Filter::builder().name(name).values(value).build()
    }

    async fn main_route_table(aws: &Aws, id: &str) -> Result<Option<String>> {
        let request = aws.ec2().describe_route_tables();
        let request = request
            .filters(filter("vpc-id", id))
            .filters(filter("association.main", "true"));
        let answer = request.send().await.named("ec2:DescribeRouteTables")?;
        Ok(answer
            .route_tables()
            .first()
            .and_then(|table| table.route_table_id().map(str::to_owned)))
    }

    async fn default_security_group(aws: &Aws, id: &str) -> Result<Option<String>> {
        let request = aws.ec2().describe_security_groups();
        let request = request
            .filters(filter("vpc-id", id))
            .filters(filter("group-name", "default"));
        let answer = request.send().await.named("ec2:DescribeSecurityGroups")?;
        Ok(answer
            .security_groups()
            .first()
            .and_then(|group| group.group_id().map(str::to_owned)))
    }

    async fn default_network_acl(aws: &Aws, id: &str) -> Result<Option<String>> {
        let request = aws.ec2().describe_network_acls();
        let request = request
            .filters(filter("vpc-id", id))
            .filters(filter("default", "true"));
        let answer = request.send().await.named("ec2:DescribeNetworkAcls")?;
        Ok(answer
            .network_acls()
            .first()
            .and_then(|acl| acl.network_acl_id().map(str::to_owned)))
    }
}
