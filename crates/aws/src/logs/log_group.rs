//! `aws:logs:LogGroup`: a place for the logs of one application.

use stack::resource::*;

/// A place in CloudWatch Logs for the logs of one application. Its id is its name.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("aws:logs:LogGroup", visibility_lag = "5s")]
pub struct LogGroup {
    /// Its name, unique in account and region, such as `/app/web`: at most 512 letters, digits and `_-/.#`. Made by
    /// the engine when it is not set.
    #[input(replaces, name(max_length = 512))]
    pub name: Option<String>,
    /// How many days events are kept: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192,
    /// 2557, 2922, 3288 or 3653. 0, the default, is for ever. A lower number deletes what is older.
    #[input(reset = 0)]
    pub retention_in_days: Option<i32>,
    /// The ARN of the KMS key that encrypts new events. CloudWatch's own key by default. Events that were encrypted
    /// with a key need it for as long as they are kept.
    #[input(reset = "")]
    pub kms_key_id: Option<String>,
    /// What can be done with the logs, and what they cost. `STANDARD` by default.
    #[input(replaces)]
    pub log_group_class: Option<LogGroupClass>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// Its ARN, without `:*` at its end.
    #[output]
    pub arn: String,
}

/// What can be done with the logs of a group, and what they cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum LogGroupClass {
    /// Everything that CloudWatch Logs can do.
    #[choice("STANDARD")]
    Standard,
    /// Cheaper to take in, without metric filters, subscriptions and live tail.
    #[choice("INFREQUENT_ACCESS")]
    InfrequentAccess,
    /// Logs of AWS services on their way to S3 or Firehose; kept for one or two days.
    #[choice("DELIVERY")]
    Delivery,
}

#[cfg(feature = "provider")]
mod handler {
    use std::collections::HashMap;

    use aws_sdk_cloudwatchlogs::types as sdk;

    use super::*;
    use crate::listed;
    use crate::prelude::*;

    impl Handler for LogGroup {
        type Client = Aws;

        fn actions() -> Actions {
            Actions::none()
                .to_read(["logs:DescribeLogGroups", "logs:ListTagsForResource"])
                .to_create(["logs:CreateLogGroup"])
                .to_set(["logs:DeleteRetentionPolicy", "logs:PutRetentionPolicy"])
                .to_update(["logs:AssociateKmsKey", "logs:DisassociateKmsKey"])
                .to_tag("logs:TagResource", "logs:UntagResource")
                .to_delete(["logs:DeleteLogGroup"])
        }

        async fn read(aws: &Aws, id: &str) -> Result<Option<Self>> {
            match look(aws, id).await? {
                Some(group) => observed(aws, &group).await,
                None => Ok(None),
            }
        }

        const BATCH: usize = 50;

        async fn read_many(aws: &Aws, ids: &[&str]) -> Result<Vec<(String, Self)>> {
            let request = aws.logs().describe_log_groups();
            let request = request.set_log_group_identifiers(listed::sdk(ids));
            let groups = pages!(request, "logs:DescribeLogGroups")?;
            let groups = listed::each(groups, |group| async move {
                let observed = observed(aws, &group).await?;
                Ok(group.log_group_name.zip(observed))
            });
            Ok(groups.await.into_iter().flatten().collect())
        }

        async fn find(aws: &Aws, whose: Whose<'_>, inputs: &LogGroupInputs) -> Result<Vec<String>> {
            let Some(name) = &inputs.name else {
                return Ok(Vec::new());
            };
            let Some(group) = look(aws, name).await? else {
                return Ok(Vec::new());
            };
            let tags = tags(aws, &arn(&group)?).await.found()?;
            let ours = tags.is_some_and(|tags| whose.owns(&tags.into_iter().collect()));
            Ok(ours.then(|| name.clone()).into_iter().collect())
        }

        async fn create(aws: &Aws, inputs: &LogGroupInputs, context: &Context) -> Result<String> {
            let name = inputs.name.clone().unwrap_or_default();
            aws.logs()
                .create_log_group()
                .log_group_name(&name)
                .set_kms_key_id(inputs.kms_key_id.clone())
                .set_log_group_class(inputs.log_group_class.map(|class| class.as_str().into()))
                .set_tags(Some(context.owner.tags(&inputs.tags).into_iter().collect()))
                .send()
                .await
                .named("logs:CreateLogGroup")?;
            Ok(name)
        }

        async fn settle(aws: &Aws, id: &str, inputs: &LogGroupInputs, _: &Context) -> Result<()> {
            match inputs.retention_in_days {
                Some(days) if days > 0 => put_retention(aws, id, days).await,
                Some(_) | None => Ok(()),
            }
        }

        async fn update(
            aws: &Aws,
            id: &str,
            change: Change<'_, LogGroupInputs>,
            _: &Context,
        ) -> Result<()> {
            if let Some(days) = change.some(|group| &group.retention_in_days) {
                put_retention(aws, id, *days).await?;
            }
            match change.some(|group| &group.kms_key_id).map(String::as_str) {
                None => {}
                Some("") => {
                    let request = aws.logs().disassociate_kms_key().log_group_name(id);
                    request.send().await.named("logs:DisassociateKmsKey")?;
                }
                Some(key) => {
                    let request = aws.logs().associate_kms_key().log_group_name(id);
                    let request = request.kms_key_id(key);
                    request.send().await.named("logs:AssociateKmsKey")?;
                }
            }
            let Some(TagChange { set, remove }) = TagChange::of(&change, |group| &group.tags)
            else {
                return Ok(());
            };
            let group = look(aws, id).await?;
            let arn = arn(&expected(group, "logs:DescribeLogGroups", "group")?)?;
            if !remove.is_empty() {
                let request = aws.logs().untag_resource().resource_arn(&arn);
                let request = request.set_tag_keys(Some(remove));
                request.send().await.named("logs:UntagResource")?;
            }
            if !set.is_empty() {
                let request = aws.logs().tag_resource().resource_arn(&arn);
                let request = request.set_tags(Some(set.into_iter().collect()));
                request.send().await.named("logs:TagResource")?;
            }
            Ok(())
        }

        async fn delete(aws: &Aws, id: &str, _: &LogGroupInputs, _: &Context) -> Result<()> {
            aws.logs()
                .delete_log_group()
                .log_group_name(id)
                .send()
                .await
                .named("logs:DeleteLogGroup")
                .map(drop)
        }
    }

    /// The API finds groups by how their names begin, in the order of names, so the group itself is the first.
    async fn look(aws: &Aws, name: &str) -> Result<Option<sdk::LogGroup>> {
        let request = aws.logs().describe_log_groups();
        let request = request.log_group_name_prefix(name);
        let answer = request.send().await.named("logs:DescribeLogGroups")?;
        let groups = answer.log_groups.unwrap_or_default();
        Ok(groups
            .into_iter()
            .find(|group| group.log_group_name() == Some(name)))
    }

    async fn observed(aws: &Aws, group: &sdk::LogGroup) -> Result<Option<LogGroup>> {
        let arn = arn(group)?;
        let Some(tags) = tags(aws, &arn).await.found()? else {
            return Ok(None);
        };
        Ok(Some(LogGroup {
            name: group.log_group_name().map(str::to_owned),
            retention_in_days: Some(group.retention_in_days().unwrap_or(0)),
            kms_key_id: group.kms_key_id().map(str::to_owned),
            log_group_class: group
                .log_group_class()
                .and_then(|class| class.as_str().parse().ok()),
            tags: Owner::without_ours(tags),
            arn,
        }))
    }

    /// The ARN as tags want it, without `:*`.
    fn arn(group: &sdk::LogGroup) -> Result<String> {
        let arn = group.log_group_arn().or_else(|| group.arn());
        let arn = expected(arn, "logs:DescribeLogGroups", "LogGroupArn")?;
        Ok(arn.trim_end_matches(":*").to_owned())
    }

    async fn tags(aws: &Aws, arn: &str) -> Result<HashMap<String, String>> {
        let request = aws.logs().list_tags_for_resource().resource_arn(arn);
        let answer = request.send().await.named("logs:ListTagsForResource")?;
        Ok(answer.tags.unwrap_or_default())
    }

    async fn put_retention(aws: &Aws, id: &str, days: i32) -> Result<()> {
        if days == 0 {
            let request = aws.logs().delete_retention_policy().log_group_name(id);
            return request
                .send()
                .await
                .named("logs:DeleteRetentionPolicy")
                .map(drop);
        }
        let request = aws.logs().put_retention_policy().log_group_name(id);
        request
            .retention_in_days(days)
            .send()
            .await
            .named("logs:PutRetentionPolicy")
            .map(drop)
    }
}
