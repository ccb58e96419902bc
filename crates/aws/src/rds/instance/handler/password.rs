//! The password of the first user: the program's or RDS's.

use aws_sdk_rds::operation::modify_db_instance::builders::ModifyDBInstanceFluentBuilder as Request;

use super::modify::InstanceChange;
use super::*;

/// Who keeps the password. RDS takes the key of its secret only when it begins to.
pub(super) fn with_password(request: Request, change: &InstanceChange<'_>) -> Result<Request> {
    let after = change.after;
    let own = after
        .master_password
        .as_ref()
        .map(|password| password.reveal().clone())
        .filter(|password| !password.is_empty());
    let manage = change
        .some(|instance| &instance.manage_master_user_password)
        .copied();
    let key = filled(change.some(|instance| &instance.master_user_secret_kms_key_id));
    match (manage, key) {
        (Some(true), _) => Ok(request
            .manage_master_user_password(true)
            .set_master_user_secret_kms_key_id(filled(
                after.master_user_secret_kms_key_id.as_ref(),
            ))),
        (Some(false), _) if own.is_none() => {
            let message = "the database has no password of its own to go back to";
            Err(Error::new(ErrorKind::Invalid, message)
                .operation("rds:ModifyDBInstance")
                .hint("set master_password together with manage_master_user_password = false"))
        }
        (Some(false), _) => Ok(request
            .manage_master_user_password(false)
            .set_master_user_password(own)),
        (None, Some(_)) if after.manage_master_user_password == Some(true) => {
            let message = "RDS does not change the key of a secret that it keeps";
            Err(Error::new(ErrorKind::Invalid, message)
                .operation("rds:ModifyDBInstance")
                .hint("switch manage_master_user_password off and apply, then on again with the new key"))
        }
        (None, _) => {
            let changed = change.of(|instance| &instance.master_password).is_some();
            Ok(request.set_master_user_password(own.filter(|_| changed)))
        }
    }
}

/// A database has one or the other.
pub(super) fn refuse_two(inputs: &InstanceInputs) -> Result<()> {
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
