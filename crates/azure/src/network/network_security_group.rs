//! `azure:network:NetworkSecurityGroup`: what may go in and out of a subnet.

use stack::resource::*;

/// What may go in and out of a subnet. Its rules are its own: one that is added from outside is taken back.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("azure:network:NetworkSecurityGroup", visibility_lag = "15s")]
pub struct NetworkSecurityGroup {
    /// The id of its resource group.
    #[input(required, replaces, case_insensitive)]
    pub resource_group_id: String,
    /// Its name, unique in the group. Made by the engine when it is not set.
    #[input(replaces, case_insensitive, name(max_length = 80))]
    pub name: Option<String>,
    /// Its region. The provider configuration's when it is not set.
    #[input(replaces, case_and_space_insensitive)]
    pub location: Option<String>,
    /// Its rules, besides Azure's default ones.
    #[input(set)]
    pub security_rules: Vec<SecurityRule>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct SecurityRule {
    /// Its name, unique in the group.
    #[input(required)]
    pub name: String,
    /// Which rule comes first: 100 to 4096, unique for each direction. The lowest number wins.
    #[input(required)]
    pub priority: i64,
    /// Which way.
    #[input(required)]
    pub direction: Direction,
    /// Whether it lets through or not.
    #[input(required)]
    pub access: RuleAccess,
    /// Which protocol.
    #[input(required)]
    pub protocol: Protocol,
    /// Where from: address ranges, or one service tag such as `Internet`, `VirtualNetwork` or `*`.
    #[input(required)]
    pub source_address_prefixes: Vec<String>,
    /// From which ports: numbers, ranges such as `1024-65535`, or `*`.
    #[input(required)]
    pub source_port_ranges: Vec<String>,
    /// Where to: address ranges, or one service tag.
    #[input(required)]
    pub destination_address_prefixes: Vec<String>,
    /// To which ports.
    #[input(required)]
    pub destination_port_ranges: Vec<String>,
    /// What it is for.
    #[input]
    pub description: Option<String>,
}

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum Direction {
    /// In.
    #[choice("Inbound")]
    Inbound,
    /// Out.
    #[choice("Outbound")]
    Outbound,
}

/// Whether a rule lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum RuleAccess {
    /// It does.
    #[choice("Allow")]
    Allow,
    /// It does not.
    #[choice("Deny")]
    Deny,
}

/// Which protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum Protocol {
    /// Any.
    #[choice("*")]
    Any,
    /// TCP.
    #[choice("Tcp")]
    Tcp,
    /// UDP.
    #[choice("Udp")]
    Udp,
    /// ICMP.
    #[choice("Icmp")]
    Icmp,
}

#[cfg(feature = "provider")]
mod handler {
    use super::*;
    use crate::prelude::*;

    /// Our lists, and the names that Azure has for one of them and for several. A service tag fits in the first alone.
    const ONE_OR_MANY: [(&str, &str); 4] = [
        ("sourceAddressPrefix", "sourceAddressPrefixes"),
        ("sourcePortRange", "sourcePortRanges"),
        ("destinationAddressPrefix", "destinationAddressPrefixes"),
        ("destinationPortRange", "destinationPortRanges"),
    ];

    impl Arm for NetworkSecurityGroup {
        const ARM: ArmType = ArmType::of_group(
            "providers/Microsoft.Network/networkSecurityGroups",
            "2025-07-01",
            Update::Put { without: &[] },
        );

        fn shape(body: &mut Json, _: &NetworkSecurityGroupInputs) {
            each_item(body, "properties.securityRules", |rule| {
                for (one, many) in ONE_OR_MANY {
                    match take(rule, many) {
                        Some(Json::Array(mut list)) if list.len() == 1 => {
                            rule[one] = list.remove(0)
                        }
                        Some(list) => rule[many] = list,
                        None => {}
                    }
                }
                nest(rule);
            });
        }

        async fn observe(_: &Azure, _: &ResourceId, answer: &Json, values: &mut Map) -> Result<()> {
            let mut answer = answer.clone();
            each_item(&mut answer, "properties.securityRules", |rule| {
                unnest(rule);
                for (one, many) in ONE_OR_MANY {
                    if let Some(only) = take(rule, one) {
                        rule[many] = json!([only]);
                    }
                }
            });
            read_again::<Self>(&answer, "security_rules", values);
            Ok(())
        }
    }
}
