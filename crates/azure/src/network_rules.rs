//! Who may reach a service that has no network of its own: the same part for storage accounts and vaults.

use stack::resource::*;

/// Who may reach it from the internet, and from which subnets.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct NetworkRules {
    /// What holds for everyone else.
    #[input(required)]
    pub default_action: NetworkAction,
    /// Which of Azure's own services may reach it all the same: `AzureServices` or `None`.
    #[input]
    pub bypass: Option<String>,
    /// The addresses and ranges that may.
    #[input]
    pub ip_rules: Vec<IpRule>,
    /// The subnets that may, by service endpoints.
    #[input]
    pub virtual_network_rules: Vec<SubnetRule>,
}

/// What holds for everyone else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum NetworkAction {
    /// They may.
    #[choice("Allow")]
    Allow,
    /// They may not.
    #[choice("Deny")]
    Deny,
}

/// An address or a range.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct IpRule {
    /// It, such as `203.0.113.0/24`.
    #[input(required)]
    pub value: String,
}

/// A subnet.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct SubnetRule {
    /// Its id.
    #[input(required, case_insensitive)]
    pub id: String,
}
