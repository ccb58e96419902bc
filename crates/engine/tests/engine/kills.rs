//! A process may die at any byte that it writes and at any call that it makes. The next one puts everything right.

use std::time::Duration;

use stack_model::Graph;
use stack_provider::ErrorKind;
use stack_testkit::disk::Write;
use stack_testkit::scenario::{self, Scenario};
use stack_testkit::{Ended, Fault, Lag, World};

/// Every run of a scenario: the world before it, and the graph that is applied.
async fn runs(scenario: &Scenario, lag: Lag) -> Vec<(World, Graph)> {
    let world = World::new(1);
    world.cloud.lag(lag);
    let mut runs = Vec::new();
    for graph in &scenario.graphs {
        runs.push((world.fork(), graph.clone()));
        world.must_apply(graph).await;
        world.assert_settled(graph).await;
    }
    runs
}

/// What has to hold after anything: one more run, and all is well.
async fn recovers(world: &World, graph: &Graph, place: &str) {
    world.cloud.heal();
    let report = match world.apply(graph).await {
        Ok(report) => report,
        Err(error) => panic!("{place}: the run after it failed: {error:?}"),
    };
    assert!(report.is_complete(), "{place}: {report:?}");
    if let Err(problem) = world.settled(graph).await {
        panic!("{place}: {problem}");
    }
    let mut acts = world.cloud.acts();
    acts.sort_unstable();
    let done = acts.len();
    acts.dedup();
    assert_eq!(done, acts.len(), "{place}: an act was done twice: {acts:?}");
}

fn named(name: &str) -> Scenario {
    let mut all = scenario::all();
    let position = all.iter().position(|scenario| scenario.name == name);
    all.swap_remove(position.expect("the scenario is there"))
}

/// Where to cut a write: at both ends of every entry, and inside the last one.
fn cuts(write: &Write) -> Vec<usize> {
    match write {
        Write::Commit(state) => vec![0, state.len()],
        Write::Append(batch) => {
            let ends: Vec<usize> = (0..batch.len())
                .filter(|at| batch[*at] == b'\n')
                .map(|at| at + 1)
                .collect();
            let last = ends.iter().rev().nth(1).copied().unwrap_or(0);
            let inside = (last..batch.len()).step_by(97);
            let mut cuts: Vec<usize> = [0, batch.len() - 1]
                .into_iter()
                .chain(ends)
                .chain(inside)
                .collect();
            cuts.sort_unstable();
            cuts.dedup();
            cuts
        }
    }
}

/// Dies at every prefix of everything that is written.
async fn die_at_every_write(name: &str, lag: Lag) {
    let scenario = named(name);
    let mut deaths = 0;
    for (number, (before, graph)) in runs(&scenario, lag).await.iter().enumerate() {
        let clean = before.fork();
        let first = clean.disk.writes().len();
        clean.must_apply(graph).await;
        for (position, write) in clean.disk.writes().iter().enumerate().skip(first) {
            for bytes in cuts(write) {
                let world = before.fork();
                world.disk.die_at(position, bytes);
                let ended = world.apply(graph).await;
                assert!(matches!(ended, Err(Ended::Died)), "{ended:?}");
                let place =
                    format!("{name}, run {number}, dead at byte {bytes} of write {position}");
                recovers(&world, graph, &place).await;
                deaths += 1;
            }
        }
    }
    assert!(deaths > 15, "only {deaths} deaths");
}

/// Dies at every write, and again at every write of the run that recovers.
async fn die_twice(name: &str) {
    let scenario = named(name);
    for (number, (before, graph)) in runs(&scenario, LATE).await.iter().enumerate() {
        let clean = before.fork();
        let first = clean.disk.writes().len();
        clean.must_apply(graph).await;
        for position in first..clean.disk.writes().len() {
            let once = before.fork();
            once.disk.die_at(position, usize::MAX);
            assert!(matches!(once.apply(graph).await, Err(Ended::Died)));
            let recovered = once.fork();
            let again = recovered.disk.writes().len();
            recovered.must_apply(graph).await;
            for second in again..recovered.disk.writes().len() {
                let world = once.fork();
                world.disk.die_at(second, usize::MAX);
                assert!(matches!(world.apply(graph).await, Err(Ended::Died)));
                let place = format!("{name}, run {number}, dead at writes {position} and {second}");
                recovers(&world, graph, &place).await;
            }
        }
    }
}

/// Dies at every write while one branch has failed and others go on.
async fn die_with_a_failure(name: &str) {
    let scenario = named(name);
    for (number, (before, graph)) in runs(&scenario, Lag::None).await.iter().enumerate() {
        let clean = before.fork();
        clean.must_apply(graph).await;
        for call in before.cloud.write_count()..clean.cloud.write_count() {
            let failing = before.fork();
            let first = failing.disk.writes().len();
            failing.cloud.fault(call, Fault::Before(ErrorKind::Denied));
            let report = failing
                .apply(graph)
                .await
                .expect("the failure is in the report");
            assert_eq!(report.failed.len(), 1, "{report:?}");
            for position in first..failing.disk.writes().len() {
                let world = before.fork();
                world.cloud.fault(call, Fault::Before(ErrorKind::Denied));
                world.disk.die_at(position, usize::MAX);
                assert!(matches!(world.apply(graph).await, Err(Ended::Died)));
                let place =
                    format!("{name}, run {number}, call {call} denied, dead at write {position}");
                recovers(&world, graph, &place).await;
            }
        }
    }
}

/// Lets every call go wrong in every way.
async fn fail_at_every_call(name: &str, lag: Lag, faults: &[Fault]) {
    let scenario = named(name);
    for (number, (before, graph)) in runs(&scenario, lag).await.iter().enumerate() {
        let clean = before.fork();
        clean.must_apply(graph).await;
        for call in before.cloud.write_count()..clean.cloud.write_count() {
            for fault in faults {
                let world = before.fork();
                world.cloud.fault(call, *fault);
                let _ = world.apply(graph).await;
                let place = format!("{name}, run {number}, {fault:?} at call {call}");
                recovers(&world, graph, &place).await;
            }
        }
    }
}

const DEATHS: [Fault; 3] = [Fault::DieBefore, Fault::DieAfter, Fault::DieAccepted];

const FAILURES: [Fault; 8] = [
    Fault::Before(ErrorKind::Denied),
    Fault::Before(ErrorKind::Throttled),
    Fault::Before(ErrorKind::Transient),
    Fault::After(ErrorKind::Transient),
    Fault::After(ErrorKind::Other),
    Fault::After(ErrorKind::TimedOut),
    Fault::Accepted(ErrorKind::Failed),
    Fault::Accepted(ErrorKind::Transient),
];

const LATE: Lag = Lag::For(Duration::from_secs(3));

macro_rules! scenarios {
    ($($module:ident = $name:literal),* $(,)?) => {$(
        mod $module {
            use super::*;

            #[tokio::test(start_paused = true)]
            async fn dead_at_every_write() {
                die_at_every_write($name, Lag::None).await;
            }

            #[tokio::test(start_paused = true)]
            async fn dead_at_every_write_of_a_slow_cloud() {
                die_at_every_write($name, LATE).await;
            }

            #[tokio::test(start_paused = true)]
            async fn dead_twice() {
                die_twice($name).await;
            }

            #[tokio::test(start_paused = true)]
            async fn dead_with_a_failure() {
                die_with_a_failure($name).await;
            }

            #[tokio::test(start_paused = true)]
            async fn dead_at_every_call() {
                for lag in [Lag::None, LATE, Lag::Reads(3)] {
                    fail_at_every_call($name, lag, &DEATHS).await;
                }
            }

            #[tokio::test(start_paused = true)]
            async fn failed_at_every_call() {
                for lag in [Lag::None, LATE, Lag::Reads(3)] {
                    fail_at_every_call($name, lag, &FAILURES).await;
                }
            }
        }
    )*};
}

scenarios! {
    chain = "chain",
    wide = "wide",
    diamond = "diamond",
    create_first = "create first",
    delete_first = "delete first",
    mixed = "mixed",
    moved = "moved",
    asked = "asked",
}

#[tokio::test(start_paused = true)]
async fn dead_at_every_write_after_drift() {
    let [_, after] = scenario::mixed();
    let before = World::new(1);
    before.must_apply(&scenario::mixed()[0]).await;
    let id = |name: &str| before.cloud.object(&format!("test:cloud:Thing/{name}")).id;
    before.cloud.remove(&id("keyed"));
    before.cloud.change(&id("changed"), "size", 9);
    before.cloud.change(&id("kept"), "zone", "zone-q");
    let clean = before.fork();
    let first = clean.disk.writes().len();
    clean.must_apply(&after).await;
    clean.assert_settled(&after).await;
    for position in first..clean.disk.writes().len() {
        let world = before.fork();
        world.disk.die_at(position, usize::MAX);
        assert!(matches!(world.apply(&after).await, Err(Ended::Died)));
        let place = format!("drift, dead at write {position}");
        recovers(&world, &after, &place).await;
    }
}
