//! How a target group is made and kept.

use aws_sdk_elasticloadbalancingv2::types as sdk;
use futures::try_join;

use super::*;
use crate::elbv2::attributes::Attributes;
use crate::elbv2::tags::Tagged;
use crate::elbv2::{arn_suffix, tags};
use crate::listed;
use crate::permit::{as_caller, first_use_of};
use crate::prelude::*;

mod attributes;
mod health_check;

impl Handler for TargetGroup {
    type Client = Aws;

    fn actions() -> Actions {
        Actions::none()
            .to_read([
                "elasticloadbalancing:DescribeTags",
                "elasticloadbalancing:DescribeTargetGroupAttributes",
                "elasticloadbalancing:DescribeTargetGroups",
            ])
            .to_create(["elasticloadbalancing:CreateTargetGroup"])
            .to_set(["elasticloadbalancing:ModifyTargetGroupAttributes"])
            .to_update(["elasticloadbalancing:ModifyTargetGroup"])
            .to_tag(
                "elasticloadbalancing:AddTags",
                "elasticloadbalancing:RemoveTags",
            )
            .to_delete(["elasticloadbalancing:DeleteTargetGroup"])
            // <https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-api-permissions.html>
            .implying(as_caller([
                "ec2:DescribeInternetGateways",
                "ec2:DescribeVpcs",
            ]))
            .implying([first_use_of("elasticloadbalancing.amazonaws.com")])
    }

    async fn read(aws: &Aws, id: &str) -> Result<Option<Self>> {
        let groups = described(aws, &[id]).await.found()?;
        let Some(group) = groups.and_then(|mut groups| groups.pop()) else {
            return Ok(None);
        };
        let (attributes, tags) = try_join!(attributes::read(aws, id), tags::managed(aws, id))?;
        Ok(Some(observed(id, group, &attributes, tags)))
    }

    const BATCH: usize = tags::AT_ONCE;

    async fn read_many(aws: &Aws, ids: &[&str]) -> Result<Vec<(String, Self)>> {
        let groups = described(aws, ids);
        let groups = tags::tagged(aws, ids, groups, sdk::TargetGroup::target_group_arn);
        Ok(listed::each(groups.await?, |group| async move {
            let Tagged {
                arn,
                described,
                tags,
            } = group;
            let attributes = attributes::read(aws, &arn).await?;
            let observed = observed(&arn, described, &attributes, tags);
            Ok((arn, observed))
        })
        .await)
    }

    async fn find(aws: &Aws, whose: Whose<'_>, inputs: &TargetGroupInputs) -> Result<Vec<String>> {
        let arns = named(aws, inputs).await?.into_iter().collect();
        tags::owned(aws, whose, arns).await
    }

    async fn create(aws: &Aws, inputs: &TargetGroupInputs, context: &Context) -> Result<String> {
        let operation = "elasticloadbalancing:CreateTargetGroup";
        // A create with the name and settings of a group that is there succeeds; what is there is not to be taken.
        if let Some(there) = named(aws, inputs).await? {
            let message = format!("a target group of that name is there already: {there}");
            return Err(Error::new(ErrorKind::AlreadyExists, message).operation(operation));
        }
        let check = inputs.health_check.as_ref();
        let answer = aws
            .elbv2()
            .create_target_group()
            .set_name(inputs.name.clone())
            .set_target_type(inputs.target_type.map(|kind| kind.as_str().into()))
            .set_protocol(inputs.protocol.map(|protocol| protocol.as_str().into()))
            .set_protocol_version(
                inputs
                    .protocol_version
                    .map(|version| version.as_str().to_owned()),
            )
            .set_port(inputs.port)
            .set_vpc_id(inputs.vpc_id.clone())
            .set_ip_address_type(inputs.ip_address_type.map(|kind| kind.as_str().into()))
            .set_health_check_enabled(check.and_then(|check| check.enabled))
            .set_health_check_protocol(check.and_then(health_check::protocol))
            .set_health_check_port(check.and_then(|check| check.port.clone()))
            .set_health_check_path(check.and_then(|check| check.path.clone()))
            .set_health_check_interval_seconds(check.and_then(|check| check.interval))
            .set_health_check_timeout_seconds(check.and_then(|check| check.timeout))
            .set_healthy_threshold_count(check.and_then(|check| check.healthy_threshold))
            .set_unhealthy_threshold_count(check.and_then(|check| check.unhealthy_threshold))
            .set_matcher(
                check
                    .and_then(|check| check.matcher.as_deref())
                    .map(|codes| health_check::matcher(codes, inputs.protocol_version)),
            )
            .set_tags(tags::at_creation(&context.owner, &inputs.tags))
            .send()
            .await
            .named(operation)?;
        let arn = answer
            .target_groups
            .and_then(|mut groups| groups.pop()?.target_group_arn);
        expected(arn, operation, "TargetGroupArn")
    }

    async fn settle(aws: &Aws, id: &str, inputs: &TargetGroupInputs, _: &Context) -> Result<()> {
        attributes::write(aws, id, Change::all(inputs)).await
    }

    async fn update(
        aws: &Aws,
        id: &str,
        change: Change<'_, TargetGroupInputs>,
        _: &Context,
    ) -> Result<()> {
        if let Some(check) = change.some(|group| &group.health_check) {
            health_check::modify(aws, id, check, change.after).await?;
        }
        attributes::write(aws, id, change).await?;
        tags::update(aws, id, TagChange::of(&change, |group| &group.tags)).await
    }

    async fn delete(aws: &Aws, id: &str, _: &TargetGroupInputs, _: &Context) -> Result<()> {
        aws.elbv2()
            .delete_target_group()
            .target_group_arn(id)
            .send()
            .await
            .named("elasticloadbalancing:DeleteTargetGroup")
            .map(drop)
    }
}

async fn described(aws: &Aws, ids: &[&str]) -> Result<Vec<sdk::TargetGroup>> {
    let request = aws.elbv2().describe_target_groups();
    let request = request.set_target_group_arns(listed::sdk(ids));
    pages!(request, "elasticloadbalancing:DescribeTargetGroups")
}

fn observed(
    id: &str,
    group: sdk::TargetGroup,
    attributes: &Attributes,
    tags: BTreeMap<String, String>,
) -> TargetGroup {
    let mut this = TargetGroup {
        health_check: Some(health_check::told(&group)),
        name: group.target_group_name,
        target_type: group
            .target_type
            .and_then(|kind| kind.as_str().parse().ok()),
        protocol: group
            .protocol
            .and_then(|protocol| protocol.as_str().parse().ok()),
        protocol_version: group
            .protocol_version
            .and_then(|version| version.parse().ok()),
        port: group.port,
        vpc_id: group.vpc_id,
        ip_address_type: group
            .ip_address_type
            .and_then(|kind| kind.as_str().parse().ok()),
        deregistration_delay: None,
        slow_start: None,
        load_balancing_algorithm: None,
        anomaly_mitigation: None,
        cross_zone: None,
        stickiness: None,
        preserve_client_ip: None,
        connection_termination: None,
        proxy_protocol_v2: None,
        lambda_multi_value_headers: None,
        target_group_health: None,
        unhealthy_connections: None,
        tags,
        arn: id.to_owned(),
        arn_suffix: arn_suffix(id, ""),
    };
    attributes::fill_in(&mut this, attributes);
    this
}

/// The ARN of the target group of this name.
async fn named(aws: &Aws, inputs: &TargetGroupInputs) -> Result<Option<String>> {
    let Some(name) = &inputs.name else {
        return Ok(None);
    };
    let request = aws.elbv2().describe_target_groups().names(name);
    let answer = request
        .send()
        .await
        .named("elasticloadbalancing:DescribeTargetGroups")
        .found()?;
    Ok(answer.and_then(|answer| answer.target_groups?.pop()?.target_group_arn))
}
