//! A rollback leads back to a checkpoint, whatever went wrong, and says beforehand what it cannot bring back.

use std::collections::BTreeMap;

use stack_engine::plan::{Action, Plan};
use stack_engine::rollback::Terms;
use stack_engine::{Error, Event, Session};
use stack_model::{Graph, Value};
use stack_provider::ErrorKind;
use stack_testkit::disk::Write;
use stack_testkit::scenario::{
    self, Scenario, mixed, replaced, thing_urn, with_moved, with_output,
};
use stack_testkit::{CallKind, Ended, Fault, Lag, World, act, data, graph, kept, reference, thing};

use crate::{actions, only, paths};

const THIS_RUN: Terms = Terms {
    this_run: true,
    accept_loss: false,
};
const ACCEPTED: Terms = Terms {
    this_run: false,
    accept_loss: true,
};

/// What the cloud has, without what it generates. Ids are those of the world before, where an object was made anew.
fn objects(world: &World) -> Vec<(String, Value)> {
    let objects = world.cloud.objects();
    let names: BTreeMap<String, String> = objects
        .iter()
        .map(|object| (object.id.clone(), object.urn().to_owned()))
        .collect();
    let told = |value: &Value| told(value, &names);
    let mut found: Vec<(String, Value)> = objects
        .iter()
        .map(|object| {
            let mut values = object.values.clone();
            // Its name tells its generation.
            for generated in ["revision", "name"] {
                values.remove(generated);
            }
            values.extend(object.hidden.clone());
            // An empty list is what one goes back to that is no longer set.
            values.retain(|_, value| *value != Value::List(Vec::new()));
            let values = values.iter().map(|(key, value)| (key.clone(), told(value)));
            (object.type_name.clone(), Value::Map(values.collect()))
        })
        .collect();
    found.sort_by_key(|one| format!("{one:?}"));
    found
}

/// A value in which ids, and what is made of them, are the names of what they belong to.
fn told(value: &Value, names: &BTreeMap<String, String>) -> Value {
    match value {
        Value::String(text) => {
            let id = text.strip_prefix("arn:").unwrap_or(text);
            names
                .get(id)
                .map_or(text.clone(), |urn| urn.replace("/old", "/new"))
                .into()
        }
        Value::List(items) => Value::List(items.iter().map(|item| told(item, names)).collect()),
        Value::Map(map) => {
            let inner = map
                .iter()
                .map(|(key, item)| (key.clone(), told(item, names)));
            Value::Map(inner.collect())
        }
        other => other.clone(),
    }
}

fn ids(world: &World) -> Vec<String> {
    world
        .cloud
        .objects()
        .into_iter()
        .map(|object| object.id)
        .collect()
}

async fn applied(graph: &Graph) -> World {
    let world = World::default();
    world.must_apply(graph).await;
    world
}

async fn serial(world: &World) -> u64 {
    world.state().await.unwrap().header.serial
}

/// Whether everything is as it was in another world, which the graph had been applied to.
pub async fn is_as_in(world: &World, before: &World, graph: Option<&Graph>) -> Result<(), String> {
    let (was, is) = (objects(before), objects(world));
    if was != is {
        return Err(format!("the cloud had {was:#?}\nand has {is:#?}"));
    }
    world.same().await?;
    let (was, is) = (before.state().await.unwrap(), world.state().await.unwrap());
    let urns = |state: &stack_engine::State| {
        let mut urns: Vec<String> = state.resources.keys().map(ToString::to_string).collect();
        urns.sort();
        urns
    };
    if urns(&was) != urns(&is) {
        return Err(format!(
            "recorded were {:?}, and are {:?}",
            urns(&was),
            urns(&is)
        ));
    }
    match graph {
        Some(graph) => world.settled(graph).await,
        None => Ok(()),
    }
}

/// Every run of a scenario: the world before it, the graph that was applied to that, and the one that is.
async fn runs(scenario: &Scenario) -> Vec<(World, Option<Graph>, Graph)> {
    let world = World::new(1);
    let mut runs = Vec::new();
    let mut before = None;
    for graph in &scenario.graphs {
        runs.push((world.fork(), before.replace(graph.clone()), graph.clone()));
        world.must_apply(graph).await;
    }
    runs
}

const FAILURES: [Fault; 6] = [
    Fault::Before(ErrorKind::Denied),
    Fault::After(ErrorKind::Other),
    Fault::After(ErrorKind::TimedOut),
    Fault::Accepted(ErrorKind::Failed),
    Fault::Accepted(ErrorKind::Other),
    Fault::Before(ErrorKind::Quota),
];

/// Lets every call of every run fail, and rolls back.
async fn every_failure(scenario: &Scenario, lag: Lag) {
    let mut rolled_back = 0;
    for (number, (before, old, graph)) in runs(scenario).await.iter().enumerate() {
        let clean = before.fork();
        clean.must_apply(graph).await;
        for call in before.cloud.write_count()..clean.cloud.write_count() {
            for fault in FAILURES {
                let place = format!("{}, run {number}, {fault:?} at call {call}", scenario.name);
                let world = before.fork();
                world.cloud.lag(lag);
                let acts = world.cloud.acts().len();
                world.cloud.fault(call, fault);
                let ended = world.apply_or_roll_back(graph).await;
                let (report, back) = ended.unwrap_or_else(|error| panic!("{place}: {error:?}"));
                let Some(back) = back else {
                    assert!(report.is_complete(), "{place}: {report:?}");
                    continue;
                };
                rolled_back += 1;
                assert!(back.is_complete(), "{place}: {back:?}");
                let runs = world.cloud.writes();
                let runs = runs
                    .iter()
                    .filter(|call| call.kind == CallKind::Run)
                    .count();
                assert!(
                    world.cloud.acts().len() <= acts + 1 && runs <= acts + 1,
                    "{place}"
                );
                if let Err(problem) = is_as_in(&world, before, old.as_ref()).await {
                    panic!("{place}: {problem}");
                }
                // And forward again.
                world.cloud.heal();
                world.must_apply(graph).await;
                world.assert_settled(graph).await;
            }
        }
    }
    assert!(rolled_back > 5, "only {rolled_back} rollbacks");
}

#[tokio::test(start_paused = true)]
async fn every_failure_of_every_scenario_is_rolled_back() {
    for scenario in scenario::all() {
        every_failure(&scenario, Lag::None).await;
    }
}

#[tokio::test(start_paused = true)]
async fn every_failure_is_rolled_back_on_a_slow_cloud() {
    for scenario in scenario::all() {
        every_failure(&scenario, Lag::Reads(3)).await;
    }
}

/// The first checkpoint whose state a graph has been applied to, for each of a scenario's graphs.
#[tokio::test(start_paused = true)]
async fn every_checkpoint_of_every_scenario_can_be_reached() {
    for scenario in scenario::all() {
        let world = World::new(1);
        let mut marks = vec![];
        for graph in &scenario.graphs {
            world.must_apply(graph).await;
            marks.push((serial(&world).await, world.fork(), graph));
        }
        for (serial, before, graph) in &marks {
            let world = world.fork();
            let report = world.roll_back(*serial, Terms::default()).await;
            let report = report.unwrap_or_else(|error| panic!("{}: {error:?}", scenario.name));
            assert!(report.is_complete(), "{}: {report:?}", scenario.name);
            if let Err(problem) = is_as_in(&world, before, Some(graph)).await {
                panic!("{}, back to {serial}: {problem}", scenario.name);
            }
        }
        // Before the first apply there was nothing.
        world.roll_back(1, Terms::default()).await.unwrap();
        assert_eq!(world.cloud.objects(), [], "{}", scenario.name);
        assert!(world.state().await.unwrap().resources.is_empty());
    }
}

/// Dies at every write of a run that fails and is rolled back. Then a rollback to where it began, and an apply, each
/// lead on.
async fn die_at_every_write(scenario: &Scenario) {
    let mut deaths = 0;
    for (number, (before, old, graph)) in runs(scenario).await.iter().enumerate() {
        let began = serial(before).await.max(1);
        let clean = before.fork();
        clean.must_apply(graph).await;
        for call in before.cloud.write_count()..clean.cloud.write_count() {
            let fault = Fault::Before(ErrorKind::Denied);
            let failing = before.fork();
            failing.cloud.fault(call, fault);
            let (_, back) = failing.apply_or_roll_back(graph).await.unwrap();
            assert!(back.unwrap().is_complete());
            let first = before.disk.writes().len() + usize::from(began == 1 && number == 0);
            for write in first..failing.disk.writes().len() {
                for bytes in [0, usize::MAX] {
                    let place = format!(
                        "{}, run {number}, call {call} denied, dead at byte {bytes} of write {write}",
                        scenario.name
                    );
                    let world = before.fork();
                    world.cloud.fault(call, fault);
                    world.disk.die_at(write, bytes);
                    let ended = world.apply_or_roll_back(graph).await;
                    assert!(matches!(ended, Err(Ended::Died)), "{place}: {ended:?}");
                    world.cloud.heal();
                    let forward = world.fork();

                    let back = world.roll_back(began, Terms::default()).await;
                    let back = back.unwrap_or_else(|error| panic!("{place}: {error:?}"));
                    assert!(back.is_complete(), "{place}: {back:?}");
                    if let Err(problem) = is_as_in(&world, before, old.as_ref()).await {
                        panic!("{place}: {problem}");
                    }
                    forward.must_apply(graph).await;
                    if let Err(problem) = forward.settled(graph).await {
                        panic!("{place}, forward: {problem}");
                    }
                    deaths += 1;
                }
            }
        }
    }
    assert!(deaths > 15, "only {deaths} deaths");
}

macro_rules! deaths {
    ($($module:ident = $name:literal),* $(,)?) => {$(
        #[tokio::test(start_paused = true)]
        async fn $module() {
            let mut all = scenario::all();
            all.retain(|scenario| scenario.name == $name);
            die_at_every_write(&all[0]).await;
        }
    )*};
}

deaths! {
    dead_at_every_write_of_chain = "chain",
    dead_at_every_write_of_wide = "wide",
    dead_at_every_write_of_diamond = "diamond",
    dead_at_every_write_of_create_first = "create first",
    dead_at_every_write_of_delete_first = "delete first",
    dead_at_every_write_of_mixed = "mixed",
    dead_at_every_write_of_moved = "moved",
    dead_at_every_write_of_asked = "asked",
}

/// The same at every call of the rollback itself.
#[tokio::test(start_paused = true)]
async fn dead_or_failed_at_every_call_of_the_rollback() {
    for scenario in scenario::all() {
        for (before, old, graph) in &runs(&scenario).await {
            let began = serial(before).await.max(1);
            let clean = before.fork();
            clean.must_apply(graph).await;
            let last = clean.cloud.write_count() - 1;
            let deny = |world: &World| world.cloud.fault(last, Fault::Before(ErrorKind::Denied));
            let failing = before.fork();
            deny(&failing);
            failing.apply_or_roll_back(graph).await.unwrap();
            for call in last + 1..failing.cloud.write_count() {
                for fault in [
                    Fault::DieBefore,
                    Fault::DieAfter,
                    Fault::DieAccepted,
                    Fault::Before(ErrorKind::Denied),
                    Fault::After(ErrorKind::Other),
                    Fault::Accepted(ErrorKind::Failed),
                ] {
                    let place = format!("{}, {fault:?} at call {call}", scenario.name);
                    let world = before.fork();
                    deny(&world);
                    world.cloud.fault(call, fault);
                    let _ = world.apply_or_roll_back(graph).await;
                    world.cloud.heal();
                    let back = world.roll_back(began, Terms::default()).await;
                    let back = back.unwrap_or_else(|error| panic!("{place}: {error:?}"));
                    assert!(back.is_complete(), "{place}: {back:?}");
                    if let Err(problem) = is_as_in(&world, before, old.as_ref()).await {
                        panic!("{place}: {problem}");
                    }
                }
            }
        }
    }
}

fn deny(world: &World, kind: CallKind, name: &str) {
    let urn = thing_urn(name);
    world
        .cloud
        .plant(kind, urn.as_str(), [Fault::Before(ErrorKind::Denied)]);
}

/// Applies a graph that fails, and rolls it back.
async fn fails_and_goes_back(world: &World, graph: &Graph) {
    let (report, back) = world.apply_or_roll_back(graph).await.unwrap();
    assert_eq!(report.failed.len(), 1, "{report:?}");
    let back = back.expect("there is no loss");
    assert!(back.is_complete(), "{back:?}");
}

fn messages(error: &Error) -> Vec<String> {
    match error {
        Error::Problems(problems) => problems.iter().map(ToString::to_string).collect(),
        other => panic!("{other:?}"),
    }
}

fn reasons(plan: &Plan) -> Vec<&str> {
    plan.changes
        .iter()
        .filter_map(|change| change.reason.as_deref())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn what_was_replaced_and_is_still_there_is_used_again() {
    let world = applied(&replaced("a", None)).await;
    let (before, was) = (world.fork(), ids(&world));
    deny(&world, CallKind::Update, "user");
    fails_and_goes_back(&world, &replaced("b", None)).await;
    assert_eq!(ids(&world), was);
    is_as_in(&world, &before, Some(&replaced("a", None)))
        .await
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_went_first_is_made_again_and_nothing_else() {
    let order = Some(stack_model::graph::ReplaceOrder::DeleteFirst);
    let world = applied(&replaced("a", order)).await;
    let (before, was) = (world.fork(), ids(&world));
    deny(&world, CallKind::Update, "user");
    fails_and_goes_back(&world, &replaced("b", order)).await;
    let is = ids(&world);
    let stayed = was.iter().filter(|id| is.contains(id)).count();
    assert_eq!((stayed, is.len()), (2, 4), "{was:?} {is:?}");
    is_as_in(&world, &before, Some(&replaced("a", order)))
        .await
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_plan_of_a_rollback_says_what_it_means() {
    let [old, new] = mixed();
    let world = applied(&old).await;
    world.must_apply(&new).await;
    let plan = world.plan_rollback(2, Terms::default()).await.unwrap().plan;
    use stack_model::graph::ReplaceOrder::{CreateFirst, DeleteFirst};
    assert_eq!(
        actions(&plan),
        [
            ("changed", Action::Update),
            ("deleted", Action::Create),
            ("keyed", Action::Replace(DeleteFirst)),
            ("leaf", Action::Create),
            ("migrate", Action::Restore),
            ("new", Action::Delete),
            ("replaced", Action::Replace(CreateFirst)),
            ("value", Action::Update),
        ]
    );
    let reasons = reasons(&plan);
    for reason in [
        "it was there, and is made anew",
        "it was made since",
        "it is neither done nor undone; its record is what it was",
    ] {
        assert!(reasons.contains(&reason), "{reasons:?}");
    }
    let before = world.fork();
    let again = world.plan_rollback(2, Terms::default()).await.unwrap().plan;
    assert_eq!(format!("{plan:?}"), format!("{again:?}"));
    assert_eq!(
        world.disk.writes(),
        before.disk.writes(),
        "a plan writes nothing"
    );
}

#[tokio::test(start_paused = true)]
async fn an_act_is_neither_done_nor_undone() {
    let with = |command: &str, size: i64| {
        graph([
            act("migrate", command),
            thing("after")
                .set("size", size)
                .set("label", reference("test:cloud:Act/migrate", "result")),
        ])
    };
    let world = applied(&with("one", 1)).await;
    let before = world.fork();
    deny(&world, CallKind::Update, "after");
    fails_and_goes_back(&world, &with("two", 2)).await;
    assert_eq!(world.cloud.acts(), ["one", "two"]);
    is_as_in(&world, &before, Some(&with("one", 1)))
        .await
        .unwrap();

    // Nor when it was no longer declared meanwhile, nor when it was not declared before.
    let without = graph([thing("after").set("size", 1)]);
    world.must_apply(&without).await;
    world.roll_back(2, Terms::default()).await.unwrap();
    assert_eq!(world.cloud.acts(), ["one", "two"]);
    world.assert_settled(&with("one", 1)).await;
    world
        .must_apply(&graph([
            act("other", "three"),
            thing("after").set("size", 1),
        ]))
        .await;
    let plan = world.plan_rollback(2, Terms::default()).await.unwrap().plan;
    let other = plan
        .changes
        .iter()
        .find(|change| change.urn.name() == "other")
        .unwrap();
    assert_eq!(
        other.irreversible.as_deref(),
        Some("an act cannot be undone")
    );
    world.roll_back(2, Terms::default()).await.unwrap();
    assert_eq!(world.cloud.acts(), ["one", "two", "three"]);
    world.assert_settled(&with("one", 1)).await;
}

#[tokio::test(start_paused = true)]
async fn what_held_data_is_not_made_anew_unless_it_is_asked_for() {
    let with = |kind: &str| graph([data("db").set("kind", kind), thing("a")]);
    let world = applied(&with("x")).await;
    world.must_apply(&with("y")).await;
    let rollback = world.plan_rollback(2, Terms::default()).await.unwrap();
    assert_eq!(rollback.losses.len(), 1);
    assert!(rollback.plan.changes[0].irreversible.is_some());
    let was = ids(&world);
    let refused = world.roll_back(2, Terms::default()).await.unwrap_err();
    let Ended::Engine(error) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(
        messages(&error),
        ["test:cloud:Data/db: held data, and making it anew does not bring the data back"]
    );
    assert_eq!(ids(&world), was, "nothing was done");

    // The same when it is gone altogether.
    let without = graph([thing("a")]);
    world.must_apply(&without).await;
    let rollback = world.plan_rollback(2, Terms::default()).await.unwrap();
    let change = only(&rollback.plan);
    assert_eq!(change.action, Action::Create);
    assert_eq!(
        change.irreversible.as_deref(),
        Some("the data that it held does not come back")
    );
    assert_eq!(rollback.losses.len(), 1);

    world.roll_back(2, ACCEPTED).await.unwrap();
    world.assert_settled(&with("x")).await;
}

#[tokio::test(start_paused = true)]
async fn what_holds_data_and_was_made_since_goes_only_with_its_own_run() {
    let with = graph([
        data("db"),
        thing("a").set("label", reference("test:cloud:Data/db", "arn")),
    ]);
    let world = applied(&graph([thing("b")])).await;
    let before = world.fork();
    deny(&world, CallKind::Create, "a");
    fails_and_goes_back(&world, &with).await;
    is_as_in(&world, &before, None).await.unwrap();

    world.must_apply(&with).await;
    let rollback = world.plan_rollback(2, Terms::default()).await.unwrap();
    let losses: Vec<String> = rollback.losses.iter().map(ToString::to_string).collect();
    assert_eq!(
        losses,
        ["test:cloud:Data/db: was made since and holds data, which would be deleted"]
    );
}

#[tokio::test(start_paused = true)]
async fn data_that_was_replaced_and_is_still_there_is_used_again() {
    let with = |kind: &str| {
        graph([
            data("db").set("kind", kind),
            thing("a").set("label", reference("test:cloud:Data/db", "arn")),
        ])
    };
    let world = applied(&with("x")).await;
    let was = ids(&world);
    deny(&world, CallKind::Update, "a");
    let plan = {
        let failed = world.fork();
        deny(&failed, CallKind::Update, "a");
        failed.apply(&with("y")).await.unwrap();
        failed.plan_rollback(2, THIS_RUN).await.unwrap().plan
    };
    assert_eq!(
        actions(&plan),
        [("db", Action::Restore), ("db", Action::DeleteDeposed)]
    );
    fails_and_goes_back(&world, &with("y")).await;
    assert_eq!(ids(&world), was);
    world.assert_settled(&with("x")).await;
}

#[tokio::test(start_paused = true)]
async fn a_run_s_own_protection_is_lifted_unless_data_is_behind_it() {
    let with = |resource: stack_testkit::scenario::Builder| {
        let guarded = resource.options(|options| {
            options.protect = true;
            options.retain = true;
        });
        graph([thing("b"), guarded, thing("c").set("key", "k")])
    };
    let start = graph([thing("b")]);
    let world = applied(&start).await;
    let before = world.fork();
    deny(&world, CallKind::Create, "c");
    world.apply(&with(thing("a"))).await.unwrap();
    let plan = world.plan_rollback(2, THIS_RUN).await.unwrap().plan;
    assert_eq!(
        reasons(&plan),
        ["it was made since; the protection that this run put on it is lifted"]
    );
    let refused = world.plan_rollback(2, Terms::default()).await.unwrap_err();
    assert!(
        messages(&refused)[0].contains("is protected"),
        "the protection of an earlier run holds"
    );

    let world = before.fork();
    deny(&world, CallKind::Create, "c");
    fails_and_goes_back(&world, &with(thing("a"))).await;
    is_as_in(&world, &before, Some(&start)).await.unwrap();

    let world = before.fork();
    deny(&world, CallKind::Create, "c");
    let refused = world
        .apply_or_roll_back(&with(data("a")))
        .await
        .unwrap_err();
    let Ended::Engine(error) = refused else {
        panic!("{refused:?}")
    };
    assert!(messages(&error)[0].starts_with("test:cloud:Data/a: is protected"));
    world.must_apply(&with(data("a"))).await;
    world.assert_settled(&with(data("a"))).await;
}

#[tokio::test(start_paused = true)]
async fn what_would_have_been_forgotten_is_still_known() {
    let retained = || thing("a").options(|options| options.retain = true);
    let alone = graph([retained()]);
    let beside = graph([retained(), thing("b")]);
    for (start, failing) in [
        (&alone, (CallKind::Create, "c")),
        (&beside, (CallKind::Create, "c")),
        (&beside, (CallKind::Delete, "b")),
    ] {
        let world = applied(start).await;
        let before = world.fork();
        deny(&world, failing.0, failing.1);
        fails_and_goes_back(&world, &graph([thing("c")])).await;
        is_as_in(&world, &before, Some(start)).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn protection_of_before_holds_and_comes_back() {
    let with = |protect: bool, kind: &str| {
        graph([thing("a")
            .set("kind", kind)
            .options(|options| options.protect = protect)])
    };
    let world = applied(&with(true, "x")).await;
    world.must_apply(&with(false, "x")).await;
    world.roll_back(2, Terms::default()).await.unwrap();
    world.assert_settled(&with(true, "x")).await;
    world.must_apply(&with(false, "x")).await;
    world.must_apply(&with(true, "x")).await;
    world.must_apply(&with(false, "y")).await;
    world.must_apply(&with(true, "y")).await;
    let refused = world.plan_rollback(2, Terms::default()).await.unwrap_err();
    assert!(messages(&refused)[0].contains("is protected, and the plan would replace it"));
}

#[tokio::test(start_paused = true)]
async fn one_way_changes_are_named_and_stay_when_that_is_asked_for() {
    let with = |disk: i64, size: i64| graph([thing("a").set("disk", disk).set("size", size)]);
    let world = applied(&with(10, 1)).await;
    world.must_apply(&with(20, 2)).await;
    let rollback = world.plan_rollback(2, Terms::default()).await.unwrap();
    let losses: Vec<String> = rollback.losses.iter().map(ToString::to_string).collect();
    assert_eq!(losses, ["test:cloud:Thing/a: its disk cannot be put back"]);
    let accepted = world.plan_rollback(2, ACCEPTED).await.unwrap();
    assert_eq!(paths(only(&accepted.plan)), ["size"]);
    world.roll_back(2, ACCEPTED).await.unwrap();
    let values = world.cloud.object("test:cloud:Thing/a").values;
    assert_eq!((&values["disk"], &values["size"]), (&20.into(), &1.into()));
    world.same().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_this_run_did_not_change_is_left_as_it_is() {
    let with = |size: i64| {
        graph([
            thing("drifted").set("size", 1),
            thing("fixed").set("size", 1).set("label", "x"),
            thing("lost").set("label", "x"),
            thing("last")
                .set("size", size)
                .refs(["drifted", "fixed", "lost"]),
        ])
    };
    let world = applied(&with(1)).await;
    let id = |name: &str| world.cloud.object(thing_urn(name).as_str()).id;
    world.cloud.change(&id("drifted"), "size", 9);
    world.cloud.change(&id("fixed"), "size", 8);
    world.cloud.change(&id("lost"), "label", Value::Null);
    let before = world.fork();
    deny(&world, CallKind::Update, "drifted");
    fails_and_goes_back(&world, &with(2)).await;
    let size = |world: &World, name: &str| {
        world.cloud.object(thing_urn(name).as_str()).values["size"].clone()
    };
    assert_eq!(size(&world, "drifted"), 9.into());
    assert_eq!(size(&world, "fixed"), 8.into(), "as the run found it");
    let writes = world.cloud.writes();
    let touched = writes
        .iter()
        .filter(|call| call.about == id("drifted"))
        .count();
    assert_eq!(touched, 1, "only the update that was denied");
    // What is wrong is as wrong as it was.
    let (was, is) = (
        before.plan(&with(1)).await.unwrap(),
        world.plan(&with(1)).await.unwrap(),
    );
    let fixed = |plan: &Plan| {
        actions(plan)
            .iter()
            .map(|(name, _)| (*name).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(fixed(&was), ["drifted", "fixed", "lost"]);
    assert_eq!(fixed(&is), ["drifted", "fixed"]);
}

#[tokio::test(start_paused = true)]
async fn what_the_cloud_had_chosen_is_put_back_in_place() {
    let old = graph([thing("a"), thing("b")]);
    let new = graph([
        thing("a").set("zone", "zone-q").set("label", "x"),
        thing("b").set("size", 2).refs(["a"]),
    ]);
    let world = applied(&old).await;
    let (before, was) = (world.fork(), ids(&world));
    deny(&world, CallKind::Update, "b");
    fails_and_goes_back(&world, &new).await;
    assert_eq!(ids(&world), was, "nothing was replaced");
    assert_eq!(
        world.cloud.object("test:cloud:Thing/a").values["zone"],
        "zone-a".into()
    );
    is_as_in(&world, &before, Some(&old)).await.unwrap();
    let warned = world.events.events();
    assert!(
        !warned
            .iter()
            .any(|event| matches!(event, Event::Warning { .. })),
        "{warned:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_follows_the_cloud_goes_on_following_it() {
    let old = graph([thing("a").set("size", 1)]);
    let new = graph([thing("a").set("size", 2).set("count", 3)]);
    let world = applied(&old).await;
    let id = world.cloud.object("test:cloud:Thing/a").id;
    world.cloud.change(&id, "count", 2);
    world.must_apply(&old).await;
    world.must_apply(&new).await;
    world.cloud.change(&id, "count", 7);
    world.roll_back(3, Terms::default()).await.unwrap();
    assert_eq!(
        world.cloud.object("test:cloud:Thing/a").values["count"],
        7.into()
    );
    world.assert_settled(&old).await;
}

#[tokio::test(start_paused = true)]
async fn secrets_go_back_and_stay_sealed() {
    let secret = |text: &str| stack_model::Expr::from(Value::from(text).secret());
    let with = |text: &str| {
        graph([
            thing("a")
                .set("secret", secret(text))
                .set("pin", secret(text)),
            thing("b").refs(["a"]),
        ])
    };
    let world = applied(&with("canary-one")).await;
    let hidden = |world: &World| world.cloud.object("test:cloud:Thing/a").hidden["secret"].clone();
    let was = hidden(&world);
    let changed = thing("a")
        .set("secret", secret("canary-two"))
        .set("pin", secret("canary-two"));
    let failing = graph([changed, thing("b").set("size", 3).refs(["a"])]);
    deny(&world, CallKind::Update, "b");
    fails_and_goes_back(&world, &failing).await;
    assert_eq!(hidden(&world), was);
    world.assert_settled(&with("canary-one")).await;
    for write in world.disk.writes() {
        let (Write::Append(bytes) | Write::Commit(bytes)) = write;
        assert!(!String::from_utf8(bytes).unwrap().contains("canary"));
    }
}

#[tokio::test(start_paused = true)]
async fn configuration_counts_with_the_value_that_it_had() {
    let from_config = || stack_model::Expr::Config(stack_model::Path::field("key"));
    let with = |size: i64| {
        graph([
            thing("a").set("size", size),
            thing("b").set("pin", from_config()).refs(["a"]),
        ])
    };
    let mut world = World::default();
    world.config = [("key".to_owned(), Value::from("one"))].into();
    world.must_apply(&with(1)).await;
    world.config = [("key".to_owned(), Value::from("two"))].into();
    world.must_apply(&with(2)).await;
    world.config.clear();
    world.roll_back(2, Terms::default()).await.unwrap();
    assert_eq!(
        world.cloud.object("test:cloud:Thing/b").values["pin"],
        "one".into()
    );
    world.config = [("key".to_owned(), Value::from("one"))].into();
    world.assert_settled(&with(1)).await;
}

#[tokio::test(start_paused = true)]
async fn what_lives_in_the_state_alone_is_what_it_was() {
    let with = |keep: &str| {
        graph([
            kept("password").set("keep", keep),
            thing("user").set("label", reference("test:kept:Value/password", "id")),
        ])
    };
    let world = applied(&with("one")).await;
    let id = |state: &stack_engine::State| {
        state
            .object(&"test:kept:Value/password".parse().unwrap())
            .unwrap()
            .id
            .clone()
    };
    let was = id(&world.state().await.unwrap());
    world.must_apply(&with("two")).await;
    assert_ne!(id(&world.state().await.unwrap()), was);
    world.roll_back(2, Terms::default()).await.unwrap();
    assert_eq!(id(&world.state().await.unwrap()), was);
    world.assert_settled(&with("one")).await;
    world.must_apply(&Graph::new()).await;
    world.roll_back(2, Terms::default()).await.unwrap();
    assert_eq!(id(&world.state().await.unwrap()), was);
    world.assert_settled(&with("one")).await;
}

#[tokio::test(start_paused = true)]
async fn names_go_back() {
    let old = graph([thing("a").set("size", 1), thing("user").refs(["a"])]);
    let new = with_moved(
        graph([thing("b").set("size", 2), thing("user").refs(["b"])]),
        "test:cloud:Thing/a",
        "test:cloud:Thing/b",
    );
    let world = applied(&old).await;
    let was = ids(&world);
    world.must_apply(&new).await;
    let plan = world.plan_rollback(2, Terms::default()).await.unwrap().plan;
    assert_eq!(plan.changes[0].action, Action::Rename);
    world.roll_back(2, Terms::default()).await.unwrap();
    assert_eq!(ids(&world), was);
    world.assert_settled(&old).await;

    // A name that was given away meanwhile is a question of names.
    world.must_apply(&new).await;
    let taken = graph([
        thing("a"),
        thing("b").set("size", 2),
        thing("user").refs(["b"]),
    ]);
    world.must_apply(&taken).await;
    let error = world.plan_rollback(2, Terms::default()).await.unwrap_err();
    assert!(messages(&error)[0].contains("is called test:cloud:Thing/b now"));
}

#[tokio::test(start_paused = true)]
async fn what_waited_to_be_deleted_goes_on_waiting() {
    let with =
        |kind: &str, size: i64| graph([thing("a").set("kind", kind), thing("b").set("size", size)]);
    let world = applied(&with("x", 1)).await;
    deny(&world, CallKind::Delete, "a");
    world.apply(&with("y", 1)).await.unwrap();
    let was = ids(&world);
    assert_eq!(was.len(), 3);
    deny(&world, CallKind::Update, "b");
    fails_and_goes_back(&world, &with("y", 2)).await;
    assert_eq!(ids(&world), was);
    world.must_apply(&with("y", 1)).await;
    world.assert_settled(&with("y", 1)).await;
}

#[tokio::test(start_paused = true)]
async fn a_circle_in_what_was_recorded_can_be_rolled_back_to() {
    let told = |name: &str| reference(thing_urn(name).as_str(), "size");
    let one = graph([thing("a").set("size", 1), thing("b").set("size", told("a"))]);
    let other = graph([thing("b").set("size", 5), thing("a").set("size", told("b"))]);
    let world = applied(&one).await;
    deny(&world, CallKind::Update, "b");
    // Each now depends on the other: a was not reached, or b failed.
    world.apply(&other).await.unwrap();
    let half = graph([thing("a").set("size", 1)]);
    let mut circular = world.state().await.unwrap();
    for (urn, to) in [("a", "b"), ("b", "a")] {
        let recorded = circular.resources.get_mut(&thing_urn(urn)).unwrap();
        let request = &mut recorded.object.as_mut().unwrap().request;
        request.dependencies = vec![thing_urn(to)];
        request.expressions = [("size".to_owned(), told(to))].into();
    }
    world.must_apply(&half).await;
    let mut session = world.write().await.unwrap();
    let target = session.target(circular, Terms::default()).unwrap();
    let rollback = session.plan_rollback(target, &world.config).await.unwrap();
    assert_eq!(only(&rollback.plan).urn, thing_urn("b"));
}

#[tokio::test(start_paused = true)]
async fn a_rollback_that_fails_leaves_what_the_next_one_goes_on_with() {
    let with = |size: i64| scenario::chain(3, size);
    let world = applied(&with(1)).await;
    let before = world.fork();
    deny(&world, CallKind::Update, "c2");
    let id = world.cloud.object("test:cloud:Thing/c0").id;
    // Its second update is the rollback's.
    let denied = Fault::Before(ErrorKind::Denied);
    let clean = world.fork();
    let number = clean.cloud.write_count() + 3;
    world.cloud.fault(number, denied);
    let (report, back) = world.apply_or_roll_back(&with(2)).await.unwrap();
    assert_eq!(report.failed.len(), 1);
    let back = back.unwrap();
    assert_eq!(back.failed.len(), 1, "{back:?}");
    let left = world.cloud.object("test:cloud:Thing/c0");
    assert_eq!((left.id, &left.values["size"]), (id, &2.into()));
    world.cloud.heal();
    let header = world.state().await.unwrap().header;
    assert_eq!(header.command.as_deref(), Some("rollback"));
    world.roll_back(2, Terms::default()).await.unwrap();
    is_as_in(&world, &before, Some(&with(1))).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn outputs_are_resolved_anew() {
    let with = |kind: &str| {
        let graph = graph([thing("a").set("key", "k").set("kind", kind)]);
        with_output(graph, "arn", reference("test:cloud:Thing/a", "arn"))
    };
    let world = applied(&with("x")).await;
    world.must_apply(&with("y")).await;
    world.roll_back(2, Terms::default()).await.unwrap();
    let arn = world.cloud.object("test:cloud:Thing/a").values["arn"].clone();
    assert_eq!(world.state().await.unwrap().outputs["arn"], arn);
    world.assert_settled(&with("x")).await;
}

#[tokio::test(start_paused = true)]
async fn checkpoints_say_what_made_them() {
    let world = applied(&graph([thing("a"), thing("b")])).await;
    world.must_apply(&graph([thing("a")])).await;
    world.roll_back(2, Terms::default()).await.unwrap();
    let history = Session::history(&world.disk).await.unwrap();
    let said: Vec<(u64, &str, Option<usize>)> = history
        .iter()
        .map(|one| (one.serial, one.command.as_deref().unwrap(), one.resources))
        .collect();
    assert_eq!(
        said,
        [
            (1, "apply", Some(0)),
            (2, "apply", Some(2)),
            (3, "apply", Some(1)),
            (4, "rollback", Some(2))
        ]
    );
    assert!(history.iter().all(|one| one.at.is_some()));
}

#[tokio::test(start_paused = true)]
async fn what_is_not_rolled_back_stays_as_it_is() {
    let with = |kind: &str, key: Option<&str>, db: bool| {
        let mut one = thing("a").set("kind", kind);
        if let Some(key) = key {
            one = one.set("key", key);
        }
        graph([one].into_iter().chain(db.then(|| data("db"))))
    };
    let world = applied(&with("x", None, true)).await;
    let new = with("y", Some("k"), false);
    deny(&world, CallKind::Delete, "a");
    let (report, back) = world.apply_or_roll_back(&new).await.unwrap();
    assert!(!report.is_complete() && back.is_none(), "data is lost");
    let recorded = world.state().await.unwrap().resources[&thing_urn("a")].clone();
    assert_eq!(recorded.object.unwrap().request.generation, 2);
    world.must_apply(&new).await;
    world.assert_settled(&new).await;
}

#[tokio::test(start_paused = true)]
async fn forward_again_after_a_rollback_that_stopped() {
    let with = |kind: &str, key: &str| {
        graph([
            thing("a").set("kind", kind).set("key", key),
            thing("b").set("kind", kind),
        ])
    };
    let world = applied(&with("x", "k1")).await;
    let number = world.cloud.write_count();
    world
        .cloud
        .fault(number + 1, Fault::Before(ErrorKind::Denied));
    world
        .cloud
        .fault(number + 2, Fault::Before(ErrorKind::Denied));
    let (_, back) = world.apply_or_roll_back(&with("y", "k2")).await.unwrap();
    assert!(!back.unwrap().is_complete());
    // What the rollback was about to delete has the key that is needed again.
    world.must_apply(&with("y", "k2")).await;
    world.assert_settled(&with("y", "k2")).await;
}

#[tokio::test(start_paused = true)]
async fn what_an_update_changed_whose_answer_was_lost_goes_back_too() {
    let old = graph([thing("a").set("size", 1)]);
    let new = graph([thing("a")
        .set("size", 2)
        .set("label", "x")
        .set("zone", "zone-q")]);
    let world = applied(&old).await;
    let (before, was) = (world.fork(), ids(&world));
    let lost = [Fault::After(ErrorKind::Other)];
    world
        .cloud
        .plant(CallKind::Update, "test:cloud:Thing/a", lost);
    fails_and_goes_back(&world, &new).await;
    assert_eq!(ids(&world), was);
    is_as_in(&world, &before, Some(&old)).await.unwrap();
}

/// What the run itself leaves in doubt is settled in its own journal, once.
#[tokio::test(start_paused = true)]
async fn what_is_in_doubt_when_the_rollback_begins_is_settled_once() {
    let old = graph([thing("a").set("size", 1)]);
    let new = graph([thing("a").set("size", 2), thing("b").refs(["a"])]);
    let before = applied(&old).await;
    let urn = "test:cloud:Thing/b";
    let failing = || {
        let world = before.fork();
        let (lost, denied) = (
            Fault::After(ErrorKind::Other),
            Fault::Before(ErrorKind::Denied),
        );
        world.cloud.plant(CallKind::Create, urn, [lost]);
        world.cloud.plant(CallKind::Find, urn, [denied]);
        world
    };
    let world = failing();
    let (report, back) = world.apply_or_roll_back(&new).await.unwrap();
    assert_eq!(report.in_doubt.len(), 1, "{report:?}");
    assert!(back.unwrap().is_complete());
    is_as_in(&world, &before, Some(&old)).await.unwrap();
    for write in before.disk.writes().len()..world.disk.writes().len() {
        let mortal = failing();
        mortal.disk.die_at(write, usize::MAX);
        assert!(matches!(
            mortal.apply_or_roll_back(&new).await,
            Err(Ended::Died)
        ));
        mortal.cloud.heal();
        let forward = mortal.fork();
        mortal.roll_back(2, Terms::default()).await.unwrap();
        if let Err(problem) = is_as_in(&mortal, &before, Some(&old)).await {
            panic!("dead at write {write}: {problem}");
        }
        forward.must_apply(&new).await;
        forward.assert_settled(&new).await;
    }
}

/// What was made by a create that failed may not show yet when its delete is in doubt.
#[tokio::test(start_paused = true)]
async fn what_shows_late_is_not_taken_for_gone() {
    let [old, new] = ["x", "y"].map(|kind| graph([thing("a").set("kind", kind), thing("b")]));
    let before = applied(&old).await;
    before.cloud.lag(Lag::Reads(2));
    let failing = || {
        let world = before.fork();
        let failed = [Fault::Accepted(ErrorKind::Failed)];
        world
            .cloud
            .plant(CallKind::Create, "test:cloud:Thing/a", failed);
        world
    };
    let world = failing();
    fails_and_goes_back(&world, &new).await;
    for write in before.disk.writes().len()..world.disk.writes().len() {
        let mortal = failing();
        mortal.disk.die_at(write, usize::MAX);
        assert!(matches!(
            mortal.apply_or_roll_back(&new).await,
            Err(Ended::Died)
        ));
        mortal.cloud.heal();
        mortal.roll_back(2, Terms::default()).await.unwrap();
        if let Err(problem) = is_as_in(&mortal, &before, Some(&old)).await {
            panic!("dead at write {write}: {problem}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_act_is_not_done_again_for_what_is_made_anew() {
    let id = reference("test:cloud:Thing/a", "id");
    let told = stack_model::Expr::list(vec![id]);
    let old = graph([thing("a"), act("migrate", "one").set("refs", told)]);
    let world = applied(&old).await;
    world.must_apply(&Graph::new()).await;
    world.roll_back(2, Terms::default()).await.unwrap();
    assert_eq!(world.cloud.acts(), ["one"]);
    world.same().await.unwrap();
}
