//! What would be refused to us, as IAM's simulator tells.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html>
//!
//! It weighs the policies of a user or a role, its boundary and those of the organization; not the policies of what is called
//! on, and not those of a session.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_iam::types::PolicyEvaluationDecisionType as Decision;
use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, EvaluationResult};
use futures::{StreamExt, TryStreamExt, stream};
use stack_provider::{Ask, Error, ErrorKind, Finding, Found, Result};

use crate::Aws;
use crate::call::{CallExt, FoundExt, expected};

/// The most actions of one question. AWS names no limit; this keeps a question small.
const MOST: usize = 100;

/// How many questions are asked at once.
const AT_ONCE: usize = 16;

/// Which of all this would be refused.
pub(crate) async fn refused(aws: &Aws, asks: &[Ask]) -> Result<Found> {
    let Some(who) = principal(aws).await? else {
        return Ok(Found::default());
    };
    let mut questions = Vec::new();
    for ask in asks {
        let some = ask.actions.chunks(MOST);
        questions.extend(some.map(|actions| denied(aws, &who, ask, actions)));
    }
    let answers = stream::iter(questions).buffered(AT_ONCE);
    let answers: Vec<_> = answers.try_collect().await?;
    let (mut refused, mut unclear) = (ByService::new(), ByService::new());
    for (action, denial) in answers.into_iter().flatten() {
        let service = action.split(':').next().unwrap_or_default().to_owned();
        let found = match denial {
            Denial::Certain => &mut refused,
            Denial::OfEverything => &mut unclear,
        };
        found.entry(service).or_default().insert(action);
    }
    let finding = |actions| {
        Finding::new(
            format!("{who} may not {}", listed(actions)),
            "`stack permissions` writes a policy that allows it",
        )
    };
    let untold = |actions| {
        format!(
            "{who} may not {} on everything, and what that is about cannot be named yet",
            listed(actions)
        )
    };
    Ok(Found {
        findings: refused.into_values().map(finding).collect(),
        untold: unclear.into_values().map(untold).collect(),
    })
}

/// Actions by their services, so that a person reads one line for each.
type ByService = BTreeMap<String, BTreeSet<String>>;

fn listed(actions: BTreeSet<String>) -> String {
    actions.into_iter().collect::<Vec<_>>().join(", ")
}

/// How an action is denied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Denial {
    /// On the things that it is about.
    Certain,
    /// On everything, because no policy allows it there; one may allow it on the things that it is about, which have no
    /// names yet.
    OfEverything,
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
async fn denied(
    aws: &Aws,
    who: &str,
    ask: &Ask,
    actions: &[String],
) -> Result<Vec<(String, Denial)>> {
    let request = aws
        .iam()
        .simulate_principal_policy()
        .policy_source_arn(who)
        .set_action_names(Some(actions.to_vec()))
        .set_resource_arns(Some(ask.on.clone()))
        .set_context_entries(Some(ask.given.iter().map(context).collect()));
    let mut pages = request.into_paginator().send();
    let mut denials: BTreeMap<String, Option<Denial>> = BTreeMap::new();
    while let Some(page) = pages.next().await {
        let page = page.named("iam:SimulatePrincipalPolicy")?;
        for result in page.evaluation_results() {
            let denial = match result.eval_decision() {
                _ if may_be(result) => None,
                // A statement that denies it on everything.
                Decision::ExplicitDeny => Some(Denial::Certain),
                _ if ask.exact => Some(Denial::Certain),
                _ => Some(Denial::OfEverything),
            };
            let name = result.eval_action_name().to_owned();
            let one = denials.entry(name).or_insert(denial);
            *one = one.and(denial);
        }
    }
    let denied = denials.into_iter();
    Ok(denied
        .filter_map(|(action, denial)| Some((action, denial?)))
        .collect())
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
