//! What differs and is neither the number of nodes nor who may connect.

use super::*;

type GroupChange<'a> = Change<'a, ReplicationGroupInputs>;

/// Sends what differs and waits until it is in force, or accepted for the maintenance window.
pub(super) async fn modify(
    aws: &Aws,
    group: &sdk::ReplicationGroup,
    change: GroupChange<'_>,
    context: &Context,
) -> Result<()> {
    let id = group.replication_group_id().unwrap_or_default();
    let nothing = || {
        aws.elasticache()
            .modify_replication_group()
            .replication_group_id(id)
    };
    let groups = change.of(|group| &group.security_group_ids);
    let topic = change.some(|group| &group.notification_topic_arn);
    let request = nothing()
        .set_replication_group_description(change.some(|group| &group.description).map(|text| {
            // The API asks for one.
            filled(Some(text)).unwrap_or_else(|| id.to_owned())
        }))
        .set_engine(
            change
                .of(|group| &group.engine)
                .map(|engine| engine.as_str().to_owned()),
        )
        .set_auto_minor_version_upgrade(
            change
                .some(|group| &group.auto_minor_version_upgrade)
                .copied(),
        )
        .set_cache_node_type(change.of(|group| &group.node_type).cloned())
        .set_cluster_mode(
            change
                .some(|group| &group.cluster_mode)
                .map(|mode| mode.as_str().into()),
        )
        .set_automatic_failover_enabled(
            change
                .some(|group| &group.automatic_failover_enabled)
                .copied(),
        )
        .set_multi_az_enabled(change.some(|group| &group.multi_az_enabled).copied())
        .set_security_group_ids(groups.filter(|groups| !groups.is_empty()).cloned())
        .set_ip_discovery(
            change
                .some(|group| &group.ip_discovery)
                .map(|kind| kind.as_str().into()),
        )
        .set_snapshot_retention_limit(
            change
                .some(|group| &group.snapshot_retention_limit)
                .copied(),
        )
        .set_snapshot_window(filled(change.some(|group| &group.snapshot_window)))
        .set_preferred_maintenance_window(filled(change.some(|group| &group.maintenance_window)))
        .set_notification_topic_arn(filled(topic))
        .set_notification_topic_status(topic.map(|topic| {
            let status = if topic.is_empty() {
                "inactive"
            } else {
                "active"
            };
            status.to_owned()
        }))
        .set_log_delivery_configurations(log_changes(&change));
    let request = match filled(change.some(|group| &group.engine_version)) {
        Some(wanted) if !is_met(aws, group, &change, &wanted).await? => {
            request.engine_version(wanted)
        }
        Some(_) | None => request,
    };
    let request =
        request.set_cache_parameter_group_name(parameter_group(aws, group, &change).await?);
    // The API lets go of a password only for users in its place, in one call.
    let request = match security::is_let_go(&change) {
        true => request.auth_token_update_strategy(sdk::AuthTokenUpdateStrategyType::Delete),
        false => request,
    };
    let (add, remove) = user_groups(&change);
    let request = request
        .set_user_group_ids_to_add(add)
        .set_user_group_ids_to_remove(remove);
    if request.as_input() == nothing().as_input() {
        return Ok(());
    }
    // What concerns passwords and users is taken at once or not at all.
    let now = change.after.apply_immediately == Some(true)
        || security::is_let_go(&change)
        || change.of(|group| &group.user_group_ids).is_some();
    request
        .apply_immediately(now)
        .send()
        .await
        .named("elasticache:ModifyReplicationGroup")?;
    let pending = if now {
        Pending::Awaited
    } else {
        Pending::Allowed
    };
    available(aws, id, pending, context).await.map(drop)
}

/// The program's tags, and ours that says which version it asked for.
pub(super) fn tag_change(change: GroupChange<'_>) -> Option<TagChange> {
    let mut tags = TagChange::of(&change, |group| &group.tags).unwrap_or(TagChange {
        set: BTreeMap::new(),
        remove: Vec::new(),
    });
    match change
        .of(|group| &group.engine_version)
        .map(|version| filled(version.as_ref()))
    {
        Some(Some(version)) => drop(tags.set.insert(version::TAG.to_owned(), version)),
        Some(None) => tags.remove.push(version::TAG.to_owned()),
        None => {}
    }
    (!tags.set.is_empty() || !tags.remove.is_empty()).then_some(tags)
}

/// Whether the version in force is the one asked for. A change of the software always names its version.
async fn is_met(
    aws: &Aws,
    group: &sdk::ReplicationGroup,
    change: &GroupChange<'_>,
    wanted: &str,
) -> Result<bool> {
    if change.of(|group| &group.engine).is_some() {
        return Ok(false);
    }
    let node = read::first_node(aws, group).await?;
    Ok(node
        .engine_version()
        .is_some_and(|actual| version::meets(wanted, actual)))
}

fn log_changes(change: &GroupChange<'_>) -> Option<Vec<sdk::LogDeliveryConfigurationRequest>> {
    let after = change.of(|group| &group.log_delivery_configurations)?;
    let before = change
        .before()
        .map_or(&[][..], |group| &group.log_delivery_configurations);
    let gone = before
        .iter()
        .filter(|old| after.iter().all(|new| new.log_type != old.log_type));
    let mut requests = log_deliveries(after);
    requests.extend(gone.map(|old| {
        sdk::LogDeliveryConfigurationRequest::builder()
            .log_type(old.log_type.as_str().into())
            .enabled(false)
            .build()
    }));
    (!requests.is_empty()).then_some(requests)
}

fn user_groups(change: &GroupChange<'_>) -> (Option<Vec<String>>, Option<Vec<String>>) {
    let Some(after) = change.of(|group| &group.user_group_ids) else {
        return (None, None);
    };
    let before = change
        .before()
        .map_or(&[][..], |group| &group.user_group_ids);
    let only = |these: &[String], others: &[String]| {
        let list: Vec<_> = these
            .iter()
            .filter(|one| !others.contains(one))
            .cloned()
            .collect();
        (!list.is_empty()).then_some(list)
    };
    (only(after, before), only(before, after))
}

/// None means the default group of its version: only so can a group that was in use be deleted.
async fn parameter_group(
    aws: &Aws,
    group: &sdk::ReplicationGroup,
    change: &GroupChange<'_>,
) -> Result<Option<String>> {
    let Some(name) = change.some(|group| &group.parameter_group_name) else {
        return Ok(None);
    };
    if !name.is_empty() {
        return Ok(Some(name.clone()));
    }
    let operation = "elasticache:DescribeCacheEngineVersions";
    let wanted = filled(change.some(|group| &group.engine_version));
    let version = match wanted {
        Some(version) => Some(version),
        None => read::first_node(aws, group).await?.engine_version,
    };
    let answer = aws
        .elasticache()
        .describe_cache_engine_versions()
        .engine(change.after.engine.as_str())
        .set_engine_version(version)
        .send()
        .await
        .named(operation)?;
    let found = answer.cache_engine_versions().first();
    let family = found.and_then(|version| version.cache_parameter_group_family());
    let family = expected(family, operation, "CacheParameterGroupFamily")?;
    let is_spread = group.cluster_enabled() == Some(true);
    let ending = if is_spread { ".cluster.on" } else { "" };
    Ok(Some(format!("default.{family}{ending}")))
}
