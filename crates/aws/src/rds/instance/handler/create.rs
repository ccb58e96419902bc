//! The two ways to begin: empty, or from a snapshot.

use super::*;

pub(super) async fn create(
    aws: &Aws,
    inputs: &InstanceInputs,
    context: &Context,
) -> Result<String> {
    let answer = aws
        .rds()
        .create_db_instance()
        .set_db_instance_identifier(inputs.identifier.clone())
        .engine(&inputs.engine)
        .set_engine_version(inputs.engine_version.clone())
        .set_auto_minor_version_upgrade(inputs.auto_minor_version_upgrade)
        .set_engine_lifecycle_support(text(inputs.engine_lifecycle_support, |one| one.as_str()))
        .set_license_model(inputs.license_model.clone())
        .db_instance_class(&inputs.instance_class)
        .set_allocated_storage(inputs.allocated_storage)
        .set_max_allocated_storage(inputs.max_allocated_storage)
        .set_storage_type(text(inputs.storage_type, |one| one.as_str()))
        .set_iops(inputs.iops)
        .set_storage_throughput(inputs.storage_throughput)
        .set_dedicated_log_volume(inputs.dedicated_log_volume)
        .set_storage_encrypted(inputs.storage_encrypted)
        .set_kms_key_id(inputs.kms_key_id.clone())
        .set_multi_az(inputs.multi_az)
        .set_availability_zone(inputs.availability_zone.clone())
        .set_port(inputs.port)
        .set_db_subnet_group_name(inputs.db_subnet_group_name.clone())
        .set_vpc_security_group_ids(some(&inputs.vpc_security_group_ids))
        // Without it RDS decides by the subnets' routes.
        .publicly_accessible(inputs.publicly_accessible.unwrap_or(false))
        .set_network_type(text(inputs.network_type, |one| one.as_str()))
        .set_ca_certificate_identifier(inputs.ca_cert_identifier.clone())
        .set_db_name(inputs.db_name.clone())
        .set_master_username(inputs.master_username.clone())
        .set_master_user_password(
            inputs
                .master_password
                .as_ref()
                .map(|password| password.reveal().clone()),
        )
        .set_manage_master_user_password(inputs.manage_master_user_password)
        .set_master_user_secret_kms_key_id(inputs.master_user_secret_kms_key_id.clone())
        .set_enable_iam_database_authentication(inputs.iam_database_authentication_enabled)
        .set_db_parameter_group_name(inputs.parameter_group_name.clone())
        .set_option_group_name(inputs.option_group_name.clone())
        .set_backup_retention_period(inputs.backup_retention_period)
        .set_preferred_backup_window(inputs.backup_window.clone())
        .set_copy_tags_to_snapshot(inputs.copy_tags_to_snapshot)
        .set_preferred_maintenance_window(inputs.maintenance_window.clone())
        .set_database_insights_mode(
            inputs
                .database_insights_mode
                .map(|mode| mode.as_str().into()),
        )
        .set_enable_performance_insights(inputs.performance_insights_enabled)
        .set_performance_insights_kms_key_id(inputs.performance_insights_kms_key_id.clone())
        .set_performance_insights_retention_period(inputs.performance_insights_retention_period)
        .set_monitoring_interval(inputs.monitoring_interval)
        .set_monitoring_role_arn(inputs.monitoring_role_arn.clone())
        .set_enable_cloudwatch_logs_exports(some(&inputs.enabled_cloudwatch_logs_exports))
        .set_deletion_protection(inputs.deletion_protection)
        .set_tags(Some(tags_at_creation(inputs, context)))
        .send()
        .await
        .named("rds:CreateDBInstance")?;
    id(answer.db_instance, "rds:CreateDBInstance")
}

/// A restore takes fewer settings than a create; the others are changed when it is done.
pub(super) async fn restore(
    aws: &Aws,
    snapshot: &str,
    inputs: &InstanceInputs,
    context: &Context,
) -> Result<String> {
    let answer = aws
        .rds()
        .restore_db_instance_from_db_snapshot()
        .set_db_instance_identifier(inputs.identifier.clone())
        .db_snapshot_identifier(snapshot)
        .engine(&inputs.engine)
        .set_auto_minor_version_upgrade(inputs.auto_minor_version_upgrade)
        .set_engine_lifecycle_support(text(inputs.engine_lifecycle_support, |one| one.as_str()))
        .set_license_model(inputs.license_model.clone())
        .db_instance_class(&inputs.instance_class)
        .set_storage_type(text(inputs.storage_type, |one| one.as_str()))
        .set_dedicated_log_volume(inputs.dedicated_log_volume)
        .set_multi_az(inputs.multi_az)
        .set_availability_zone(inputs.availability_zone.clone())
        .set_port(inputs.port)
        .set_db_subnet_group_name(inputs.db_subnet_group_name.clone())
        .set_vpc_security_group_ids(some(&inputs.vpc_security_group_ids))
        .publicly_accessible(inputs.publicly_accessible.unwrap_or(false))
        .set_network_type(text(inputs.network_type, |one| one.as_str()))
        .set_ca_certificate_identifier(inputs.ca_cert_identifier.clone())
        .set_enable_iam_database_authentication(inputs.iam_database_authentication_enabled)
        .set_db_parameter_group_name(inputs.parameter_group_name.clone())
        .set_option_group_name(inputs.option_group_name.clone())
        .set_copy_tags_to_snapshot(inputs.copy_tags_to_snapshot)
        .set_enable_cloudwatch_logs_exports(some(&inputs.enabled_cloudwatch_logs_exports))
        .set_deletion_protection(inputs.deletion_protection)
        .set_tags(Some(tags_at_creation(inputs, context)))
        .send()
        .await
        .named("rds:RestoreDBInstanceFromDBSnapshot")?;
    id(answer.db_instance, "rds:RestoreDBInstanceFromDBSnapshot")
}

fn id(instance: Option<sdk::DbInstance>, operation: &str) -> Result<String> {
    let id = instance.and_then(|instance| instance.db_instance_identifier);
    expected(id, operation, "DBInstanceIdentifier")
}

fn tags_at_creation(inputs: &InstanceInputs, context: &Context) -> Vec<sdk::Tag> {
    let asked = inputs.engine_version.as_deref();
    let mut all = version::tags_at_creation(&context.owner, &inputs.tags, asked);
    let size = inputs.allocated_storage;
    all.extend(size.map(|size| (STORAGE_TAG.to_owned(), size.to_string())));
    tags::sdk(&all)
}

fn text<T>(choice: Option<T>, name: impl Fn(&T) -> &str) -> Option<String> {
    choice.as_ref().map(|one| name(one).to_owned())
}

fn some(list: &[String]) -> Option<Vec<String>> {
    (!list.is_empty()).then(|| list.to_vec())
}
