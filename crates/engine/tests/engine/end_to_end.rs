//! The thinnest way through everything.

use stack_testkit::World;
use stack_testkit::scenario;

#[tokio::test(start_paused = true)]
async fn plan_apply_plan_destroy() {
    let world = World::default();
    let graph = scenario::diamond(3, 1);
    let plan = world.plan(&graph).await.unwrap();
    assert_eq!(plan.summary().create, 5);
    assert_eq!(world.cloud.objects(), [], "a plan writes nothing");
    world.must_apply(&graph).await;
    world.assert_settled(&graph).await;
    let report = world.destroy().await.unwrap();
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(world.cloud.objects(), []);
    let state = world.state().await.unwrap();
    assert!(state.resources.is_empty() && state.outputs.is_empty());
}
