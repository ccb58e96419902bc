//! What is there of load balancers. Their listeners and rules go with them, and nobody tells when one was made.

use futures::FutureExt;

use super::*;
use crate::prelude::*;
use crate::strays::{List, Listed, all_of};

/// The lists of these types.
pub(crate) fn lists(aws: &Aws) -> Vec<List<'_>> {
    vec![
        List::of::<Listener>(listeners(aws)),
        List::of::<ListenerRule>(listener_rules(aws)),
        List::of::<LoadBalancer>(load_balancers(aws)),
        List::of::<TargetGroup>(target_groups(aws)),
    ]
}

async fn load_balancers(aws: &Aws) -> Result<Vec<Listed>> {
    let request = aws.elbv2().describe_load_balancers();
    let balancers = pages!(request, "elasticloadbalancing:DescribeLoadBalancers")?.into_iter();
    Ok(balancers
        .filter_map(|one| {
            Some(Listed::new(one.load_balancer_arn?).created(one.created_time.as_ref()))
        })
        .collect())
}

async fn target_groups(aws: &Aws) -> Result<Vec<Listed>> {
    let request = aws.elbv2().describe_target_groups();
    let groups = pages!(request, "elasticloadbalancing:DescribeTargetGroups")?.into_iter();
    let arns = groups.filter_map(|group| group.target_group_arn);
    Ok(arns.map(Listed::new).collect())
}

async fn listeners(aws: &Aws) -> Result<Vec<Listed>> {
    let balancers = load_balancers(aws).await?;
    let balancers = balancers.iter();
    all_of(balancers.map(|balancer| listeners_of(aws, &balancer.id).boxed())).await
}

async fn listeners_of(aws: &Aws, balancer: &str) -> Result<Vec<Listed>> {
    let request = aws.elbv2().describe_listeners().load_balancer_arn(balancer);
    let listeners = pages!(request, "elasticloadbalancing:DescribeListeners").found()?;
    let arns = listeners
        .into_iter()
        .flatten()
        .filter_map(|one| one.listener_arn);
    Ok(arns.map(|arn| Listed::new(arn).kept(true)).collect())
}

async fn listener_rules(aws: &Aws) -> Result<Vec<Listed>> {
    let listeners = listeners(aws).await?;
    let listeners = listeners.iter();
    all_of(listeners.map(|listener| rules_of(aws, &listener.id).boxed())).await
}

async fn rules_of(aws: &Aws, listener: &str) -> Result<Vec<Listed>> {
    let request = aws.elbv2().describe_rules().listener_arn(listener);
    let rules = pages!(request, "elasticloadbalancing:DescribeRules").found()?;
    let arns = rules.into_iter().flatten().filter_map(|rule| rule.rule_arn);
    Ok(arns.map(|arn| Listed::new(arn).kept(true)).collect())
}
