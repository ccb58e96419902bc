//! A refresh finds the same by lists as by a call for each object, and with fewer calls.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use stack_engine::State;
use stack_engine::plan::Drift;
use stack_model::{Graph, Value};
use stack_provider::ErrorKind;
use stack_testkit::{CallKind, Fault, World, data, graph, thing};

/// What a refresh finds: the drift and what would be recorded, or why it ends.
type Found = Result<(Vec<Drift>, State), String>;

/// Refreshes in a world where lists show so many objects at once, and says by which calls.
async fn refreshed(world: &World, batch: usize) -> (Found, BTreeMap<&'static str, usize>) {
    world.cloud.list_at_once(batch);
    world.cloud.forget_calls();
    let mut session = world.read().await.unwrap();
    session.accept_gone();
    let drift = session.refresh(|_| true).await.map(<[Drift]>::to_vec);
    let found = match drift {
        Ok(drift) => Ok((drift, session.state().clone())),
        Err(error) => Err(error.to_string()),
    };
    let mut calls = BTreeMap::new();
    for call in world.cloud.calls() {
        let kind = match call.kind {
            CallKind::List => "list",
            CallKind::Read => "read",
            other => panic!("a refresh reads, and asked {other:?}"),
        };
        *calls.entry(kind).or_default() += 1;
    }
    (found, calls)
}

fn things(count: usize) -> Graph {
    graph((0..count).map(|number| thing(&format!("t{number}")).set("size", 1)))
}

async fn applied(wanted: &Graph) -> World {
    let world = World::default();
    world.must_apply(wanted).await;
    world
}

fn id(world: &World, name: &str) -> String {
    world.cloud.object(&format!("test:cloud:Thing/{name}")).id
}

#[tokio::test(start_paused = true)]
async fn two_hundred_objects_take_one_call() {
    let world = applied(&things(200)).await;
    world.cloud.change(&id(&world, "t7"), "size", 9);
    let (found, calls) = refreshed(&world, 200).await;
    assert_eq!(found.unwrap().0.len(), 1);
    assert_eq!(calls, [("list", 1)].into());
    let (_, calls) = refreshed(&world, 60).await;
    assert_eq!(calls, [("list", 4)].into());
    let (_, calls) = refreshed(&world, 1).await;
    assert_eq!(calls, [("read", 200)].into());
}

#[tokio::test(start_paused = true)]
async fn what_a_list_does_not_show_is_asked_for_before_it_is_gone() {
    let world = applied(&things(5)).await;
    world.cloud.leave_out(&id(&world, "t1"));
    world.cloud.remove(&id(&world, "t2"));
    let (found, calls) = refreshed(&world, 200).await;
    let drift = found.unwrap().0;
    assert_eq!(drift.len(), 1, "{drift:#?}");
    assert!(drift[0].gone && drift[0].urn.name() == "t2");
    assert_eq!(calls, [("list", 1), ("read", 2)].into());
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_refused_hides_nothing() {
    let world = applied(&things(3)).await;
    for kind in [ErrorKind::Denied, ErrorKind::Invalid, ErrorKind::Gone] {
        let fault = [Fault::Before(kind)];
        world.cloud.plant(CallKind::List, "test:cloud:Thing", fault);
        let (found, calls) = refreshed(&world, 200).await;
        assert_eq!(found.unwrap().0, []);
        assert_eq!(calls, [("list", 1), ("read", 3)].into(), "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_is_tried_again_while_that_may_help() {
    let world = applied(&things(3)).await;
    let plant = |times: usize| {
        let faults = vec![Fault::Before(ErrorKind::Throttled); times];
        world
            .cloud
            .plant(CallKind::List, "test:cloud:Thing", faults);
    };
    plant(2);
    let (found, calls) = refreshed(&world, 200).await;
    assert_eq!(found.unwrap().0, []);
    assert_eq!(calls, [("list", 3)].into());
    // Three calls in place of one would only make it worse.
    plant(6);
    let (found, calls) = refreshed(&world, 200).await;
    assert_eq!(found.unwrap_err(), "cannot read test:cloud:Thing/t0");
    assert_eq!(calls, [("list", 6)].into());
}

/// What may have become of an object since it was recorded.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Same,
    Changed,
    Gone,
    LeftOut,
    Denied,
}

fn fates() -> impl Strategy<Value = Vec<(bool, Fate)>> {
    let fate = prop_oneof![
        10 => Just(Fate::Same),
        3 => Just(Fate::Changed),
        2 => Just(Fate::Gone),
        2 => Just(Fate::LeftOut),
        1 => Just(Fate::Denied),
    ];
    prop::collection::vec((any::<bool>(), fate), 1..30)
}

/// A world with objects of two types that met these fates, and one whose create came to no end.
async fn world_of(fates: &[(bool, Fate)]) -> World {
    let named = |(number, (is_thing, _)): (usize, &(bool, Fate))| match is_thing {
        true => thing(&format!("o{number}")).set("size", 1),
        false => data(&format!("o{number}")),
    };
    let incomplete = [thing("incomplete")];
    let wanted = graph(fates.iter().enumerate().map(named).chain(incomplete));
    let world = World::default();
    let fault = Fault::Accepted(ErrorKind::Failed);
    let unfinished = "test:cloud:Thing/incomplete";
    world.cloud.plant(CallKind::Create, unfinished, [fault]);
    world.apply(&wanted).await.unwrap();
    for (number, (is_thing, fate)) in fates.iter().enumerate() {
        let type_name = if *is_thing { "Thing" } else { "Data" };
        let urn = format!("test:cloud:{type_name}/o{number}");
        let id = world.cloud.object(&urn).id;
        let denied = Fault::Before(ErrorKind::Denied);
        match fate {
            Fate::Same => {}
            Fate::Changed => world.cloud.change(&id, "size", Value::Int(7)),
            Fate::Gone => world.cloud.remove(&id),
            Fate::LeftOut => world.cloud.leave_out(&id),
            Fate::Denied => {
                world.cloud.leave_out(&id);
                world.cloud.plant(CallKind::Read, &urn, [denied]);
            }
        }
    }
    world
}

proptest! {
    #![proptest_config(super::cases(60))]

    #[test]
    fn lists_tell_what_single_calls_tell(
        fates in fates(),
        batch in 2usize..12,
        refused in prop::option::of(prop::sample::select(vec![
            ErrorKind::Denied, ErrorKind::Invalid, ErrorKind::Transient,
        ])),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async {
            let world = world_of(&fates).await;
            let (singly, _) = refreshed(&world.fork(), 1).await;
            let fault = refused.map(Fault::Before);
            world.cloud.plant(CallKind::List, "test:cloud:Thing", fault);
            let (by_lists, calls) = refreshed(&world, batch).await;
            // Of several refusals either way names the first that it meets.
            prop_assert_eq!(by_lists.as_ref().ok(), singly.as_ref().ok());
            if by_lists.is_ok() && fault.is_none() {
                let count = |wanted: bool| fates.iter().filter(|(thing, _)| *thing == wanted).count();
                let batches = |count: usize| count.div_ceil(batch);
                prop_assert!(calls.get("list").copied().unwrap_or(0) <= batches(count(true)) + batches(count(false)));
                let alone = fates.iter().filter(|(_, fate)| matches!(fate, Fate::Gone | Fate::LeftOut));
                // One that stands alone in its batch, of each type, and the one that came to no end.
                prop_assert!(calls.get("read").copied().unwrap_or(0) <= alone.count() + 3);
            }
            Ok::<_, TestCaseError>(())
        })?;
    }
}
