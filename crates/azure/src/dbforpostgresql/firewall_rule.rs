//! `azure:dbforpostgresql:FirewallRule`: addresses that may reach a server.

use stack::resource::*;

/// Addresses that may reach a server which is not in a subnet.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("azure:dbforpostgresql:FirewallRule", visibility_lag = "15s")]
pub struct FirewallRule {
    /// The id of the server.
    #[input(required, replaces, case_insensitive)]
    pub server_id: String,
    /// Its name, unique on the server. Made by the engine when it is not set.
    #[input(replaces, case_insensitive, name(max_length = 80))]
    pub name: Option<String>,
    /// The first address. `0.0.0.0` as first and last stands for the services of Azure.
    #[input(required)]
    pub start_ip_address: String,
    /// The last address.
    #[input(required)]
    pub end_ip_address: String,
}

#[cfg(feature = "provider")]
mod handler {
    use super::super::VERSION;
    use super::*;
    use crate::dbforpostgresql::FlexibleServer;
    use crate::prelude::*;

    impl Arm for FirewallRule {
        const ARM: ArmType = ArmType::beneath::<FlexibleServer>(
            "server_id",
            "firewallRules",
            VERSION,
            Update::Put { without: &[] },
        )
        .one_at_a_time();
    }
}
