//! How many nodes there are: shards, and replicas in each.

use super::*;

/// How many replicas a shard has.
pub(super) fn replicas(shard: &sdk::NodeGroup) -> Option<i32> {
    i32::try_from(shard.node_group_members().len())
        .ok()?
        .checked_sub(1)
}

fn shards(group: &sdk::ReplicationGroup) -> i32 {
    i32::try_from(group.node_groups().len()).unwrap_or(i32::MAX)
}

/// Adds shards and replicas that are missing.
pub(super) async fn more(
    aws: &Aws,
    group: &sdk::ReplicationGroup,
    wanted: &ReplicationGroupInputs,
    context: &Context,
) -> Result<()> {
    let id = group.replication_group_id().unwrap_or_default();
    if let Some(count) = wanted
        .num_node_groups
        .filter(|count| *count > shards(group))
    {
        aws.elasticache()
            .modify_replication_group_shard_configuration()
            .replication_group_id(id)
            .node_group_count(count)
            .apply_immediately(true)
            .send()
            .await
            .named("elasticache:ModifyReplicationGroupShardConfiguration")?;
        available(aws, id, Pending::Awaited, context).await?;
    }
    let there = group.node_groups().first().and_then(replicas);
    let count = wanted.replicas_per_node_group;
    if let Some(count) = count.filter(|count| there.is_some_and(|there| *count > there)) {
        aws.elasticache()
            .increase_replica_count()
            .replication_group_id(id)
            .new_replica_count(count)
            .apply_immediately(true)
            .send()
            .await
            .named("elasticache:IncreaseReplicaCount")?;
        available(aws, id, Pending::Awaited, context).await?;
    }
    Ok(())
}

/// Removes replicas and shards that should not be there, the last ones first.
pub(super) async fn fewer(
    aws: &Aws,
    id: &str,
    wanted: &ReplicationGroupInputs,
    context: &Context,
) -> Result<()> {
    let Some(group) = describe(aws, id).await? else {
        return Ok(());
    };
    let there = group.node_groups().first().and_then(replicas);
    let count = wanted.replicas_per_node_group;
    if let Some(count) = count.filter(|count| there.is_some_and(|there| *count < there)) {
        aws.elasticache()
            .decrease_replica_count()
            .replication_group_id(id)
            .new_replica_count(count)
            .apply_immediately(true)
            .send()
            .await
            .named("elasticache:DecreaseReplicaCount")?;
        available(aws, id, Pending::Awaited, context).await?;
    }
    if let Some(count) = wanted
        .num_node_groups
        .filter(|count| *count < shards(&group))
    {
        let ids = group.node_groups().iter();
        let mut ids: Vec<String> = ids
            .filter_map(|shard| shard.node_group_id.clone())
            .collect();
        ids.sort();
        let kept = usize::try_from(count).unwrap_or_default();
        aws.elasticache()
            .modify_replication_group_shard_configuration()
            .replication_group_id(id)
            .node_group_count(count)
            .set_node_groups_to_remove(Some(ids.split_off(kept)))
            .apply_immediately(true)
            .send()
            .await
            .named("elasticache:ModifyReplicationGroupShardConfiguration")?;
        available(aws, id, Pending::Awaited, context).await?;
    }
    Ok(())
}
