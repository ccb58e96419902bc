//! How a database is made and kept.

use std::collections::BTreeMap;

use aws_sdk_rds::types as sdk;

use super::*;
use crate::prelude::*;
use crate::rds::{tags, version};

mod create;
mod delete;
mod modify;
mod read;

/// The tag that holds the size of storage that the program asked for: RDS may have added to it.
const STORAGE_TAG: &str = "stack:allocated-storage";

impl Handler for Instance {
    type Client = Aws;

    async fn read(aws: &Aws, id: &str) -> Result<Option<Self>> {
        describe(aws, id).await?.map(read::observed).transpose()
    }

    async fn find(aws: &Aws, owner: &Owner, inputs: &InstanceInputs) -> Result<Vec<String>> {
        let name = inputs.identifier.as_deref().unwrap_or_default();
        let instance = describe(aws, name).await?;
        let ours = instance.filter(|instance| owner.owns(&tags::map(instance.tag_list())));
        Ok(ours.map(|_| name.to_owned()).into_iter().collect())
    }

    async fn create(aws: &Aws, inputs: &InstanceInputs, context: &Context) -> Result<String> {
        refuse_two_passwords(inputs)?;
        match &inputs.snapshot_identifier {
            Some(snapshot) => create::restore(aws, snapshot, inputs, context).await,
            None => create::create(aws, inputs, context).await,
        }
    }

    async fn settle(aws: &Aws, id: &str, inputs: &InstanceInputs, context: &Context) -> Result<()> {
        let instance = available(aws, id, Pending::Allowed, context).await?;
        if inputs.snapshot_identifier.is_none() {
            return Ok(());
        }
        // A restore takes less than a create. What it did not take is changed now, before anybody uses the database.
        let before = read::observed(instance.clone())?.to_value();
        let before = InstanceInputs::from_value(&before)
            .map_err(|error| Error::new(ErrorKind::Other, error.to_string()))?;
        let change = Change::between(&before, inputs);
        modify::modify(aws, &instance, change, modify::When::Now, context).await
    }

    async fn update(
        aws: &Aws,
        id: &str,
        change: Change<'_, InstanceInputs>,
        context: &Context,
    ) -> Result<()> {
        if change.of(|instance| &instance.master_password).is_some() {
            refuse_two_passwords(change.after)?;
        }
        let instance = describe(aws, id).await?;
        let instance = instance.ok_or_else(|| gone(id))?;
        let when = match change.after.apply_immediately {
            Some(true) => modify::When::Now,
            Some(false) | None => modify::When::InTheWindow,
        };
        modify::modify(aws, &instance, change, when, context).await?;
        let arn = expected(
            instance.db_instance_arn(),
            "rds:DescribeDBInstances",
            "DBInstanceArn",
        )?;
        tags::update(aws, arn, modify::tag_change(&instance, &change)).await
    }

    async fn delete(
        aws: &Aws,
        id: &str,
        recorded: &InstanceInputs,
        context: &Context,
    ) -> Result<()> {
        delete::delete(aws, id, recorded, context).await
    }
}

async fn describe(aws: &Aws, id: &str) -> Result<Option<sdk::DbInstance>> {
    let answer = aws
        .rds()
        .describe_db_instances()
        .db_instance_identifier(id)
        .send()
        .await
        .named("rds:DescribeDBInstances")
        .found()?;
    Ok(answer.and_then(|answer| answer.db_instances?.pop()))
}

fn gone(id: &str) -> Error {
    Error::new(ErrorKind::Gone, format!("the database {id} is not there"))
        .operation("rds:DescribeDBInstances")
}

/// Whether a wait may end while changes are pending, for the maintenance window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pending {
    Allowed,
    Awaited,
}

/// Waits until the database can be used and what was asked for is in force.
async fn available(
    aws: &Aws,
    id: &str,
    pending: Pending,
    context: &Context,
) -> Result<sdk::DbInstance> {
    context
        .wait_for("the database to be available", || async {
            let instance = describe(aws, id).await?.ok_or_else(|| gone(id))?;
            match doing(&instance, pending)? {
                Some(doing) => Ok(Progress::Pending(doing)),
                None => Ok(Progress::Done(instance)),
            }
        })
        .await
}

/// What a database is still doing; nothing once it is done. The states are those of "Viewing Amazon RDS DB instance
/// status" in the user guide; from some of them it does not come back by itself.
fn doing(instance: &sdk::DbInstance, pending: Pending) -> Result<Option<String>> {
    let status = instance.db_instance_status().unwrap_or("not visible yet");
    let is_stuck = [
        "failed",
        "inaccessible-encryption-credentials",
        "insufficient-capacity",
        "restore-error",
        "stopped",
        "storage-full",
    ]
    .contains(&status)
        || status.starts_with("incompatible-");
    if is_stuck {
        let message = format!("the database is {status}");
        return Err(Error::new(ErrorKind::Failed, message)
            .operation("rds:DescribeDBInstances")
            .hint("its events say more: aws rds describe-events --source-type db-instance"));
    }
    // Storage is optimized for hours after it has grown, and the database is in use all the while.
    if !["available", "storage-optimization"].contains(&status) {
        return Ok(Some(status.to_owned()));
    }
    let groups = instance.vpc_security_groups().iter();
    if let Some(status) = groups
        .filter_map(|group| group.status())
        .find(|status| *status != "active")
    {
        return Ok(Some(format!("a security group is {status}")));
    }
    let applying = instance
        .db_parameter_groups()
        .iter()
        .any(|group| group.parameter_apply_status() == Some("applying"));
    if applying {
        return Ok(Some("parameters are being applied".to_owned()));
    }
    let nothing = sdk::PendingModifiedValues::builder().build();
    let has_pending = instance
        .pending_modified_values()
        .is_some_and(|values| *values != nothing);
    if pending == Pending::Awaited && has_pending {
        return Ok(Some("changes are pending".to_owned()));
    }
    Ok(None)
}

fn refuse_two_passwords(inputs: &InstanceInputs) -> Result<()> {
    let own = inputs
        .master_password
        .as_ref()
        .is_some_and(|password| !password.reveal().is_empty());
    if own && inputs.manage_master_user_password == Some(true) {
        let message = "master_password is set, and manage_master_user_password is on";
        return Err(Error::new(ErrorKind::Invalid, message).hint("leave one of the two out"));
    }
    Ok(())
}

/// A text that is there. An empty one is how the engine says that a field is no longer set.
fn filled(text: Option<&String>) -> Option<String> {
    text.filter(|text| !text.is_empty()).cloned()
}

/// A number that is there. 0 is how the engine says that a field is no longer set.
fn positive(number: Option<&i32>) -> Option<i32> {
    number.copied().filter(|number| *number > 0)
}
