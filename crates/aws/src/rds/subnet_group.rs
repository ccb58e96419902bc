//! `aws:rds:SubnetGroup`: the subnets that databases may be in.

use stack::resource::*;

/// The subnets that databases may be in, in at least two zones of one VPC.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("aws:rds:SubnetGroup")]
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
    /// The kinds of addresses that databases in it may have: `IPV4`, `DUAL`.
    #[output(volatile)]
    pub supported_network_types: Vec<String>,
}

#[cfg(feature = "provider")]
mod handler {
    use super::*;
    use crate::prelude::*;
    use crate::rds::tags;

    impl Handler for SubnetGroup {
        type Client = Aws;

        fn actions() -> Actions {
            Actions::none()
                .to_read(["rds:DescribeDBSubnetGroups", "rds:ListTagsForResource"])
                .to_create(["rds:CreateDBSubnetGroup"])
                .to_update(["rds:ModifyDBSubnetGroup"])
                .to_tag("rds:AddTagsToResource", "rds:RemoveTagsFromResource")
                .to_delete(["rds:DeleteDBSubnetGroup"])
        }

        async fn read(aws: &Aws, id: &str) -> Result<Option<Self>> {
            let Some(group) = describe(aws, id).await? else {
                return Ok(None);
            };
            let arn = expected(
                group.db_subnet_group_arn(),
                "rds:DescribeDBSubnetGroups",
                "DBSubnetGroupArn",
            )?;
            let tags = tags::of(aws, arn).await?;
            Ok(Some(SubnetGroup {
                name: group.db_subnet_group_name().map(str::to_owned),
                description: group.db_subnet_group_description().map(str::to_owned),
                subnet_ids: group
                    .subnets()
                    .iter()
                    .filter_map(|subnet| subnet.subnet_identifier().map(str::to_owned))
                    .collect(),
                tags: Owner::without_ours(tags),
                arn: arn.to_owned(),
                vpc_id: group.vpc_id().map(str::to_owned),
                supported_network_types: group.supported_network_types().to_vec(),
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
            let arn = group.db_subnet_group_arn().unwrap_or_default();
            let ours = whose.owns(&tags::of(aws, arn).await?);
            Ok(ours.then(|| name.to_owned()).into_iter().collect())
        }

        async fn create(
            aws: &Aws,
            inputs: &SubnetGroupInputs,
            context: &Context,
        ) -> Result<String> {
            let name = inputs.name.as_deref().unwrap_or_default();
            aws.rds()
                .create_db_subnet_group()
                .db_subnet_group_name(name)
                .db_subnet_group_description(description(name, inputs))
                .set_subnet_ids(Some(inputs.subnet_ids.clone()))
                .set_tags(Some(tags::sdk(&context.owner.tags(&inputs.tags))))
                .send()
                .await
                .named("rds:CreateDBSubnetGroup")?;
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
                let request = aws.rds().modify_db_subnet_group().db_subnet_group_name(id);
                let request = request.db_subnet_group_description(description(id, change.after));
                let request = request.set_subnet_ids(Some(change.after.subnet_ids.clone()));
                request.send().await.named("rds:ModifyDBSubnetGroup")?;
            }
            let Some(tag_change) = TagChange::of(&change, |group| &group.tags) else {
                return Ok(());
            };
            let group = describe(aws, id).await?;
            let arn = group.and_then(|group| group.db_subnet_group_arn);
            let arn = expected(arn, "rds:DescribeDBSubnetGroups", "DBSubnetGroupArn")?;
            tags::update(aws, &arn, Some(tag_change)).await
        }

        async fn delete(aws: &Aws, id: &str, _: &SubnetGroupInputs, _: &Context) -> Result<()> {
            aws.rds()
                .delete_db_subnet_group()
                .db_subnet_group_name(id)
                .send()
                .await
                .named("rds:DeleteDBSubnetGroup")
                .map(drop)
        }
    }

    /// The API asks for one.
    fn description<'a>(name: &'a str, inputs: &'a SubnetGroupInputs) -> &'a str {
        let given = inputs.description.as_deref();
        given.filter(|text| !text.is_empty()).unwrap_or(name)
    }

    async fn describe(aws: &Aws, name: &str) -> Result<Option<aws_sdk_rds::types::DbSubnetGroup>> {
        let request = aws
            .rds()
            .describe_db_subnet_groups()
            .db_subnet_group_name(name);
        let answer = request
            .send()
            .await
            .named("rds:DescribeDBSubnetGroups")
            .found()?;
        Ok(answer.and_then(|answer| answer.db_subnet_groups?.pop()))
    }
}
