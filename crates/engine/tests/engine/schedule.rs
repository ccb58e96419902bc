//! The scheduler on random graphs, with random failures.

use std::collections::BTreeSet;

use proptest::prelude::*;
use stack_engine::plan::{Act, Step};
use stack_engine::schedule::{Schedule, Status};

/// A random graph: for every step the earlier ones that it waits for, how long it takes, its service, whether it
/// fails.
fn graphs() -> impl Strategy<Value = Vec<(Vec<u32>, u32, u8, bool)>> {
    let step = (
        prop::collection::vec(any::<prop::sample::Index>(), 0..4),
        0u32..100,
        0u8..3,
        prop::bool::weighted(0.1),
    );
    prop::collection::vec(step, 1..40).prop_map(|steps| {
        let number = |(position, (after, expected, service, fails)): (
            usize,
            (Vec<prop::sample::Index>, u32, u8, bool),
        )| {
            let after: BTreeSet<u32> = match position {
                0 => BTreeSet::new(),
                _ => after
                    .iter()
                    .map(|index| index.index(position) as u32)
                    .collect(),
            };
            (after.into_iter().collect(), expected, service, fails)
        };
        steps.into_iter().enumerate().map(number).collect()
    })
}

fn steps(graph: &[(Vec<u32>, u32, u8, bool)]) -> Vec<Step> {
    let step = |(after, expected, service, _): &(Vec<u32>, u32, u8, bool)| Step {
        urn: Some(format!("t:s{service}:T/x").parse().unwrap()),
        act: Act::Create,
        after: after.clone(),
        expected: *expected,
    };
    graph.iter().map(step).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn after_its_dependencies_and_never_after_a_failure(
        graph in graphs(),
        room in 1usize..4,
        order in prop::collection::vec(any::<prop::sample::Index>(), 60),
    ) {
        let steps = steps(&graph);
        let mut schedule = Schedule::new(&steps);
        let mut order = order.into_iter().cycle();
        let mut running: Vec<u32> = Vec::new();
        let mut handed: BTreeSet<u32> = BTreeSet::new();
        loop {
            let busy = |service: &str| running.iter().filter(|step| steps[**step as usize].urn.as_ref().unwrap().service() == service).count();
            if let Some(step) = schedule.next(|service| busy(service) < room) {
                prop_assert!(busy(steps[step as usize].urn.as_ref().unwrap().service()) < room, "a full service got a step");
                for before in &graph[step as usize].0 {
                    prop_assert_eq!(schedule.status(*before), Status::Done);
                }
                prop_assert!(handed.insert(step), "a step is handed out once");
                running.push(step);
                continue;
            }
            if running.is_empty() {
                break;
            }
            let step = running.swap_remove(order.next().unwrap().index(running.len()));
            if graph[step as usize].3 { schedule.failed(step) } else { schedule.done(step) }
        }
        prop_assert!(schedule.is_finished());
        // Exactly what depends on a failure was skipped.
        let mut lost = vec![false; graph.len()];
        for (position, (after, _, _, fails)) in graph.iter().enumerate() {
            let skipped = after.iter().any(|before| lost[*before as usize]);
            lost[position] = skipped || *fails;
            let expected = match (skipped, *fails) {
                (true, _) => Status::Skipped,
                (false, true) => Status::Failed,
                (false, false) => Status::Done,
            };
            prop_assert_eq!(schedule.status(position as u32), expected, "step {}", position);
        }
    }

    #[test]
    fn the_longest_path_starts_first(graph in graphs()) {
        let steps = steps(&graph);
        let mut longest = vec![0u64; graph.len()];
        for position in (0..graph.len()).rev() {
            let behind = (position + 1..graph.len()).filter(|later| graph[*later].0.contains(&(position as u32)));
            longest[position] = behind.map(|later| longest[later]).max().unwrap_or(0) + u64::from(graph[position].1) + 1;
        }
        let mut schedule = Schedule::new(&steps);
        let mut before = u64::MAX;
        while let Some(step) = schedule.next(|_| true) {
            prop_assert!(longest[step as usize] <= before, "of those that are ready at the start");
            before = longest[step as usize];
        }
    }
}
