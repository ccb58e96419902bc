//! The groups of parameters and options.

use aws_sdk_rds::operation::modify_db_instance::builders::ModifyDBInstanceFluentBuilder as Request;

use super::modify::InstanceChange;
use super::*;

/// Its parameter group and option group. None means the engine's default ones, which carry its major version in
/// their names: only so can a group that was in use be deleted.
pub(super) async fn with_groups(
    aws: &Aws,
    request: Request,
    change: &InstanceChange<'_>,
    instance: &sdk::DbInstance,
) -> Result<Request> {
    let parameters = change.some(|instance| &instance.parameter_group_name);
    let options = change.some(|instance| &instance.option_group_name);
    let is_default = |name: Option<&String>| name.is_some_and(String::is_empty);
    if !is_default(parameters) && !is_default(options) {
        return Ok(request
            .set_db_parameter_group_name(parameters.cloned())
            .set_option_group_name(options.cloned()));
    }
    let operation = "rds:DescribeDBEngineVersions";
    let engine = &change.after.engine;
    let wanted = filled(change.some(|instance| &instance.engine_version));
    let version = wanted.or_else(|| instance.engine_version.clone());
    let answer = aws
        .rds()
        .describe_db_engine_versions()
        .engine(engine)
        .set_engine_version(version)
        .send()
        .await
        .named(operation)?;
    let found = expected(
        answer.db_engine_versions().first(),
        operation,
        "DBEngineVersions",
    )?;
    let parameters = match parameters {
        Some(name) if name.is_empty() => {
            let family = found.db_parameter_group_family();
            Some(format!(
                "default.{}",
                expected(family, operation, "DBParameterGroupFamily")?
            ))
        }
        name => name.cloned(),
    };
    let options = match options {
        Some(name) if name.is_empty() => {
            let major = expected(
                found.major_engine_version(),
                operation,
                "MajorEngineVersion",
            )?;
            Some(format!("default:{engine}-{}", major.replace('.', "-")))
        }
        name => name.cloned(),
    };
    Ok(request
        .set_db_parameter_group_name(parameters)
        .set_option_group_name(options))
}
