//! What a run does when its lock is taken over, and what the run does that took it.

use std::time::Duration;

use stack_engine::{BackendError, Error, Event};
use stack_provider::ErrorKind;
use stack_testkit::scenario::thing_urn;
use stack_testkit::{CallKind, Ended, Fault, World, graph, thing};
use tokio::time::Instant;

fn is_fenced(ended: &Result<impl Sized, Ended>) -> bool {
    matches!(
        ended,
        Err(Ended::Engine(Error::JournalLost {
            source: BackendError::Fenced { .. },
            ..
        }))
    )
}

/// The lock is taken over while a call waits for its next try: that try is never made.
#[tokio::test(start_paused = true)]
async fn a_run_that_lost_its_lock_starts_not_a_single_call() {
    let wanted = graph([thing("a"), thing("b").refs(["a"])]);
    let kinds = [CallKind::Create, CallKind::Update, CallKind::Delete];
    for kind in kinds {
        let world = World::default();
        if kind != CallKind::Create {
            world.must_apply(&graph([thing("a").set("size", 7)])).await;
        }
        world.cloud.forget_calls();
        let faults = [Fault::Before(ErrorKind::Throttled); 10];
        world.cloud.plant(kind, thing_urn("a").as_ref(), faults);
        let run = async {
            match kind {
                CallKind::Delete => world.destroy().await,
                _ => world.apply(&wanted).await,
            }
        };
        let takeover = async {
            while world.cloud.write_count() == 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            world.disk.memory.fence();
            world.cloud.write_count()
        };
        let (ended, sent) = tokio::join!(run, takeover);
        assert!(is_fenced(&ended), "{kind:?}: {ended:?}");
        assert_eq!(world.cloud.write_count(), sent, "{kind:?}");
    }
}

/// Whoever takes over does not say that a create never happened while its request may be under way.
#[tokio::test(start_paused = true)]
async fn a_taker_waits_for_the_last_requests_of_the_run_before() {
    for taken_over in [true, false] {
        let world = World::default();
        let wanted = graph([thing("a")]);
        world.cloud.fault(0, Fault::DieBefore);
        assert!(matches!(world.apply(&wanted).await, Err(Ended::Died)));
        let again = world.fork();
        if taken_over {
            // Somebody who may be alive has it.
            let other = again.write().await.unwrap();
            again.disk.memory.fence();
            drop(other);
        }
        let begun = Instant::now();
        again.must_apply(&wanted).await;
        let waited = begun.elapsed() >= Duration::from_secs(59);
        assert_eq!(waited, taken_over, "{:?}", begun.elapsed());
        let told = again.events.events().into_iter().any(|event| {
            matches!(event, Event::Warning { message, .. } if message.contains("taken over"))
        });
        assert_eq!(told, taken_over);
        again.assert_settled(&wanted).await;
    }
}
