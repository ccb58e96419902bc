//! `azure:authorization:RoleDefinition`: a role by its name.

use stack::resource::*;

/// A role by its name.
#[derive(Debug, Clone, PartialEq, Lookup)]
#[lookup("azure:authorization:RoleDefinition")]
pub struct RoleDefinition {
    /// Its name, such as `AcrPull` or `Key Vault Secrets User`.
    #[input(required)]
    pub name: String,
    /// Its GUID, for `role_id` of a [`RoleAssignment`](super::RoleAssignment).
    #[output]
    pub role_id: String,
    /// What it allows, in words.
    #[output]
    pub description: String,
}

#[cfg(feature = "provider")]
mod handler {
    use stack_provider::Question;

    use super::super::VERSION;
    use super::*;
    use crate::prelude::*;

    impl Question for RoleDefinition {
        type Client = Azure;

        fn actions() -> Actions {
            Actions::none().to_read(["Microsoft.Authorization/roleDefinitions/read"])
        }

        async fn answer(azure: &Azure, inputs: &RoleDefinitionInputs) -> Result<Self> {
            // Within a filter a quote is written twice.
            let name = inputs.name.replace('\'', "''");
            let path = format!(
                "{}/providers/Microsoft.Authorization/roleDefinitions?$filter=roleName eq '{name}'",
                azure.subscription()
            );
            let found = azure.list(&path, VERSION).await?;
            let [role] = found.as_slice() else {
                let message = format!("{} roles are called {:?}", found.len(), inputs.name);
                return Err(Error::new(ErrorKind::Invalid, message)
                    .operation("Microsoft.Authorization/roleDefinitions/read")
                    .hint("`az role definition list` has them all"));
            };
            let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
            Ok(Self {
                name: inputs.name.clone(),
                role_id: text(&role["name"]),
                description: text(&role["properties"]["description"]),
            })
        }
    }
}
