//! How a database is made and kept.

use std::collections::BTreeMap;

use aws_sdk_rds::types as sdk;

use super::*;
use crate::listed;
use crate::permit::{as_caller, encrypting, first_use_of, granting, passing};
use crate::prelude::*;
use crate::rds::{tags, version};

mod create;
mod delete;
mod groups;
mod modify;
mod password;
mod read;
mod waiting;

use waiting::{Pending, available};

/// The tag that holds the size of storage that the program asked for: RDS may have added to it.
const STORAGE_TAG: &str = "stack:allocated-storage";

impl Handler for Instance {
    type Client = Aws;

    fn actions() -> Actions {
        Actions::none()
            .to_read(["rds:DescribeDBInstances"])
            .to_create([
                "rds:CreateDBInstance",
                "rds:RestoreDBInstanceFromDBSnapshot",
            ])
            .to_set(["rds:DescribeDBEngineVersions", "rds:ModifyDBInstance"])
            .to_tag("rds:AddTagsToResource", "rds:RemoveTagsFromResource")
            .to_delete(["rds:DeleteDBInstance"])
            .implying([
                passing("monitoring_role_arn", "monitoring.rds.amazonaws.com"),
                first_use_of("rds.amazonaws.com"),
            ])
            .implying(granting("kms_key_id"))
            .implying(encrypting("kms_key_id"))
            .implying(granting("performance_insights_kms_key_id"))
            .implying(granting("master_user_secret_kms_key_id"))
            .implying(encrypting("master_user_secret_kms_key_id"))
            // A password that RDS keeps in Secrets Manager.
            .implying(
                [
                    "secretsmanager:CreateSecret",
                    "secretsmanager:RotateSecret",
                    "secretsmanager:TagResource",
                ]
                .map(|action| {
                    Implied::by(Verb::Create, action).given("manage_master_user_password")
                }),
            )
            // A last snapshot, unless it is skipped.
            .implying(as_caller(["rds:CreateDBSnapshot"]))
    }

    async fn read(aws: &Aws, id: &str) -> Result<Option<Self>> {
        let instance = describe(aws, id).await?;
        instance.as_ref().map(read::observed).transpose()
    }

    const BATCH: usize = 100;

    /// By a filter, which leaves out those that are gone.
    async fn read_many(aws: &Aws, ids: &[&str]) -> Result<Vec<(String, Self)>> {
        let filter = sdk::Filter::builder().name("db-instance-id");
        let filter = filter.set_values(listed::sdk(ids)).build();
        let request = aws.rds().describe_db_instances().filters(filter);
        Ok(listed::under_ids(
            &pages!(request, "rds:DescribeDBInstances")?,
            sdk::DbInstance::db_instance_identifier,
            |_, instance| read::observed(instance),
        ))
    }

    async fn find(aws: &Aws, whose: Whose<'_>, inputs: &InstanceInputs) -> Result<Vec<String>> {
        let name = inputs.identifier.as_deref().unwrap_or_default();
        let instance = describe(aws, name).await?;
        let ours = instance.filter(|instance| whose.owns(&tags::map(instance.tag_list())));
        Ok(ours.map(|_| name.to_owned()).into_iter().collect())
    }

    async fn create(aws: &Aws, inputs: &InstanceInputs, context: &Context) -> Result<String> {
        password::refuse_two(inputs)?;
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
        let before = read::observed(&instance)?.to_value();
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
            password::refuse_two(change.after)?;
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

/// A text that is there. An empty one is how the engine says that a field is no longer set.
fn filled(text: Option<&String>) -> Option<String> {
    text.filter(|text| !text.is_empty()).cloned()
}

/// A number that is there. 0 is how the engine says that a field is no longer set.
fn positive(number: Option<&i32>) -> Option<i32> {
    number.copied().filter(|number| *number > 0)
}
