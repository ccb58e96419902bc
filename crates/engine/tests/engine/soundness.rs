//! A state that contradicts itself is not acted on, and not lost either.

use stack_engine::soundness::contradictions;
use stack_engine::state::State;
use stack_engine::{Error, Wishes};
use stack_model::{Graph, Urn};
use stack_testkit::scenario::{chain, thing_urn};
use stack_testkit::{Ended, World, graph, reference, thing};

/// A world whose record is edited behind the engine's back.
async fn edited(applied: &Graph, edit: impl FnOnce(&mut State)) -> World {
    let world = World::default();
    world.must_apply(applied).await;
    world.edit_state(edit).await;
    world
}

fn three() -> Graph {
    graph([thing("a"), thing("b").refs(["a"]), thing("c").refs(["b"])])
}

async fn problems(world: &World) -> Vec<String> {
    let session = world.read().await.unwrap();
    let found = session.contradictions();
    found.iter().map(ToString::to_string).collect()
}

fn dependencies<'s>(state: &'s mut State, name: &str) -> &'s mut Vec<Urn> {
    let recorded = state.resources.get_mut(&thing_urn(name)).unwrap();
    &mut recorded.object.as_mut().unwrap().request.dependencies
}

#[tokio::test(start_paused = true)]
async fn everything_that_contradicts_itself_is_named() {
    let world = edited(&three(), |state| {
        dependencies(state, "b").push(thing_urn("c"));
        let object = |state: &State, name| state.object(&thing_urn(name)).cloned().unwrap();
        let (mut first, mut third) = (object(state, "a"), object(state, "c"));
        first.request.provider = "nowhere".parse().unwrap();
        third.id = object(state, "b").id;
        let mut old = third.clone();
        old.request.generation += 1;
        state.resources[&thing_urn("a")].object = Some(first);
        state.resources[&thing_urn("c")].object = Some(third);
        state.resources[&thing_urn("c")].deposed = vec![old];
    })
    .await;
    let expected = [
        "test:cloud:Thing/b: depends on itself, through others",
        "test:cloud:Thing/c: depends on itself, through others",
        "test:cloud:Thing/a: is served by the provider configuration nowhere, which is not recorded",
        "test:cloud:Thing/c: is the object thing-2, which test:cloud:Thing/b is as well",
        "test:cloud:Thing/c: has the object thing-2 twice",
    ];
    assert_eq!(problems(&world).await, expected);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_planned_or_done_by_it() {
    let world = edited(&three(), |state| {
        dependencies(state, "a").push(thing_urn("c"));
    })
    .await;
    let (calls, written) = (world.cloud.write_count(), world.disk.writes().len());
    let unsound = |error: &Error| matches!(error, Error::Unsound(problems) if problems.len() == 3);
    let refused = world.plan(&three()).await.unwrap_err();
    assert!(unsound(&refused), "{refused:?}");
    let mut offline = world.read().await.unwrap();
    let checked = offline.check(three(), &world.config).unwrap();
    let nothing = Wishes::default();
    let refused = offline.plan(&checked, &world.config, &nothing).await;
    assert!(unsound(&refused.unwrap_err()));
    match world.apply(&three()).await.unwrap_err() {
        Ended::Engine(error) => assert!(unsound(&error), "{error:?}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(world.cloud.write_count(), calls);
    assert_eq!(world.disk.writes().len(), written);
}

#[tokio::test(start_paused = true)]
async fn what_is_forgotten_leaves_the_order_behind() {
    let world = World::default();
    world.must_apply(&three()).await;
    let mut session = world.write().await.unwrap();
    session.forget(&thing_urn("b")).await.unwrap();
    session.close().await.unwrap();
    let state = world.state().await.unwrap();
    let third = state.object(&thing_urn("c")).unwrap();
    assert_eq!(third.request.dependencies, [thing_urn("a")]);
    assert_eq!(problems(&world).await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn two_resources_are_never_one_object() {
    let world = World::default();
    world.must_apply(&graph([thing("a")])).await;
    let id = world.cloud.objects()[0].id.clone();
    let both = graph([
        thing("a"),
        thing("b").set("label", reference("test:cloud:Thing/a", "arn")),
    ]);
    let mut session = world.write().await.unwrap();
    let checked = session.check(both, &world.config).unwrap();
    session.identify(Some(&checked)).await.unwrap();
    let second = thing_urn("b");
    let taken = session.import(&checked, &world.config, &second, &id).await;
    let refused = taken.unwrap_err().to_string();
    session.close().await.unwrap();
    assert!(refused.contains("state rm test:cloud:Thing/a"), "{refused}");
}

/// The engine's own states are sound, however long their chains: cycles are looked for without a call for each link.
#[tokio::test(start_paused = true)]
async fn a_long_chain_is_sound() {
    let world = World::default();
    world.must_apply(&chain(3, 1)).await;
    let mut state = world.state().await.unwrap();
    let link = state.resources[0].clone();
    for number in 0..100_000 {
        let mut next = link.clone();
        let object = next.object.as_mut().unwrap();
        object.id = format!("id-{number}");
        if number > 0 {
            object.request.dependencies = vec![thing_urn(&format!("link-{}", number - 1))];
        }
        state
            .resources
            .insert(thing_urn(&format!("link-{number}")), next);
    }
    let session = world.read().await.unwrap();
    assert_eq!(contradictions(&state, session.connections.schemas()), []);
}
