//! The record is compared with the clouds and the program, and made what they say.

use stack_engine::session::Repair;
use stack_engine::state::State;
use stack_model::Graph;
use stack_testkit::scenario::thing_urn;
use stack_testkit::{World, graph, reference, thing};

fn wanted() -> Graph {
    graph([
        thing("a"),
        thing("b").set("label", reference("test:cloud:Thing/a", "arn")),
        thing("c").refs(["b"]),
    ])
}

async fn applied() -> World {
    let world = World::default();
    world.must_apply(&wanted()).await;
    world
}

async fn repaired(world: &World, program: &Graph) -> Repair {
    let mut session = world.write().await.unwrap();
    let checked = session.check(program.clone(), &world.config).unwrap();
    session.compare_accounts(Some(&checked)).await.unwrap();
    let repair = session.repair(&checked, &world.config).await.unwrap();
    session.save().await.unwrap();
    session.close().await.unwrap();
    repair
}

fn adopted(repair: &Repair) -> Vec<&str> {
    repair.adopted.iter().map(|(urn, _)| urn.name()).collect()
}

#[tokio::test(start_paused = true)]
async fn nothing_is_done_to_what_is_right() {
    let world = applied().await;
    let before = world.state().await.unwrap().resources;
    let repair = repaired(&world, &wanted()).await;
    assert!(repair.is_empty(), "{repair:?}");
    assert_eq!(world.state().await.unwrap().resources, before);
}

#[tokio::test(start_paused = true)]
async fn what_was_never_recorded_is_found_by_whose_it_is() {
    let world = applied().await;
    let calls = world.cloud.write_count();
    world.edit_state(|state| state.resources.clear()).await;
    let repair = repaired(&world, &wanted()).await;
    assert_eq!(adopted(&repair), ["a", "b", "c"]);
    world.assert_settled(&wanted()).await;
    assert_eq!(
        world.cloud.write_count(),
        calls,
        "nothing was made or changed"
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_gone_is_forgotten_and_leaves_the_order_behind() {
    let world = applied().await;
    world
        .cloud
        .remove(&world.cloud.object("test:cloud:Thing/b").id);
    let repair = repaired(&world, &wanted()).await;
    assert_eq!(repair.dropped, [thing_urn("b")]);
    assert_eq!(adopted(&repair), [""; 0]);
    let state = world.state().await.unwrap();
    assert!(!state.resources.contains_key(&thing_urn("b")));
    let third = state.object(&thing_urn("c")).unwrap();
    assert_eq!(third.request.dependencies, [thing_urn("a")]);
    world.must_apply(&wanted()).await;
    world.assert_settled(&wanted()).await;
}

#[tokio::test(start_paused = true)]
async fn neighbours_that_are_gone_leave_the_order_behind_too() {
    let four = graph([
        thing("a"),
        thing("b").refs(["a"]),
        thing("c").refs(["b"]),
        thing("d").refs(["c"]),
    ]);
    let world = World::default();
    world.must_apply(&four).await;
    for name in ["b", "c"] {
        let urn = thing_urn(name);
        world.cloud.remove(&world.cloud.object(urn.as_str()).id);
    }
    let repair = repaired(&world, &four).await;
    assert_eq!(repair.dropped, [thing_urn("b"), thing_urn("c")]);
    let state = world.state().await.unwrap();
    let last = state.object(&thing_urn("d")).unwrap();
    assert_eq!(last.request.dependencies, [thing_urn("a")]);
}

/// Another state's objects have the same names and another lineage.
#[tokio::test(start_paused = true)]
async fn what_is_somebody_elses_is_left_alone() {
    let world = applied().await;
    let forget = |state: &mut State| state.resources.clear();
    world.edit_state(forget).await;
    for object in world.cloud.objects() {
        world.cloud.tag(&object.id, "stack:lineage", "another");
    }
    let repair = repaired(&world, &wanted()).await;
    assert!(repair.is_empty(), "{repair:?}");
}

#[tokio::test(start_paused = true)]
async fn what_could_be_several_is_asked_about() {
    let world = applied().await;
    world
        .edit_state(|state| drop(state.resources.swap_remove(&thing_urn("c"))))
        .await;
    let third = world.cloud.object("test:cloud:Thing/c").id;
    let twin = world.cloud.double(&third);
    let repair = repaired(&world, &wanted()).await;
    assert!(repair.is_empty(), "{repair:?}");
    let said = repair.unclear[0].to_string();
    assert!(said.contains(&third) && said.contains(&twin), "{said}");
    assert!(
        said.contains("stack import test:cloud:Thing/c ID"),
        "{said}"
    );
}

/// What the program no longer declares is not taken in: the next apply would delete it.
#[tokio::test(start_paused = true)]
async fn what_is_not_declared_is_not_taken_in() {
    let world = applied().await;
    world
        .edit_state(|state| drop(state.resources.swap_remove(&thing_urn("c"))))
        .await;
    let repair = repaired(&world, &graph([thing("a")])).await;
    assert!(repair.is_empty(), "{repair:?}");
}
