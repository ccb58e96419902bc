//! The copies in other regions.

use aws_sdk_secretsmanager::types::{ReplicaRegionType, StatusType};

use super::*;

/// Replicas as the API takes them; none where there are none.
pub(super) fn to_sdk(replicas: &[Replica]) -> Option<Vec<ReplicaRegionType>> {
    let sdk = replicas.iter().map(|replica| {
        ReplicaRegionType::builder()
            .region(&replica.region)
            .set_kms_key_id(replica.kms_key_id.clone())
            .build()
    });
    (!replicas.is_empty()).then(|| sdk.collect())
}

/// Removes the replicas that should not be there, and makes those that should. One whose key differs is made anew.
pub(super) async fn change(aws: &Aws, id: &str, change: Change<'_, SecretInputs>) -> Result<()> {
    let after = &change.after.replicas;
    let before = change.before().map_or(&[][..], |secret| &secret.replicas);
    let is_kept = |old: &Replica| {
        after.iter().any(|new| {
            new.region == old.region
                && (new.kms_key_id.is_none() || new.kms_key_id == old.kms_key_id)
        })
    };
    let gone = before.iter().filter(|old| !is_kept(old));
    let gone = gone.map(|old| old.region.clone()).collect();
    remove(aws, id, gone).await?;
    let is_there = |new: &Replica| {
        before
            .iter()
            .any(|old| old.region == new.region && is_kept(old))
    };
    let more: Vec<_> = after.iter().filter(|new| !is_there(new)).cloned().collect();
    let Some(more) = to_sdk(&more) else {
        return Ok(());
    };
    aws.secretsmanager()
        .replicate_secret_to_regions()
        .secret_id(id)
        .set_add_replica_regions(Some(more))
        .force_overwrite_replica_secret(change.after.force_overwrite_replica_secret == Some(true))
        .send()
        .await
        .named("secretsmanager:ReplicateSecretToRegions")
        .map(drop)
}

pub(super) async fn remove(aws: &Aws, id: &str, regions: Vec<String>) -> Result<()> {
    if regions.is_empty() {
        return Ok(());
    }
    aws.secretsmanager()
        .remove_regions_from_replication()
        .secret_id(id)
        .set_remove_replica_regions(Some(regions))
        .send()
        .await
        .named("secretsmanager:RemoveRegionsFromReplication")
        .map(drop)
}

/// Waits until all replicas are as the secret is.
pub(super) async fn in_sync(aws: &Aws, id: &str, context: &Context) -> Result<()> {
    context
        .wait_for("the replicas to be in sync", || async {
            let Some(secret) = describe(aws, id).await? else {
                return Ok(Progress::Pending("not visible yet".to_owned()));
            };
            for replica in secret.replication_status() {
                let region = replica.region().unwrap_or_default();
                match replica.status() {
                    Some(StatusType::InSync) | None => {}
                    Some(StatusType::Failed) => {
                        let why = replica.status_message().unwrap_or("no reason is given");
                        let message = format!("the replica in {region} failed: {why}");
                        return Err(Error::new(ErrorKind::Failed, message));
                    }
                    Some(status) => {
                        return Ok(Progress::Pending(format!(
                            "{region} is {}",
                            status.as_str()
                        )));
                    }
                }
            }
            Ok(Progress::Done(()))
        })
        .await
}
