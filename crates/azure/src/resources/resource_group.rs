//! `azure:resources:ResourceGroup`: what everything else lies in.

use stack::resource::*;

/// A group of resources. Deleting it deletes what is in it, also what `stack` did not make.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource(
    "azure:resources:ResourceGroup",
    delete = "30m",
    visibility_lag = "15s"
)]
pub struct ResourceGroup {
    /// Its name, unique in the subscription: up to 90 letters, digits, `.`, `_`, `-` and parentheses. Made by the engine
    /// when it is not set.
    #[input(replaces, case_insensitive, name(max_length = 90))]
    pub name: Option<String>,
    /// The region that keeps what is known of the group, such as `westeurope`. The provider configuration's when it is
    /// not set.
    #[input(replaces, case_and_space_insensitive)]
    pub location: Option<String>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
}

#[cfg(feature = "provider")]
mod handler {
    use super::*;
    use crate::prelude::*;

    impl Arm for ResourceGroup {
        const ARM: ArmType = ArmType::of("", "resourceGroups", "2025-04-01", Update::Patch);
    }
}
