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
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::{all, find};
    use crate::rules::Rules;
    use crate::schema::{Verb, check_request, without_read_only};

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

    fn some_type() -> impl Strategy<Value = &'static str> {
        let writable = all().filter(|rules| rules.put.is_some() && !rules.table.is_empty());
        prop::sample::select(writable.map(|rules| rules.name).collect::<Vec<_>>())
    }

    /// JSON with the words that bodies have, so that some of it reaches deep into a table.
    fn body() -> impl Strategy<Value = Value> {
        let word = prop::sample::select(vec![
            "properties",
            "tags",
            "location",
            "sku",
            "name",
            "identity",
            "type",
            "x",
        ]);
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-z]{0,6}".prop_map(Value::from)
        ];
        leaf.prop_recursive(4, 32, 5, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::btree_map(word.clone(), inner, 0..5).prop_map(|map| {
                    Value::Object(
                        map.into_iter()
                            .map(|(key, value)| (key.to_owned(), value))
                            .collect(),
                    )
                }),
            ]
        })
    }

    proptest! {
        /// Whatever is sent, the answer is a list of problems; and what is left of a body when what is read-only is taken
        /// out has no read-only property that is refused.
        #[test]
        fn any_body_is_checked_without_a_panic(name in some_type(), body in body()) {
            let Some(schema) = find(name).and_then(Rules::schema) else {
                return Ok(());
            };
            for verb in [Verb::Put, Verb::Patch] {
                for problem in check_request(schema, verb, &body, &json!({})) {
                    prop_assert!(!problem.message().is_empty());
                }
                let rest = without_read_only(schema, verb, &body);
                let refused = check_request(schema, verb, &rest, &json!({}));
                prop_assert!(refused.iter().all(|problem| !problem.message().contains("read-only")), "{refused:?}");
            }
        }
    }
}
