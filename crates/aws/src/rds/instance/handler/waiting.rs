//! When a database can be used, and when a change is in force.

use std::time::{Duration, Instant};

use super::modify::InstanceChange;
use super::*;

/// Whether a wait may end while changes are pending, for the maintenance window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pending {
    Allowed,
    Awaited,
}

/// Waits until the database can be used and what was asked for is in force.
pub(super) async fn available(
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

/// How long RDS may take to begin what it has accepted.
const BEGINS_WITHIN: Duration = Duration::from_secs(60);

/// RDS takes some seconds to begin what it has accepted, and until then says `available` and shows what was before.
/// A change that does not show in time is not waited for: the read that follows says what came of it.
pub(super) async fn begun(
    aws: &Aws,
    id: &str,
    change: InstanceChange<'_>,
    context: &Context,
) -> Result<()> {
    let sent = Instant::now();
    context
        .wait_for("the change to begin", || async {
            let instance = describe(aws, id).await?.ok_or_else(|| gone(id))?;
            let is_at_work = doing(&instance, Pending::Awaited)?.is_some();
            let shows = is_at_work || shows(&read::observed(&instance)?, change);
            Ok(if shows || sent.elapsed() >= BEGINS_WITHIN {
                Progress::Done(())
            } else {
                Progress::Pending("not yet".to_owned())
            })
        })
        .await
}

/// Whether what changed is no longer as it was. These are the fields that RDS neither lists as pending nor leaves as
/// they are when they are no longer set.
fn shows(seen: &Instance, change: InstanceChange<'_>) -> bool {
    fn moved<'a, T: PartialEq + 'a>(
        change: InstanceChange<'a>,
        field: impl Fn(&'a InstanceInputs) -> &'a Option<T>,
        seen: &Option<T>,
    ) -> bool {
        let before = change.before().map(&field);
        match change.some(&field) {
            Some(_) => before != Some(seen),
            None => true,
        }
    }
    moved(
        change,
        |one| &one.backup_retention_period,
        &seen.backup_retention_period,
    ) && moved(change, |one| &one.multi_az, &seen.multi_az)
        && moved(
            change,
            |one| &one.publicly_accessible,
            &seen.publicly_accessible,
        )
        && moved(
            change,
            |one| &one.copy_tags_to_snapshot,
            &seen.copy_tags_to_snapshot,
        )
        && moved(
            change,
            |one| &one.deletion_protection,
            &seen.deletion_protection,
        )
        && moved(
            change,
            |one| &one.auto_minor_version_upgrade,
            &seen.auto_minor_version_upgrade,
        )
        && moved(
            change,
            |one| &one.manage_master_user_password,
            &seen.manage_master_user_password,
        )
        && moved(
            change,
            |one| &one.performance_insights_enabled,
            &seen.performance_insights_enabled,
        )
        && moved(
            change,
            |one| &one.monitoring_interval,
            &seen.monitoring_interval,
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instance(status: &str) -> sdk::builders::DbInstanceBuilder {
        sdk::DbInstance::builder().db_instance_status(status)
    }

    #[test]
    fn a_database_is_done_when_it_can_be_used() {
        for (status, is_done) in [
            ("available", true),
            ("storage-optimization", true),
            ("creating", false),
            ("configuring-enhanced-monitoring", false),
        ] {
            let doing = doing(&instance(status).build(), Pending::Allowed);
            assert_eq!(doing.expect("it goes on").is_none(), is_done, "{status}");
        }
    }

    #[test]
    fn a_database_that_is_stuck_is_not_waited_for() {
        for status in ["failed", "incompatible-parameters", "storage-full"] {
            let error = doing(&instance(status).build(), Pending::Allowed);
            assert_eq!(error.expect_err(status).kind, ErrorKind::Failed);
        }
    }

    #[test]
    fn what_waits_for_the_window_is_waited_for_only_when_it_should_be_made_now() {
        let pending = sdk::PendingModifiedValues::builder().multi_az(true).build();
        let instance = instance("available").pending_modified_values(pending);
        let instance = instance.build();
        let doing = |pending| doing(&instance, pending).expect("it goes on");
        assert_eq!(doing(Pending::Allowed), None);
        assert!(doing(Pending::Awaited).is_some());
    }
}
