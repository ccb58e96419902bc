//! What would be refused to us, as Azure tells: by the roles of whoever we are, and because a service is not registered.
//!
//! <https://learn.microsoft.com/rest/api/authorization/permissions>

use std::collections::BTreeSet;

use azure_core::http::Method;
use futures::future::{join, try_join_all};
use serde_json::Value as Json;
use stack_provider::{Ask, ErrorKind, Finding, Found, Result, covers};

use crate::client::Azure;

/// What is called for it.
pub(crate) const ACTIONS: [&str; 2] = [
    "Microsoft.Authorization/permissions/read",
    "Microsoft.Resources/subscriptions/providers/read",
];

/// The API version of the permissions.
const PERMISSIONS: &str = "2022-04-01";
/// The API version of the resource providers.
const PROVIDERS: &str = "2025-04-01";

/// What every subscription has.
const ALWAYS_REGISTERED: [&str; 2] = ["Microsoft.Authorization", "Microsoft.Resources"];

/// What of all this would be refused.
pub(crate) async fn refused(azure: &Azure, asks: &[Ask]) -> Result<Found> {
    match join(denied(azure, asks), unregistered(azure, asks)).await {
        (Ok(mut denied), Ok(unregistered)) => {
            denied.extend(unregistered);
            Ok(denied.into())
        }
        // What was found stops an apply anyway, and what could not be told is said beside it.
        (Ok(findings), Err(error)) | (Err(error), Ok(findings)) if !findings.is_empty() => {
            let untold = vec![error.to_string()];
            Ok(Found { findings, untold })
        }
        (Err(error), _) | (_, Err(error)) => Err(error),
    }
}

/// Actions that no role of ours allows, at the subscription or at one of the resource groups.
async fn denied(azure: &Azure, asks: &[Ask]) -> Result<Vec<Finding>> {
    let mut wanted: BTreeSet<&str> = asks
        .iter()
        .flat_map(|ask| &ask.actions)
        .map(String::as_str)
        .collect();
    let allowed = permissions(azure, azure.subscription().as_str()).await?;
    wanted.retain(|action| !allowed.iter().any(|one| allows(one, action)));
    // A role for a resource group alone does not show at the subscription.
    let groups: BTreeSet<&str> = asks
        .iter()
        .filter(|_| !wanted.is_empty())
        .flat_map(|ask| &ask.on)
        .map(String::as_str)
        .collect();
    let of_groups = groups.into_iter().map(|group| permissions(azure, group));
    for allowed in try_join_all(of_groups).await? {
        wanted.retain(|action| !allowed.iter().any(|one| allows(one, action)));
    }
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let wanted: Vec<&str> = wanted.into_iter().collect();
    Ok(vec![Finding::new(
        format!("no role of ours allows {}", wanted.join(", ")),
        "`stack permissions` writes a role that does",
    )])
}

/// What our roles allow at a scope; nothing where there is none yet.
async fn permissions(azure: &Azure, scope: &str) -> Result<Vec<Json>> {
    let path = format!("{scope}/providers/Microsoft.Authorization/permissions");
    match azure.list(&path, PERMISSIONS).await {
        Err(error) if error.kind == ErrorKind::Gone => Ok(Vec::new()),
        found => found,
    }
}

fn allows(permission: &Json, action: &str) -> bool {
    let has = |field: &str| {
        let patterns = permission[field].as_array().into_iter().flatten();
        let mut patterns = patterns.filter_map(Json::as_str);
        patterns.any(|pattern| covers(pattern, action))
    };
    has("actions") && !has("notActions")
}

/// Services that the subscription has to know before anything of theirs is made.
async fn unregistered(azure: &Azure, asks: &[Ask]) -> Result<Vec<Finding>> {
    let written = asks.iter().flat_map(|ask| &ask.actions);
    let written = written.filter(|action| action.ends_with("/write"));
    let namespaces: BTreeSet<&str> = written
        .filter_map(|action| action.split('/').next())
        .filter(|namespace| !ALWAYS_REGISTERED.contains(namespace))
        .collect();
    let states = namespaces.into_iter().map(|namespace| async move {
        let path = format!("{}/providers/{namespace}", azure.subscription());
        let answer = azure.send(Method::Get, &path, PROVIDERS).await?;
        let state = answer.body["registrationState"].as_str();
        Ok((namespace, state.map(str::to_owned)))
    });
    let states: Result<Vec<_>> = try_join_all(states).await;
    let missing = states?.into_iter().filter_map(|(namespace, state)| {
        let waits = matches!(state.as_deref(), Some("NotRegistered" | "Unregistered"));
        waits.then(|| {
            Finding::new(
                format!("the subscription has not registered {namespace}"),
                format!("`az provider register --namespace {namespace}` does, in some minutes"),
            )
        })
    });
    Ok(missing.collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::allows;

    #[test]
    fn what_is_taken_away_is_not_allowed() {
        let contributor =
            json!({"actions": ["*"], "notActions": ["Microsoft.Authorization/*/write"]});
        assert!(allows(&contributor, "Microsoft.App/jobs/write"));
        assert!(!allows(
            &contributor,
            "Microsoft.Authorization/roleAssignments/write"
        ));
        assert!(allows(
            &contributor,
            "microsoft.authorization/roleAssignments/READ"
        ));
        assert!(!allows(&json!({}), "Microsoft.App/jobs/read"));
    }
}
