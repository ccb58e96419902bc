//! From RDS's answer to ours.

use super::*;

/// What RDS tells of a database. A change that waits for the maintenance window counts as made: it was asked for and
/// accepted, and asking again would change nothing.
pub(super) fn observed(instance: &sdk::DbInstance) -> Result<Instance> {
    let operation = "rds:DescribeDBInstances";
    let tags = tags::map(instance.tag_list());
    let pending = instance
        .pending_modified_values
        .clone()
        .unwrap_or_else(|| sdk::PendingModifiedValues::builder().build());
    let text = |text: &Option<String>| filled(text.as_ref());
    let endpoint = instance.endpoint.as_ref();
    let address = endpoint.and_then(|endpoint| endpoint.address().map(str::to_owned));
    let port = endpoint.and_then(|endpoint| endpoint.port());
    let version = text(&instance.engine_version).unwrap_or_default();
    let version_to_be = text(&pending.engine_version).unwrap_or_else(|| version.clone());
    let secret = instance.master_user_secret.as_ref();
    let has_insights = instance.performance_insights_enabled == Some(true);
    Ok(Instance {
        identifier: text(&instance.db_instance_identifier),
        engine: expected(text(&instance.engine), operation, "Engine")?,
        engine_version: Some(version::as_asked(&tags, &version_to_be)),
        allow_major_version_upgrade: None,
        auto_minor_version_upgrade: instance.auto_minor_version_upgrade,
        engine_lifecycle_support: choice(instance.engine_lifecycle_support()),
        license_model: text(&pending.license_model).or_else(|| text(&instance.license_model)),
        instance_class: expected(
            text(&pending.db_instance_class).or_else(|| text(&instance.db_instance_class)),
            operation,
            "DBInstanceClass",
        )?,
        allocated_storage: storage(instance, &pending, &tags),
        max_allocated_storage: instance.max_allocated_storage,
        storage_type: choice(pending.storage_type().or(instance.storage_type())),
        iops: pending.iops.or(instance.iops),
        storage_throughput: pending.storage_throughput.or(instance.storage_throughput),
        dedicated_log_volume: Some(
            pending
                .dedicated_log_volume
                .or(instance.dedicated_log_volume)
                .unwrap_or(false),
        ),
        storage_encrypted: instance.storage_encrypted,
        kms_key_id: text(&instance.kms_key_id),
        multi_az: pending.multi_az.or(instance.multi_az),
        availability_zone: text(&instance.availability_zone),
        port: pending.port.or(port).or(instance.db_instance_port),
        db_subnet_group_name: text(&pending.db_subnet_group_name).or_else(|| {
            let group = instance.db_subnet_group.as_ref()?;
            text(&group.db_subnet_group_name)
        }),
        vpc_security_group_ids: instance
            .vpc_security_groups()
            .iter()
            .filter(|group| group.status() != Some("removing"))
            .filter_map(|group| group.vpc_security_group_id().map(str::to_owned))
            .collect(),
        publicly_accessible: instance.publicly_accessible,
        network_type: choice(instance.network_type()),
        ca_cert_identifier: text(&pending.ca_certificate_identifier)
            .or_else(|| text(&instance.ca_certificate_identifier)),
        db_name: text(&instance.db_name),
        master_username: text(&instance.master_username),
        master_password: None,
        manage_master_user_password: Some(secret.is_some()),
        master_user_secret_kms_key_id: secret.and_then(|secret| text(&secret.kms_key_id)),
        iam_database_authentication_enabled: pending
            .iam_database_authentication_enabled
            .or(instance.iam_database_authentication_enabled),
        parameter_group_name: instance
            .db_parameter_groups()
            .first()
            .and_then(|group| text(&group.db_parameter_group_name)),
        option_group_name: option_group(instance),
        backup_retention_period: pending
            .backup_retention_period
            .or(instance.backup_retention_period),
        backup_window: text(&instance.preferred_backup_window),
        copy_tags_to_snapshot: instance.copy_tags_to_snapshot,
        maintenance_window: text(&instance.preferred_maintenance_window),
        apply_immediately: None,
        database_insights_mode: choice(
            instance
                .database_insights_mode()
                .map(sdk::DatabaseInsightsMode::as_str),
        ),
        performance_insights_enabled: Some(has_insights),
        performance_insights_kms_key_id: text(&instance.performance_insights_kms_key_id),
        performance_insights_retention_period: instance
            .performance_insights_retention_period
            .filter(|_| has_insights),
        monitoring_interval: Some(instance.monitoring_interval.unwrap_or(0)),
        monitoring_role_arn: text(&instance.monitoring_role_arn),
        enabled_cloudwatch_logs_exports: exported_logs(instance, &pending),
        deletion_protection: instance.deletion_protection,
        skip_final_snapshot: None,
        final_snapshot_identifier: None,
        delete_automated_backups: None,
        snapshot_identifier: None,
        tags: Owner::without_ours(tags),
        arn: expected(instance.db_instance_arn.clone(), operation, "DBInstanceArn")?,
        resource_id: text(&instance.dbi_resource_id).unwrap_or_default(),
        endpoint: match (&address, port) {
            (Some(address), Some(port)) => format!("{address}:{port}"),
            (Some(address), None) => address.clone(),
            (None, _) => String::new(),
        },
        address: address.unwrap_or_default(),
        hosted_zone_id: endpoint.and_then(|endpoint| text(&endpoint.hosted_zone_id)),
        engine_version_actual: version,
        allocated_storage_actual: instance.allocated_storage.unwrap_or_default(),
        master_user_secret_arn: secret.and_then(|secret| text(&secret.secret_arn)),
    })
}

/// One of our few texts; none for one that AWS has added since.
fn choice<T: std::str::FromStr>(text: Option<&str>) -> Option<T> {
    text.and_then(|text| text.parse().ok())
}

/// The size as asked for, as long as RDS adds to it by itself and it is not below.
fn storage(
    instance: &sdk::DbInstance,
    pending: &sdk::PendingModifiedValues,
    tags: &BTreeMap<String, String>,
) -> Option<i32> {
    let actual = pending.allocated_storage.or(instance.allocated_storage);
    let asked = tags
        .get(STORAGE_TAG)
        .and_then(|size| size.parse().ok())
        .filter(|asked| {
            instance.max_allocated_storage.is_some() && actual.is_some_and(|size| *asked <= size)
        });
    asked.or(actual)
}

/// While another group takes its place there are two.
fn option_group(instance: &sdk::DbInstance) -> Option<String> {
    let memberships = instance.option_group_memberships();
    let stays = |status: &str| {
        !["pending-removal", "removing", "pending-maintenance-removal"].contains(&status)
    };
    memberships
        .iter()
        .find(|one| stays(one.status().unwrap_or_default()))
        .and_then(|one| filled(one.option_group_name.as_ref()))
}

fn exported_logs(instance: &sdk::DbInstance, pending: &sdk::PendingModifiedValues) -> Vec<String> {
    let mut logs = instance.enabled_cloudwatch_logs_exports().to_vec();
    if let Some(change) = pending.pending_cloudwatch_logs_exports() {
        logs.retain(|log| !change.log_types_to_disable().contains(log));
        let more = change.log_types_to_enable().iter();
        logs.extend(
            more.filter(|log| !instance.enabled_cloudwatch_logs_exports().contains(log))
                .cloned(),
        );
    }
    logs
}
