//! `azure:network:PrivateDnsZone`: names that only the networks linked to it know.

use stack::resource::*;

/// Names that only the networks linked to it know.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("azure:network:PrivateDnsZone", visibility_lag = "15s")]
pub struct PrivateDnsZone {
    /// The id of its resource group.
    #[input(required, replaces, case_insensitive)]
    pub resource_group_id: String,
    /// The domain, such as `shop.postgres.database.azure.com`.
    #[input(required, replaces, case_insensitive)]
    pub name: String,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// How many record sets it has.
    #[output(volatile)]
    pub number_of_record_sets: i64,
}

#[cfg(feature = "provider")]
mod handler {
    use super::*;
    use crate::prelude::*;

    impl Arm for PrivateDnsZone {
        const ARM: ArmType = ArmType::of_group(
            "providers/Microsoft.Network/privateDnsZones",
            "2024-06-01",
            Update::Patch,
        );

        async fn complete(_: &Azure, body: &mut Json) -> Result<()> {
            body["location"] = json!("global");
            Ok(())
        }
    }
}
