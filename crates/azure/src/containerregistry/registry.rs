//! `azure:containerregistry:Registry`: a private place for the images of containers.

use stack::resource::*;

use crate::ManagedIdentities;

/// A private place for the images of containers.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("azure:containerregistry:Registry", visibility_lag = "15s", holds_data)]
pub struct Registry {
    /// The id of its resource group.
    #[input(required, replaces, case_insensitive)]
    pub resource_group_id: String,
    /// Its name, unique in the world: 5 to 50 letters and digits. Made by the engine when it is not set.
    #[input(
        replaces,
        case_insensitive,
        name(max_length = 50, lowercase, separator = "")
    )]
    pub name: Option<String>,
    /// Its region. The provider configuration's when it is not set.
    #[input(replaces, case_and_space_insensitive)]
    pub location: Option<String>,
    /// Its size.
    #[input(required)]
    pub sku: RegistrySku,
    /// Whether there is a user with a password, who may do everything. Off by default.
    #[input(reset = false)]
    pub admin_user_enabled: Option<bool>,
    /// Whether everyone may pull. Off by default; not for `Basic`.
    #[input(reset = false)]
    pub anonymous_pull_enabled: Option<bool>,
    /// Whether each region has an address of its own for data. Off by default; for `Premium`.
    #[input(reset = false)]
    pub data_endpoint_enabled: Option<bool>,
    /// Whether it is reached from the internet. On by default; off for `Premium` alone.
    #[input(reset = true)]
    pub public_network_access: Option<bool>,
    /// Whether it is spread over availability zones. Azure decides by default.
    #[input(replaces)]
    pub zone_redundancy: Option<bool>,
    /// For how many days images without a tag are kept: 0 to 365. For ever when it is not set; for `Premium`.
    #[input(follows)]
    pub retention_days: Option<i64>,
    /// The identities that it acts as.
    #[input(reset = {})]
    pub identity: Option<ManagedIdentities>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// What images are pushed to and pulled from: `NAME.azurecr.io`.
    #[output]
    pub login_server: String,
}

/// The size of a registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum RegistrySku {
    /// For development.
    #[choice("Basic")]
    Basic,
    /// For most.
    #[choice("Standard")]
    Standard,
    /// With private endpoints, copies in other regions and retention.
    #[choice("Premium")]
    Premium,
}

#[cfg(feature = "provider")]
mod handler {
    use super::*;
    use crate::prelude::*;

    impl Arm for Registry {
        const ARM: ArmType = ArmType::of_group(
            "providers/Microsoft.ContainerRegistry/registries",
            "2025-11-01",
            Update::Patch,
        );

        const NAME_CHECK: Option<&str> =
            Some("Microsoft.ContainerRegistry/checkNameAvailability/read");

        const PLACES: &[(&str, &str)] = &[
            ("sku", "sku.name"),
            ("public_network_access", "properties.publicNetworkAccess?"),
            ("zone_redundancy", "properties.zoneRedundancy?"),
            ("retention_days", "properties.policies.retentionPolicy.days"),
        ];

        fn shape(body: &mut Json, inputs: &RegistryInputs) {
            spaced_identity(body);
            if inputs.retention_days.is_some() {
                put(
                    body,
                    "properties.policies.retentionPolicy.status",
                    json!("enabled"),
                );
            }
        }

        /// A policy that does not count has days all the same.
        async fn observe(_: &Azure, _: &ResourceId, answer: &Json, values: &mut Map) -> Result<()> {
            let status = at(answer, "properties.policies.retentionPolicy.status");
            if status.and_then(Json::as_str) != Some("enabled") {
                values.remove("retention_days");
            }
            Ok(())
        }
    }
}
