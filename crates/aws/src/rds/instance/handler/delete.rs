//! How a database goes: with a last snapshot, unless the program says otherwise.

use super::*;

pub(super) async fn delete(
    aws: &Aws,
    id: &str,
    recorded: &InstanceInputs,
    context: &Context,
) -> Result<()> {
    let Some(instance) = describe(aws, id).await? else {
        return Ok(());
    };
    // A delete that was sent before is waited for.
    if instance.db_instance_status() != Some("deleting") {
        if instance.deletion_protection() == Some(true) {
            let message = format!("the database {id} is protected against deletion");
            return Err(Error::new(ErrorKind::Invalid, message)
                .operation("rds:DeleteDBInstance")
                .hint("set deletion_protection to false and apply, then delete it"));
        }
        let skips = recorded.skip_final_snapshot == Some(true);
        let snapshot = (!skips).then(|| {
            filled(recorded.final_snapshot_identifier.as_ref())
                .unwrap_or_else(|| format!("{id}-final"))
        });
        let sent = aws
            .rds()
            .delete_db_instance()
            .db_instance_identifier(id)
            .skip_final_snapshot(skips)
            .set_final_db_snapshot_identifier(snapshot)
            .delete_automated_backups(recorded.delete_automated_backups.unwrap_or(true))
            .send()
            .await
            .named("rds:DeleteDBInstance");
        match sent {
            Err(error) if error.kind == ErrorKind::AlreadyExists => {
                return Err(error.hint(
                    "set final_snapshot_identifier to another name and apply, or delete that snapshot",
                ));
            }
            result => drop(result?),
        }
    }
    context
        .wait_for("the database to be gone", || async {
            Ok(match describe(aws, id).await? {
                None => Progress::Done(()),
                Some(instance) => Progress::Pending(
                    instance
                        .db_instance_status
                        .unwrap_or_else(|| "still there".to_owned()),
                ),
            })
        })
        .await
}
