//! For `cargo xtask bench refresh`: 10,000 resources with 30 properties each are applied to a fake cloud, then refreshed
//! and planned. Prints what each phase took, as rows of a table.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use stack_testkit::scenario::rich;
use stack_testkit::{World, graph};

const COUNT: usize = 10_000;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let world = World::default();
    let wanted = graph((0..COUNT).map(|number| rich(&format!("r{number}"))));
    let begun = now();
    world.must_apply(&wanted).await;
    row("first plan and apply", begun);
    world.cloud.forget_calls();
    let begun = now();
    let plan = world.plan(&wanted).await.expect("it is planned");
    row("refresh and plan", begun);
    assert!(plan.is_empty());
    assert!(world.cloud.reads().len() >= COUNT, "everything was read");
}

/// The time, and the processor time of this process.
fn now() -> (Instant, Duration) {
    let spent = clock_gettime(ClockId::ProcessCPUTime);
    let spent = Duration::new(spent.tv_sec.unsigned_abs(), spent.tv_nsec as u32);
    (Instant::now(), spent)
}

fn row(phase: &str, (begun, spent): (Instant, Duration)) {
    let wall = begun.elapsed().as_secs_f64();
    let spent = (now().1 - spent).as_secs_f64();
    println!("| {phase} | {wall:.3} | {spent:.3} |");
}
