//! Questions that are answered while planning, or during the apply.

use stack_engine::Wishes;
use stack_engine::plan::Action;
use stack_model::expr::Reference;
use stack_model::{Expr, Graph, Map, Path, Segment, Value};
use stack_testkit::{CallKind, World, graph, reference, thing, zone};

use crate::actions;

fn answer(index: u32) -> Expr {
    Expr::Lookup(Reference {
        urn: "test:cloud:Zone/zones".parse().unwrap(),
        path: Path(vec!["names".into(), Segment::Index(index)]),
    })
}

fn with(filter: impl Into<Expr>) -> Graph {
    let mut graph = graph([thing("a"), thing("b").set("zone", answer(0))]);
    graph.lookups.push(zone("zones", filter));
    graph
}

fn answers(world: &World) -> usize {
    world
        .cloud
        .calls()
        .iter()
        .filter(|call| call.kind == CallKind::Answer)
        .count()
}

#[tokio::test(start_paused = true)]
async fn answered_while_planning_when_the_question_is_known() {
    let world = World::default();
    let plan = world.plan(&with("b")).await.unwrap();
    assert_eq!(
        actions(&plan),
        [("a", Action::Create), ("b", Action::Create)]
    );
    let b = plan
        .changes
        .iter()
        .find(|change| change.urn.name() == "b")
        .unwrap();
    let zone = b
        .fields
        .iter()
        .find(|field| field.path == Path::field("zone"))
        .unwrap();
    assert_eq!(zone.after.known(), Some(&"zone-b".into()));
    world.must_apply(&with("b")).await;
    world.assert_settled(&with("b")).await;
    world.cloud.set_zones(&["zone-bb"]);
    let plan = world.plan(&with("b")).await.unwrap();
    assert_eq!(
        actions(&plan),
        [("b", Action::Update)],
        "a new answer is a change like any other"
    );
}

#[tokio::test(start_paused = true)]
async fn answered_during_the_apply_when_it_waits_for_a_resource() {
    let world = World::default();
    world.cloud.set_zones(&["thing-1-zone", "other"]);
    let wanted = with(reference("test:cloud:Thing/a", "id"));
    let plan = world.plan(&wanted).await.unwrap();
    assert_eq!(
        actions(&plan),
        [
            ("a", Action::Create),
            ("b", Action::Create),
            ("zones", Action::Ask)
        ]
    );
    world.must_apply(&wanted).await;
    assert_eq!(
        world.cloud.object("test:cloud:Thing/b").values["zone"],
        "thing-1-zone".into()
    );
    world.assert_settled(&wanted).await;
    let state = world.state().await.unwrap();
    let recorded = &state.lookups["test:cloud:Zone/zones"];
    assert_eq!(recorded.inputs["filter"], Value::from("thing-1"));
    assert!(
        state
            .object(&"test:cloud:Thing/b".parse().unwrap())
            .unwrap()
            .request
            .dependencies[0]
            .as_str()
            .ends_with("/a")
    );
}

#[tokio::test(start_paused = true)]
async fn kept_for_offline_use_as_long_as_the_question_is_the_same() {
    let world = World::default();
    world.must_apply(&with("b")).await;
    world.cloud.forget_calls();
    let offline = async |graph: Graph| {
        let mut session = world.read().await.unwrap();
        let graph = session.check(graph, &Map::new()).unwrap();
        session
            .plan(&graph, &Map::new(), &Wishes::default())
            .await
            .unwrap()
    };
    assert!(offline(with("b")).await.is_empty());
    assert_eq!(world.cloud.calls(), []);
    let plan = offline(with("a")).await;
    assert_eq!(answers(&world), 1, "a new question has no recorded answer");
    assert_eq!(
        plan.changes[0].fields[0].after.known(),
        Some(&"zone-a".into())
    );
    let plan = offline(
        with(reference("test:cloud:Thing/c", "id"))
            .tap(|graph| graph.resources.push(thing("c").build())),
    )
    .await;
    assert!(
        actions(&plan).contains(&("zones", Action::Ask)),
        "an old answer is not the answer to an unknown question"
    );
}

trait Tap: Sized {
    fn tap(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
}

impl Tap for Graph {}

#[tokio::test(start_paused = true)]
async fn an_answer_that_lacks_what_is_asked_of_it_is_a_problem() {
    let world = World::default();
    let error = world.plan(&with("nowhere")).await.unwrap_err().to_string();
    assert!(
        error.starts_with("test:cloud:Thing/b: zone:") && error.contains("has nothing at names[0]"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn offline_nothing_is_asked() {
    let world = World::default();
    let wanted = with("b");
    let offline = async |world: &World| {
        let mut session = world.read().await.unwrap();
        let checked = session.check(wanted.clone(), &Map::new()).unwrap();
        session.stay_offline();
        session
            .plan(&checked, &Map::new(), &Wishes::default())
            .await
    };
    let error = offline(&world).await.unwrap_err();
    assert!(
        matches!(&error, stack_engine::Error::Problems(problems) if problems[0].message.contains("without an answer")),
        "{error:?}"
    );
    assert_eq!(answers(&world), 0);
    world.must_apply(&wanted).await;
    world.cloud.forget_calls();
    assert!(offline(&world).await.unwrap().is_empty());
    assert_eq!(world.cloud.calls(), []);
}
