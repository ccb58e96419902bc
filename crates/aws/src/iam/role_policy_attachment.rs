//! `aws:iam:RolePolicyAttachment`: a managed policy that a role has.

use stack::resource::*;

/// A managed policy, of the account or of AWS, that a role has. Its id is `role/arn`.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource(
    "aws:iam:RolePolicyAttachment",
    visibility_lag = "15s",
    unique("role", "policy_arn")
)]
pub struct RolePolicyAttachment {
    /// The name of the role.
    #[input(replaces)]
    pub role: String,
    /// The ARN of the policy, such as `arn:aws:iam::aws:policy/ReadOnlyAccess`.
    #[input(replaces)]
    pub policy_arn: String,
}

#[cfg(feature = "provider")]
mod handler {
    use super::*;
    use crate::listed;
    use crate::prelude::*;

    impl Handler for RolePolicyAttachment {
        type Client = Aws;

        fn actions() -> Actions {
            Actions::none()
                .to_read(["iam:ListAttachedRolePolicies"])
                .to_create(["iam:AttachRolePolicy"])
                .to_delete(["iam:DetachRolePolicy"])
        }

        async fn read(aws: &Aws, id: &str) -> Result<Option<Self>> {
            let (role, policy_arn) = parts(id)?;
            let there = is_attached(aws, role, policy_arn).await?;
            Ok(there.then(|| RolePolicyAttachment {
                role: role.to_owned(),
                policy_arn: policy_arn.to_owned(),
            }))
        }

        const BATCH: usize = 200;

        async fn read_many(aws: &Aws, ids: &[&str]) -> Result<Vec<(String, Self)>> {
            let wanted = ids.iter().filter_map(|id| parts(id).ok());
            let roles = listed::by_key(wanted);
            let attached = roles.into_iter().map(|(role, wanted)| async move {
                let request = aws.iam().list_attached_role_policies().role_name(role);
                let there = pages!(request, "iam:ListAttachedRolePolicies")?;
                let there = there.iter().filter_map(|policy| policy.policy_arn());
                let there = there.filter(|arn| wanted.contains(arn));
                let there = there.map(|arn| {
                    let attachment = RolePolicyAttachment {
                        role: role.to_owned(),
                        policy_arn: arn.to_owned(),
                    };
                    (id_of(role, arn), attachment)
                });
                Ok(there.collect())
            });
            listed::lists(attached).await
        }

        /// An attachment has nothing that could say whose it is, and nothing that could differ. `create` has seen
        /// that it was not there.
        async fn find(
            aws: &Aws,
            _: Whose<'_>,
            inputs: &RolePolicyAttachmentInputs,
        ) -> Result<Vec<String>> {
            let there = is_attached(aws, &inputs.role, &inputs.policy_arn).await?;
            Ok(there
                .then(|| id_of(&inputs.role, &inputs.policy_arn))
                .into_iter()
                .collect())
        }

        async fn create(
            aws: &Aws,
            inputs: &RolePolicyAttachmentInputs,
            context: &Context,
        ) -> Result<String> {
            let id = id_of(&inputs.role, &inputs.policy_arn);
            // The API says yes to what is attached already; what is there is not to be taken.
            if is_attached(aws, &inputs.role, &inputs.policy_arn).await? {
                let message = format!("{} has {} already", inputs.role, inputs.policy_arn);
                let import = format!("stack import {} {id}", context.owner.urn);
                return Err(Error::new(ErrorKind::AlreadyExists, message)
                    .operation("iam:AttachRolePolicy")
                    .hint(format!("take it in with `{import}`")));
            }
            let request = aws
                .iam()
                .attach_role_policy()
                .role_name(&inputs.role)
                .policy_arn(&inputs.policy_arn);
            request.send().await.named("iam:AttachRolePolicy")?;
            Ok(id)
        }

        /// There is nothing that can be changed in place.
        async fn update(
            _: &Aws,
            _: &str,
            _: Change<'_, RolePolicyAttachmentInputs>,
            _: &Context,
        ) -> Result<()> {
            Ok(())
        }

        async fn delete(
            aws: &Aws,
            id: &str,
            _: &RolePolicyAttachmentInputs,
            _: &Context,
        ) -> Result<()> {
            let (role, policy_arn) = parts(id)?;
            let request = aws
                .iam()
                .detach_role_policy()
                .role_name(role)
                .policy_arn(policy_arn);
            request.send().await.named("iam:DetachRolePolicy").map(drop)
        }
    }

    fn id_of(role: &str, policy_arn: &str) -> String {
        format!("{role}/{policy_arn}")
    }

    /// A role's name has no slash in it, an ARN may.
    fn parts(id: &str) -> Result<(&str, &str)> {
        id.split_once('/').ok_or_else(|| {
            let message = format!("{id} is no id of an attachment: those are ROLE/POLICY_ARN");
            Error::new(ErrorKind::Invalid, message)
        })
    }

    /// A role that is not there has nothing attached.
    async fn is_attached(aws: &Aws, role: &str, policy_arn: &str) -> Result<bool> {
        let mut policies = aws
            .iam()
            .list_attached_role_policies()
            .role_name(role)
            .into_paginator()
            .items()
            .send();
        while let Some(policy) = policies.next().await {
            let Some(policy) = policy.named("iam:ListAttachedRolePolicies").found()? else {
                return Ok(false);
            };
            if policy.policy_arn() == Some(policy_arn) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
