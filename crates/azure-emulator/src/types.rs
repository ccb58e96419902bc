//! The types of resources, one file per service.

mod app;
pub mod authorization;
mod cache;
mod container_registry;
pub mod db_for_postgresql;
pub mod key_vault;
mod managed_identity;
mod network;
mod operational_insights;
mod resources;
mod storage;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::rules::{Action, Rules};

/// The type of the tags of a scope.
pub const TAGS: &str = "Microsoft.Resources/tags";

/// Every type, by service.
const SERVICES: &[&[&Rules]] = &[
    resources::TYPES,
    managed_identity::TYPES,
    network::TYPES,
    container_registry::TYPES,
    operational_insights::TYPES,
    storage::TYPES,
    app::TYPES,
    authorization::TYPES,
    db_for_postgresql::TYPES,
    cache::TYPES,
    key_vault::TYPES,
];

/// The POSTs that are asked of a whole service: by namespace and word.
const ACTIONS: &[&[(&str, &str, Action)]] = &[
    container_registry::ACTIONS,
    storage::ACTIONS,
    app::ACTIONS,
    db_for_postgresql::ACTIONS,
    cache::ACTIONS,
    key_vault::ACTIONS,
];

/// What stands in for the rules of a type that is gone.
pub static UNKNOWN: Rules = Rules::USUAL;

/// All types.
pub fn all() -> impl Iterator<Item = &'static Rules> {
    SERVICES.iter().flat_map(|service| service.iter().copied())
}

/// The rules of a type, whatever the casing of its name.
pub fn find(type_name: &str) -> Option<&'static Rules> {
    static BY_NAME: LazyLock<BTreeMap<String, &'static Rules>> = LazyLock::new(|| {
        all()
            .map(|rules| (rules.name.to_lowercase(), rules))
            .collect()
    });
    BY_NAME.get(&type_name.to_lowercase()).copied()
}

/// The namespaces of all types, in their order, some more than once.
pub fn namespaces() -> impl Iterator<Item = &'static str> {
    all().map(Rules::namespace)
}

/// What answers a POST to a whole service.
pub fn provider_action(namespace: &str, word: &str) -> Option<Action> {
    let mut known = ACTIONS.iter().flat_map(|service| service.iter());
    known
        .find(|(of, name, _)| of.eq_ignore_ascii_case(namespace) && name.eq_ignore_ascii_case(word))
        .map(|(_, _, action)| *action)
}

/// The table of a type, of those that `schemas/generate.py` writes.
macro_rules! table {
    ($name:literal) => {
        include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/schemas/tables/",
            $name,
            ".json"
        ))
    };
}
use table;

#[cfg(test)]
mod tests {
    use super::all;

    #[test]
    fn every_table_can_be_read() {
        for rules in all() {
            assert_eq!(
                rules.schema().is_some(),
                !rules.table.is_empty(),
                "{}",
                rules.name
            );
        }
    }

    #[test]
    fn every_type_has_a_version_and_a_namespace() {
        for rules in all() {
            assert!(!rules.versions.is_empty(), "{}", rules.name);
            assert!(rules.name.starts_with("Microsoft."), "{}", rules.name);
        }
    }
}
