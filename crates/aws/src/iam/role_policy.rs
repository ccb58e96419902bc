//! `aws:iam:RolePolicy`: a policy that is a part of one role.

use stack::resource::*;

/// A policy that is a part of one role, and goes with it. Its id is `role:name`.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("aws:iam:RolePolicy", visibility_lag = "15s", unique("role", "name"))]
pub struct RolePolicy {
    /// Its name, unique in the role. Made by the engine when it is not set.
    #[input(replaces, name(max_length = 128))]
    pub name: Option<String>,
    /// The name of the role.
    #[input(replaces)]
    pub role: String,
    /// What the role may do: a policy document as JSON. All such policies of a role together have at most 10,240
    /// characters, white space not counted.
    #[input(json)]
    pub policy: String,
}

#[cfg(feature = "provider")]
mod handler {
    use super::*;
    use crate::iam::document;
    use crate::prelude::*;

    impl Handler for RolePolicy {
        type Client = Aws;

        fn actions() -> Actions {
            Actions::none()
                .to_read(["iam:GetRolePolicy"])
                .to_set(["iam:PutRolePolicy"])
                .to_delete(["iam:DeleteRolePolicy"])
        }

        async fn read(aws: &Aws, id: &str) -> Result<Option<Self>> {
            let (role, name) = parts(id)?;
            Ok(policy(aws, role, name).await?.map(|policy| RolePolicy {
                name: Some(name.to_owned()),
                role: role.to_owned(),
                policy,
            }))
        }

        /// Inline policies have no tags. One of this name that says exactly what was asked for is what the create
        /// made; one that says something else is somebody else's.
        async fn find(aws: &Aws, _: Whose<'_>, inputs: &RolePolicyInputs) -> Result<Vec<String>> {
            let name = inputs.name.as_deref().unwrap_or_default();
            let found = policy(aws, &inputs.role, name).await?;
            let ours = found.filter(|found| without_space(found) == without_space(&inputs.policy));
            Ok(ours.map(|_| id(&inputs.role, name)).into_iter().collect())
        }

        async fn create(aws: &Aws, inputs: &RolePolicyInputs, context: &Context) -> Result<String> {
            let name = inputs.name.as_deref().unwrap_or_default();
            let id = id(&inputs.role, name);
            // The API overwrites a policy of that name; what is there is not to be taken.
            if policy(aws, &inputs.role, name).await?.is_some() {
                let message = format!("{} has a policy named {name} already", inputs.role);
                let import = format!("stack import {} {id}", context.owner.urn);
                return Err(Error::new(ErrorKind::AlreadyExists, message)
                    .operation("iam:PutRolePolicy")
                    .hint(format!(
                        "take it in with `{import}`, or choose another name"
                    )));
            }
            put(aws, &inputs.role, name, &inputs.policy).await?;
            Ok(id)
        }

        async fn update(
            aws: &Aws,
            id: &str,
            change: Change<'_, RolePolicyInputs>,
            _: &Context,
        ) -> Result<()> {
            let (role, name) = parts(id)?;
            match change.of(|policy| &policy.policy) {
                Some(policy) => put(aws, role, name, policy).await,
                None => Ok(()),
            }
        }

        async fn delete(aws: &Aws, id: &str, _: &RolePolicyInputs, _: &Context) -> Result<()> {
            let (role, name) = parts(id)?;
            let request = aws
                .iam()
                .delete_role_policy()
                .role_name(role)
                .policy_name(name);
            request.send().await.named("iam:DeleteRolePolicy").map(drop)
        }
    }

    fn id(role: &str, name: &str) -> String {
        format!("{role}:{name}")
    }

    /// Neither name can have a colon in it.
    fn parts(id: &str) -> Result<(&str, &str)> {
        id.split_once(':').ok_or_else(|| {
            let message = format!("{id} is no id of a role's policy: those are ROLE:NAME");
            Error::new(ErrorKind::Invalid, message)
        })
    }

    async fn policy(aws: &Aws, role: &str, name: &str) -> Result<Option<String>> {
        let request = aws
            .iam()
            .get_role_policy()
            .role_name(role)
            .policy_name(name);
        let answer = request.send().await.named("iam:GetRolePolicy").found()?;
        Ok(answer.map(|answer| document::decoded(answer.policy_document())))
    }

    async fn put(aws: &Aws, role: &str, name: &str, policy: &str) -> Result<()> {
        let request = aws
            .iam()
            .put_role_policy()
            .role_name(role)
            .policy_name(name)
            .policy_document(policy);
        request.send().await.named("iam:PutRolePolicy").map(drop)
    }

    fn without_space(text: &str) -> String {
        text.split_ascii_whitespace().collect()
    }
}
