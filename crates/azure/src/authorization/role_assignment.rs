//! `azure:authorization:RoleAssignment`: a role that an identity has somewhere.

use stack::resource::*;

/// A role that an identity has somewhere. It cannot be changed, so every change makes a new one.
///
/// A new role takes up to some minutes to be felt everywhere; what meets a refusal because of that is tried again.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource(
    "azure:authorization:RoleAssignment",
    unique("scope", "principal_id", "role_id"),
    visibility_lag = "15s"
)]
pub struct RoleAssignment {
    /// The id of what the role is for: a resource, a resource group, a subscription.
    #[input(required, replaces, case_insensitive)]
    pub scope: String,
    /// Its name: a GUID, or any text from which one is made. Made by the engine when it is not set.
    #[input(write_only, replaces, name(max_length = 100))]
    pub name: Option<String>,
    /// The role's GUID: `role_id` of a [`RoleDefinition`](super::RoleDefinition).
    #[input(required, replaces, case_insensitive)]
    pub role_id: String,
    /// The principal id of the identity.
    #[input(required, replaces, case_insensitive)]
    pub principal_id: String,
    /// What the identity is. `ServicePrincipal` by default, which managed identities are.
    #[input(replaces)]
    pub principal_type: Option<PrincipalType>,
    /// What it is for.
    #[input(replaces)]
    pub description: Option<String>,
    /// What else has to hold, in Azure's language for conditions.
    #[input(replaces)]
    pub condition: Option<String>,
}

/// What an identity is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum PrincipalType {
    /// A program: a managed identity, or an app.
    #[choice("ServicePrincipal")]
    ServicePrincipal,
    /// A person.
    #[choice("User")]
    User,
    /// A group.
    #[choice("Group")]
    Group,
}

#[cfg(feature = "provider")]
mod handler {
    use super::super::VERSION;
    use super::*;
    use crate::prelude::*;

    impl Arm for RoleAssignment {
        const ARM: ArmType = ArmType::of(
            "scope",
            "providers/Microsoft.Authorization/roleAssignments",
            VERSION,
            Update::Never,
        )
        .named(Naming::Guid)
        .at_once();

        const PLACES: &[(&str, &str)] = &[("role_id", "")];

        fn shape(body: &mut Json, inputs: &RoleAssignmentInputs) {
            let role = format!(
                "/providers/Microsoft.Authorization/roleDefinitions/{}",
                inputs.role_id
            );
            put(body, "properties.roleDefinitionId", json!(role));
            // Without it Azure looks the principal up, and does not find one that was just made.
            let kind = inputs
                .principal_type
                .unwrap_or(PrincipalType::ServicePrincipal);
            put(body, "properties.principalType", json!(kind.as_str()));
            if inputs.condition.is_some() {
                put(body, "properties.conditionVersion", json!("2.0"));
            }
        }

        async fn observe(_: &Azure, _: &ResourceId, answer: &Json, values: &mut Map) -> Result<()> {
            // The name that the program gave is not the GUID that was made from it.
            values.remove("name");
            let role = at(answer, "properties.roleDefinitionId").and_then(Json::as_str);
            let role = role.and_then(|id| id.rsplit('/').next());
            values.insert("role_id".to_owned(), role.map(str::to_owned).to_value());
            Ok(())
        }
    }
}
