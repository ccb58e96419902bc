//! What differs, in one call.

use aws_sdk_rds::operation::modify_db_instance::builders::ModifyDBInstanceFluentBuilder as Request;

use super::*;

pub(super) type InstanceChange<'a> = Change<'a, InstanceInputs>;

/// When a change that stops the database is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// At once.
    Now,
    /// In the next maintenance window.
    InTheWindow,
}

/// Sends what differs and waits until it is in force, or accepted for the maintenance window.
pub(super) async fn modify(
    aws: &Aws,
    instance: &sdk::DbInstance,
    change: InstanceChange<'_>,
    when: When,
    context: &Context,
) -> Result<()> {
    let id = instance.db_instance_identifier().unwrap_or_default();
    let nothing = || aws.rds().modify_db_instance().db_instance_identifier(id);
    let request = with_version(nothing(), &change, instance);
    let request = with_storage(request, &change, instance);
    let request = with_network(request, &change);
    let request = password::with_password(request, &change)?;
    let request = with_upkeep(request, &change);
    let request = with_insights(request, &change);
    let request = groups::with_groups(aws, request, &change, instance).await?;
    if request.as_input() == nothing().as_input() {
        return Ok(());
    }
    request
        .apply_immediately(when == When::Now)
        .send()
        .await
        .named("rds:ModifyDBInstance")?;
    waiting::begun(aws, id, change, context).await?;
    let pending = match when {
        When::Now => Pending::Awaited,
        When::InTheWindow => Pending::Allowed,
    };
    available(aws, id, pending, context).await.map(drop)
}

/// The program's tags, and ours that say what it asked for.
pub(super) fn tag_change(
    instance: &sdk::DbInstance,
    change: &InstanceChange<'_>,
) -> Option<TagChange> {
    let mut tags = TagChange::of(change, |instance| &instance.tags).unwrap_or(TagChange {
        set: BTreeMap::new(),
        remove: Vec::new(),
    });
    let there = tags::map(instance.tag_list());
    let size = change
        .of(|instance| &instance.allocated_storage)
        .map(|_| positive(change.after.allocated_storage.as_ref()).map(|size| size.to_string()));
    let version = change
        .of(|instance| &instance.engine_version)
        .map(|version| filled(version.as_ref()));
    for (key, asked) in [(STORAGE_TAG, size), (version::TAG, version)] {
        match asked {
            Some(Some(value)) => drop(tags.set.insert(key.to_owned(), value)),
            Some(None) if there.contains_key(key) => tags.remove.push(key.to_owned()),
            Some(None) | None => {}
        }
    }
    (!tags.set.is_empty() || !tags.remove.is_empty()).then_some(tags)
}

/// The version, unless the one in force meets it, and the size of the server.
fn with_version(
    request: Request,
    change: &InstanceChange<'_>,
    instance: &sdk::DbInstance,
) -> Request {
    let request = request
        .set_db_instance_class(change.of(|instance| &instance.instance_class).cloned())
        .set_auto_minor_version_upgrade(
            change
                .some(|instance| &instance.auto_minor_version_upgrade)
                .copied(),
        )
        .set_license_model(filled(change.some(|instance| &instance.license_model)));
    let actual = instance.engine_version().unwrap_or_default();
    match filled(change.some(|instance| &instance.engine_version)) {
        Some(wanted) if !version::meets(&wanted, actual) => {
            let major = change.after.allow_major_version_upgrade;
            request
                .engine_version(wanted)
                .allow_major_version_upgrade(major == Some(true))
        }
        Some(_) | None => request,
    }
}

/// RDS wants operations, throughput and size together.
fn with_storage(
    request: Request,
    change: &InstanceChange<'_>,
    instance: &sdk::DbInstance,
) -> Request {
    let after = change.after;
    let actual = instance.allocated_storage().unwrap_or_default();
    let grows = positive(after.max_allocated_storage.as_ref()).is_some();
    let size = positive(change.some(|instance| &instance.allocated_storage))
        // What RDS has added by itself is not taken away.
        .filter(|size| !grows || *size > actual);
    let kind = change.some(|instance| &instance.storage_type).copied();
    let iops = positive(change.some(|instance| &instance.iops));
    let throughput = positive(change.some(|instance| &instance.storage_throughput));
    let speed_changes = iops.is_some() || throughput.is_some();
    let is_provisioned = matches!(
        after.storage_type,
        Some(StorageType::Io1 | StorageType::Io2)
    );
    let iops = iops.or_else(|| {
        positive(after.iops.as_ref())
            .filter(|_| speed_changes || (is_provisioned && (size.is_some() || kind.is_some())))
    });
    let throughput = throughput.or_else(|| {
        positive(after.storage_throughput.as_ref())
            .filter(|_| speed_changes && after.storage_type == Some(StorageType::Gp3))
    });
    let size = size.or((iops.is_some() || throughput.is_some()).then_some(actual));
    // To allow no more than there is switches growth off.
    let most = change
        .some(|instance| &instance.max_allocated_storage)
        .map(|most| {
            if *most == 0 {
                size.unwrap_or(actual)
            } else {
                *most
            }
        });
    request
        .set_storage_type(kind.map(|kind| kind.as_str().to_owned()))
        .set_allocated_storage(size)
        .set_iops(iops)
        .set_storage_throughput(throughput)
        .set_max_allocated_storage(most)
        .set_dedicated_log_volume(
            change
                .some(|instance| &instance.dedicated_log_volume)
                .copied(),
        )
}

fn with_network(request: Request, change: &InstanceChange<'_>) -> Request {
    let groups = change.of(|instance| &instance.vpc_security_group_ids);
    let network = change.some(|instance| &instance.network_type);
    request
        .set_multi_az(change.some(|instance| &instance.multi_az).copied())
        .set_db_port_number(positive(change.some(|instance| &instance.port)))
        .set_db_subnet_group_name(filled(
            change.some(|instance| &instance.db_subnet_group_name),
        ))
        .set_vpc_security_group_ids(groups.filter(|groups| !groups.is_empty()).cloned())
        .set_publicly_accessible(
            change
                .some(|instance| &instance.publicly_accessible)
                .copied(),
        )
        .set_network_type(network.map(|kind| kind.as_str().to_owned()))
        .set_ca_certificate_identifier(filled(change.some(|instance| &instance.ca_cert_identifier)))
        .set_enable_iam_database_authentication(
            change
                .some(|instance| &instance.iam_database_authentication_enabled)
                .copied(),
        )
}

fn with_upkeep(request: Request, change: &InstanceChange<'_>) -> Request {
    request
        .set_backup_retention_period(
            change
                .some(|instance| &instance.backup_retention_period)
                .copied(),
        )
        .set_preferred_backup_window(filled(change.some(|instance| &instance.backup_window)))
        .set_copy_tags_to_snapshot(
            change
                .some(|instance| &instance.copy_tags_to_snapshot)
                .copied(),
        )
        .set_preferred_maintenance_window(filled(
            change.some(|instance| &instance.maintenance_window),
        ))
        .set_deletion_protection(
            change
                .some(|instance| &instance.deletion_protection)
                .copied(),
        )
}

/// Performance Insights, the system's metrics and the logs.
fn with_insights(request: Request, change: &InstanceChange<'_>) -> Request {
    let after = change.after;
    let interval = change
        .some(|instance| &instance.monitoring_interval)
        .copied();
    let role = filled(change.some(|instance| &instance.monitoring_role_arn));
    // Each is refused without the other.
    let (interval, role) = match (interval, role) {
        (None, None) => (None, None),
        (interval, role) => (
            interval.or(after.monitoring_interval),
            role.or_else(|| filled(after.monitoring_role_arn.as_ref())),
        ),
    };
    let mode = change
        .some(|instance| &instance.database_insights_mode)
        .copied();
    let enabled = change
        .some(|instance| &instance.performance_insights_enabled)
        .copied();
    let retention =
        positive(change.some(|instance| &instance.performance_insights_retention_period));
    // A mode is judged by what is sent beside it.
    let beside = |changed| if mode.is_some() { Some(changed) } else { None };
    let enabled = enabled.or_else(|| after.performance_insights_enabled.and_then(beside));
    let retention = retention.or_else(|| {
        positive(after.performance_insights_retention_period.as_ref()).filter(|_| mode.is_some())
    });
    request
        .set_monitoring_interval(interval)
        .set_monitoring_role_arn(role)
        .set_database_insights_mode(mode.map(|mode| mode.as_str().into()))
        .set_enable_performance_insights(enabled)
        .set_performance_insights_retention_period(
            retention.filter(|_| after.performance_insights_enabled == Some(true)),
        )
        .set_performance_insights_kms_key_id(filled(
            change.some(|instance| &instance.performance_insights_kms_key_id),
        ))
        .set_cloudwatch_logs_export_configuration(log_exports(change))
}

fn log_exports(change: &InstanceChange<'_>) -> Option<sdk::CloudwatchLogsExportConfiguration> {
    let after = change.of(|instance| &instance.enabled_cloudwatch_logs_exports)?;
    let before = change.before().map_or(&[][..], |instance| {
        &instance.enabled_cloudwatch_logs_exports
    });
    let enable: Vec<_> = after
        .iter()
        .filter(|log| !before.contains(log))
        .cloned()
        .collect();
    let disable: Vec<_> = before
        .iter()
        .filter(|log| !after.contains(log))
        .cloned()
        .collect();
    if enable.is_empty() && disable.is_empty() {
        return None;
    }
    let configuration = sdk::CloudwatchLogsExportConfiguration::builder()
        .set_enable_log_types(Some(enable))
        .set_disable_log_types(Some(disable))
        .build();
    Some(configuration)
}
