//! The suite that any [`Backend`] can run. It panics where one does not do what the engine rests on.
//!
//! Each function wants two backends that lead to the same new, empty place, as two processes on two
//! machines would have them; [`all`] makes them anew for each.
//!
//! ```ignore
//! stack_backend::conformance::all(|| {
//!     let backend = MyBackend::new(unused_name());
//!     [Box::new(backend.clone()), Box::new(backend)]
//! })
//! .await;
//! ```
//!
//! What only a process that dies can show is not here: what becomes of its lock, and whether what it
//! wrote was durable.

use std::time::{Duration, Instant};

use stack_engine::backend::{Backend, BackendError, Holder, Journal, Lease};

/// Two ways to one place.
pub type Pair = [Box<dyn Backend>; 2];

/// Runs everything, each part in a place of its own.
pub async fn all(fresh: impl Fn() -> Pair) {
    an_empty_place_reads_as_empty(fresh()).await;
    states_come_back_in_order(fresh()).await;
    states_are_never_overwritten(fresh()).await;
    a_missing_state_is_an_error(fresh()).await;
    journals_come_back_whole(fresh()).await;
    journals_after_an_epoch(fresh()).await;
    a_torn_batch_survives_as_it_is(fresh()).await;
    a_run_that_writes_nothing_leaves_no_journal(fresh()).await;
    many_batches_keep_their_order(fresh()).await;
    one_run_at_a_time(fresh()).await;
    one_of_many_gets_the_lock(fresh()).await;
    reading_needs_no_lock(fresh()).await;
    epochs_grow(fresh()).await;
    epochs_grow_after_prune(fresh()).await;
    prune_keeps_the_newest(fresh()).await;
    prune_of_nothing_is_harmless(fresh()).await;
    nothing_is_appended_to_a_pruned_journal(fresh()).await;
}

/// Runs what only a lock can show that its holder must keep: one that outlives its process, and `lasts` so long after the
/// holder's last sign of life.
pub async fn leases(lasts: Duration, fresh: impl Fn() -> Pair) {
    a_lease_without_a_heart_is_taken_over(lasts, fresh()).await;
    a_taken_lease_counts_on(fresh()).await;
    a_lease_that_is_given_back_is_no_takeover(fresh()).await;
    a_lease_that_is_kept_is_never_lost(lasts, fresh()).await;
    a_lease_can_be_taken_from_a_holder_who_lives(fresh()).await;
}

/// A holder for tests.
pub fn holder(command: &str) -> Holder {
    Holder {
        command: command.into(),
        user: "ada".into(),
        host: "engine".into(),
        process: 1815,
        since: "2025-12-10T09:00:00Z".into(),
    }
}

/// What a journal says, wherever its batches begin and end.
pub fn joined(journal: &Journal) -> Vec<u8> {
    journal.batches.concat()
}

async fn lock(backend: &dyn Backend) -> Box<dyn Lease> {
    backend
        .lock(&holder("apply"))
        .await
        .expect("the lock is free")
}

/// Takes the lock from a holder who died. Their last sign of life may have been under way then, and may show once more.
async fn take_over(backend: &dyn Backend) -> Box<dyn Lease> {
    match backend.lock(&holder("apply")).await {
        Err(BackendError::Locked { .. }) => lock(backend).await,
        taken => taken.expect("the lock is free"),
    }
}

async fn journals(backend: &dyn Backend, epoch: u64) -> Vec<(u64, Vec<u8>)> {
    let journals = backend.journals(epoch).await.expect("journals can be read");
    journals
        .iter()
        .map(|journal| (journal.epoch, joined(journal)))
        .collect()
}

async fn serials(backend: &dyn Backend) -> Vec<u64> {
    backend.serials().await.expect("serials can be read")
}

/// Where nothing was written there is nothing, and that is no error.
pub async fn an_empty_place_reads_as_empty([one, other]: Pair) {
    for backend in [&one, &other] {
        assert!(serials(&**backend).await.is_empty());
        assert_eq!(journals(&**backend, 0).await, []);
        assert_eq!(backend.holder().await.expect("the lock can be read"), None);
        assert!(!backend.place().is_empty());
    }
}

/// States come back byte for byte, and their serials as numbers in order, not as texts.
pub async fn states_come_back_in_order([one, other]: Pair) {
    let lease = lock(&*one).await;
    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    for serial in [1, 2, 9, 10, 11, 100] {
        let state = [serial.to_string().as_bytes(), &bytes].concat();
        lease
            .commit(serial, &state)
            .await
            .expect("a new serial can be committed");
    }
    assert_eq!(serials(&*other).await, [1, 2, 9, 10, 11, 100]);
    for serial in [1, 10, 100] {
        let state = other.state(serial).await.expect("a state can be read");
        assert!(
            state == [serial.to_string().as_bytes(), &bytes].concat(),
            "state {serial}"
        );
    }
    lease.release().await.expect("a lease can be released");
}

/// A serial is committed once, by this run or by a later one; and the run goes on.
pub async fn states_are_never_overwritten([one, other]: Pair) {
    let lease = lock(&*one).await;
    lease
        .commit(1, b"first")
        .await
        .expect("a new serial can be committed");
    lease
        .commit(1, b"second")
        .await
        .expect_err("serial 1 exists");
    lease
        .commit(2, b"second")
        .await
        .expect("nothing was written, so the run goes on");
    lease.release().await.expect("a lease can be released");
    let lease = lock(&*other).await;
    lease
        .commit(1, b"third")
        .await
        .expect_err("serial 1 exists");
    lease.release().await.expect("a lease can be released");
    assert_eq!(one.state(1).await.expect("a state can be read"), b"first");
    assert_eq!(serials(&*one).await, [1, 2]);
}

/// A state that is not there is an error that names the place.
pub async fn a_missing_state_is_an_error([one, _]: Pair) {
    let error = one.state(7).await.expect_err("nothing was committed");
    assert!(
        matches!(error, BackendError::Io { doing: "read", .. }),
        "{error}"
    );
    assert!(error.to_string().contains('7'), "{error}");
}

/// What was appended comes back byte for byte, whatever it is.
pub async fn journals_come_back_whole([one, other]: Pair) {
    let lease = lock(&*one).await;
    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    lease
        .append(b"one\n")
        .await
        .expect("a batch can be appended");
    assert_eq!(
        journals(&*other, 0).await,
        [(lease.epoch(), b"one\n".to_vec())]
    );
    lease.append(&bytes).await.expect("a batch can be appended");
    let whole = [b"one\n", &bytes[..]].concat();
    assert!(journals(&*other, 0).await == [(lease.epoch(), whole)]);
    lease.release().await.expect("a lease can be released");
}

/// Only journals of runs newer than an epoch are asked for, and they come oldest first.
pub async fn journals_after_an_epoch([one, other]: Pair) {
    let mut epochs = Vec::new();
    for run in 0..12 {
        let lease = lock(if run % 2 == 0 { &*one } else { &*other }).await;
        epochs.push(lease.epoch());
        lease
            .append(format!("run {run}\n").as_bytes())
            .await
            .expect("a batch can be appended");
        lease.release().await.expect("a lease can be released");
    }
    for from in 0..12 {
        let found = journals(&*one, epochs[from]).await;
        let expected: Vec<_> = (from + 1..12)
            .map(|run| (epochs[run], format!("run {run}\n").into_bytes()))
            .collect();
        assert_eq!(found, expected, "after epoch {}", epochs[from]);
    }
    assert_eq!(journals(&*one, epochs[0] - 1).await.len(), 12);
}

/// A batch without its end is given back without its end, and the next run's journal is another.
pub async fn a_torn_batch_survives_as_it_is([one, other]: Pair) {
    let lease = lock(&*one).await;
    let first = lease.epoch();
    lease
        .append(b"whole\n")
        .await
        .expect("a batch can be appended");
    lease
        .append(b"to\xff")
        .await
        .expect("a batch can be appended");
    lease.release().await.expect("a lease can be released");
    let lease = lock(&*other).await;
    lease
        .append(b"next\n")
        .await
        .expect("a batch can be appended");
    let expected = [
        (first, b"whole\nto\xff".to_vec()),
        (lease.epoch(), b"next\n".to_vec()),
    ];
    assert_eq!(journals(&*one, 0).await, expected);
    lease.release().await.expect("a lease can be released");
}

/// Taking the lock and giving it back writes no journal and no state.
pub async fn a_run_that_writes_nothing_leaves_no_journal([one, other]: Pair) {
    lock(&*one)
        .await
        .release()
        .await
        .expect("a lease can be released");
    assert_eq!(journals(&*other, 0).await, []);
    assert!(serials(&*other).await.is_empty());
}

/// Batches come back in the order in which they were appended, more than ten of them too.
pub async fn many_batches_keep_their_order([one, other]: Pair) {
    let lease = lock(&*one).await;
    let batches: Vec<String> = (0..120).map(|number| format!("{number}\n")).collect();
    for batch in &batches {
        lease
            .append(batch.as_bytes())
            .await
            .expect("a batch can be appended");
    }
    let expected = batches.concat().into_bytes();
    assert_eq!(journals(&*other, 0).await, [(lease.epoch(), expected)]);
    lease.release().await.expect("a lease can be released");
}

/// While a run has the lock nobody else gets it, and everybody is told who has it.
pub async fn one_run_at_a_time([one, other]: Pair) {
    let lease = one.lock(&holder("apply")).await.expect("the lock is free");
    for backend in [&one, &other] {
        match backend.lock(&holder("destroy")).await.map(|_| ()) {
            Err(BackendError::Locked {
                place,
                holder: found,
            }) => {
                assert_eq!(*found, holder("apply"));
                assert_eq!(place, backend.place());
            }
            Err(error) => panic!("not the error of a lock that is held: {error}"),
            Ok(()) => panic!("two runs at a time"),
        }
        let found = backend.holder().await.expect("the lock can be read");
        assert_eq!(found, Some(holder("apply")));
    }
    lease
        .append(b"still ours\n")
        .await
        .expect("asking for a lock takes it from nobody");
    lease.release().await.expect("a lease can be released");
    for backend in [&one, &other] {
        assert_eq!(backend.holder().await.expect("the lock can be read"), None);
    }
    let lease = other
        .lock(&holder("destroy"))
        .await
        .expect("a released lock is free");
    assert_eq!(
        one.holder().await.expect("the lock can be read"),
        Some(holder("destroy"))
    );
    lease.release().await.expect("a lease can be released");
}

/// Of many who ask at the same time one gets the lock, in every round, and never two the same epoch.
pub async fn one_of_many_gets_the_lock([one, other]: Pair) {
    let [one, other]: [std::sync::Arc<dyn Backend>; 2] = [one.into(), other.into()];
    let mut last = 0;
    for round in 0..10 {
        let asking: Vec<_> = (0..8)
            .map(|number| {
                let backend = if number % 2 == 0 { &one } else { &other };
                let backend = std::sync::Arc::clone(backend);
                tokio::spawn(async move { backend.lock(&holder("apply")).await })
            })
            .collect();
        let mut leases = Vec::new();
        for asked in asking {
            match asked.await.expect("asking does not panic") {
                Ok(lease) => leases.push(lease),
                Err(BackendError::Locked { .. }) => {}
                Err(error) => panic!("not the error of a lock that is held: {error}"),
            }
        }
        assert_eq!(leases.len(), 1, "in round {round}");
        for lease in leases {
            assert!(lease.epoch() > last);
            last = lease.epoch();
            lease.release().await.expect("a lease can be released");
        }
    }
}

/// Everything can be read while a run has the lock.
pub async fn reading_needs_no_lock([one, other]: Pair) {
    let lease = lock(&*one).await;
    lease
        .append(b"one\n")
        .await
        .expect("a batch can be appended");
    lease
        .commit(1, b"state")
        .await
        .expect("a new serial can be committed");
    assert_eq!(serials(&*other).await, [1]);
    assert_eq!(other.state(1).await.expect("a state can be read"), b"state");
    assert_eq!(
        journals(&*other, 0).await,
        [(lease.epoch(), b"one\n".to_vec())]
    );
    lease.release().await.expect("a lease can be released");
}

/// Every run has a greater number than those before it, also if those wrote nothing.
pub async fn epochs_grow([one, other]: Pair) {
    let mut last = 0;
    for run in 0..6 {
        let lease = lock(if run % 2 == 0 { &*one } else { &*other }).await;
        assert!(lease.epoch() > last, "{} after {last}", lease.epoch());
        last = lease.epoch();
        if run % 3 == 0 {
            lease
                .append(b"one\n")
                .await
                .expect("a batch can be appended");
        }
        lease.release().await.expect("a lease can be released");
    }
}

/// The number grows on when no journal is left to tell it from.
pub async fn epochs_grow_after_prune([one, other]: Pair) {
    let mut last = 0;
    for run in 0..3 {
        let lease = lock(&*one).await;
        last = lease.epoch();
        lease
            .append(b"one\n")
            .await
            .expect("a batch can be appended");
        lease
            .commit(run + 1, b"state")
            .await
            .expect("a new serial can be committed");
        lease.prune(last, 1).await.expect("a run can prune");
        lease.release().await.expect("a lease can be released");
    }
    assert_eq!(journals(&*other, 0).await, []);
    let lease = lock(&*other).await;
    assert!(lease.epoch() > last, "{} after {last}", lease.epoch());
    lease
        .append(b"one\n")
        .await
        .expect("a batch can be appended");
    assert_eq!(
        journals(&*one, last).await.len(),
        1,
        "it is newer than every state"
    );
    lease.release().await.expect("a lease can be released");
}

/// Prune removes journals up to an epoch and old states, nothing else, and never the last state.
pub async fn prune_keeps_the_newest([one, other]: Pair) {
    let mut epochs = Vec::new();
    for serial in 1..=12 {
        let lease = lock(&*one).await;
        epochs.push(lease.epoch());
        lease
            .append(b"one\n")
            .await
            .expect("a batch can be appended");
        lease
            .commit(serial, &[serial as u8])
            .await
            .expect("a new serial can be committed");
        lease.release().await.expect("a lease can be released");
    }
    let lease = lock(&*other).await;
    lease
        .append(b"own\n")
        .await
        .expect("a batch can be appended");
    lease.prune(epochs[9], 3).await.expect("a run can prune");
    assert_eq!(serials(&*one).await, [10, 11, 12]);
    assert_eq!(one.state(10).await.expect("a kept state can be read"), [10]);
    one.state(9).await.expect_err("it was pruned");
    let left: Vec<u64> = journals(&*one, 0)
        .await
        .into_iter()
        .map(|(epoch, _)| epoch)
        .collect();
    assert_eq!(left, [epochs[10], epochs[11], lease.epoch()]);
    lease
        .append(b"more\n")
        .await
        .expect("its own journal is as it was");
    lease.prune(0, 0).await.expect("a run can prune");
    assert_eq!(
        serials(&*one).await,
        [12],
        "an environment never loses its last state"
    );
    let own = journals(&*one, epochs[11]).await;
    assert_eq!(own, [(lease.epoch(), b"own\nmore\n".to_vec())]);
    lease.release().await.expect("a lease can be released");
}

/// There may be less than is to be kept, or nothing at all.
pub async fn prune_of_nothing_is_harmless([one, _]: Pair) {
    let lease = lock(&*one).await;
    lease
        .prune(lease.epoch() - 1, 5)
        .await
        .expect("a run can prune");
    lease
        .commit(1, b"state")
        .await
        .expect("a new serial can be committed");
    lease
        .prune(lease.epoch() - 1, 5)
        .await
        .expect("a run can prune");
    assert_eq!(serials(&*one).await, [1]);
    lease.release().await.expect("a lease can be released");
}

/// A run that pruned its own epoch is at its end: what it appended then would be read by nobody.
pub async fn nothing_is_appended_to_a_pruned_journal([one, other]: Pair) {
    let lease = lock(&*one).await;
    lease
        .append(b"one\n")
        .await
        .expect("a batch can be appended");
    lease
        .commit(1, b"state")
        .await
        .expect("a new serial can be committed");
    lease
        .prune(lease.epoch(), 1)
        .await
        .expect("a run can prune");
    assert_eq!(journals(&*other, 0).await, []);
    lease
        .append(b"two\n")
        .await
        .expect_err("its journal is part of a state already");
    assert_eq!(journals(&*other, 0).await, []);
    lease.release().await.expect("a lease can be released");
}

/// A holder that dies keeps the lock for as long as its lease lasts, and no longer; what it wrote is there, and nobody
/// can write it any more.
pub async fn a_lease_without_a_heart_is_taken_over(lasts: Duration, [one, other]: Pair) {
    let lease = lock(&*one).await;
    let epoch = lease.epoch();
    lease
        .append(b"one\n")
        .await
        .expect("a batch can be appended");
    drop(lease);
    assert_eq!(
        other.holder().await.expect("the lock can be read"),
        Some(holder("apply"))
    );
    let begun = Instant::now();
    let lease = take_over(&*other).await;
    assert!(begun.elapsed() >= lasts, "after {:?}", begun.elapsed());
    assert!(lease.taken_over(), "its last holder may be alive");
    assert!(lease.epoch() > epoch);
    assert_eq!(journals(&*other, 0).await, [(epoch, b"one\n".to_vec())]);
    lease.hold().await.expect("the lock is ours");
    lease.release().await.expect("a lease can be released");
}

/// A run that took over writes a journal of its own, and the run after it is none of a taker's.
pub async fn a_taken_lease_counts_on([one, other]: Pair) {
    let mut epochs = Vec::new();
    for run in 0..3 {
        let backend = if run % 2 == 0 { &one } else { &other };
        let lease = take_over(&**backend).await;
        assert_eq!(lease.taken_over(), run > 0);
        epochs.push(lease.epoch());
        lease
            .append(format!("{run}\n").as_bytes())
            .await
            .expect("a batch can be appended");
        if run == 2 {
            lease.release().await.expect("a lease can be released");
        }
    }
    let expected: Vec<_> = (0..3)
        .map(|run| (epochs[run], format!("{run}\n").into_bytes()))
        .collect();
    assert_eq!(journals(&*one, 0).await, expected);
}

/// Who hangs can be pushed aside at once: what they wrote counts, and they can write nothing more.
pub async fn a_lease_can_be_taken_from_a_holder_who_lives([one, other]: Pair) {
    let hanging = lock(&*one).await;
    hanging
        .append(b"one\n")
        .await
        .expect("a batch can be appended");
    let lease = other
        .take_over(&holder("state unlock"))
        .await
        .expect("a lease can be taken over");
    assert!(lease.taken_over(), "its last holder is alive");
    assert!(lease.epoch() > hanging.epoch());
    let refused = hanging.append(b"two\n").await;
    assert!(
        matches!(refused, Err(BackendError::Fenced { .. })),
        "{refused:?}"
    );
    let refused = hanging.commit(1, b"state").await;
    assert!(refused.is_err(), "{refused:?}");
    assert_eq!(
        journals(&*other, 0).await,
        [(hanging.epoch(), b"one\n".to_vec())]
    );
    lease.release().await.expect("a lease can be released");
    let next = lock(&*one).await;
    assert!(!next.taken_over());
    next.release().await.expect("a lease can be released");
}

/// Who finds the lock free has nobody to wait for.
pub async fn a_lease_that_is_given_back_is_no_takeover([one, other]: Pair) {
    let lease = lock(&*one).await;
    lease.release().await.expect("a lease can be released");
    let begun = Instant::now();
    let lease = lock(&*other).await;
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert!(!lease.taken_over());
    lease.release().await.expect("a lease can be released");
}

/// While its holder lives a lease is kept, however long that is.
pub async fn a_lease_that_is_kept_is_never_lost(lasts: Duration, [one, other]: Pair) {
    let lease = lock(&*one).await;
    let until = Instant::now() + lasts * 2;
    while Instant::now() < until {
        match other.lock(&holder("destroy")).await {
            Err(BackendError::Locked { .. }) => {}
            Err(error) => panic!("not the error of a lock that is held: {error}"),
            Ok(_) => panic!("a living holder lost its lock"),
        }
    }
    lease.hold().await.expect("the lock is ours");
    lease
        .append(b"one\n")
        .await
        .expect("a batch can be appended");
    lease.release().await.expect("a lease can be released");
}
