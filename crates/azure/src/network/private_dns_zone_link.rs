//! `azure:network:PrivateDnsZoneLink`: a network that knows the names of a private zone.

use stack::resource::*;

/// A network that knows the names of a private zone.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource(
    "azure:network:PrivateDnsZoneLink",
    unique("private_dns_zone_id", "virtual_network_id"),
    visibility_lag = "15s"
)]
pub struct PrivateDnsZoneLink {
    /// The id of the zone.
    #[input(required, replaces, case_insensitive)]
    pub private_dns_zone_id: String,
    /// Its name, unique in the zone. Made by the engine when it is not set.
    #[input(replaces, case_insensitive, name(max_length = 80))]
    pub name: Option<String>,
    /// The id of the network.
    #[input(required, replaces, case_insensitive)]
    pub virtual_network_id: String,
    /// Whether the network's machines get names in the zone. Off by default.
    #[input(reset = false)]
    pub registration_enabled: Option<bool>,
    /// What happens to names that the zone does not have.
    #[input(reset = "Default")]
    pub resolution_policy: Option<ResolutionPolicy>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
}

/// What happens to names that a zone does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum ResolutionPolicy {
    /// They are unknown.
    #[choice("Default")]
    Default,
    /// The public name servers are asked.
    #[choice("NxDomainRedirect")]
    NxDomainRedirect,
}

#[cfg(feature = "provider")]
mod handler {
    use super::*;
    use crate::network::PrivateDnsZone;
    use crate::prelude::*;

    impl Arm for PrivateDnsZoneLink {
        const ARM: ArmType = ArmType::beneath::<PrivateDnsZone>(
            "private_dns_zone_id",
            "virtualNetworkLinks",
            "2024-06-01",
            Update::Patch,
        )
        .one_at_a_time();

        const PLACES: &[(&str, &str)] = &[("virtual_network_id", "properties.virtualNetwork.id")];

        async fn complete(_: &Azure, body: &mut Json) -> Result<()> {
            body["location"] = json!("global");
            Ok(())
        }
    }
}
