//! The managed identities that a resource acts as: the same part for every type of Azure that has one.

use stack::resource::*;

/// The identities that it acts as.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct ManagedIdentities {
    /// Whether it has one of its own, which lives and dies with it. Off by default.
    #[input]
    pub system_assigned: Option<bool>,
    /// The ids of the user-assigned identities that it can act as.
    #[input(set, case_insensitive)]
    pub user_assigned_ids: Vec<String>,
}
