//! How a policy is made and kept.

use aws_sdk_applicationautoscaling::types as sdk;

use super::*;
use crate::permit::as_caller;
use crate::prelude::*;

mod request;

/// What tells one policy from another.
#[derive(Debug, Clone, Copy)]
struct Key<'a> {
    namespace: &'a str,
    resource: &'a str,
    dimension: &'a str,
    name: &'a str,
}

impl<'a> Key<'a> {
    /// The parts of `NAMESPACE/RESOURCE/DIMENSION/NAME`. A resource and a name may have `/` in them; a dimension begins
    /// with its namespace and a colon.
    fn parse(id: &'a str) -> Result<Self> {
        let parts = id.split_once('/').and_then(|(namespace, rest)| {
            let (resource, after) = rest.split_once(&format!("/{namespace}:"))?;
            let (_, name) = after.split_once('/')?;
            let dimension = &rest[resource.len() + 1..rest.len() - name.len() - 1];
            Some(Self {
                namespace,
                resource,
                dimension,
                name,
            })
        });
        parts.ok_or_else(|| {
            let message = format!("{id} is not NAMESPACE/RESOURCE/DIMENSION/NAME");
            Error::new(ErrorKind::Invalid, message)
        })
    }

    fn of(inputs: &'a PolicyInputs) -> Self {
        Self {
            namespace: &inputs.service_namespace,
            resource: &inputs.resource_id,
            dimension: &inputs.scalable_dimension,
            name: inputs.name.as_deref().unwrap_or_default(),
        }
    }

    fn id(self) -> String {
        let Self {
            namespace,
            resource,
            dimension,
            name,
        } = self;
        format!("{namespace}/{resource}/{dimension}/{name}")
    }
}

impl Handler for Policy {
    type Client = Aws;

    fn actions() -> Actions {
        Actions::none()
            .to_read(["application-autoscaling:DescribeScalingPolicies"])
            .to_set(["application-autoscaling:PutScalingPolicy"])
            .to_delete(["application-autoscaling:DeleteScalingPolicy"])
            // It keeps alarms, and changes what it scales, as whoever asks.
            .implying(as_caller([
                "cloudwatch:DeleteAlarms",
                "cloudwatch:DescribeAlarms",
                "cloudwatch:PutMetricAlarm",
            ]))
    }

    async fn read(aws: &Aws, id: &str) -> Result<Option<Self>> {
        let key = Key::parse(id)?;
        let policy = look(aws, key).await?;
        Ok(policy.map(|policy| observed(key, &policy)))
    }

    /// Policies have no tags. Its name is the engine's or fixed by the program, and unique for the target.
    async fn find(aws: &Aws, _: Whose<'_>, inputs: &PolicyInputs) -> Result<Vec<String>> {
        let key = Key::of(inputs);
        let found = look(aws, key).await?;
        Ok(found.map(|_| key.id()).into_iter().collect())
    }

    async fn create(aws: &Aws, inputs: &PolicyInputs, _: &Context) -> Result<String> {
        let key = Key::of(inputs);
        // A put would overwrite what is there.
        if look(aws, key).await?.is_some() {
            let message = format!("a policy named {} is there already", key.name);
            return Err(Error::new(ErrorKind::AlreadyExists, message)
                .operation("application-autoscaling:PutScalingPolicy"));
        }
        put(aws, key, inputs).await?;
        Ok(key.id())
    }

    async fn update(
        aws: &Aws,
        id: &str,
        change: Change<'_, PolicyInputs>,
        _: &Context,
    ) -> Result<()> {
        put(aws, Key::parse(id)?, change.after).await
    }

    async fn delete(aws: &Aws, id: &str, _: &PolicyInputs, _: &Context) -> Result<()> {
        let key = Key::parse(id)?;
        aws.applicationautoscaling()
            .delete_scaling_policy()
            .policy_name(key.name)
            .service_namespace(key.namespace.into())
            .resource_id(key.resource)
            .scalable_dimension(key.dimension.into())
            .send()
            .await
            .named("application-autoscaling:DeleteScalingPolicy")
            .map(drop)
    }
}

async fn look(aws: &Aws, key: Key<'_>) -> Result<Option<sdk::ScalingPolicy>> {
    let answer = aws
        .applicationautoscaling()
        .describe_scaling_policies()
        .policy_names(key.name)
        .service_namespace(key.namespace.into())
        .resource_id(key.resource)
        .scalable_dimension(key.dimension.into())
        .send()
        .await
        .named("application-autoscaling:DescribeScalingPolicies")?;
    Ok(answer
        .scaling_policies
        .unwrap_or_default()
        .into_iter()
        .next())
}

fn observed(key: Key<'_>, policy: &sdk::ScalingPolicy) -> Policy {
    let alarms = policy.alarms().iter();
    Policy {
        name: Some(key.name.to_owned()),
        service_namespace: key.namespace.to_owned(),
        resource_id: key.resource.to_owned(),
        scalable_dimension: key.dimension.to_owned(),
        target_tracking: policy
            .target_tracking_scaling_policy_configuration()
            .map(TargetTracking::of_sdk),
        step_scaling: policy
            .step_scaling_policy_configuration()
            .and_then(StepScaling::of_sdk),
        arn: policy.policy_arn().to_owned(),
        alarm_arns: alarms.map(|alarm| alarm.alarm_arn().to_owned()).collect(),
    }
}

async fn put(aws: &Aws, key: Key<'_>, inputs: &PolicyInputs) -> Result<()> {
    let request = aws
        .applicationautoscaling()
        .put_scaling_policy()
        .policy_name(key.name)
        .service_namespace(key.namespace.into())
        .resource_id(key.resource)
        .scalable_dimension(key.dimension.into());
    let request = match (&inputs.target_tracking, &inputs.step_scaling) {
        (Some(tracking), None) => request
            .policy_type(sdk::PolicyType::TargetTrackingScaling)
            .target_tracking_scaling_policy_configuration(tracking.to_sdk()?),
        (None, Some(steps)) => request
            .policy_type(sdk::PolicyType::StepScaling)
            .step_scaling_policy_configuration(steps.to_sdk()?),
        (None, None) | (Some(_), Some(_)) => {
            let message = "a policy has either target_tracking or step_scaling";
            return Err(Error::new(ErrorKind::Invalid, message));
        }
    };
    request
        .send()
        .await
        .named("application-autoscaling:PutScalingPolicy")
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_four_parts() {
        let id = "ecs/service/main/web/ecs:service:DesiredCount/cpu/70";
        let key = Key::parse(id).expect("it parses");
        assert_eq!(key.resource, "service/main/web");
        assert_eq!(key.dimension, "ecs:service:DesiredCount");
        assert_eq!(key.name, "cpu/70");
        assert_eq!(key.id(), id);
        assert!(Key::parse("ecs/service/main/web").is_err());
    }
}
