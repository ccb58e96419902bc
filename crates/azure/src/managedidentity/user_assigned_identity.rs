//! `azure:managedidentity:UserAssignedIdentity`: an identity that workloads act as, without a secret.

use stack::resource::*;

/// An identity that workloads act as, without a secret.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("azure:managedidentity:UserAssignedIdentity", visibility_lag = "15s")]
pub struct UserAssignedIdentity {
    /// The id of its resource group.
    #[input(required, replaces, case_insensitive)]
    pub resource_group_id: String,
    /// Its name, unique in the group: 3 to 128 letters, digits, `-` and `_`. Made by the engine when it is not set.
    #[input(replaces, case_insensitive, name(max_length = 128))]
    pub name: Option<String>,
    /// Its region. The provider configuration's when it is not set.
    #[input(replaces, case_and_space_insensitive)]
    pub location: Option<String>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// What roles are assigned to.
    #[output]
    pub principal_id: String,
    /// What a workload names to act as it.
    #[output]
    pub client_id: String,
    /// The tenant that it is of.
    #[output]
    pub tenant_id: String,
}

#[cfg(feature = "provider")]
mod handler {
    use super::*;
    use crate::prelude::*;

    impl Arm for UserAssignedIdentity {
        const ARM: ArmType = ArmType::of_group(
            "providers/Microsoft.ManagedIdentity/userAssignedIdentities",
            "2024-11-30",
            Update::Patch,
        )
        .at_once();
    }
}
