//! From ElastiCache's answers to ours. Half of the settings it tells of the nodes alone.

use super::*;

/// What ElastiCache tells of a cache and its first node. A change that waits for the maintenance window counts as
/// made: it was asked for and accepted, and asking again would change nothing.
pub(super) async fn read(aws: &Aws, group: sdk::ReplicationGroup) -> Result<ReplicationGroup> {
    let operation = "elasticache:DescribeReplicationGroups";
    let node = first_node(aws, &group).await?;
    let tags = tags::of(aws, arn(&group)?).await?;
    let text = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    let pending = group.pending_modified_values();
    let node_pending = node.pending_modified_values();
    let version = text(node.engine_version());
    let version_to_be = node_pending.and_then(|pending| text(pending.engine_version()));
    let shards = group.node_groups();
    let endpoint = |endpoint: Option<&sdk::Endpoint>| endpoint.and_then(|one| text(one.address()));
    let first_shard = shards.first();
    let is_spread = group.cluster_enabled() == Some(true);
    let encrypted = pending
        .and_then(|pending| pending.transit_encryption_enabled())
        .or(group.transit_encryption_enabled())
        .unwrap_or(false);
    let mode = pending
        .and_then(|pending| pending.transit_encryption_mode())
        .or(group.transit_encryption_mode())
        .map_or("required", sdk::TransitEncryptionMode::as_str);
    Ok(ReplicationGroup {
        replication_group_id: text(group.replication_group_id()),
        description: Some(group.description().unwrap_or_default().to_owned()),
        engine: expected(
            choice(group.engine().or(node.engine())),
            operation,
            "Engine that is known here",
        )?,
        engine_version: version_to_be
            .or_else(|| version.clone())
            .map(|version| version::as_asked(&tags, &version)),
        auto_minor_version_upgrade: group
            .auto_minor_version_upgrade()
            .or(node.auto_minor_version_upgrade()),
        node_type: expected(
            node_pending
                .and_then(|pending| text(pending.cache_node_type()))
                .or_else(|| text(group.cache_node_type())),
            operation,
            "CacheNodeType",
        )?,
        cluster_mode: choice(
            pending
                .and_then(|pending| pending.cluster_mode())
                .or(group.cluster_mode())
                .map(sdk::ClusterMode::as_str)
                .or(Some(if is_spread { "enabled" } else { "disabled" })),
        ),
        num_node_groups: i32::try_from(shards.len()).ok(),
        replicas_per_node_group: first_shard.and_then(nodes::replicas),
        automatic_failover_enabled: Some(fails_over(&group)),
        multi_az_enabled: Some(group.multi_az() == Some(&sdk::MultiAzStatus::Enabled)),
        data_tiering_enabled: Some(group.data_tiering() == Some(&sdk::DataTieringStatus::Enabled)),
        port: group
            .configuration_endpoint()
            .or(first_shard.and_then(|shard| shard.primary_endpoint()))
            .and_then(|endpoint| endpoint.port()),
        subnet_group_name: text(node.cache_subnet_group_name()),
        security_group_ids: node
            .security_groups()
            .iter()
            .filter_map(|group| text(group.security_group_id()))
            .collect(),
        network_type: choice(group.network_type().map(sdk::NetworkType::as_str)),
        ip_discovery: choice(group.ip_discovery().map(sdk::IpDiscovery::as_str)),
        parameter_group_name: node
            .cache_parameter_group()
            .and_then(|group| text(group.cache_parameter_group_name())),
        at_rest_encryption_enabled: group.at_rest_encryption_enabled(),
        kms_key_id: text(group.kms_key_id()),
        transit_encryption_enabled: Some(encrypted),
        transit_encryption_mode: choice(encrypted.then_some(mode)),
        auth_token: None,
        auth_token_update_strategy: None,
        user_group_ids: user_groups(&group),
        snapshot_retention_limit: group.snapshot_retention_limit(),
        snapshot_window: text(group.snapshot_window()),
        final_snapshot_identifier: None,
        snapshot_name: None,
        maintenance_window: text(node.preferred_maintenance_window()),
        apply_immediately: None,
        notification_topic_arn: node
            .notification_configuration()
            .filter(|topic| topic.topic_status() == Some("active"))
            .and_then(|topic| text(topic.topic_arn())),
        log_delivery_configurations: logs(group.log_delivery_configurations()),
        tags: Owner::without_ours(tags),
        arn: arn(&group)?.to_owned(),
        primary_endpoint_address: first_shard
            .filter(|_| !is_spread)
            .and_then(|shard| endpoint(shard.primary_endpoint())),
        reader_endpoint_address: first_shard
            .filter(|_| !is_spread)
            .and_then(|shard| endpoint(shard.reader_endpoint())),
        configuration_endpoint_address: endpoint(group.configuration_endpoint()),
        engine_version_actual: version,
        member_clusters: group.member_clusters().to_vec(),
    })
}

/// The first node; an empty one while there is none yet.
pub(super) async fn first_node(
    aws: &Aws,
    group: &sdk::ReplicationGroup,
) -> Result<sdk::CacheCluster> {
    let nothing = sdk::CacheCluster::builder().build();
    let Some(id) = group.member_clusters().first() else {
        return Ok(nothing);
    };
    let answer = aws
        .elasticache()
        .describe_cache_clusters()
        .cache_cluster_id(id)
        .send()
        .await
        .named("elasticache:DescribeCacheClusters")
        .found()?;
    let node = answer.and_then(|answer| answer.cache_clusters?.pop());
    Ok(node.unwrap_or(nothing))
}

/// One of our few texts; none for one that AWS has added since.
fn choice<T: std::str::FromStr>(text: Option<&str>) -> Option<T> {
    text.and_then(|text| text.parse().ok())
}

fn fails_over(group: &sdk::ReplicationGroup) -> bool {
    let pending = group
        .pending_modified_values()
        .and_then(|pending| pending.automatic_failover_status());
    match pending {
        Some(pending) => *pending == sdk::PendingAutomaticFailoverStatus::Enabled,
        None => matches!(
            group.automatic_failover(),
            Some(sdk::AutomaticFailoverStatus::Enabled | sdk::AutomaticFailoverStatus::Enabling)
        ),
    }
}

fn user_groups(group: &sdk::ReplicationGroup) -> Vec<String> {
    let mut ids = group.user_group_ids().to_vec();
    let pending = group
        .pending_modified_values()
        .and_then(|pending| pending.user_groups());
    if let Some(pending) = pending {
        ids.retain(|id| !pending.user_group_ids_to_remove().contains(id));
        let more = pending.user_group_ids_to_add().iter();
        ids.extend(
            more.filter(|id| !group.user_group_ids().contains(id))
                .cloned(),
        );
    }
    ids
}

fn logs(configurations: &[sdk::LogDeliveryConfiguration]) -> Vec<LogDelivery> {
    let deliveries = configurations.iter().filter_map(|one| {
        if one.status() == Some(&sdk::LogDeliveryConfigurationStatus::Disabling) {
            return None;
        }
        let details = one.destination_details()?;
        let group = details
            .cloud_watch_logs_details()
            .and_then(|to| to.log_group());
        let stream = details
            .kinesis_firehose_details()
            .and_then(|to| to.delivery_stream());
        Some(LogDelivery {
            log_type: choice(one.log_type().map(sdk::LogType::as_str))?,
            destination_type: choice(one.destination_type().map(sdk::DestinationType::as_str))?,
            destination: group.or(stream)?.to_owned(),
            log_format: choice(one.log_format().map(sdk::LogFormat::as_str))?,
        })
    });
    deliveries.collect()
}
