//! What a run does when something goes wrong that does not kill it.

use std::time::Duration;

use stack_engine::plan::Action;
use stack_engine::{Backend, Error, Event, Wishes};
use stack_model::Graph;
use stack_provider::ErrorKind;
use stack_testkit::scenario::{chain, diamond, thing_urn, wide, with_output};
use stack_testkit::{CallKind, Ended, Fault, Lag, World, act, graph, reference, thing};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::only;

fn full(error: Ended) -> Vec<(String, String)> {
    match error {
        Ended::Engine(Error::JournalLost { unrecorded, .. }) => unrecorded
            .into_iter()
            .map(|(urn, id)| (urn.to_string(), id))
            .collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn when_the_disk_is_full_nothing_more_starts_and_ids_are_told() {
    for fault in [
        stack_backend::memory::Fault::Lost,
        stack_backend::memory::Fault::Torn,
        stack_backend::memory::Fault::Kept,
    ] {
        let wanted = graph([
            thing("a"),
            thing("b"),
            thing("c").refs(["a"]),
            thing("d").refs(["b"]),
        ]);
        let clean = World::default();
        let writes = clean.must_apply(&wanted).await.writes as u64;
        let mut told = 0;
        // The state is born by the first write, and committed by the last.
        for pass in 1..writes {
            let world = World::default();
            world.disk.memory.fail_after_as(pass, fault);
            let unrecorded = full(world.apply(&wanted).await.unwrap_err());
            // Everything that exists is either told or in the journal.
            world.disk.memory.heal();
            let calls = world.cloud.write_count();
            let bytes: Vec<u8> = world
                .disk
                .journals(0)
                .await
                .unwrap()
                .into_iter()
                .flat_map(|journal| journal.batches.concat())
                .collect();
            let journal = String::from_utf8(bytes).unwrap();
            for object in world.cloud.objects() {
                let known = unrecorded
                    .iter()
                    .any(|(urn, id)| urn == object.urn() && *id == object.id);
                let written = journal.contains(&format!("\"{}\"", object.id));
                assert!(
                    known || written,
                    "{fault:?} after {pass}: {} is nowhere in {unrecorded:?}",
                    object.id
                );
            }
            told += unrecorded.len();
            tokio::time::sleep(Duration::from_secs(60)).await;
            assert_eq!(
                world.cloud.write_count(),
                calls,
                "something started after the journal was lost"
            );
            world.must_apply(&wanted).await;
            world.assert_settled(&wanted).await;
        }
        assert!(told > 0, "no id was ever told");
    }
}

#[tokio::test(start_paused = true)]
async fn a_commit_that_fails_loses_nothing() {
    let wanted = diamond(2, 1);
    let clean = World::default();
    clean.must_apply(&wanted).await;
    let world = World::default();
    world
        .disk
        .memory
        .fail_after(clean.disk.writes().len() as u64 - 1);
    assert!(matches!(
        world.apply(&wanted).await,
        Err(Ended::Engine(Error::Backend(_)))
    ));
    world.disk.memory.heal();
    let calls = world.cloud.write_count();
    world.must_apply(&wanted).await;
    assert_eq!(
        world.cloud.write_count(),
        calls,
        "all of it was in the journal"
    );
    world.assert_settled(&wanted).await;
}

#[tokio::test(start_paused = true)]
async fn cancelling_starts_nothing_and_ends_waiters_at_once() {
    let wanted = chain(3, 1);
    let world = World::default();
    world.cloud.creates_take(Duration::from_secs(300));
    let cancelled = CancellationToken::new();
    let begun = Instant::now();
    let stop = async {
        tokio::time::sleep(Duration::from_secs(20)).await;
        cancelled.cancel();
    };
    let wishes = Wishes::default();
    let (report, ()) = tokio::join!(world.apply_with(&wanted, &wishes, cancelled.clone()), stop);
    let report = report.unwrap();
    assert!(
        begun.elapsed() < Duration::from_secs(21),
        "{:?}",
        begun.elapsed()
    );
    assert!(report.cancelled && !report.is_complete());
    assert_eq!(report.failed.len(), 1);
    assert_eq!(report.failed[0].2.kind, ErrorKind::Cancelled);
    assert_eq!(world.cloud.objects().len(), 1, "nothing else was started");
    let plan = world.plan(&wanted).await.unwrap();
    let resumed = plan
        .changes
        .iter()
        .find(|change| change.urn == thing_urn("c0"))
        .unwrap();
    assert_eq!(resumed.action, Action::Resume);
    world.must_apply(&wanted).await;
    world.assert_settled(&wanted).await;
    assert_eq!(
        world
            .cloud
            .writes()
            .iter()
            .filter(|call| call.kind == CallKind::Create)
            .count(),
        3
    );
}

#[tokio::test(start_paused = true)]
async fn cancelling_before_it_begins_does_nothing() {
    let world = World::default();
    let cancelled = CancellationToken::new();
    cancelled.cancel();
    let report = world
        .apply_with(&wide(3, 1), &Wishes::default(), cancelled)
        .await
        .unwrap();
    assert_eq!(
        (report.done, report.not_started.len(), report.cancelled),
        (0, 3, true)
    );
    assert_eq!(world.cloud.writes(), []);
}

#[tokio::test(start_paused = true)]
async fn a_sent_request_is_not_cut_off_by_cancelling() {
    let world = World::default();
    world.cloud.calls_take(Duration::from_secs(30));
    let cancelled = CancellationToken::new();
    let stop = async {
        tokio::time::sleep(Duration::from_secs(10)).await;
        cancelled.cancel();
    };
    let wishes = Wishes::default();
    let wanted = chain(2, 1);
    let (report, ()) = tokio::join!(world.apply_with(&wanted, &wishes, cancelled.clone()), stop);
    let report = report.unwrap();
    assert_eq!(
        (report.done, report.failed.len(), report.not_started.len()),
        (1, 0, 1),
        "{report:?}"
    );
    world.must_apply(&wanted).await;
    world.assert_settled(&wanted).await;
}

#[tokio::test(start_paused = true)]
async fn a_failure_stops_what_depends_on_it_and_nothing_else() {
    let world = World::default();
    let wanted = graph([
        thing("bad"),
        thing("below").refs(["bad"]),
        thing("deeper").refs(["below"]),
        thing("good"),
        thing("fine").refs(["good"]),
    ]);
    world.cloud.plant(
        CallKind::Create,
        "test:cloud:Thing/bad",
        [Fault::Before(ErrorKind::Quota)],
    );
    let report = world.apply(&wanted).await.unwrap();
    assert_eq!((report.done, report.failed.len()), (2, 1));
    assert_eq!(report.skipped, [thing_urn("below"), thing_urn("deeper")]);
    world.must_apply(&wanted).await;
    world.assert_settled(&wanted).await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_looked_for_and_not_repeated() {
    for lag in [Lag::None, Lag::For(Duration::from_secs(8)), Lag::Reads(5)] {
        let world = World::default();
        world.cloud.lag(lag);
        let wanted = graph([thing("a")]);
        world.cloud.plant(
            CallKind::Create,
            "test:cloud:Thing/a",
            [Fault::After(ErrorKind::Transient)],
        );
        world.must_apply(&wanted).await;
        assert_eq!(world.cloud.writes().len(), 1, "{lag:?}");
        world.assert_settled(&wanted).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_cannot_be_found_out_stays_in_doubt() {
    // The answer is lost, and the person stops the run before the object shows.
    let world = World::default();
    world.cloud.lag(Lag::For(Duration::from_secs(8)));
    let wanted = graph([thing("a"), thing("b")]);
    world.cloud.plant(
        CallKind::Create,
        "test:cloud:Thing/a",
        [Fault::After(ErrorKind::Transient)],
    );
    let cancelled = CancellationToken::new();
    let stop = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        cancelled.cancel();
    };
    let wishes = Wishes::default();
    let (report, ()) = tokio::join!(world.apply_with(&wanted, &wishes, cancelled.clone()), stop);
    let report = report.unwrap();
    assert_eq!(report.in_doubt.len(), 1, "{report:?}");
    assert!(world.read().await.unwrap().is_in_doubt());
    world.must_apply(&wanted).await;
    world.assert_settled(&wanted).await;
    assert!(!world.read().await.unwrap().is_in_doubt());
}

#[tokio::test(start_paused = true)]
async fn two_matches_are_a_question_for_a_person() {
    let wanted = graph([thing("a")]);
    let world = World::default();
    world.cloud.fault(0, Fault::DieAfter);
    assert!(matches!(world.apply(&wanted).await, Err(Ended::Died)));
    world.cloud.heal();
    let id = world.cloud.object("test:cloud:Thing/a").id;
    let double = world.cloud.double(&id);
    match world.apply(&wanted).await {
        Err(Ended::Engine(Error::InDoubt { urn, question })) => {
            assert_eq!(urn, thing_urn("a"));
            assert!(
                question.contains(&id)
                    && question.contains(&double)
                    && question.contains("stack import"),
                "{question}"
            );
        }
        other => panic!("{other:?}"),
    }
    // The person deletes one of them, and the next run goes on.
    world.cloud.remove(&double);
    world.must_apply(&wanted).await;
    world.assert_settled(&wanted).await;
}

#[tokio::test(start_paused = true)]
async fn two_matches_can_be_settled_by_an_import() {
    let wanted = graph([thing("a"), thing("b")]);
    let world = World::default();
    world
        .cloud
        .plant(CallKind::Create, "test:cloud:Thing/a", [Fault::DieAfter]);
    assert!(matches!(world.apply(&wanted).await, Err(Ended::Died)));
    let id = world.cloud.object("test:cloud:Thing/a").id;
    let double = world.cloud.double(&id);
    let mut session = world.write().await.unwrap();
    let checked = session.check(wanted.clone(), &world.config).unwrap();
    session.identify(Some(&checked)).await.unwrap();
    session
        .import(&checked, &world.config, &thing_urn("a"), &double)
        .await
        .unwrap();
    session.close().await.unwrap();
    world.cloud.remove(&id);
    world.must_apply(&wanted).await;
    world.assert_settled(&wanted).await;
    assert_eq!(world.cloud.object("test:cloud:Thing/a").id, double);
}

#[tokio::test(start_paused = true)]
async fn forgetting_one_resource_keeps_the_doubts_about_others() {
    let wanted = graph([thing("a"), thing("b")]);
    let world = World::default();
    world.must_apply(&graph([thing("a")])).await;
    world
        .cloud
        .plant(CallKind::Create, "test:cloud:Thing/b", [Fault::DieAfter]);
    assert!(matches!(world.apply(&wanted).await, Err(Ended::Died)));
    let mut session = world.write().await.unwrap();
    session.forget(&thing_urn("a")).await.unwrap();
    session.close().await.unwrap();
    assert!(
        world
            .state()
            .await
            .unwrap()
            .object(&thing_urn("b"))
            .is_some(),
        "it was adopted, not lost"
    );
}

#[tokio::test(start_paused = true)]
async fn throttling_slows_down_and_says_so() {
    let world = World::default();
    for name in ["w0", "w1", "w2"] {
        world.cloud.plant(
            CallKind::Create,
            &format!("test:cloud:Thing/{name}"),
            [Fault::Before(ErrorKind::Throttled); 3],
        );
    }
    world.must_apply(&wide(20, 1)).await;
    assert_eq!(world.cloud.most_at_once(), 8, "the provider's bound");
    let retries = world
        .events
        .events()
        .iter()
        .filter(|event| matches!(event, Event::Retrying { .. }))
        .count();
    assert_eq!(retries, 9);
    world.assert_settled(&wide(20, 1)).await;
}

#[tokio::test(start_paused = true)]
async fn parallelism_is_a_bound_below_the_provider_s() {
    let mut world = World::default();
    world.parallelism = Some(2);
    world.must_apply(&wide(9, 1)).await;
    assert_eq!(world.cloud.most_at_once(), 2);
    world.parallelism = Some(0);
    world.must_apply(&wide(9, 2)).await;
}

#[tokio::test(start_paused = true)]
async fn independent_calls_overlap() {
    let world = World::default();
    world.cloud.calls_take(Duration::from_secs(10));
    let begun = Instant::now();
    world.must_apply(&wide(8, 1)).await;
    assert!(
        begun.elapsed() < Duration::from_secs(11),
        "{:?}",
        begun.elapsed()
    );
    let begun = Instant::now();
    world.must_apply(&Graph::new()).await;
    assert!(
        begun.elapsed() < Duration::from_secs(11),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn a_long_create_is_shown_and_resumed_after_a_death() {
    let world = World::default();
    world.cloud.creates_take(Duration::from_secs(500));
    let wanted = graph([thing("slow")]);
    let killed = tokio::time::timeout(Duration::from_secs(100), world.apply(&wanted)).await;
    assert!(killed.is_err(), "it is still waiting");
    assert!(
        world
            .events
            .events()
            .iter()
            .any(|event| matches!(event, Event::Waiting { .. }))
    );
    let plan = world.plan(&wanted).await.unwrap();
    assert_eq!(only(&plan).action, Action::Resume);
    let begun = Instant::now();
    world.must_apply(&wanted).await;
    assert!(
        begun.elapsed() > Duration::from_secs(300),
        "it waited for the rest"
    );
    let count = |kind| {
        world
            .cloud
            .calls()
            .iter()
            .filter(|call| call.kind == kind)
            .count()
    };
    assert_eq!(count(CallKind::Create), 1);
    assert_eq!(count(CallKind::Find), 0, "the journal had its id");
    world.assert_settled(&wanted).await;
}

#[tokio::test(start_paused = true)]
async fn a_write_only_value_whose_update_was_in_doubt_is_sent_again() {
    let with = |secret: &str| graph([thing("a").set("secret", secret)]);
    for fault in [
        Fault::DieBefore,
        Fault::DieAfter,
        Fault::Before(ErrorKind::Invalid),
        Fault::After(ErrorKind::Other),
    ] {
        let world = World::default();
        world.must_apply(&with("one")).await;
        world
            .cloud
            .plant(CallKind::Update, "test:cloud:Thing/a", [fault]);
        let _ = world.apply(&with("two")).await;
        // The program goes back to what is recorded: it still cannot be known what the cloud has.
        world.must_apply(&with("one")).await;
        assert_eq!(
            world.cloud.object("test:cloud:Thing/a").hidden["secret"],
            "one".into(),
            "{fault:?}"
        );
        world.assert_settled(&with("one")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_throttled_read_does_not_end_a_recovery() {
    let wanted = graph([thing("a")]);
    for fault in [Fault::DieAfter, Fault::DieAccepted] {
        let world = World::default();
        world.cloud.fault(0, fault);
        assert!(matches!(world.apply(&wanted).await, Err(Ended::Died)));
        world.cloud.heal();
        world.cloud.plant(
            CallKind::Find,
            "test:cloud:Thing/a",
            [Fault::Before(ErrorKind::Throttled); 2],
        );
        world.cloud.plant(
            CallKind::Read,
            "test:cloud:Thing/a",
            [Fault::Before(ErrorKind::Throttled); 2],
        );
        world.must_apply(&wanted).await;
        world.assert_settled(&wanted).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_denied_read_is_an_error_and_not_an_absence() {
    let wanted = graph([thing("a")]);
    let world = World::default();
    world.must_apply(&wanted).await;
    world.cloud.plant(
        CallKind::Read,
        "test:cloud:Thing/a",
        [Fault::Before(ErrorKind::Denied)],
    );
    let error = world.plan(&wanted).await.unwrap_err();
    assert!(
        matches!(&error, Error::Cloud { doing, .. } if doing == "cannot read test:cloud:Thing/a"),
        "{error:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_failed_act_runs_again_and_a_second_run_waits_its_turn() {
    let wanted = graph([thing("a"), act("migrate", "one").refs(["a"])]);
    let world = World::default();
    world.cloud.plant(
        CallKind::Run,
        "test:cloud:Act/migrate",
        [Fault::Before(ErrorKind::Failed)],
    );
    assert_eq!(world.apply(&wanted).await.unwrap().failed.len(), 1);
    let session = world.write().await.unwrap();
    let locked = world.apply(&wanted).await;
    assert!(
        matches!(&locked, Err(Ended::Engine(Error::Backend(stack_engine::BackendError::Locked { holder, .. }))) if holder.user == "ada"),
        "{locked:?}"
    );
    session.close().await.unwrap();
    world.must_apply(&wanted).await;
    assert_eq!(world.cloud.acts(), ["one"]);
}

#[tokio::test(start_paused = true)]
async fn an_act_whose_end_was_not_seen_is_not_done_twice() {
    let wanted = graph([act("migrate", "one")]);
    for fault in [Fault::DieAfter, Fault::After(ErrorKind::TimedOut)] {
        let world = World::default();
        let migrate = "test:cloud:Act/migrate";
        world.cloud.plant(CallKind::Run, migrate, [fault]);
        // The first run dies, or gives up.
        drop(world.apply(&wanted).await);
        assert_eq!(world.cloud.acts(), ["one"]);
        world.must_apply(&wanted).await;
        assert_eq!(world.cloud.acts(), ["one"], "{fault:?}");
        world.assert_settled(&wanted).await;
        let other = graph([act("migrate", "two")]);
        world.must_apply(&other).await;
        assert_eq!(world.cloud.acts(), ["one", "two"], "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn many_doubts_are_settled_beside_one_another() {
    let wanted = graph((0..20).map(|number| thing(&format!("t{number}"))));
    let world = World::default();
    // None of the creates that its first batch allows happens.
    world.cloud.fault(0, Fault::DieBefore);
    assert!(matches!(world.apply(&wanted).await, Err(Ended::Died)));
    let begun = Instant::now();
    world.must_apply(&wanted).await;
    // One lag and not one for each.
    assert!(
        begun.elapsed() < Duration::from_secs(30),
        "{:?}",
        begun.elapsed()
    );
    world.assert_settled(&wanted).await;
}

#[tokio::test(start_paused = true)]
async fn a_death_before_the_commit_loses_no_output() {
    let wanted = |label: &str| {
        let told = reference("test:cloud:Thing/a", "label");
        with_output(graph([thing("a").set("label", label)]), "LABEL", told)
    };
    let world = World::default();
    world.must_apply(&wanted("one")).await;
    let clean = world.fork();
    clean.must_apply(&wanted("two")).await;
    // The commit is the last of what is written.
    world.disk.die_at(clean.disk.writes().len() - 1, 0);
    assert!(matches!(
        world.apply(&wanted("two")).await,
        Err(Ended::Died)
    ));
    let outputs = world.state().await.unwrap().outputs;
    assert_eq!(outputs["LABEL"], "two".into());
}

#[tokio::test(start_paused = true)]
async fn what_a_run_has_under_way_is_no_doubt_of_a_plan_beside_it() {
    let wanted = graph([thing("a")]);
    let world = World::default();
    let create = "test:cloud:Thing/a";
    world
        .cloud
        .plant(CallKind::Create, create, [Fault::DieAfter]);
    assert!(matches!(world.apply(&wanted).await, Err(Ended::Died)));
    assert!(world.read().await.unwrap().is_in_doubt());
    // Whoever holds the lock has yet to say what became of it.
    let running = world.write().await.unwrap();
    world.cloud.forget_calls();
    let plan = world.plan(&wanted).await.unwrap();
    assert_eq!(only(&plan).action, Action::Create);
    let looked = world.cloud.calls();
    assert!(
        !looked.iter().any(|call| call.kind == CallKind::Find),
        "{looked:?}"
    );
    running.close().await.unwrap();
    world.must_apply(&wanted).await;
    world.assert_settled(&wanted).await;
}

#[tokio::test(start_paused = true)]
async fn an_act_that_turns_out_to_have_failed_is_done_anew() {
    let wanted = graph([act("migrate", "one")]);
    let world = World::default();
    let faults = [Fault::DieBefore, Fault::Before(ErrorKind::Failed)];
    let migrate = "test:cloud:Act/migrate";
    world.cloud.plant(CallKind::Run, migrate, faults);
    assert!(matches!(world.apply(&wanted).await, Err(Ended::Died)));
    assert_eq!(world.apply(&wanted).await.unwrap().failed.len(), 1);
    let plan = world.plan(&wanted).await.unwrap();
    assert_eq!(only(&plan).action, Action::Run);
    world.must_apply(&wanted).await;
    assert_eq!(world.cloud.acts(), ["one"]);
}

#[tokio::test(start_paused = true)]
async fn a_known_secret_is_taken_out_of_a_cloud_s_words() {
    let world = World::default();
    let wanted = graph([
        thing("a").set("key", "k"),
        thing("b")
            .set("pin", "hunter2-pin")
            .set("key", "k")
            .refs(["a"]),
    ]);
    world.cloud.say("no such thing as hunter2-pin here");
    world.cloud.plant(
        CallKind::Create,
        "test:cloud:Thing/b",
        [Fault::Before(ErrorKind::Invalid)],
    );
    let report = world.apply(&wanted).await.unwrap();
    assert_eq!(report.failed[0].2.message, "no such thing as [secret] here");
    assert!(!format!("{:?}", world.events.events()).contains("hunter2"));
}

#[tokio::test(start_paused = true)]
async fn what_is_in_doubt_is_not_looked_for_in_another_account() {
    let world = World::default();
    world.must_apply(&graph([thing("a")])).await;
    world.must_apply(&Graph::new()).await;
    let wanted = graph([thing("b")]);
    world
        .cloud
        .plant(CallKind::Create, "test:cloud:Thing/b", [Fault::DieAfter]);
    assert!(matches!(world.apply(&wanted).await, Err(Ended::Died)));
    world.cloud.become_account("test:2");
    world.cloud.forget_calls();
    // A destroy has no program that would name the configuration.
    let error = world.destroy().await.unwrap_err().to_string();
    assert!(error.contains("leads to the account test:2"), "{error}");
    assert_eq!(world.cloud.calls(), []);
    world.cloud.become_account("test:1");
    world.must_apply(&wanted).await;
    world.assert_settled(&wanted).await;
}
