//! One change of one record, and the wait until every name server has it.

use aws_sdk_route53::operation::change_resource_record_sets::ChangeResourceRecordSetsError;

use super::*;

/// Sends a change. Gives what Route 53 says of how far it is.
pub(super) async fn send(
    aws: &Aws,
    key: &Key,
    action: sdk::ChangeAction,
    set: sdk::ResourceRecordSet,
) -> Result<sdk::ChangeInfo> {
    let operation = "route53:ChangeResourceRecordSets";
    let change = sdk::Change::builder()
        .action(action)
        .resource_record_set(set);
    let batch = sdk::ChangeBatch::builder().changes(built(change.build())?);
    let request = aws
        .route53()
        .change_resource_record_sets()
        .hosted_zone_id(&key.zone_id)
        .change_batch(built(batch.build())?);
    let result = request.send().await;
    // One code for whatever is wrong with a batch; only the messages tell what.
    let messages = result.as_ref().err().and_then(|error| {
        let messages = match error.as_service_error()? {
            ChangeResourceRecordSetsError::InvalidChangeBatch(invalid) => invalid.messages(),
            _ => return None,
        };
        (!messages.is_empty()).then(|| messages.join(" "))
    });
    let answer = result.named(operation).map_err(|mut error| {
        error.message = messages.unwrap_or(error.message);
        if error.code.as_deref() == Some("InvalidChangeBatch") {
            error.kind = kind_of(&error.message);
        }
        error
    })?;
    expected(answer.change_info, operation, "ChangeInfo")
}

fn kind_of(message: &str) -> ErrorKind {
    if message.contains("but it already exists") {
        ErrorKind::AlreadyExists
    } else if message.contains("but it was not found") {
        ErrorKind::Gone
    } else if message.contains("do not match the current values") {
        // Somebody changed it between our read and our delete; the next try reads again.
        ErrorKind::Conflict
    } else {
        ErrorKind::Invalid
    }
}

/// Waits until all of Route 53's name servers have it, usually within a minute.
pub(super) async fn in_sync(aws: &Aws, change: sdk::ChangeInfo, context: &Context) -> Result<()> {
    if *change.status() == sdk::ChangeStatus::Insync {
        return Ok(());
    }
    context
        .wait_for("the name servers to have the record", || async {
            let request = aws.route53().get_change().id(change.id());
            let answer = request.send().await.named("route53:GetChange")?;
            let change = expected(answer.change_info, "route53:GetChange", "ChangeInfo")?;
            Ok(match change.status() {
                sdk::ChangeStatus::Insync => Progress::Done(()),
                status => Progress::Pending(status.as_str().to_owned()),
            })
        })
        .await
}
