//! How EC2 makes and changes subnets.

use aws_sdk_ec2::types::{AttributeBooleanValue, ResourceType, Subnet as Described, SubnetState};

use super::ipv6;
use super::*;
use crate::ec2::{listed, ranges, tags};
use crate::prelude::*;

impl Handler for Subnet {
    type Client = Aws;

    fn actions() -> Actions {
        Actions::none()
            .to_read(["ec2:DescribeSubnets"])
            .to_create(["ec2:CreateSubnet"])
            .to_set([
                "ec2:AssociateSubnetCidrBlock",
                "ec2:DisassociateSubnetCidrBlock",
                "ec2:ModifySubnetAttribute",
            ])
            .to_tag("ec2:CreateTags", "ec2:DeleteTags")
            .to_delete(["ec2:DeleteSubnet"])
    }

    async fn read(aws: &Aws, id: &str) -> Result<Option<Self>> {
        let described = describe(aws, id).await?;
        described
            .as_ref()
            .map(|subnet| observed(aws, id, subnet))
            .transpose()
    }

    const BATCH: usize = listed::AT_ONCE;

    async fn read_many(aws: &Aws, ids: &[&str]) -> Result<Vec<(String, Self)>> {
        let request = aws.ec2().describe_subnets();
        let subnets = request.filters(listed::by("subnet-id", ids));
        Ok(listed::under_ids(
            &pages!(subnets, "ec2:DescribeSubnets")?,
            Described::subnet_id,
            |id, subnet| observed(aws, id, subnet),
        ))
    }

    async fn find(aws: &Aws, whose: Whose<'_>, _: &SubnetInputs) -> Result<Vec<String>> {
        let request = aws
            .ec2()
            .describe_subnets()
            .set_filters(Some(tags::of(whose)));
        let answer = request.send().await.named("ec2:DescribeSubnets")?;
        let ids = answer
            .subnets()
            .iter()
            .filter_map(|subnet| subnet.subnet_id().map(str::to_owned));
        Ok(ids.collect())
    }

    async fn create(aws: &Aws, inputs: &SubnetInputs, context: &Context) -> Result<String> {
        if let Some(range) = &inputs.cidr_block {
            ranges::canonical("cidr_block", range)?;
        }
        if let Some(range) = &inputs.ipv6_cidr_block {
            ranges::canonical("ipv6_cidr_block", range)?;
        }
        let answer = aws
            .ec2()
            .create_subnet()
            .vpc_id(&inputs.vpc_id)
            .set_cidr_block(inputs.cidr_block.clone())
            .set_ipv6_cidr_block(inputs.ipv6_cidr_block.clone())
            .set_ipv6_native(inputs.ipv6_native)
            .set_availability_zone(inputs.availability_zone.clone())
            .set_availability_zone_id(inputs.availability_zone_id.clone())
            .tag_specifications(tags::at_creation(
                ResourceType::Subnet,
                &context.owner,
                &inputs.tags,
            ))
            .send()
            .await
            .named("ec2:CreateSubnet")?;
        let id = answer.subnet().and_then(|subnet| subnet.subnet_id());
        Ok(expected(id, "ec2:CreateSubnet", "SubnetId")?.to_owned())
    }

    async fn settle(aws: &Aws, id: &str, inputs: &SubnetInputs, context: &Context) -> Result<()> {
        context
            .wait_for("the subnet to be available", || async {
                let subnet = describe(aws, id).await?;
                Ok(match subnet.as_ref().and_then(Described::state) {
                    Some(SubnetState::Available) => Progress::Done(()),
                    Some(
                        state @ (SubnetState::Failed | SubnetState::FailedInsufficientCapacity),
                    ) => {
                        let message = format!("the subnet is {}", state.as_str());
                        return Err(Error::new(ErrorKind::Failed, message));
                    }
                    state => Progress::Pending(
                        state
                            .map_or("not visible yet", SubnetState::as_str)
                            .to_owned(),
                    ),
                })
            })
            .await?;
        // The range was given at creation. It has to be there before what builds on it is switched on.
        ipv6::in_force(aws, id, inputs, context).await?;
        let change = Change::all(inputs);
        switch(aws, id, change, false).await?;
        switch(aws, id, change, true).await?;
        switches_in_force(aws, id, inputs, context).await
    }

    async fn update(
        aws: &Aws,
        id: &str,
        change: Change<'_, SubnetInputs>,
        context: &Context,
    ) -> Result<()> {
        // What builds on the IPv6 range goes before it and comes after it.
        switch(aws, id, change, false).await?;
        if change.of(|subnet| &subnet.ipv6_cidr_block).is_some() {
            ipv6::change(aws, id, change.after, context).await?;
        }
        switch(aws, id, change, true).await?;
        switches_in_force(aws, id, change.after, context).await?;
        tags::update(aws, id, TagChange::of(&change, |subnet| &subnet.tags)).await
    }

    async fn delete(aws: &Aws, id: &str, _: &SubnetInputs, _: &Context) -> Result<()> {
        aws.ec2()
            .delete_subnet()
            .subnet_id(id)
            .send()
            .await
            .named("ec2:DeleteSubnet")
            .map(drop)
    }
}

pub(super) async fn describe(aws: &Aws, id: &str) -> Result<Option<Described>> {
    let request = aws.ec2().describe_subnets().subnet_ids(id);
    let answer = request.send().await.named("ec2:DescribeSubnets").found()?;
    Ok(answer.and_then(|answer| answer.subnets?.pop()))
}

fn observed(aws: &Aws, id: &str, subnet: &Described) -> Result<Subnet> {
    let owner_id = subnet.owner_id().unwrap_or_default();
    let names = subnet.private_dns_name_options_on_launch();
    let range = ipv6::range(subnet);
    let vpc_id = expected(subnet.vpc_id(), "ec2:DescribeSubnets", "VpcId")?;
    Ok(Subnet {
        vpc_id: vpc_id.to_owned(),
        cidr_block: subnet
            .cidr_block()
            .filter(|range| !range.is_empty())
            .map(str::to_owned),
        availability_zone: subnet.availability_zone().map(str::to_owned),
        availability_zone_id: subnet.availability_zone_id().map(str::to_owned),
        ipv6_cidr_block: range
            .and_then(|range| range.ipv6_cidr_block())
            .map(str::to_owned),
        ipv6_native: subnet.ipv6_native(),
        map_public_ip_on_launch: subnet.map_public_ip_on_launch(),
        assign_ipv6_address_on_creation: subnet.assign_ipv6_address_on_creation(),
        enable_dns64: subnet.enable_dns64(),
        private_dns_hostname_type_on_launch: names
            .and_then(|names| names.hostname_type()?.as_str().parse().ok()),
        enable_resource_name_dns_a_record_on_launch: names
            .and_then(|names| names.enable_resource_name_dns_a_record()),
        enable_resource_name_dns_aaaa_record_on_launch: names
            .and_then(|names| names.enable_resource_name_dns_aaaa_record()),
        tags: tags::managed(subnet.tags()),
        arn: match subnet.subnet_arn() {
            Some(arn) => arn.to_owned(),
            None => aws.arn("ec2", owner_id, &format!("subnet/{id}")),
        },
        owner_id: owner_id.to_owned(),
        ipv6_cidr_block_association_id: range
            .and_then(|range| range.association_id())
            .map(str::to_owned),
    })
}

/// Switches on what is to be on, or off what is to be off. EC2 changes one attribute a call.
async fn switch(aws: &Aws, id: &str, change: Change<'_, SubnetInputs>, on: bool) -> Result<()> {
    let modify = || aws.ec2().modify_subnet_attribute().subnet_id(id);
    let value = || AttributeBooleanValue::builder().value(on).build();
    let to_switch = |field: fn(&SubnetInputs) -> &Option<bool>| change.some(field) == Some(&on);
    let requests = [
        to_switch(|subnet| &subnet.map_public_ip_on_launch)
            .then(|| modify().map_public_ip_on_launch(value())),
        to_switch(|subnet| &subnet.assign_ipv6_address_on_creation)
            .then(|| modify().assign_ipv6_address_on_creation(value())),
        to_switch(|subnet| &subnet.enable_dns64).then(|| modify().enable_dns64(value())),
        to_switch(|subnet| &subnet.enable_resource_name_dns_a_record_on_launch)
            .then(|| modify().enable_resource_name_dns_a_record_on_launch(value())),
        to_switch(|subnet| &subnet.enable_resource_name_dns_aaaa_record_on_launch)
            .then(|| modify().enable_resource_name_dns_aaaa_record_on_launch(value())),
        change
            .some(|subnet| &subnet.private_dns_hostname_type_on_launch)
            .filter(|_| on)
            .map(|kind| modify().private_dns_hostname_type_on_launch(kind.as_str().into())),
    ];
    for request in requests.into_iter().flatten() {
        request.send().await.named("ec2:ModifySubnetAttribute")?;
    }
    Ok(())
}

/// Waits until a read shows every switch as asked for: EC2 is eventually consistent, and a read that comes too early
/// would be taken for drift.
async fn switches_in_force(
    aws: &Aws,
    id: &str,
    inputs: &SubnetInputs,
    context: &Context,
) -> Result<()> {
    fn agrees<T: PartialEq>(asked: &Option<T>, seen: &Option<T>) -> bool {
        asked.is_none() || asked == seen
    }
    context
        .wait_for("the subnet's settings to be in force", || async {
            let Some(subnet) = describe(aws, id).await? else {
                return Ok(Progress::Pending("not visible".to_owned()));
            };
            let seen = observed(aws, id, &subnet)?;
            let differs = [
                (
                    "map_public_ip_on_launch",
                    agrees(
                        &inputs.map_public_ip_on_launch,
                        &seen.map_public_ip_on_launch,
                    ),
                ),
                (
                    "assign_ipv6_address_on_creation",
                    agrees(
                        &inputs.assign_ipv6_address_on_creation,
                        &seen.assign_ipv6_address_on_creation,
                    ),
                ),
                (
                    "enable_dns64",
                    agrees(&inputs.enable_dns64, &seen.enable_dns64),
                ),
                (
                    "private_dns_hostname_type_on_launch",
                    agrees(
                        &inputs.private_dns_hostname_type_on_launch,
                        &seen.private_dns_hostname_type_on_launch,
                    ),
                ),
                (
                    "enable_resource_name_dns_a_record_on_launch",
                    agrees(
                        &inputs.enable_resource_name_dns_a_record_on_launch,
                        &seen.enable_resource_name_dns_a_record_on_launch,
                    ),
                ),
                (
                    "enable_resource_name_dns_aaaa_record_on_launch",
                    agrees(
                        &inputs.enable_resource_name_dns_aaaa_record_on_launch,
                        &seen.enable_resource_name_dns_aaaa_record_on_launch,
                    ),
                ),
            ]
            .into_iter()
            .find(|(_, agrees)| !agrees);
            Ok(match differs {
                None => Progress::Done(()),
                Some((field, _)) => Progress::Pending(format!("{field} is not yet as asked")),
            })
        })
        .await
}
