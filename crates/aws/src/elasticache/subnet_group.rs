//! `aws:elasticache:SubnetGroup`: the subnets that caches may be in.

use stack::resource::*;

/// The subnets that caches may be in, all of one VPC.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("aws:elasticache:SubnetGroup")]
pub struct SubnetGroup {
    /// Its name, unique in the account and region: at most 255 lower-case letters, digits and hyphens. Made by the
    /// engine when it is not set.
    #[input(replaces, name(max_length = 255, lowercase))]
    pub name: Option<String>,
    /// What it is for. Its name by default.
    #[input(reset = "")]
    pub description: Option<String>,
    /// The ids of the subnets.
    #[input(required, set)]
    pub subnet_ids: Vec<String>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// Its ARN.
    #[output]
    pub arn: String,
    /// The VPC that the subnets are in.
    #[output]
    pub vpc_id: Option<String>,
    /// The kinds of addresses that caches in it may have: `ipv4`, `ipv6`, `dual_stack`.
    #[output(volatile)]
    pub supported_network_types: Vec<String>,
}

#[cfg(feature = "provider")]
mod handler {
    use super::*;
    use crate::elasticache::tags;
    use crate::permit::as_caller;
    use crate::prelude::*;

    impl Handler for SubnetGroup {
        type Client = Aws;

        fn actions() -> Actions {
            Actions::none()
                .to_read([
                    "elasticache:DescribeCacheSubnetGroups",
                    "elasticache:ListTagsForResource",
                ])
                .to_create(["elasticache:CreateCacheSubnetGroup"])
                .to_update(["elasticache:ModifyCacheSubnetGroup"])
                .to_tag(
                    "elasticache:AddTagsToResource",
                    "elasticache:RemoveTagsFromResource",
                )
                .to_delete(["elasticache:DeleteCacheSubnetGroup"])
                // Where the account has no service-linked role yet, the service makes interfaces as whoever asks.
                .implying(as_caller([
                    "ec2:CreateNetworkInterface",
                    "ec2:DeleteNetworkInterface",
                    "ec2:DescribeNetworkInterfaces",
                    "ec2:DescribeSubnets",
                    "ec2:DescribeVpcs",
                ]))
        }

        async fn read(aws: &Aws, id: &str) -> Result<Option<Self>> {
            let Some(group) = describe(aws, id).await? else {
                return Ok(None);
            };
            let arn = expected(group.arn(), "elasticache:DescribeCacheSubnetGroups", "ARN")?;
            let tags = tags::of(aws, arn).await?;
            Ok(Some(SubnetGroup {
                name: group.cache_subnet_group_name().map(str::to_owned),
                description: group.cache_subnet_group_description().map(str::to_owned),
                subnet_ids: group
                    .subnets()
                    .iter()
                    .filter_map(|subnet| subnet.subnet_identifier().map(str::to_owned))
                    .collect(),
                tags: Owner::without_ours(tags),
                arn: arn.to_owned(),
                vpc_id: group.vpc_id().map(str::to_owned),
                supported_network_types: group
                    .supported_network_types()
                    .iter()
                    .map(|kind| kind.as_str().to_owned())
                    .collect(),
            }))
        }

        async fn find(
            aws: &Aws,
            whose: Whose<'_>,
            inputs: &SubnetGroupInputs,
        ) -> Result<Vec<String>> {
            let name = inputs.name.as_deref().unwrap_or_default();
            let Some(group) = describe(aws, name).await? else {
                return Ok(Vec::new());
            };
            let arn = group.arn().unwrap_or_default();
            let ours = whose.owns(&tags::of(aws, arn).await?);
            Ok(ours.then(|| name.to_owned()).into_iter().collect())
        }

        async fn create(
            aws: &Aws,
            inputs: &SubnetGroupInputs,
            context: &Context,
        ) -> Result<String> {
            let name = inputs.name.as_deref().unwrap_or_default();
            aws.elasticache()
                .create_cache_subnet_group()
                .cache_subnet_group_name(name)
                .cache_subnet_group_description(description(name, inputs))
                .set_subnet_ids(Some(inputs.subnet_ids.clone()))
                .set_tags(Some(tags::sdk(&context.owner.tags(&inputs.tags))))
                .send()
                .await
                .named("elasticache:CreateCacheSubnetGroup")?;
            Ok(name.to_owned())
        }

        async fn update(
            aws: &Aws,
            id: &str,
            change: Change<'_, SubnetGroupInputs>,
            _: &Context,
        ) -> Result<()> {
            if change.of(|group| &group.description).is_some()
                || change.of(|group| &group.subnet_ids).is_some()
            {
                let request = aws
                    .elasticache()
                    .modify_cache_subnet_group()
                    .cache_subnet_group_name(id);
                let request = request.cache_subnet_group_description(description(id, change.after));
                let request = request.set_subnet_ids(Some(change.after.subnet_ids.clone()));
                request
                    .send()
                    .await
                    .named("elasticache:ModifyCacheSubnetGroup")?;
            }
            let Some(tag_change) = TagChange::of(&change, |group| &group.tags) else {
                return Ok(());
            };
            let group = describe(aws, id).await?;
            let arn = group.and_then(|group| group.arn);
            let arn = expected(arn, "elasticache:DescribeCacheSubnetGroups", "ARN")?;
            tags::update(aws, &arn, Some(tag_change)).await
        }

        async fn delete(aws: &Aws, id: &str, _: &SubnetGroupInputs, _: &Context) -> Result<()> {
            aws.elasticache()
                .delete_cache_subnet_group()
                .cache_subnet_group_name(id)
                .send()
                .await
                .named("elasticache:DeleteCacheSubnetGroup")
                .map(drop)
        }
    }

    /// The API asks for one.
    fn description<'a>(name: &'a str, inputs: &'a SubnetGroupInputs) -> &'a str {
        let given = inputs.description.as_deref();
        given.filter(|text| !text.is_empty()).unwrap_or(name)
    }

    async fn describe(
        aws: &Aws,
        name: &str,
    ) -> Result<Option<aws_sdk_elasticache::types::CacheSubnetGroup>> {
        let request = aws
            .elasticache()
            .describe_cache_subnet_groups()
            .cache_subnet_group_name(name);
        let answer = request
            .send()
            .await
            .named("elasticache:DescribeCacheSubnetGroups")
            .found()?;
        Ok(answer.and_then(|answer| answer.cache_subnet_groups?.pop()))
    }
}
