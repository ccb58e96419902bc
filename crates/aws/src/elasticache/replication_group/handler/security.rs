//! Who may connect, and how: encryption on the way, and the password.

use aws_sdk_elasticache::operation::modify_replication_group::builders::ModifyReplicationGroupFluentBuilder as Request;

use super::*;

type GroupChange<'a> = Change<'a, ReplicationGroupInputs>;

/// The password that is asked for.
pub(super) fn token(inputs: &ReplicationGroupInputs) -> Option<String> {
    let token = inputs
        .auth_token
        .as_ref()
        .map(|token| token.reveal().clone());
    token.filter(|token| !token.is_empty())
}

/// Whether there was a password, and none is asked for any more.
pub(super) fn is_let_go(change: &GroupChange<'_>) -> bool {
    change.of(|group| &group.auth_token).is_some()
        && change
            .before()
            .is_some_and(|before| token(before).is_some())
        && token(change.after).is_none()
}

/// Goes between no encryption and nothing else by way of both, as ElastiCache wants it ("Enabling in-transit
/// encryption" in its user guide): clients can follow, and none is cut off.
pub(super) async fn change_transit_encryption(
    aws: &Aws,
    id: &str,
    change: GroupChange<'_>,
    context: &Context,
) -> Result<()> {
    let enabled = change
        .some(|group| &group.transit_encryption_enabled)
        .copied();
    let mode = change.some(|group| &group.transit_encryption_mode).copied();
    let is_on = change.after.transit_encryption_enabled == Some(true);
    let request = || {
        aws.elasticache()
            .modify_replication_group()
            .replication_group_id(id)
    };
    let with_mode =
        |mode: TransitEncryptionMode| request().transit_encryption_mode(mode.as_str().into());
    let required = TransitEncryptionMode::Required;
    let preferred = TransitEncryptionMode::Preferred;
    match enabled {
        Some(true) => {
            let first = with_mode(preferred).transit_encryption_enabled(true);
            send(aws, id, first, context).await?;
            if change.after.transit_encryption_mode.unwrap_or(required) == required {
                send(aws, id, with_mode(required), context).await?;
            }
        }
        Some(false) => {
            let before = change
                .before()
                .and_then(|group| group.transit_encryption_mode);
            if before == Some(required) {
                send(aws, id, with_mode(preferred), context).await?;
            }
            send(
                aws,
                id,
                request().transit_encryption_enabled(false),
                context,
            )
            .await?;
        }
        None => {
            if let Some(mode) = mode.filter(|_| is_on) {
                send(aws, id, with_mode(mode), context).await?;
            }
        }
    }
    Ok(())
}

/// A new password comes in beside what was before, and is then made the only one where that is asked for. A first
/// one always is: until then clients without a password get in. Only a password that was brought in so can be made
/// the only one (AuthTokenUpdateStrategy in the API reference).
pub(super) async fn change_auth_token(
    aws: &Aws,
    group: &sdk::ReplicationGroup,
    change: GroupChange<'_>,
    context: &Context,
) -> Result<()> {
    let id = group.replication_group_id().unwrap_or_default();
    let Some(token) = token(change.after) else {
        return Ok(());
    };
    let is_new = change.of(|group| &group.auth_token).is_some();
    let strategy = change.after.auth_token_update_strategy;
    let sets = strategy == Some(AuthTokenUpdateStrategy::Set);
    let is_first = group.auth_token_enabled() != Some(true);
    let becomes_only = sets
        && change
            .of(|group| &group.auth_token_update_strategy)
            .is_some();
    let request = |strategy| {
        let request = aws.elasticache().modify_replication_group();
        let request = request.replication_group_id(id).auth_token(&token);
        request.auth_token_update_strategy(strategy)
    };
    if is_new {
        let rotate = request(sdk::AuthTokenUpdateStrategyType::Rotate);
        send(aws, id, rotate, context).await?;
    }
    if becomes_only || (is_new && (sets || is_first)) {
        let set = request(sdk::AuthTokenUpdateStrategyType::Set);
        send(aws, id, set, context).await?;
    }
    Ok(())
}

/// ElastiCache takes these changes at once or not at all.
async fn send(aws: &Aws, id: &str, request: Request, context: &Context) -> Result<()> {
    request
        .apply_immediately(true)
        .send()
        .await
        .named("elasticache:ModifyReplicationGroup")?;
    available(aws, id, Pending::Awaited, context)
        .await
        .map(drop)
}
