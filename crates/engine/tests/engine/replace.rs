//! The order of replacements.

use stack_engine::Error;
use stack_engine::plan::{Act, Action, Plan};
use stack_model::Graph;
use stack_model::graph::ReplaceOrder::{self, CreateFirst, DeleteFirst};
use stack_provider::ErrorKind;
use stack_testkit::scenario::{replaced, thing_urn};
use stack_testkit::{CallKind, Fault, World, graph, thing};

use crate::{actions, only};

fn orders(plan: &Plan) -> Vec<(&str, ReplaceOrder)> {
    let orders = actions(plan)
        .into_iter()
        .filter_map(|(name, action)| match action {
            Action::Replace(order) => Some((name, order)),
            _ => None,
        });
    orders.collect()
}

async fn applied(graph: &Graph) -> World {
    let world = World::default();
    world.must_apply(graph).await;
    world.cloud.forget_calls();
    world
}

fn calls(world: &World) -> Vec<CallKind> {
    world.cloud.writes().iter().map(|call| call.kind).collect()
}

#[tokio::test(start_paused = true)]
async fn create_first_is_the_default_and_deletes_come_last() {
    let world = applied(&replaced("a", None)).await;
    let plan = world.plan(&replaced("b", None)).await.unwrap();
    assert_eq!(
        orders(&plan),
        [("base", CreateFirst), ("next", CreateFirst)]
    );
    assert_eq!(
        plan.steps
            .iter()
            .filter(|step| step.act == Act::Barrier)
            .count(),
        1
    );
    world.must_apply(&replaced("b", None)).await;
    use CallKind::{Create, Delete, Update};
    assert_eq!(calls(&world), [Create, Create, Update, Delete, Delete]);
}

#[tokio::test(start_paused = true)]
async fn delete_first_where_it_is_asked() {
    let world = applied(&replaced("a", None)).await;
    let plan = world.plan(&replaced("b", Some(DeleteFirst))).await.unwrap();
    assert_eq!(
        orders(&plan),
        [("base", DeleteFirst), ("next", DeleteFirst)]
    );
    world.must_apply(&replaced("b", Some(DeleteFirst))).await;
    use CallKind::{Create, Delete, Update};
    assert_eq!(calls(&world), [Delete, Delete, Create, Create, Update]);
}

fn keyed(kind: &str, key: &str, order: Option<ReplaceOrder>) -> Graph {
    graph([
        thing("base")
            .set("key", key)
            .set("kind", kind)
            .options(|options| options.replace_order = order),
        thing("next").set("kind", kind).refs(["base"]),
    ])
}

#[tokio::test(start_paused = true)]
async fn a_shared_unique_key_forces_delete_first_and_spreads() {
    let world = applied(&keyed("a", "10.0.0.0/16", None)).await;
    let plan = world.plan(&keyed("b", "10.0.0.0/16", None)).await.unwrap();
    assert_eq!(
        orders(&plan),
        [("base", DeleteFirst), ("next", DeleteFirst)]
    );
    let reasons: Vec<_> = plan
        .changes
        .iter()
        .map(|change| change.reason.clone().unwrap_or_default())
        .collect();
    assert!(
        reasons[0].contains("both objects would have the same key") && reasons[0].contains("moved"),
        "{reasons:?}"
    );
    assert!(
        reasons[1].contains("depends on test:cloud:Thing/base"),
        "{reasons:?}"
    );
    assert!(
        plan.changes
            .iter()
            .all(|change| change.irreversible.is_some())
    );
    world.must_apply(&keyed("b", "10.0.0.0/16", None)).await;
    world.assert_settled(&keyed("b", "10.0.0.0/16", None)).await;
    let plan = world.plan(&keyed("c", "10.1.0.0/16", None)).await.unwrap();
    assert_eq!(
        orders(&plan),
        [("base", CreateFirst), ("next", CreateFirst)],
        "another key avoids it"
    );
}

#[tokio::test(start_paused = true)]
async fn create_first_cannot_be_asked_where_it_is_impossible() {
    let world = applied(&keyed("a", "k", None)).await;
    match world
        .plan(&keyed("b", "k", Some(CreateFirst)))
        .await
        .unwrap_err()
    {
        Error::Problems(problems) => {
            assert_eq!(problems.len(), 1);
            assert_eq!(problems[0].subject, "test:cloud:Thing/base");
            assert!(
                problems[0]
                    .message
                    .contains("cannot be created before the old object is deleted")
            );
        }
        other => panic!("{other:?}"),
    }
    // Nor below an object that goes first.
    let below = |kind: &str| {
        graph([
            thing("base")
                .set("kind", kind)
                .options(|options| options.replace_order = Some(DeleteFirst)),
            thing("next")
                .set("kind", kind)
                .refs(["base"])
                .options(|options| options.replace_order = Some(CreateFirst)),
        ])
    };
    let world = applied(&below("a")).await;
    let error = world.plan(&below("b")).await.unwrap_err().to_string();
    assert!(
        error.contains("test:cloud:Thing/next") && error.contains("whose old object goes first"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_explicit_name_that_stays_is_a_shared_key() {
    let named = |kind: &str| graph([thing("a").set("name", "fixed").set("kind", kind)]);
    let world = applied(&named("a")).await;
    assert_eq!(
        orders(&world.plan(&named("b")).await.unwrap()),
        [("a", DeleteFirst)]
    );
    world.must_apply(&named("b")).await;
    world.assert_settled(&named("b")).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_deposed_is_deleted_by_the_next_run() {
    let with = |kind: &str| graph([thing("a").set("kind", kind)]);
    let world = applied(&with("x")).await;
    world.cloud.plant(
        CallKind::Delete,
        "test:cloud:Thing/a",
        [Fault::Before(ErrorKind::Denied)],
    );
    let report = world.apply(&with("y")).await.unwrap();
    assert_eq!(report.failed.len(), 1);
    let state = world.state().await.unwrap();
    assert_eq!(state.resources[&thing_urn("a")].deposed.len(), 1);
    let plan = world.plan(&with("y")).await.unwrap();
    assert_eq!(only(&plan).action, Action::DeleteDeposed);
    world.must_apply(&with("y")).await;
    world.assert_settled(&with("y")).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_deposed_goes_first_when_a_change_needs_its_key() {
    let keyed = graph([thing("a").set("key", "k")]);
    let world = applied(&keyed).await;
    world.cloud.plant(
        CallKind::Delete,
        "test:cloud:Thing/a",
        [Fault::Before(ErrorKind::Denied)],
    );
    // A key that is no longer set takes a new object, and the old one stays.
    world.apply(&graph([thing("a")])).await.unwrap();
    assert_eq!(world.cloud.objects().len(), 2);
    world.must_apply(&keyed).await;
    world.assert_settled(&keyed).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_deposed_is_deleted_even_when_its_urn_is_retained() {
    for destroy in [false, true] {
        let with = |kind: &str| {
            graph([thing("a")
                .set("kind", kind)
                .options(|options| options.retain = true)])
        };
        let world = applied(&with("x")).await;
        world.cloud.plant(
            CallKind::Delete,
            "test:cloud:Thing/a",
            [Fault::Before(ErrorKind::Denied)],
        );
        world.apply(&with("y")).await.unwrap();
        assert_eq!(world.cloud.objects().len(), 2);
        let end = async || {
            if destroy {
                world.destroy().await
            } else {
                world.apply(&Graph::new()).await
            }
        };
        world.cloud.plant(
            CallKind::Delete,
            "test:cloud:Thing/a",
            [Fault::Before(ErrorKind::Denied)],
        );
        assert_eq!(end().await.unwrap().failed.len(), 1);
        assert!(end().await.unwrap().is_complete());
        let left = world.cloud.objects();
        assert_eq!(left.len(), 1, "{left:#?}");
        assert_eq!(left[0].values["kind"], "y".into());
        assert!(world.state().await.unwrap().resources.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_deleted_after_a_failed_create() {
    let world = applied(&replaced("a", None)).await;
    world.cloud.plant(
        CallKind::Create,
        "test:cloud:Thing/next",
        [Fault::Before(ErrorKind::Quota)],
    );
    let report = world.apply(&replaced("b", None)).await.unwrap();
    assert_eq!(report.failed.len(), 1);
    assert!(
        !calls(&world).contains(&CallKind::Delete),
        "the point of no return was not reached"
    );
    world.must_apply(&replaced("b", None)).await;
    world.assert_settled(&replaced("b", None)).await;
}

/// Nor forgotten, and whether it is replaced, was deposed or is no longer declared.
#[tokio::test(start_paused = true)]
async fn nothing_goes_after_any_failure() {
    let before = graph([
        thing("replaced").set("kind", "a"),
        thing("deleted"),
        thing("retained").options(|options| options.retain = true),
        thing("updated").set("size", 1),
    ]);
    let after = graph([
        thing("replaced").set("kind", "b"),
        thing("updated").set("size", 2),
        thing("made"),
    ]);
    for failing in [
        (CallKind::Create, "replaced"),
        (CallKind::Create, "made"),
        (CallKind::Update, "updated"),
    ] {
        let world = applied(&before).await;
        let (kind, name) = failing;
        let fault = [Fault::Before(ErrorKind::Denied)];
        world.cloud.plant(kind, thing_urn(name).as_ref(), fault);
        let report = world.apply(&after).await.unwrap();
        assert_eq!(report.failed.len(), 1, "{failing:?}");
        assert!(!calls(&world).contains(&CallKind::Delete), "{failing:?}");
        let recorded = world.state().await.unwrap().resources;
        for name in ["replaced", "deleted", "retained", "updated"] {
            assert!(
                recorded.contains_key(&thing_urn(name)),
                "{failing:?}: {name}"
            );
        }
        world.must_apply(&after).await;
        assert_eq!(world.state().await.unwrap().resources.len(), 3);
        assert_eq!(world.cloud.objects().len(), 4, "one is retained");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_retained_is_forgotten_last() {
    let before = graph([thing("a").options(|options| options.retain = true)]);
    let world = applied(&before).await;
    let fault = [Fault::Before(ErrorKind::Denied)];
    world
        .cloud
        .plant(CallKind::Create, "test:cloud:Thing/b", fault);
    let after = graph([thing("b")]);
    world.apply(&after).await.unwrap();
    let recorded = world.state().await.unwrap().resources;
    assert!(recorded.contains_key(&thing_urn("a")));
    world.must_apply(&after).await;
    let recorded = world.state().await.unwrap().resources;
    assert!(!recorded.contains_key(&thing_urn("a")));
}

#[tokio::test(start_paused = true)]
async fn destroy_goes_from_the_leaves_to_the_root() {
    let wanted = graph([
        thing("a"),
        thing("b").refs(["a"]),
        thing("c").refs(["a", "b"]),
        thing("d").refs(["c"]),
    ]);
    let world = applied(&wanted).await;
    assert!(world.destroy().await.unwrap().is_complete());
    let deleted: Vec<_> = world
        .cloud
        .writes()
        .into_iter()
        .map(|call| call.about)
        .collect();
    assert_eq!(
        deleted,
        ["thing-4", "thing-3", "thing-2", "thing-1"],
        "never refused, so never tried twice"
    );
}

#[tokio::test(start_paused = true)]
async fn what_goes_and_holds_an_object_that_goes_first_goes_before_it() {
    let with = |kind: &str, user: bool| {
        let base = thing("base").set("key", "k").set("kind", kind);
        let user = user.then(|| thing("user").refs(["base"]));
        graph([base].into_iter().chain(user))
    };
    let world = applied(&with("a", true)).await;
    world.must_apply(&with("b", false)).await;
    use CallKind::{Create, Delete};
    assert_eq!(calls(&world), [Delete, Delete, Create]);
    world.assert_settled(&with("b", false)).await;
}
