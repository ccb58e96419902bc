//! `aws:iam:Role`: an identity that services and people take on for a while.

use stack::resource::*;

/// An identity that services and people take on for a while, with the permissions of its policies.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("aws:iam:Role", visibility_lag = "15s")]
pub struct Role {
    /// Its name, unique in the account. Made by the engine when it is not set.
    #[input(replaces, name(max_length = 64))]
    pub name: Option<String>,
    /// Where it stands among the account's identities, such as `/service/`. `/` by default.
    #[input(replaces)]
    pub path: Option<String>,
    /// What it is for; at most 1,000 characters.
    #[input(reset = "")]
    pub description: Option<String>,
    /// Who may take it on: a policy document as JSON.
    #[input(json)]
    pub assume_role_policy: String,
    /// How long a session lasts at most, in seconds, from 3,600 (the default) to 43,200.
    #[input(reset = 3600)]
    pub max_session_duration: Option<i32>,
    /// The ARN of the policy that bounds what its other policies can allow. No limit when empty.
    #[input(reset = "")]
    pub permissions_boundary: Option<String>,
    /// Whether policies that somebody else attached go with it when it is deleted. Otherwise such a role stays, and
    /// the delete says why. Off by default.
    #[input(write_only, reset = false)]
    pub force_detach_policies: Option<bool>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// Its ARN.
    #[output]
    pub arn: String,
    /// Its id, which is never used again: `AROA…`.
    #[output]
    pub unique_id: String,
    /// When it was created, RFC 3339.
    #[output]
    pub created_at: String,
}

#[cfg(feature = "provider")]
mod handler {
    use aws_sdk_iam::types::Tag;
    use aws_smithy_types::date_time::Format;

    use super::*;
    use crate::iam::document;
    use crate::prelude::*;

    impl Handler for Role {
        type Client = Aws;

        fn actions() -> Actions {
            Actions::none()
                .to_read(["iam:GetRole"])
                .to_create(["iam:CreateRole"])
                .to_update([
                    "iam:DeleteRolePermissionsBoundary",
                    "iam:PutRolePermissionsBoundary",
                    "iam:UpdateAssumeRolePolicy",
                    "iam:UpdateRole",
                ])
                .to_tag("iam:TagRole", "iam:UntagRole")
                .to_delete(["iam:DeleteRole"])
                // Where it is to be rid of what others attached.
                .to_delete([
                    "iam:DeleteRolePolicy",
                    "iam:DetachRolePolicy",
                    "iam:ListAttachedRolePolicies",
                    "iam:ListRolePolicies",
                ])
        }

        async fn read(aws: &Aws, id: &str) -> Result<Option<Self>> {
            let answer = aws
                .iam()
                .get_role()
                .role_name(id)
                .send()
                .await
                .named("iam:GetRole")
                .found()?;
            let Some(role) = answer.and_then(|answer| answer.role) else {
                return Ok(None);
            };
            let tags = role
                .tags()
                .iter()
                .map(|tag| (tag.key().to_owned(), tag.value().to_owned()));
            Ok(Some(Role {
                name: Some(role.role_name().to_owned()),
                path: Some(role.path().to_owned()),
                description: role.description().map(str::to_owned),
                assume_role_policy: document::decoded(
                    role.assume_role_policy_document().unwrap_or_default(),
                ),
                max_session_duration: role.max_session_duration(),
                permissions_boundary: role
                    .permissions_boundary()
                    .and_then(|boundary| boundary.permissions_boundary_arn().map(str::to_owned)),
                force_detach_policies: None,
                tags: Owner::without_ours(tags),
                arn: role.arn().to_owned(),
                unique_id: role.role_id().to_owned(),
                created_at: role.create_date().fmt(Format::DateTime).unwrap_or_default(),
            }))
        }

        async fn find(aws: &Aws, whose: Whose<'_>, inputs: &RoleInputs) -> Result<Vec<String>> {
            let Some(name) = &inputs.name else {
                return Ok(Vec::new());
            };
            let answer = aws
                .iam()
                .get_role()
                .role_name(name)
                .send()
                .await
                .named("iam:GetRole")
                .found()?;
            let ours = answer.and_then(|answer| answer.role).filter(|role| {
                let pairs = role
                    .tags()
                    .iter()
                    .map(|tag| (tag.key().to_owned(), tag.value().to_owned()));
                whose.owns(&pairs.collect())
            });
            Ok(ours.map(|role| role.role_name).into_iter().collect())
        }

        async fn create(aws: &Aws, inputs: &RoleInputs, context: &Context) -> Result<String> {
            let answer = aws
                .iam()
                .create_role()
                .set_role_name(inputs.name.clone())
                .set_path(inputs.path.clone())
                .set_description(inputs.description.clone())
                .assume_role_policy_document(&inputs.assume_role_policy)
                .set_max_session_duration(inputs.max_session_duration)
                .set_permissions_boundary(
                    inputs
                        .permissions_boundary
                        .clone()
                        .filter(|arn| !arn.is_empty()),
                )
                .set_tags(Some(tags(&context.owner.tags(&inputs.tags))?))
                .send()
                .await
                .named("iam:CreateRole")?;
            Ok(expected(answer.role, "iam:CreateRole", "Role")?.role_name)
        }

        async fn update(
            aws: &Aws,
            id: &str,
            change: Change<'_, RoleInputs>,
            _: &Context,
        ) -> Result<()> {
            let after = change.after;
            if let Some(policy) = change.of(|role| &role.assume_role_policy) {
                let request = aws
                    .iam()
                    .update_assume_role_policy()
                    .role_name(id)
                    .policy_document(policy);
                request.send().await.named("iam:UpdateAssumeRolePolicy")?;
            }
            if change.of(|role| &role.description).is_some()
                || change.of(|role| &role.max_session_duration).is_some()
            {
                let request = aws.iam().update_role().role_name(id);
                let request = request.description(after.description.as_deref().unwrap_or_default());
                let request = request.set_max_session_duration(after.max_session_duration);
                request.send().await.named("iam:UpdateRole")?;
            }
            if let Some(boundary) = change.some(|role| &role.permissions_boundary) {
                bound(aws, id, boundary).await?;
            }
            if let Some(TagChange { set, remove }) = TagChange::of(&change, |role| &role.tags) {
                if !remove.is_empty() {
                    let request = aws
                        .iam()
                        .untag_role()
                        .role_name(id)
                        .set_tag_keys(Some(remove));
                    request.send().await.named("iam:UntagRole")?;
                }
                if !set.is_empty() {
                    let request = aws
                        .iam()
                        .tag_role()
                        .role_name(id)
                        .set_tags(Some(tags(&set)?));
                    request.send().await.named("iam:TagRole")?;
                }
            }
            Ok(())
        }

        async fn delete(aws: &Aws, id: &str, recorded: &RoleInputs, _: &Context) -> Result<()> {
            if recorded.force_detach_policies == Some(true) {
                detach_all(aws, id).await?;
            }
            aws.iam()
                .delete_role()
                .role_name(id)
                .send()
                .await
                .named("iam:DeleteRole")
                .map(drop)
        }
    }

    /// Sets the most that a role may do; lifts the limit when the boundary is empty.
    async fn bound(aws: &Aws, id: &str, boundary: &str) -> Result<()> {
        if boundary.is_empty() {
            let request = aws.iam().delete_role_permissions_boundary().role_name(id);
            let lifted = request.send().await;
            return lifted.named("iam:DeleteRolePermissionsBoundary").map(drop);
        }
        let request = aws.iam().put_role_permissions_boundary().role_name(id);
        let set = request.permissions_boundary(boundary).send().await;
        set.named("iam:PutRolePermissionsBoundary").map(drop)
    }

    fn tags(tags: &BTreeMap<String, String>) -> Result<Vec<Tag>> {
        let sdk = tags
            .iter()
            .map(|(key, value)| Tag::builder().key(key).value(value).build());
        sdk.collect::<std::result::Result<_, _>>()
            .map_err(|error| Error::new(ErrorKind::Invalid, error.to_string()))
    }

    async fn detach_all(aws: &Aws, id: &str) -> Result<()> {
        let attached = aws.iam().list_attached_role_policies().role_name(id);
        for policy in pages!(attached, "iam:ListAttachedRolePolicies")? {
            let request = aws
                .iam()
                .detach_role_policy()
                .role_name(id)
                .set_policy_arn(policy.policy_arn);
            request.send().await.named("iam:DetachRolePolicy")?;
        }
        let inline = aws.iam().list_role_policies().role_name(id);
        for name in pages!(inline, "iam:ListRolePolicies")? {
            let request = aws
                .iam()
                .delete_role_policy()
                .role_name(id)
                .policy_name(name);
            request.send().await.named("iam:DeleteRolePolicy")?;
        }
        Ok(())
    }
}
