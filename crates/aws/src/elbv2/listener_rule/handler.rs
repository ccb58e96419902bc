//! How a rule is made and kept.

use aws_sdk_elasticloadbalancingv2::types as sdk;

use super::*;
use crate::elbv2::action::convert;
use crate::elbv2::tags;
use crate::listed;
use crate::prelude::*;

mod conditions;
mod priority;

impl Handler for ListenerRule {
    type Client = Aws;

    fn actions() -> Actions {
        Actions::none()
            .to_read([
                "elasticloadbalancing:DescribeRules",
                "elasticloadbalancing:DescribeTags",
            ])
            .to_create(["elasticloadbalancing:CreateRule"])
            .to_update([
                "elasticloadbalancing:ModifyRule",
                "elasticloadbalancing:SetRulePriorities",
            ])
            .to_tag(
                "elasticloadbalancing:AddTags",
                "elasticloadbalancing:RemoveTags",
            )
            .to_delete(["elasticloadbalancing:DeleteRule"])
            .implying([
                Implied::by(Verb::Create, "cognito-idp:DescribeUserPoolClient")
                    .given("actions.authenticate_cognito"),
            ])
    }

    async fn read(aws: &Aws, id: &str) -> Result<Option<Self>> {
        let rules = described(aws, &[id]).await.found()?;
        let Some(rule) = rules.and_then(|mut rules| rules.pop()) else {
            return Ok(None);
        };
        let tags = tags::managed(aws, id).await?;
        observed(id, rule, tags).map(Some)
    }

    const BATCH: usize = tags::AT_ONCE;

    async fn read_many(aws: &Aws, ids: &[&str]) -> Result<Vec<(String, Self)>> {
        let rules = tags::tagged(aws, ids, described(aws, ids), sdk::Rule::rule_arn).await?;
        let observed = rules.into_iter().filter_map(|rule| {
            let observed = observed(&rule.arn, rule.described, rule.tags).ok()?;
            Some((rule.arn, observed))
        });
        Ok(observed.collect())
    }

    async fn find(aws: &Aws, whose: Whose<'_>, inputs: &ListenerRuleInputs) -> Result<Vec<String>> {
        let rules = rules(aws, &inputs.listener_arn).await?;
        let arns = rules.into_iter().filter_map(|rule| rule.rule_arn).collect();
        tags::owned(aws, whose, arns).await
    }

    async fn create(aws: &Aws, inputs: &ListenerRuleInputs, context: &Context) -> Result<String> {
        let operation = "elasticloadbalancing:CreateRule";
        let answer = aws
            .elbv2()
            .create_rule()
            .listener_arn(&inputs.listener_arn)
            .priority(inputs.priority)
            .set_conditions(Some(conditions::to_sdk(&inputs.conditions)?))
            .set_actions(Some(convert::to_sdk(&inputs.actions)?))
            .set_tags(tags::at_creation(&context.owner, &inputs.tags))
            .send()
            .await
            .named(operation)?;
        let arn = answer.rules.and_then(|mut rules| rules.pop()?.rule_arn);
        expected(arn, operation, "RuleArn")
    }

    async fn update(
        aws: &Aws,
        id: &str,
        change: Change<'_, ListenerRuleInputs>,
        context: &Context,
    ) -> Result<()> {
        let conditions = change.of(|rule| &rule.conditions);
        let actions = change.of(|rule| &rule.actions);
        if conditions.is_some() || actions.is_some() {
            let conditions = conditions
                .map(|list| conditions::to_sdk(list))
                .transpose()?;
            let actions = actions.map(|list| convert::to_sdk(list)).transpose()?;
            let request = aws.elbv2().modify_rule().rule_arn(id);
            request
                .set_conditions(conditions)
                .set_actions(actions)
                .send()
                .await
                .named("elasticloadbalancing:ModifyRule")?;
        }
        if let Some(priority) = change.of(|rule| &rule.priority) {
            priority::change(aws, id, *priority, context).await?;
        }
        tags::update(aws, id, TagChange::of(&change, |rule| &rule.tags)).await
    }

    async fn delete(aws: &Aws, id: &str, _: &ListenerRuleInputs, _: &Context) -> Result<()> {
        aws.elbv2()
            .delete_rule()
            .rule_arn(id)
            .send()
            .await
            .named("elasticloadbalancing:DeleteRule")
            .map(drop)
    }
}

async fn described(aws: &Aws, ids: &[&str]) -> Result<Vec<sdk::Rule>> {
    let request = aws.elbv2().describe_rules().set_rule_arns(listed::sdk(ids));
    pages!(request, "elasticloadbalancing:DescribeRules")
}

fn observed(id: &str, rule: sdk::Rule, tags: BTreeMap<String, String>) -> Result<ListenerRule> {
    let operation = "elasticloadbalancing:DescribeRules";
    let priority = rule.priority.as_deref().and_then(|text| text.parse().ok());
    Ok(ListenerRule {
        listener_arn: listener_of(id),
        // The default rule has none, and is the listener's.
        priority: expected(priority, operation, "Priority")?,
        conditions: conditions::from_sdk(rule.conditions),
        actions: convert::from_sdk(rule.actions),
        tags,
        arn: id.to_owned(),
    })
}

/// The rules of a listener; none when the listener is gone.
async fn rules(aws: &Aws, listener: &str) -> Result<Vec<sdk::Rule>> {
    let request = aws.elbv2().describe_rules().listener_arn(listener);
    let rules = pages!(request, "elasticloadbalancing:DescribeRules").found()?;
    Ok(rules.unwrap_or_default())
}

/// By the service authorization reference: `…:listener-rule/app/NAME/ID/LISTENER/RULE` is a rule of
/// `…:listener/app/NAME/ID/LISTENER`. No call tells it.
fn listener_of(rule: &str) -> String {
    let listener = rule.rsplit_once('/').map_or(rule, |(listener, _)| listener);
    listener.replacen(":listener-rule/", ":listener/", 1)
}

#[cfg(test)]
mod tests {
    use super::listener_of;

    #[test]
    fn the_listener_is_in_the_arn() {
        let rule = "arn:aws:elasticloadbalancing:eu-west-3:1:listener-rule/app/a/50dc/f2f7/9683";
        let listener = "arn:aws:elasticloadbalancing:eu-west-3:1:listener/app/a/50dc/f2f7";
        assert_eq!(listener_of(rule), listener);
    }
}
