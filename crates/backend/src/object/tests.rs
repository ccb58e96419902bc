use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::FutureExt;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use stack_engine::backend::{Backend, BackendError, Lease};

use super::flaky::{Fault, Flaky};
use super::{ObjectBackend, Timing};
use crate::conformance::{self, holder, joined};

/// Times for tests: a dead holder is seen to be dead within a second.
const QUICK: Timing = Timing {
    lease: Duration::from_millis(600),
    beat: Duration::from_millis(60),
    patience: Duration::from_millis(500),
};

/// The same, and no heart beats by itself.
const HEARTLESS: Timing = Timing {
    beat: Duration::from_secs(3600),
    ..QUICK
};

fn backend(store: impl ObjectStore) -> ObjectBackend {
    let store = Arc::new(store);
    ObjectBackend::new(store, Path::from("a/shop/dev"), "s3://b/a/shop/dev".into()).timed(QUICK)
}

/// Two clients of one store, each with its own network.
fn pair() -> ([ObjectBackend; 2], [Flaky; 2]) {
    let shared = Arc::new(InMemory::new());
    let ways = [Flaky::new(Arc::clone(&shared)), Flaky::new(shared)];
    (ways.clone().map(backend), ways)
}

fn is_fenced(result: Result<(), BackendError>) -> bool {
    matches!(result, Err(BackendError::Fenced { .. }))
}

/// A clock that a test moves.
fn hand_clock() -> (Arc<AtomicU64>, super::Clock) {
    let millis = Arc::new(AtomicU64::new(1_000_000));
    let read = Arc::clone(&millis);
    let clock = Arc::new(move || Duration::from_millis(read.load(Ordering::SeqCst)));
    (millis, clock)
}

#[tokio::test]
async fn it_conforms() {
    conformance::all(|| {
        let ([one, other], _) = pair();
        [Box::new(one), Box::new(other)]
    })
    .await;
}

/// A page that follows a run looks at its journal again and again.
#[tokio::test]
async fn a_batch_that_was_read_is_not_asked_for_again() {
    let ([runs, looks], [_, way]) = pair();
    let lease = runs.lock(&holder("apply")).await.unwrap();
    let batch = |number: u64| format!("a/shop/dev/journal/{:010}/{number:010}", lease.epoch());
    let look = async |expected: &[&[u8]]| {
        way.asked.lock().unwrap().clear();
        let journals = looks.journals(0).await.unwrap();
        assert_eq!(joined(&journals[0]), expected.concat());
        std::mem::take(&mut *way.asked.lock().unwrap())
    };
    lease.append(b"one,").await.unwrap();
    lease.append(b"two,").await.unwrap();
    let mut asked = look(&[b"one,", b"two,"]).await;
    asked.sort();
    assert_eq!(asked, [batch(0), batch(1)]);
    lease.append(b"three").await.unwrap();
    assert_eq!(look(&[b"one,", b"two,", b"three"]).await, [batch(2)]);
    assert_eq!(
        look(&[b"one,", b"two,", b"three"]).await,
        Vec::<String>::new()
    );
    lease.release().await.unwrap();
}

#[tokio::test]
async fn it_conforms_on_a_store_that_fails_one_request_in_ten() {
    conformance::all(|| {
        let (backends, ways) = pair();
        for way in ways {
            way.odds(100);
            way.latency(Duration::from_millis(3));
        }
        let patient = Timing {
            lease: Duration::from_secs(5),
            beat: Duration::from_millis(100),
            patience: Duration::from_secs(20),
        };
        let [one, other] = backends.map(|backend| backend.timed(patient));
        [Box::new(one), Box::new(other)]
    })
    .await;
}

#[tokio::test]
async fn a_lease_suite() {
    conformance::leases(QUICK.lease, || {
        let ([one, other], _) = pair();
        [Box::new(one), Box::new(other)]
    })
    .await;
}

#[tokio::test]
async fn a_holder_that_lives_is_told_apart_within_a_beat_or_two() {
    let ([one, other], _) = pair();
    let lease = one.lock(&holder("apply")).await.unwrap();
    let begun = Instant::now();
    let error = other.lock(&holder("destroy")).await.map(drop).unwrap_err();
    assert!(matches!(error, BackendError::Locked { .. }), "{error}");
    assert!(begun.elapsed() < QUICK.lease, "{:?}", begun.elapsed());
    lease.release().await.unwrap();
}

#[tokio::test]
async fn a_heart_keeps_a_lease_for_longer_than_it_lasts() {
    let ([one, other], _) = pair();
    let lease = one.lock(&holder("apply")).await.unwrap();
    let until = Instant::now() + QUICK.lease * 3;
    while Instant::now() < until {
        let error = other.lock(&holder("apply")).await.map(drop).unwrap_err();
        assert!(matches!(error, BackendError::Locked { .. }), "{error}");
    }
    lease.append(b"still ours\n").await.unwrap();
    lease.release().await.unwrap();
}

#[tokio::test]
async fn a_fenced_holder_writes_nothing_more() {
    let ([one, other], [way, _]) = pair();
    let old = one.lock(&holder("apply")).await.unwrap();
    old.append(b"one\n").await.unwrap();
    way.cut_off(true);
    let new = other.lock(&holder("apply")).await.unwrap();
    assert!(new.taken_over());
    assert_eq!(new.epoch(), old.epoch() + 1);
    let before = other.journals(0).await.unwrap();
    way.cut_off(false);

    // It learns of it by itself, and without writing anything.
    tokio::time::timeout(Duration::from_secs(5), old.lost())
        .await
        .unwrap();
    way.written.lock().unwrap().clear();
    assert!(is_fenced(old.hold().await));
    assert!(is_fenced(old.append(b"two\n").await));
    old.commit(1, b"state").await.unwrap_err();
    old.prune(u64::MAX, 1).await.unwrap_err();
    assert!(is_fenced(old.release().await));
    assert_eq!(*way.written.lock().unwrap(), Vec::<String>::new());
    assert_eq!(other.journals(0).await.unwrap(), before);
    assert!(other.serials().await.unwrap().is_empty());
    new.append(b"three\n").await.unwrap();
    new.release().await.unwrap();
}

/// The fence alone, without any clock: the old holder believes that its lease holds, as one does that is stopped between
/// its look at the clock and its write.
#[tokio::test]
async fn the_fence_holds_when_the_clock_does_not() {
    for appended in 0..3 {
        let ([one, other], [way, _]) = pair();
        let (_, stopped) = hand_clock();
        let one = one.clocked(stopped);
        let old = one.lock(&holder("apply")).await.unwrap();
        for _ in 0..appended {
            old.append(b"entry\n").await.unwrap();
        }
        way.cut_off(true);
        let new = other.lock(&holder("apply")).await.unwrap();
        // The taker may end its run and remove what is part of its state: the fence stays.
        new.append(b"of the taker\n").await.unwrap();
        new.commit(1, b"state").await.unwrap();
        new.prune(new.epoch(), 1).await.unwrap();
        assert_eq!(other.journals(0).await.unwrap(), []);
        new.release().await.unwrap();
        way.cut_off(false);
        assert!(is_fenced(old.append(b"too late\n").await), "{appended}");
        assert_eq!(other.journals(0).await.unwrap(), []);
    }
}

/// Each taker dies at each of its first writes; the next one closes what it left open.
#[tokio::test]
async fn a_taker_that_dies_leaves_the_fence_to_the_next() {
    for writes in 0..4 {
        let shared = Arc::new(InMemory::new());
        let ways: [Flaky; 3] = std::array::from_fn(|_| Flaky::new(Arc::clone(&shared)));
        let [one, two, three] = ways.clone().map(backend);
        let (_, stopped) = hand_clock();
        let old = one.clocked(stopped).lock(&holder("apply")).await.unwrap();
        old.append(b"one\n").await.unwrap();
        ways[0].cut_off(true);
        // The second is refused for good after so many writes, so that it cannot give back either.
        ways[1].next(std::iter::repeat_n(None, writes));
        ways[1].next(std::iter::repeat_n(Some(Fault::Denied), 1000));
        let second = two.lock(&holder("apply")).await;
        drop(second);
        let third = three.lock(&holder("apply")).await.unwrap();
        ways[0].cut_off(false);
        assert!(is_fenced(old.append(b"two\n").await), "{writes}");
        let journals = three.journals(0).await.unwrap();
        assert_eq!(journals.len(), 1, "{writes}");
        assert_eq!(joined(&journals[0]), b"one\n");
        third.release().await.unwrap();
    }
}

/// Without a heart and with a clock that stands still, the old holder appends as fast as it can while it is closed.
#[tokio::test]
async fn what_the_old_holder_wrote_while_it_was_closed_counts() {
    for _ in 0..5 {
        let ([one, other], ways) = pair();
        for way in ways {
            way.latency(Duration::from_millis(2));
        }
        let (_, stopped) = hand_clock();
        let heartless = Timing {
            beat: Duration::from_secs(3600),
            lease: Duration::from_millis(100),
            ..QUICK
        };
        let old = one.timed(heartless).clocked(stopped);
        let old = old.lock(&holder("apply")).await.unwrap();
        let race = tokio::spawn(async move {
            let mut written = String::new();
            // An end, so that the test fails instead of going on when nothing fences it.
            for number in 0..1_000 {
                let batch = format!("{number}\n");
                match old.append(batch.as_bytes()).await {
                    Ok(()) => written.push_str(&batch),
                    error => {
                        assert!(is_fenced(error));
                        break;
                    }
                }
            }
            written
        });
        let new = other.lock(&holder("apply")).await.unwrap();
        let journals = other.journals(0).await.unwrap();
        let written = race.await.unwrap();
        assert!(!written.is_empty());
        assert_eq!(joined(&journals[0]), written.as_bytes());
        new.release().await.unwrap();
    }
}

#[tokio::test]
async fn a_lease_that_ran_out_while_the_machine_slept_is_renewed_or_lost() {
    let ([one, other], _) = pair();
    let (millis, clock) = hand_clock();
    let lease = one
        .timed(HEARTLESS)
        .clocked(clock)
        .lock(&holder("apply"))
        .await
        .unwrap();
    let beat = |backend: ObjectBackend| async move {
        let found = backend.store.find("lease").await.unwrap().unwrap();
        super::record::Record::decode(&found.bytes, "x")
            .unwrap()
            .beat
    };
    let before = beat(other.clone()).await;
    lease.hold().await.unwrap();
    assert_eq!(beat(other.clone()).await, before, "nothing had to be asked");
    millis.fetch_add(60_000, Ordering::SeqCst);
    lease.hold().await.unwrap();
    assert_eq!(beat(other.clone()).await, before + 1, "nobody had taken it");
    let new = other.lock(&holder("apply")).await.unwrap();
    millis.fetch_add(60_000, Ordering::SeqCst);
    assert!(is_fenced(lease.hold().await));
    new.release().await.unwrap();
}

/// The store has a renewal long before its holder learns of it: then the lease has run out, and another run has it.
#[tokio::test]
async fn a_lease_runs_from_before_the_request_that_renews_it() {
    for taken in [false, true] {
        let ([one, other], [way, _]) = pair();
        let (millis, clock) = hand_clock();
        let one = one.timed(HEARTLESS).clocked(clock);
        let lease = async {
            if taken {
                let lease = one.lock(&holder("apply")).await.unwrap();
                // It ran out, and has to be renewed.
                millis.fetch_add(60_000, Ordering::SeqCst);
                way.next([Some(Fault::AnswerHeld)]);
                (lease.hold().await, lease)
            } else {
                way.next([Some(Fault::AnswerHeld)]);
                let lease = one.lock(&holder("apply")).await.unwrap();
                (lease.hold().await, lease)
            }
        };
        let takeover = async {
            let new = other.lock(&holder("apply")).await.unwrap();
            millis.fetch_add(60_000, Ordering::SeqCst);
            way.let_through();
            new
        };
        let ((held, lease), new) = tokio::join!(lease, takeover);
        assert!(new.taken_over());
        assert!(is_fenced(held), "taken: {taken}");
        assert!(is_fenced(lease.append(b"one\n").await));
        new.release().await.unwrap();
    }
}

/// A tenth of a lease is left out, for clocks that go slower than others.
#[tokio::test]
async fn a_lease_is_asked_for_before_it_ends() {
    let ([one, _], [way, _]) = pair();
    let (millis, clock) = hand_clock();
    let lease = one.timed(HEARTLESS).clocked(clock);
    let lease = lease.lock(&holder("apply")).await.unwrap();
    let ends = u64::try_from(HEARTLESS.lease.as_millis()).unwrap() * 9 / 10;
    let written = || std::mem::take(&mut *way.written.lock().unwrap());
    written();
    let batch = |number| format!("a/shop/dev/journal/0000000001/000000000{number}");

    millis.fetch_add(ends - 1, Ordering::SeqCst);
    lease.hold().await.unwrap();
    lease.append(b"one\n").await.unwrap();
    assert_eq!(written(), [batch(0)], "nothing had to be asked");
    millis.fetch_add(1, Ordering::SeqCst);
    lease.append(b"two\n").await.unwrap();
    assert_eq!(written(), ["a/shop/dev/lease".to_owned(), batch(1)]);
    millis.fetch_add(ends, Ordering::SeqCst);
    lease.hold().await.unwrap();
    assert_eq!(written(), ["a/shop/dev/lease"]);
    way.cut_off(true);
    lease.hold().await.unwrap();
    millis.fetch_add(ends, Ordering::SeqCst);
    lease.hold().await.unwrap_err();
}

/// What was granted is what counts, and not what the taker would have asked for.
#[tokio::test]
async fn a_taker_waits_for_as_long_as_the_holder_s_lease_lasts() {
    let ([one, other], _) = pair();
    let hasty = Timing {
        lease: Duration::from_millis(20),
        beat: Duration::from_millis(4),
        ..QUICK
    };
    drop(one.timed(HEARTLESS).lock(&holder("apply")).await.unwrap());
    let begun = Instant::now();
    let lease = other.timed(hasty).lock(&holder("apply")).await.unwrap();
    assert!(begun.elapsed() >= HEARTLESS.lease, "{:?}", begun.elapsed());
    assert!(lease.taken_over());
    lease.release().await.unwrap();
}

/// Whoever stops waiting for an append does not know what became of it, and so it counts as failed.
#[tokio::test]
async fn nothing_is_appended_after_an_append_that_nobody_waited_for() {
    for fault in [Fault::AnswerHeld, Fault::Unavailable] {
        let ([one, other], [way, _]) = pair();
        let lease = one.lock(&holder("apply")).await.unwrap();
        way.next([Some(fault)]);
        assert!(lease.append(b"one\n").now_or_never().is_none());
        let error = lease.append(b"two\n").await.unwrap_err();
        assert!(matches!(error, BackendError::Io { .. }), "{error}");
        lease.commit(1, b"state").await.unwrap_err();
        lease.prune(lease.epoch(), 1).await.unwrap_err();
        let journals = other.journals(0).await.unwrap();
        let arrived: &[u8] = match fault {
            Fault::AnswerHeld => b"one\n",
            _ => b"",
        };
        let found = journals.first().map(joined).unwrap_or_default();
        assert_eq!(found, arrived, "{fault:?}");
        assert!(other.serials().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_partition_stops_a_run_or_is_waited_out() {
    let ([one, _], [way, _]) = pair();
    let lease = one.lock(&holder("apply")).await.unwrap();
    lease.append(b"one\n").await.unwrap();
    way.cut_off(true);
    let heal = tokio::spawn({
        let way = way.clone();
        async move {
            tokio::time::sleep(QUICK.patience / 3).await;
            way.cut_off(false);
        }
    });
    lease.append(b"two\n").await.unwrap();
    heal.await.unwrap();

    way.cut_off(true);
    let error = lease.append(b"three\n").await.unwrap_err();
    assert!(matches!(error, BackendError::Io { .. }), "{error}");
    way.cut_off(false);
    lease.append(b"four\n").await.unwrap_err();
    lease.commit(1, b"state").await.unwrap_err();
    let journals = one.journals(0).await.unwrap();
    assert_eq!(joined(&journals[0]), b"one\ntwo\n");
}

#[tokio::test]
async fn lost_answers_are_found_out() {
    let faults = [
        Fault::AnswerLost,
        Fault::Unavailable,
        Fault::Throttled,
        Fault::Late(Duration::from_millis(20)),
    ];
    for fault in faults {
        for second in [None, Some(fault)] {
            let ([one, other], [way, _]) = pair();
            way.next([Some(fault), second]);
            let lease = one.lock(&holder("apply")).await.unwrap();
            way.next([Some(fault), second]);
            lease.append(b"one\n").await.unwrap();
            lease.append(b"two\n").await.unwrap();
            way.next([None, Some(fault), second]);
            lease.commit(1, b"state").await.unwrap();
            way.next([Some(fault), second]);
            lease.release().await.unwrap();
            let journals = other.journals(0).await.unwrap();
            assert_eq!(journals.len(), 1, "{fault:?}");
            assert_eq!(joined(&journals[0]), b"one\ntwo\n", "{fault:?}");
            assert_eq!(other.state(1).await.unwrap(), b"state");
            assert_eq!(other.holder().await.unwrap(), None);
        }
    }
}

/// Many runs by many clients that die, sleep and are cut off on a store that fails: what was acknowledged is there, once
/// and in order, and nothing else but the last batch of a run.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_slow_flaky_lying_store_never_corrupts() {
    let shared = Arc::new(InMemory::new());
    let told: Arc<Mutex<Vec<(u64, Vec<String>, Option<String>)>>> = Arc::default();
    let until = Instant::now() + Duration::from_secs(8);
    let clients: Vec<_> = (0..4)
        .map(|client| {
            let way = Flaky::new(Arc::clone(&shared));
            way.odds(120);
            way.latency(Duration::from_millis(6));
            let (backend, told) = (backend(way.clone()), Arc::clone(&told));
            tokio::spawn(async move {
                while Instant::now() < until {
                    let Ok(lease) = backend.lock(&holder("apply")).await else {
                        continue;
                    };
                    let run = run(&*lease, &way, client).await;
                    told.lock().unwrap().push((lease.epoch(), run.0, run.1));
                    way.cut_off(false);
                    if rand::random_range(0..3) > 0 {
                        let _ = lease.release().await;
                    }
                }
            })
        })
        .collect();
    for client in clients {
        client.await.unwrap();
    }
    // What was late arrives.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let reader = backend(Flaky::new(shared));
    let lease = loop {
        if let Ok(lease) = reader.lock(&holder("apply")).await {
            break lease;
        }
    };
    let journals = reader.journals(0).await.unwrap();
    let told = std::mem::take(&mut *told.lock().unwrap());
    let mut epochs: Vec<u64> = told.iter().map(|(epoch, ..)| *epoch).collect();
    epochs.sort_unstable();
    epochs.dedup();
    assert_eq!(epochs.len(), told.len(), "no epoch was given out twice");
    assert!(told.len() > 5, "{} runs", told.len());
    for (epoch, acknowledged, doubtful) in told.iter() {
        let journal = journals.iter().find(|journal| journal.epoch == *epoch);
        let found = journal
            .map(|journal| journal.batches.clone())
            .unwrap_or_default();
        let found: Vec<String> = found
            .into_iter()
            .map(|batch| String::from_utf8(batch).unwrap())
            .collect();
        let mut possible = vec![acknowledged.clone()];
        possible.extend(doubtful.iter().map(|batch| {
            let mut longer = acknowledged.clone();
            longer.push(batch.clone());
            longer
        }));
        assert!(
            possible.contains(&found),
            "epoch {epoch}: {found:?} of {possible:?}"
        );
    }
    lease.release().await.unwrap();
}

/// A run that may meet anything. Gives what it was told is durable, and what it was not told.
async fn run(lease: &dyn Lease, way: &Flaky, client: usize) -> (Vec<String>, Option<String>) {
    let mut acknowledged = Vec::new();
    for number in 0..rand::random_range(1..12) {
        if rand::random_range(0..12) == 0 {
            way.cut_off(true);
        }
        if rand::random_range(0..12) == 0 {
            tokio::time::sleep(QUICK.lease / 2).await;
        }
        let batch = format!("{client}/{number}\n");
        match lease.append(batch.as_bytes()).await {
            Ok(()) => acknowledged.push(batch),
            Err(_) => return (acknowledged, Some(batch)),
        }
    }
    (acknowledged, None)
}

#[tokio::test]
async fn other_objects_are_left_alone() {
    let shared = Arc::new(InMemory::new());
    let foreign = [
        "a/shop/dev/state/notes",
        "a/shop/dev/state/12",
        "a/shop/dev/journal/x/0000000000",
        "a/shop/dev2/state/0000000001",
    ];
    for key in foreign {
        let path = Path::from(key);
        shared
            .put(&path, PutPayload::from_static(b"x"))
            .await
            .unwrap();
    }
    let backend = backend(Flaky::new(Arc::clone(&shared)));
    let lease = backend.lock(&holder("apply")).await.unwrap();
    lease.commit(1, b"state").await.unwrap();
    lease.prune(lease.epoch(), 1).await.unwrap();
    assert_eq!(backend.serials().await.unwrap(), [1]);
    assert_eq!(backend.journals(0).await.unwrap(), []);
    lease.release().await.unwrap();
    for key in foreign {
        shared.get(&Path::from(key)).await.unwrap();
    }
}

#[tokio::test]
async fn a_hole_in_a_journal_is_damage() {
    let shared = Arc::new(InMemory::new());
    let backend = backend(Flaky::new(Arc::clone(&shared)));
    let lease = backend.lock(&holder("apply")).await.unwrap();
    for batch in ["one\n", "two\n", "three\n"] {
        lease.append(batch.as_bytes()).await.unwrap();
    }
    for missing in 0..2 {
        let path = Path::from(format!("a/shop/dev/journal/0000000001/000000000{missing}"));
        let bytes = shared.get(&path).await.unwrap().bytes().await.unwrap();
        shared.delete(&path).await.unwrap();
        let error = backend.journals(0).await.unwrap_err();
        assert!(matches!(error, BackendError::Damaged { .. }), "{error}");
        shared.put(&path, bytes.into()).await.unwrap();
    }
    assert_eq!(backend.journals(0).await.unwrap().len(), 1);
}
