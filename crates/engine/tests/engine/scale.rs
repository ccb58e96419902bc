//! How much work there is: durable writes, and growth with the size of the graph.

use rustix::time::{ClockId, clock_gettime};
use stack_model::Graph;
use stack_testkit::{World, graph, kept, reference};

/// Layers of kept values, each referring to one of the layer above.
fn layers(depth: usize, width: usize) -> Graph {
    let name = |layer: usize, position: usize| format!("v{layer}-{position}");
    graph((0..depth).flat_map(|layer| {
        (0..width).map(move |position| {
            let value = kept(&name(layer, position));
            match layer.checked_sub(1) {
                None => value.set("value", position as i64),
                Some(above) => {
                    let above = name(above, (position + 1) % width);
                    value.set(
                        "value",
                        reference(&format!("test:kept:Value/{above}"), "value"),
                    )
                }
            }
        })
    }))
}

#[tokio::test(start_paused = true)]
async fn as_few_durable_writes_as_the_graph_is_deep() {
    for (depth, width) in [(1, 500), (60, 1), (12, 40)] {
        let world = World::default();
        let report = world.must_apply(&layers(depth, width)).await;
        assert_eq!(report.done, depth * width);
        assert!(
            report.writes <= depth + 10,
            "{depth} layers of {width}: {} writes",
            report.writes
        );
        let report = world.destroy().await.unwrap();
        assert!(
            report.writes <= depth + 10,
            "{depth} layers of {width}: {} writes",
            report.writes
        );
    }
}

/// The seconds of processor time that this thread has taken: others may keep the machine busy.
pub fn spent() -> f64 {
    let spent = clock_gettime(ClockId::ThreadCPUTime);
    spent.tv_sec as f64 + spent.tv_nsec as f64 / 1e9
}

/// Coarse: instructions are counted elsewhere. Quadratic work would be a hundred times as much.
#[tokio::test(start_paused = true)]
async fn planning_grows_with_the_graph_and_no_faster() {
    let time = async |count: usize| {
        let graph = layers(4, count / 4);
        let mut fastest = f64::MAX;
        for _ in 0..2 {
            let world = World::default();
            let begun = spent();
            let plan = world.plan(&graph).await.unwrap();
            fastest = fastest.min(spent() - begun);
            assert_eq!(plan.changes.len(), count);
        }
        fastest
    };
    let (small, large) = (time(1_000).await, time(10_000).await);
    assert!(
        large / small < 25.0,
        "10 times the graph took {:.1} times as long",
        large / small
    );
}
