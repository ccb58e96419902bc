//! What is there of scalable targets. Their policies go with them. The tagging API does not say what one scales.

use aws_sdk_applicationautoscaling::types::ServiceNamespace;
use futures::FutureExt;

use super::*;
use crate::prelude::*;
use crate::strays::{List, Listed, all_of};

/// The lists of these types.
pub(crate) fn lists(aws: &Aws) -> Vec<List<'_>> {
    vec![List::of::<Target>(targets(aws))]
}

/// Each service has a list of its own.
async fn targets(aws: &Aws) -> Result<Vec<Listed>> {
    let services = ServiceNamespace::values().iter();
    all_of(services.map(|service| targets_of(aws, service).boxed())).await
}

async fn targets_of(aws: &Aws, service: &str) -> Result<Vec<Listed>> {
    let request = aws.applicationautoscaling().describe_scalable_targets();
    let request = request.service_namespace(service.into());
    let targets = pages!(request, "application-autoscaling:DescribeScalableTargets")?;
    let mut listed = Vec::new();
    for target in targets {
        let tags = target::tags(aws, &target).await?;
        let id = target::id_of(&target);
        let created = Some(target.creation_time());
        listed.push(Listed::new(id).tagged(tags).created(created));
    }
    Ok(listed)
}

/// Sets a tag of a target, or takes it away.
pub(crate) async fn retag(aws: &Aws, id: &str, key: &str, value: Option<&str>) -> Result<()> {
    let arn = target::arn_of(aws, id).await?;
    match value {
        Some(value) => {
            let request = aws.applicationautoscaling().tag_resource();
            let sent = request.resource_arn(arn).tags(key, value).send().await;
            sent.named("application-autoscaling:TagResource").map(drop)
        }
        None => {
            let request = aws.applicationautoscaling().untag_resource();
            let sent = request.resource_arn(arn).tag_keys(key).send().await;
            sent.named("application-autoscaling:UntagResource")
                .map(drop)
        }
    }
}
