//! Changes of a rule's priority, which may be another rule's at the time.

use std::sync::atomic::{AtomicU32, Ordering};

use super::*;

/// The largest priority that there is.
const LAST: i32 = 50_000;
/// How often a taken priority is looked at before this rule makes way. Where rules move up one after another, the one
/// in the way is gone by then.
const PATIENCE: u32 = 4;

/// Gives a rule its priority. One that another rule of ours has is waited for, as that rule may be about to change
/// too; and as it may be waiting for this one's, this one makes way meanwhile, by going to a priority that is free.
pub(super) async fn change(aws: &Aws, id: &str, priority: i32, context: &Context) -> Result<()> {
    let looks = AtomicU32::new(0);
    context
        .wait_for("the priority to be free", || async {
            let error = match set(aws, id, priority).await {
                Err(error) if error.code.as_deref() == Some("PriorityInUse") => error,
                result => return result.map(Progress::Done),
            };
            let rules = rules(aws, &listener_of(id)).await?;
            let holder = rules
                .iter()
                .find(|rule| number(rule) == Some(priority))
                .and_then(sdk::Rule::rule_arn);
            let Some(holder) = holder else {
                return Ok(Progress::Pending("just given up".to_owned()));
            };
            if !tags::same_lineage(aws, &context.owner, holder).await? {
                return Err(Error {
                    kind: ErrorKind::AlreadyExists,
                    ..error.hint(format!("another rule has it: {holder}"))
                });
            }
            if looks.fetch_add(1, Ordering::Relaxed) == PATIENCE {
                make_way(aws, id, &rules).await?;
            }
            Ok(Progress::Pending(format!("{holder} has it")))
        })
        .await
}

async fn set(aws: &Aws, id: &str, priority: i32) -> Result<()> {
    let pair = sdk::RulePriorityPair::builder()
        .rule_arn(id)
        .priority(priority)
        .build();
    let request = aws.elbv2().set_rule_priorities().rule_priorities(pair);
    request
        .send()
        .await
        .named("elasticloadbalancing:SetRulePriorities")
        .map(drop)
}

/// Goes to the last priority that is free. Another rule may take it first, and then the next look is as good.
async fn make_way(aws: &Aws, id: &str, rules: &[sdk::Rule]) -> Result<()> {
    let taken: Vec<i32> = rules.iter().filter_map(number).collect();
    let Some(free) = (1..=LAST).rev().find(|place| !taken.contains(place)) else {
        return Ok(());
    };
    match set(aws, id, free).await {
        Err(error) if error.code.as_deref() == Some("PriorityInUse") => Ok(()),
        result => result,
    }
}

fn number(rule: &sdk::Rule) -> Option<i32> {
    rule.priority.as_deref()?.parse().ok()
}
