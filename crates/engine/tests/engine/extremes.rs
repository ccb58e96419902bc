//! What is as long, as deep or as large as nobody writes it: an error or a value, in bounded memory and on a stack of
//! ordinary size.

use std::collections::HashSet;

use stack_engine::backend::Backend;
use stack_engine::codec::encode_state;
use stack_engine::planner::plan_destroy;
use stack_engine::state::{Delta, Durations, Object, Request, ResourceState};
use stack_engine::{Error, State, check};
use stack_model::{Expr, Function, Graph, Map, Urn, Value};
use stack_testkit::scenario::{chain, thing_urn, with_output};
use stack_testkit::{Ended, TestKeys, World, graph, kept, reference, thing};

use crate::check::schemas;
use crate::codec::holder;
use crate::scale::spent;

const MANY: usize = 30_000;

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

fn call(function: Function, args: impl IntoIterator<Item = Expr>) -> Expr {
    Expr::Call {
        function,
        args: args.into_iter().collect(),
    }
}

#[test]
fn generations_end_where_numbers_do() {
    let mut state = recorded_circle(1);
    let urn = thing_urn("c0");
    state.resources[&urn]
        .object
        .as_mut()
        .unwrap()
        .request
        .generation = u32::MAX;
    for _ in 0..2 {
        assert_eq!(state.next_generation(&urn), u32::MAX);
        state.apply(&Delta::Forget { urn: urn.clone() });
    }
}

#[tokio::test(start_paused = true)]
async fn commits_end_where_numbers_do() {
    let world = World::default();
    world.must_apply(&graph([thing("a")])).await;
    let mut state = world.state().await.unwrap();
    state.header.serial = u64::MAX;
    let bytes = encode_state(&state, &TestKeys).unwrap();
    let lease = world.disk.memory.lock(&holder()).await.unwrap();
    lease.commit(u64::MAX, &bytes).await.unwrap();
    drop(lease);
    let error = world.apply(&graph([thing("b")])).await.unwrap_err();
    assert!(
        matches!(error, Ended::Engine(Error::Backend(_))),
        "{error:?}"
    );
}

/// A value in this many lists.
fn nested(depth: usize) -> Value {
    (0..depth).fold(Value::Null, |inner, _| Value::List(vec![inner]))
}

/// Kept values, each with the one before it in this many lists.
fn wrapped(count: usize, depth: usize) -> Graph {
    let value = |position: usize| {
        let before = match position.checked_sub(1) {
            None => Expr::from(1),
            Some(before) => reference(&format!("test:kept:Value/v{before}"), "value"),
        };
        let wrapped = (0..depth).fold(before, |inner, _| Expr::list(vec![inner]));
        kept(&format!("v{position}")).set("value", wrapped)
    };
    graph((0..count).map(value))
}

/// All bytes that the disk has, read as the next run reads them: after the commit, and before it, from the journal.
async fn reads_back(world: &World, wanted: &Graph) {
    world.must_apply(wanted).await;
    world.assert_settled(wanted).await;
    let dead = World::default();
    dead.disk.die_at(world.disk.writes().len() - 1, 0);
    assert!(matches!(dead.apply(wanted).await, Err(Ended::Died)));
    let (state, journaled) = (world.state().await.unwrap(), dead.state().await.unwrap());
    assert_eq!(state.resources, journaled.resources);
}

#[tokio::test(start_paused = true)]
async fn whatever_is_applied_can_be_read_back() {
    for wanted in [
        graph([kept("a").set("value", nested(100))]),
        graph([kept("a").set("value", nested(99).secret())]),
        with_output(
            wrapped(3, 33),
            "out",
            reference("test:kept:Value/v2", "value"),
        ),
    ] {
        reads_back(&World::default(), &wanted).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_nested_deeper_is_refused_before_anything_is_done() {
    let calls = (0..40).fold(Expr::from("x"), |inner, _| call(Function::Concat, [inner]));
    for wanted in [
        graph([kept("a").set("value", nested(101))]),
        graph([kept("a").set("value", nested(120).secret())]),
        graph([thing("a").set("label", calls)]),
        with_output(Graph::new(), "out", nested(101)),
        wrapped(4, 33),
        wrapped(1000, 50),
    ] {
        let world = World::default();
        let error = world.apply(&wanted).await.unwrap_err();
        let Ended::Engine(Error::Problems(problems)) = error else {
            panic!("{error:?}");
        };
        assert!(
            problems[0].message.contains("deeper than 100"),
            "{problems:?}"
        );
        assert_eq!(world.cloud.writes(), []);
        assert_eq!(world.state().await.unwrap().resources.len(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_cloud_nests_too_deep_is_not_written_down() {
    let world = World::default();
    let wanted = graph([thing("a")]);
    world.must_apply(&wanted).await;
    let before = world.state().await.unwrap();
    let id = world.cloud.object("test:cloud:Thing/a").id;
    world.cloud.change(&id, "zone", nested(200));
    let error = world.apply(&wanted).await.unwrap_err();
    assert!(matches!(error, Ended::Engine(Error::JournalLost { .. })));
    assert_eq!(world.state().await.unwrap(), before);
}

/// Kept values of which each has the one before it twice.
fn doubled(count: usize, first: Expr) -> Graph {
    let value = |position: usize| {
        let twice = match position.checked_sub(1) {
            None => first.clone(),
            Some(before) => {
                let before = reference(&format!("test:kept:Value/v{before}"), "value");
                call(Function::Concat, [before.clone(), before])
            }
        };
        kept(&format!("v{position}")).set("value", twice)
    };
    graph([thing("a")].into_iter().chain((0..count).map(value)))
}

#[tokio::test(start_paused = true)]
async fn values_do_not_grow_without_bound() {
    let text = || Expr::from("a".repeat(1000));
    let grown = |inner| call(Function::Replace, [inner, Expr::from("a"), text()]);
    let split = |inner| call(Function::Split, [Expr::from(""), inner]);
    let joined = |inner| call(Function::Join, [text(), inner]);
    let labelled = |label| graph([thing("a").set("label", label)]);
    let many = Value::List(vec!["x".into(); 20_000]);
    for (wanted, words) in [
        (
            doubled(60, text()),
            "value: the value is larger than 16 MiB",
        ),
        (
            labelled(grown(grown(grown(text())))),
            "label: the result of replace would be larger than 16 MiB",
        ),
        (
            labelled(split(grown(text()))),
            "label: the result of split would be larger than 16 MiB",
        ),
        (
            labelled(joined(many.into())),
            "label: the result of join would be larger than 16 MiB",
        ),
    ] {
        let Err(Error::Problems(problems)) = World::default().plan(&wanted).await else {
            panic!("{words}");
        };
        assert_eq!(problems[0].message, words);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_known_yet_is_waited_for_once() {
    let wanted = doubled(60, reference("test:cloud:Thing/a", "id"));
    let plan = World::default().plan(&wanted).await.unwrap();
    let last = plan.changes.last().unwrap();
    assert_eq!(last.fields[0].after.waits_for().len(), 1);
}

/// What is wrong with a graph of one thing that has these keys besides its type and name.
fn said(keys: &str) -> Vec<String> {
    let json =
        format!(r#"{{"format":1,"resources":[{{"type":"test:cloud:Thing","name":"a",{keys}}}]}}"#);
    let graph = Graph::parse(json.as_bytes());
    let checked = graph.and_then(|graph| check(graph, &schemas()));
    let problems = checked.err().unwrap_or_default().into_iter();
    problems.map(|problem| problem.message).collect()
}

#[test]
fn a_timeout_beyond_the_end_of_the_clock_is_refused() {
    let hours = |hours: u64| {
        said(&format!(
            r#""options":{{"timeouts":{{"create":"{hours}h"}}}}"#
        ))
    };
    assert_eq!(hours(168), [""; 0]);
    assert_eq!(
        hours(169),
        ["the timeout for create is \"169h\": it must be 168h at most"]
    );
    assert_eq!(hours(2_562_047_788_015_215).len(), 1);
}

#[test]
fn a_long_name_is_not_compared_with_every_other() {
    let long = "a".repeat(1 << 20);
    let begun = spent();
    assert_eq!(
        said(&format!(r#""inputs":{{"{long}":1}}"#)),
        [format!("has no input {long}")]
    );
    // A few hundredths, and several seconds when the distances are told.
    assert!(spent() - begun < 2.0);
}

#[test]
fn a_place_is_short_because_every_problem_says_it() {
    let long = "a".repeat(4097);
    assert_eq!(
        said(&format!(r#""at":"{long}""#)),
        ["its `at` is longer than 4096 bytes"]
    );
}
