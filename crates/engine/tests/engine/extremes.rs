//! What is as long, as deep or as large as nobody writes it: an error or a value, in bounded memory and on a stack of
//! ordinary size.

use std::collections::HashSet;

use stack_engine::planner::plan_destroy;
use stack_engine::state::{Durations, Object, Request, ResourceState};
use stack_engine::{State, check};
use stack_model::{Map, Urn};
use stack_testkit::scenario::{chain, thing_urn};

use crate::check::schemas;

const MANY: usize = 100_000;

#[test]
fn a_circle_may_be_as_long_as_the_graph() {
    let mut circle = chain(MANY, 1);
    circle.resources[0].options.depends_on = vec![thing_urn(&format!("c{}", MANY - 1))];
    let problems = check(circle, &schemas()).unwrap_err();
    assert_eq!(problems.len(), 1);
    assert!(problems[0].message.contains("in a circle"));
}

/// The state of things of which each depends on the next, and the last on the first.
fn recorded_circle(count: usize) -> State {
    let urn = |position: usize| -> Urn { thing_urn(&format!("c{}", position % count)) };
    let object = |position: usize| Object {
        id: format!("thing-{position}"),
        request: Request {
            provider: "test".parse().unwrap(),
            generation: 1,
            token: format!("t{position}"),
            inputs: Map::new(),
            expressions: Default::default(),
            dependencies: vec![urn(position + 1)],
        },
        observed: Map::new(),
        incomplete: false,
        unverified: false,
        durations: Durations::default(),
    };
    let recorded = |position: usize| ResourceState {
        object: Some(object(position)),
        ..ResourceState::default()
    };
    let resources = (0..count).map(|position| (urn(position), recorded(position)));
    State {
        resources: resources.collect(),
        ..State::born("lineage".into(), "shop".into(), "dev".into())
    }
}

#[test]
fn a_circle_may_be_as_long_as_the_state() {
    let state = recorded_circle(MANY);
    let plan = plan_destroy(&state, &schemas(), &HashSet::new()).unwrap();
    assert_eq!(plan.steps.len(), MANY);
}
