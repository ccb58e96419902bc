//! What would be refused to us, as IAM's simulator tells.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html>
//!
//! It weighs the policies of a user or a role, its boundary and those of the organization; not the policies of what is called
//! on, and not those of a session.

use std::collections::BTreeMap;

use aws_sdk_iam::types::PolicyEvaluationDecisionType as Decision;
use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, EvaluationResult};
use futures::future::try_join_all;
use stack_provider::{Ask, Error, ErrorKind, Finding, Result};

use crate::Aws;
use crate::call::{CallExt, FoundExt, expected};

/// The most actions of one question. AWS names no limit; this keeps a question small.
const MOST: usize = 100;

/// Which of all this would be refused.
pub(crate) async fn refused(aws: &Aws, asks: &[Ask]) -> Result<Vec<Finding>> {
    let Some(who) = principal(aws).await? else {
        return Ok(Vec::new());
    };
    let questions = asks
        .iter()
        .flat_map(|ask| ask.actions.chunks(MOST).map(move |actions| (ask, actions)));
    let answers = questions.map(|(ask, actions)| denied(aws, &who, ask, actions));
    // By service, so that a person reads one line for each.
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for action in try_join_all(answers).await?.into_iter().flatten() {
        let service = action.split(':').next().unwrap_or_default().to_owned();
        found.entry(service).or_default().push(action);
    }
    let finding = |actions: Vec<String>| {
        Finding::new(
            format!("{who} may not {}", actions.join(", ")),
            "`stack permissions` writes a policy that allows it",
        )
    };
    Ok(found.into_values().map(finding).collect())
}

/// The user or role that we are. None for the root of an account, which no policy of its own limits.
async fn principal(aws: &Aws) -> Result<Option<String>> {
    let operation = "sts:GetCallerIdentity";
    let caller = aws
        .sts()
        .get_caller_identity()
        .send()
        .await
        .named(operation)?;
    let arn = expected(caller.arn(), operation, "Arn")?;
    let what = arn.splitn(6, ':').nth(5).unwrap_or_default();
    let parts: Vec<&str> = what.split('/').collect();
    match parts.as_slice() {
        ["root"] => Ok(None),
        ["user", ..] => Ok(Some(arn.to_owned())),
        // The ARN of a session does not say on which path the role is.
        ["assumed-role", name, ..] => {
            let role = aws.iam().get_role().role_name(*name).send().await;
            let role = role.named("iam:GetRole").found()?;
            match role.and_then(|answer| answer.role) {
                Some(role) => Ok(Some(role.arn)),
                None => Err(unknown(arn)),
            }
        }
        _ => Err(unknown(arn)),
    }
}

fn unknown(arn: &str) -> Error {
    let message = format!("IAM's simulator knows users and roles, and we are {arn}");
    Error::new(ErrorKind::Invalid, message)
}

/// Those of the actions that are denied on every one of the things. Where the answer hangs on what was not said, such as a
/// tag, nothing is known.
async fn denied(aws: &Aws, who: &str, ask: &Ask, actions: &[String]) -> Result<Vec<String>> {
    let request = aws
        .iam()
        .simulate_principal_policy()
        .policy_source_arn(who)
        .set_action_names(Some(actions.to_vec()))
        .set_resource_arns(Some(ask.on.clone()))
        .set_context_entries(Some(ask.given.iter().map(context).collect()));
    let mut pages = request.into_paginator().send();
    let mut allowed: BTreeMap<String, bool> = BTreeMap::new();
    while let Some(page) = pages.next().await {
        let page = page.named("iam:SimulatePrincipalPolicy")?;
        for result in page.evaluation_results() {
            let name = result.eval_action_name().to_owned();
            *allowed.entry(name).or_default() |= may_be(result);
        }
    }
    let denied = allowed.into_iter().filter(|(_, allowed)| !allowed);
    Ok(denied.map(|(action, _)| action).collect())
}

fn context((key, value): (&&'static str, &String)) -> ContextEntry {
    ContextEntry::builder()
        .context_key_name(*key)
        .context_key_values(value)
        .context_key_type(ContextKeyTypeEnum::String)
        .build()
}

fn may_be(result: &EvaluationResult) -> bool {
    let specific = result.resource_specific_results();
    let of_one = specific.iter().any(|one| {
        *one.eval_resource_decision() == Decision::Allowed
            || !one.missing_context_values().is_empty()
    });
    *result.eval_decision() == Decision::Allowed
        || of_one
        || !result.missing_context_values().is_empty()
}
