//! A rollback leads back to a checkpoint, whatever went wrong, and says beforehand what it cannot bring back.

use std::collections::BTreeMap;

use stack_engine::plan::{Action, Plan};
use stack_engine::rollback::Terms;
use stack_engine::{Error, Session};
use stack_model::{Graph, Value};
use stack_provider::ErrorKind;
use stack_testkit::scenario::{
    self, Scenario, mixed, replaced, thing_urn, with_moved, with_output,
};
use stack_testkit::{
    CallKind, Ended, Fault, Lag, World, act, data, graph, kept, reference, thing, types,
};

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
async fn is_as_in(world: &World, before: &World, graph: Option<&Graph>) -> Result<(), String> {
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
