//! How a cache is made and kept.

use std::collections::BTreeMap;

use aws_sdk_elasticache::types as sdk;

use super::*;
use crate::elasticache::tags;
use crate::permit::{as_caller, first_use_of, granting};
use crate::prelude::*;
use crate::rds::version;

mod create;
mod modify;
mod nodes;
mod read;
mod security;

impl Handler for ReplicationGroup {
    type Client = Aws;

    fn actions() -> Actions {
        Actions::none()
            .to_read([
                "elasticache:DescribeCacheClusters",
                "elasticache:DescribeReplicationGroups",
                "elasticache:ListTagsForResource",
            ])
            .to_create(["elasticache:CreateReplicationGroup"])
            .to_set([
                "elasticache:DecreaseReplicaCount",
                "elasticache:DescribeCacheEngineVersions",
                "elasticache:IncreaseReplicaCount",
                "elasticache:ModifyReplicationGroup",
                "elasticache:ModifyReplicationGroupShardConfiguration",
            ])
            .to_tag(
                "elasticache:AddTagsToResource",
                "elasticache:RemoveTagsFromResource",
            )
            .to_delete(["elasticache:DeleteReplicationGroup"])
            // Where the account has no service-linked role yet, the service makes interfaces as whoever asks.
            .implying(as_caller([
                "ec2:CreateNetworkInterface",
                "ec2:DeleteNetworkInterface",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcs",
            ]))
            .implying([first_use_of("elasticache.amazonaws.com")])
            .implying(granting("kms_key_id"))
            // A last snapshot.
            .implying([Implied::by(Verb::Create, "elasticache:CreateSnapshot")
                .given("final_snapshot_identifier")])
    }

    async fn read(aws: &Aws, id: &str) -> Result<Option<Self>> {
        match describe(aws, id).await? {
            Some(group) => read::read(aws, group).await.map(Some),
            None => Ok(None),
        }
    }

    async fn find(
        aws: &Aws,
        whose: Whose<'_>,
        inputs: &ReplicationGroupInputs,
    ) -> Result<Vec<String>> {
        let name = inputs.replication_group_id.as_deref().unwrap_or_default();
        let Some(group) = describe(aws, name).await? else {
            return Ok(Vec::new());
        };
        let ours = whose.owns(&tags::of(aws, arn(&group)?).await?);
        Ok(ours.then(|| name.to_owned()).into_iter().collect())
    }

    async fn create(
        aws: &Aws,
        inputs: &ReplicationGroupInputs,
        context: &Context,
    ) -> Result<String> {
        create::create(aws, inputs, context).await
    }

    async fn settle(
        aws: &Aws,
        id: &str,
        _: &ReplicationGroupInputs,
        context: &Context,
    ) -> Result<()> {
        available(aws, id, Pending::Awaited, context)
            .await
            .map(drop)
    }

    async fn update(
        aws: &Aws,
        id: &str,
        change: Change<'_, ReplicationGroupInputs>,
        context: &Context,
    ) -> Result<()> {
        // ElastiCache takes one change at a time, and refuses another while it is at work.
        let group = available(aws, id, Pending::Allowed, context).await?;
        // Failover wants the replicas to be there first, and goes before they do.
        nodes::more(aws, &group, change.after, context).await?;
        modify::modify(aws, &group, change, context).await?;
        nodes::fewer(aws, id, change.after, context).await?;
        security::change_transit_encryption(aws, id, change, context).await?;
        security::change_auth_token(aws, &group, change, context).await?;
        tags::update(aws, arn(&group)?, modify::tag_change(change)).await
    }

    async fn delete(
        aws: &Aws,
        id: &str,
        recorded: &ReplicationGroupInputs,
        context: &Context,
    ) -> Result<()> {
        let Some(group) = describe(aws, id).await? else {
            return Ok(());
        };
        // A delete that was sent before is waited for.
        if group.status() != Some("deleting") {
            let snapshot = filled(recorded.final_snapshot_identifier.as_ref());
            let sent = aws
                .elasticache()
                .delete_replication_group()
                .replication_group_id(id)
                .set_final_snapshot_identifier(snapshot)
                .send()
                .await
                .named("elasticache:DeleteReplicationGroup");
            match sent {
                Err(error) if error.kind == ErrorKind::AlreadyExists => {
                    return Err(error.hint(
                        "set final_snapshot_identifier to another name and apply, or delete that snapshot",
                    ));
                }
                result => drop(result?),
            }
        }
        context
            .wait_for("the cache to be gone", || async {
                Ok(match describe(aws, id).await? {
                    None => Progress::Done(()),
                    Some(group) => {
                        Progress::Pending(group.status.unwrap_or_else(|| "still there".to_owned()))
                    }
                })
            })
            .await
    }
}

async fn describe(aws: &Aws, id: &str) -> Result<Option<sdk::ReplicationGroup>> {
    let answer = aws
        .elasticache()
        .describe_replication_groups()
        .replication_group_id(id)
        .send()
        .await
        .named("elasticache:DescribeReplicationGroups")
        .found()?;
    Ok(answer.and_then(|answer| answer.replication_groups?.pop()))
}

fn arn(group: &sdk::ReplicationGroup) -> Result<&str> {
    expected(group.arn(), "elasticache:DescribeReplicationGroups", "ARN")
}

/// Whether a wait may end while changes are pending, for the maintenance window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pending {
    Allowed,
    Awaited,
}

/// Waits until the cache can be used and what was asked for is in force.
async fn available(
    aws: &Aws,
    id: &str,
    pending: Pending,
    context: &Context,
) -> Result<sdk::ReplicationGroup> {
    context
        .wait_for("the cache to be available", || async {
            let Some(group) = describe(aws, id).await? else {
                return Err(Error::new(
                    ErrorKind::Gone,
                    format!("the cache {id} is not there"),
                ));
            };
            let has_pending = group.pending_modified_values().is_some_and(is_pending);
            match group.status() {
                Some("available") if pending == Pending::Awaited && has_pending => {
                    Ok(Progress::Pending("changes are pending".to_owned()))
                }
                Some("available") => Ok(Progress::Done(group)),
                Some("create-failed") => {
                    let message = "the cache could not be created";
                    Err(Error::new(ErrorKind::Failed, message).hint(
                        "its events say more: aws elasticache describe-events --source-type replication-group",
                    ))
                }
                status => Ok(Progress::Pending(
                    status.unwrap_or("not visible yet").to_owned(),
                )),
            }
        })
        .await
}

/// Deliveries of logs do not count: where the destination is not there, they stay pending for good.
fn is_pending(values: &sdk::ReplicationGroupPendingModifiedValues) -> bool {
    values.primary_cluster_id().is_some()
        || values.automatic_failover_status().is_some()
        || values.resharding().is_some()
        || values.auth_token_status().is_some()
        || values.user_groups().is_some()
        || values.transit_encryption_enabled().is_some()
        || values.transit_encryption_mode().is_some()
        || values.cluster_mode().is_some()
}

/// A text that is there. An empty one is how the engine says that a field is no longer set.
fn filled(text: Option<&String>) -> Option<String> {
    text.filter(|text| !text.is_empty()).cloned()
}

fn log_deliveries(wanted: &[LogDelivery]) -> Vec<sdk::LogDeliveryConfigurationRequest> {
    let requests = wanted.iter().map(|one| {
        let destination = match one.destination_type {
            LogDestinationType::CloudWatchLogs => {
                let details = sdk::CloudWatchLogsDestinationDetails::builder()
                    .log_group(&one.destination)
                    .build();
                sdk::DestinationDetails::builder().cloud_watch_logs_details(details)
            }
            LogDestinationType::KinesisFirehose => {
                let details = sdk::KinesisFirehoseDestinationDetails::builder()
                    .delivery_stream(&one.destination)
                    .build();
                sdk::DestinationDetails::builder().kinesis_firehose_details(details)
            }
        };
        sdk::LogDeliveryConfigurationRequest::builder()
            .log_type(one.log_type.as_str().into())
            .destination_type(one.destination_type.as_str().into())
            .destination_details(destination.build())
            .log_format(one.log_format.as_str().into())
            .build()
    });
    requests.collect()
}
