//! How a target is made and kept.

use std::collections::BTreeSet;

use aws_sdk_applicationautoscaling::types as sdk;

use super::*;
use crate::listed;
use crate::permit::{as_caller, first_use_of, passing};
use crate::prelude::*;

/// What tells one target from another.
#[derive(Debug, Clone, Copy)]
struct Key<'a> {
    namespace: &'a str,
    resource: &'a str,
    dimension: &'a str,
}

impl<'a> Key<'a> {
    /// The parts of `NAMESPACE/RESOURCE/DIMENSION`. A resource may have `/` in it, the others have not.
    fn parse(id: &'a str) -> Result<Self> {
        let parts = id.split_once('/').and_then(|(namespace, rest)| {
            let (resource, dimension) = rest.rsplit_once('/')?;
            Some(Self {
                namespace,
                resource,
                dimension,
            })
        });
        parts.ok_or_else(|| {
            let message = format!("{id} is not NAMESPACE/RESOURCE/DIMENSION");
            Error::new(ErrorKind::Invalid, message)
        })
    }

    fn of(inputs: &'a TargetInputs) -> Self {
        Self {
            namespace: &inputs.service_namespace,
            resource: &inputs.resource_id,
            dimension: &inputs.scalable_dimension,
        }
    }

    fn told(target: &'a sdk::ScalableTarget) -> Self {
        Self {
            namespace: target.service_namespace().as_str(),
            resource: target.resource_id(),
            dimension: target.scalable_dimension().as_str(),
        }
    }

    fn id(self) -> String {
        format!("{}/{}/{}", self.namespace, self.resource, self.dimension)
    }
}

impl Handler for Target {
    type Client = Aws;

    fn actions() -> Actions {
        Actions::none()
            .to_read([
                "application-autoscaling:DescribeScalableTargets",
                "application-autoscaling:ListTagsForResource",
            ])
            .to_set(["application-autoscaling:RegisterScalableTarget"])
            .to_tag(
                "application-autoscaling:TagResource",
                "application-autoscaling:UntagResource",
            )
            .to_delete(["application-autoscaling:DeregisterScalableTarget"])
            .implying([
                passing("role_arn", "application-autoscaling.amazonaws.com"),
                first_use_of("*.application-autoscaling.amazonaws.com"),
            ])
            // It changes what it scales as whoever asks.
            .implying(as_caller(["ecs:DescribeServices", "ecs:UpdateService"]))
    }

    async fn read(aws: &Aws, id: &str) -> Result<Option<Self>> {
        let key = Key::parse(id)?;
        match look(aws, key).await? {
            Some(target) => observed(aws, key, &target).await.map(Some),
            None => Ok(None),
        }
    }

    const BATCH: usize = 50;

    async fn read_many(aws: &Aws, ids: &[&str]) -> Result<Vec<(String, Self)>> {
        let keys = ids.iter().map(|id| Key::parse(id));
        let keys = listed::by_key(keys.filter_map(Result::ok).map(|key| (key.namespace, key)));
        let targets = keys.into_iter().map(|(namespace, keys)| async move {
            let resources: BTreeSet<&str> = keys.iter().map(|key| key.resource).collect();
            let resources = resources.into_iter().map(str::to_owned).collect();
            let request = aws.applicationautoscaling().describe_scalable_targets();
            let request = request
                .service_namespace(namespace.into())
                .set_resource_ids(Some(resources));
            pages!(request, "application-autoscaling:DescribeScalableTargets")
        });
        let mut targets = listed::lists(targets).await?;
        targets.retain(|target| ids.contains(&id_of(target).as_str()));
        Ok(listed::each(&targets, |target| async move {
            let key = Key::told(target);
            Ok((key.id(), observed(aws, key, target).await?))
        })
        .await)
    }

    async fn find(aws: &Aws, whose: Whose<'_>, inputs: &TargetInputs) -> Result<Vec<String>> {
        let key = Key::of(inputs);
        let Some(target) = look(aws, key).await? else {
            return Ok(Vec::new());
        };
        let ours = whose.owns(&tags(aws, &target).await?);
        Ok(ours.then(|| key.id()).into_iter().collect())
    }

    async fn create(aws: &Aws, inputs: &TargetInputs, context: &Context) -> Result<String> {
        let key = Key::of(inputs);
        // A registration would overwrite what is there.
        if look(aws, key).await?.is_some() {
            let message = format!("{} is a scalable target already", key.id());
            return Err(Error::new(ErrorKind::AlreadyExists, message)
                .operation("application-autoscaling:RegisterScalableTarget"));
        }
        let tags = context.owner.tags(&inputs.tags);
        register(aws, key, inputs)
            .set_role_arn(inputs.role_arn.clone())
            .set_tags(Some(tags.into_iter().collect()))
            .send()
            .await
            .named("application-autoscaling:RegisterScalableTarget")?;
        Ok(key.id())
    }

    async fn update(
        aws: &Aws,
        id: &str,
        change: Change<'_, TargetInputs>,
        _: &Context,
    ) -> Result<()> {
        let key = Key::parse(id)?;
        register(aws, key, change.after)
            .send()
            .await
            .named("application-autoscaling:RegisterScalableTarget")?;
        let Some(TagChange { set, remove }) = TagChange::of(&change, |target| &target.tags) else {
            return Ok(());
        };
        let arn = arn_of(aws, id).await?;
        if !remove.is_empty() {
            let request = aws.applicationautoscaling().untag_resource();
            let request = request.resource_arn(&arn).set_tag_keys(Some(remove));
            request
                .send()
                .await
                .named("application-autoscaling:UntagResource")?;
        }
        if !set.is_empty() {
            let request = aws.applicationautoscaling().tag_resource();
            let request = request
                .resource_arn(&arn)
                .set_tags(Some(set.into_iter().collect()));
            request
                .send()
                .await
                .named("application-autoscaling:TagResource")?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, id: &str, _: &TargetInputs, _: &Context) -> Result<()> {
        let key = Key::parse(id)?;
        aws.applicationautoscaling()
            .deregister_scalable_target()
            .service_namespace(key.namespace.into())
            .resource_id(key.resource)
            .scalable_dimension(key.dimension.into())
            .send()
            .await
            .named("application-autoscaling:DeregisterScalableTarget")
            .map(drop)
    }
}

/// The id of a target that AWS told of.
pub(in crate::applicationautoscaling) fn id_of(target: &sdk::ScalableTarget) -> String {
    Key::told(target).id()
}

/// The ARN of a target, which its tags are asked by.
pub(in crate::applicationautoscaling) async fn arn_of(aws: &Aws, id: &str) -> Result<String> {
    let target = look(aws, Key::parse(id)?).await?;
    let operation = "application-autoscaling:DescribeScalableTargets";
    let arn = target.and_then(|target| target.scalable_target_arn);
    expected(arn, operation, "ScalableTargetARN")
}

async fn look(aws: &Aws, key: Key<'_>) -> Result<Option<sdk::ScalableTarget>> {
    let answer = aws
        .applicationautoscaling()
        .describe_scalable_targets()
        .service_namespace(key.namespace.into())
        .resource_ids(key.resource)
        .scalable_dimension(key.dimension.into())
        .send()
        .await
        .named("application-autoscaling:DescribeScalableTargets")?;
    Ok(answer
        .scalable_targets
        .unwrap_or_default()
        .into_iter()
        .next())
}

async fn observed(aws: &Aws, key: Key<'_>, target: &sdk::ScalableTarget) -> Result<Target> {
    let tags = tags(aws, target).await?;
    let suspended = target.suspended_state();
    let is_suspended = |kind: fn(&sdk::SuspendedState) -> Option<bool>| {
        Some(suspended.and_then(kind).unwrap_or(false))
    };
    Ok(Target {
        service_namespace: key.namespace.to_owned(),
        resource_id: key.resource.to_owned(),
        scalable_dimension: key.dimension.to_owned(),
        min_capacity: target.min_capacity(),
        max_capacity: target.max_capacity(),
        role_arn: Some(target.role_arn().to_owned()),
        scaling_in_suspended: is_suspended(|state| state.dynamic_scaling_in_suspended()),
        scaling_out_suspended: is_suspended(|state| state.dynamic_scaling_out_suspended()),
        scheduled_scaling_suspended: is_suspended(|state| state.scheduled_scaling_suspended()),
        tags: Owner::without_ours(tags),
        arn: target.scalable_target_arn().unwrap_or_default().to_owned(),
    })
}

/// Targets that were registered before 2023 have no ARN, and no tags.
pub(in crate::applicationautoscaling) async fn tags(
    aws: &Aws,
    target: &sdk::ScalableTarget,
) -> Result<BTreeMap<String, String>> {
    let Some(arn) = target.scalable_target_arn() else {
        return Ok(BTreeMap::new());
    };
    let request = aws.applicationautoscaling().list_tags_for_resource();
    let answer = request
        .resource_arn(arn)
        .send()
        .await
        .named("application-autoscaling:ListTagsForResource")
        .found()?;
    let tags = answer.and_then(|answer| answer.tags);
    Ok(tags.into_iter().flatten().collect())
}

/// One call registers and changes; it leaves what it is not told.
fn register(
    aws: &Aws,
    key: Key<'_>,
    inputs: &TargetInputs,
) -> aws_sdk_applicationautoscaling::operation::register_scalable_target::builders::RegisterScalableTargetFluentBuilder
{
    let suspended = sdk::SuspendedState::builder()
        .set_dynamic_scaling_in_suspended(inputs.scaling_in_suspended)
        .set_dynamic_scaling_out_suspended(inputs.scaling_out_suspended)
        .set_scheduled_scaling_suspended(inputs.scheduled_scaling_suspended)
        .build();
    aws.applicationautoscaling()
        .register_scalable_target()
        .service_namespace(key.namespace.into())
        .resource_id(key.resource)
        .scalable_dimension(key.dimension.into())
        .min_capacity(inputs.min_capacity)
        .max_capacity(inputs.max_capacity)
        .suspended_state(suspended)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_three_parts() {
        let key = Key::parse("ecs/service/main/web/ecs:service:DesiredCount").expect("it parses");
        assert_eq!(key.namespace, "ecs");
        assert_eq!(key.resource, "service/main/web");
        assert_eq!(key.dimension, "ecs:service:DesiredCount");
        assert!(Key::parse("ecs").is_err());
    }
}
