//! One call makes it all.

use super::*;

pub(super) async fn create(
    aws: &Aws,
    inputs: &ReplicationGroupInputs,
    context: &Context,
) -> Result<String> {
    let some = |list: &[String]| (!list.is_empty()).then(|| list.to_vec());
    let id = inputs.replication_group_id.clone().unwrap_or_default();
    // The API asks for a description.
    let description = filled(inputs.description.as_ref()).unwrap_or_else(|| id.clone());
    let logs = log_deliveries(&inputs.log_delivery_configurations);
    let all_tags = version::tags_at_creation(
        &context.owner,
        &inputs.tags,
        inputs.engine_version.as_deref(),
    );
    let answer = aws
        .elasticache()
        .create_replication_group()
        .replication_group_id(&id)
        .replication_group_description(description)
        .engine(inputs.engine.as_str())
        .set_engine_version(inputs.engine_version.clone())
        .set_auto_minor_version_upgrade(inputs.auto_minor_version_upgrade)
        .cache_node_type(&inputs.node_type)
        .set_cluster_mode(inputs.cluster_mode.map(|mode| mode.as_str().into()))
        .num_node_groups(inputs.num_node_groups.unwrap_or(1))
        .replicas_per_node_group(inputs.replicas_per_node_group.unwrap_or(0))
        .automatic_failover_enabled(inputs.automatic_failover_enabled.unwrap_or(false))
        .set_multi_az_enabled(inputs.multi_az_enabled)
        .set_data_tiering_enabled(inputs.data_tiering_enabled)
        .set_port(inputs.port)
        .set_cache_subnet_group_name(inputs.subnet_group_name.clone())
        .set_security_group_ids(some(&inputs.security_group_ids))
        .set_network_type(inputs.network_type.map(|kind| kind.as_str().into()))
        .set_ip_discovery(inputs.ip_discovery.map(|kind| kind.as_str().into()))
        .set_cache_parameter_group_name(inputs.parameter_group_name.clone())
        .set_at_rest_encryption_enabled(inputs.at_rest_encryption_enabled)
        .set_kms_key_id(inputs.kms_key_id.clone())
        .set_transit_encryption_enabled(inputs.transit_encryption_enabled)
        .set_transit_encryption_mode(
            inputs
                .transit_encryption_mode
                .map(|mode| mode.as_str().into()),
        )
        .set_auth_token(security::token(inputs))
        .set_user_group_ids(some(&inputs.user_group_ids))
        .set_snapshot_retention_limit(inputs.snapshot_retention_limit)
        .set_snapshot_window(inputs.snapshot_window.clone())
        .set_snapshot_name(inputs.snapshot_name.clone())
        .set_preferred_maintenance_window(inputs.maintenance_window.clone())
        .set_notification_topic_arn(inputs.notification_topic_arn.clone())
        .set_log_delivery_configurations((!logs.is_empty()).then_some(logs))
        .set_tags(Some(tags::sdk(&all_tags)))
        .send()
        .await
        .named("elasticache:CreateReplicationGroup")?;
    let made = answer
        .replication_group
        .and_then(|group| group.replication_group_id);
    expected(
        made,
        "elasticache:CreateReplicationGroup",
        "ReplicationGroupId",
    )
}
