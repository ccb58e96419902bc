//! The engine from outside: everything here goes through a session, on a fake cloud and a disk in memory.

mod check;
mod codec;
mod damaged;
mod end_to_end;
mod extremes;
mod kills;
mod lease;
mod lookups;
mod planner;
mod random;
mod redacted;
mod refresh;
mod repair;
mod replace;
mod rollback;
mod scale;
mod schedule;
mod soundness;
mod trouble;

use proptest::prelude::ProptestConfig;
use stack_engine::Plan;
use stack_engine::plan::{Action, Change};

/// As many cases of a property, times `STACK_CASES` if that is set.
fn cases(cases: u32) -> ProptestConfig {
    let times =
        std::env::var("STACK_CASES").map(|times| times.parse().expect("STACK_CASES is a number"));
    ProptestConfig {
        cases: cases * times.unwrap_or(1),
        max_shrink_iters: 2000,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// The one change of a plan.
fn only(plan: &Plan) -> &Change {
    assert_eq!(plan.changes.len(), 1, "{plan:#?}");
    &plan.changes[0]
}

/// What happens to every resource that changes, by name, sorted.
fn actions(plan: &Plan) -> Vec<(&str, Action)> {
    let mut actions: Vec<_> = plan
        .changes
        .iter()
        .map(|change| (change.urn.name(), change.action))
        .collect();
    actions.sort_by_key(|(name, _)| *name);
    actions
}

/// The paths of what differs.
fn paths(change: &Change) -> Vec<String> {
    change
        .fields
        .iter()
        .map(|field| field.path.to_string())
        .collect()
}
