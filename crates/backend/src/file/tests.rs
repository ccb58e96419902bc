use std::fs::{File, OpenOptions};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::fs::{FlockOperation, flock};

use stack_engine::backend::BackendError;

use super::run::{JournalFile, with_causes};
use super::*;
use crate::conformance::{holder, joined};

struct Place {
    temp: tempfile::TempDir,
    backend: FileBackend,
}

impl Place {
    fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let backend = FileBackend::new(temp.path().join("shop/dev"));
        Self { temp, backend }
    }

    fn path(&self, below: &str) -> PathBuf {
        self.temp.path().join("shop/dev").join(below)
    }

    fn begin(&self) -> Run {
        Run::begin(self.backend.place(), &self.path(""), holder("apply")).unwrap()
    }

    async fn lock(&self) -> Box<dyn Lease> {
        self.backend.lock(&holder("apply")).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn conforms() {
    let temp = tempfile::tempdir().unwrap();
    let count = AtomicU32::new(0);
    crate::conformance::all(|| {
        let name = count.fetch_add(1, Ordering::Relaxed).to_string();
        let backend = FileBackend::new(temp.path().join(name));
        [Box::new(backend.clone()), Box::new(backend)]
    })
    .await;
}

#[tokio::test]
async fn files_are_where_they_are_said_to_be() {
    let place = Place::new();
    let lease = place.lock().await;
    assert!(
        !place.path("journal").exists(),
        "a journal is made at the first append"
    );
    lease.append(b"one\n").await.unwrap();
    lease.commit(12, b"state").await.unwrap();
    assert_eq!(
        std::fs::read(place.path("journal/0000000001")).unwrap(),
        b"one\n"
    );
    assert_eq!(
        std::fs::read(place.path("state/0000000012")).unwrap(),
        b"state"
    );
    let content: serde_json::Value =
        serde_json::from_slice(&std::fs::read(place.path("lock")).unwrap()).unwrap();
    assert_eq!(
        content,
        serde_json::json!({ "epoch": 1, "holder": holder("apply") })
    );
    lease.release().await.unwrap();
    let content: serde_json::Value =
        serde_json::from_slice(&std::fs::read(place.path("lock")).unwrap()).unwrap();
    assert_eq!(content, serde_json::json!({ "epoch": 1 }));

    let mode = |path: PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for folder in ["..", "", "state", "journal"] {
        assert_eq!(mode(place.path(folder)), 0o700, "{folder}");
    }
    for file in ["lock", "state/0000000012", "journal/0000000001"] {
        assert_eq!(mode(place.path(file)), 0o600, "{file}");
    }
    assert_eq!(
        names(&place.path("state")).unwrap().len(),
        1,
        "nothing unfinished is left"
    );
}

#[tokio::test]
async fn a_journal_that_was_torn_is_given_as_it_is() {
    let place = Place::new();
    let lease = place.lock().await;
    lease.append(b"one\n").await.unwrap();
    lease.append(b"two\n").await.unwrap();
    lease.release().await.unwrap();
    let path = place.path("journal/0000000001");
    for length in (0..8).rev() {
        OpenOptions::new()
            .write(true)
            .open(&path)
            .unwrap()
            .set_len(length)
            .unwrap();
        let journals = place.backend.journals(0).await.unwrap();
        assert_eq!(joined(&journals[0]), b"one\ntwo\n"[..length as usize]);
    }
    let lease = place.lock().await;
    assert_eq!(lease.epoch(), 2, "a run whose journal is empty has run");
}

#[tokio::test]
async fn files_of_others_are_left_alone() {
    let place = Place::new();
    let lease = place.lock().await;
    lease.append(b"one\n").await.unwrap();
    lease.commit(1, b"state").await.unwrap();
    let others = [
        "state/1",
        "state/0000000001~",
        "state/README",
        "journal/7",
        "journal/.old",
    ];
    for other in others {
        std::fs::write(place.path(other), "theirs").unwrap();
    }
    std::fs::write(place.path("state/.new-crashed"), "half").unwrap();
    assert_eq!(place.backend.serials().await.unwrap(), [1]);
    assert_eq!(place.backend.journals(0).await.unwrap().len(), 1);
    lease.prune(1, 1).await.unwrap();
    for other in others {
        assert!(place.path(other).exists(), "{other}");
    }
    assert!(
        !place.path("state/.new-crashed").exists(),
        "what a dead run left goes"
    );
}

/// Serials and epochs may outgrow their ten digits.
#[tokio::test]
async fn great_numbers_sort_too() {
    let place = Place::new();
    let lease = place.lock().await;
    for serial in [9_999_999_999, 10_000_000_000, u64::MAX, 1] {
        lease.commit(serial, b"state").await.unwrap();
    }
    let expected = [1, 9_999_999_999, 10_000_000_000, u64::MAX];
    assert_eq!(place.backend.serials().await.unwrap(), expected);
}

#[test]
fn a_full_disk_ends_the_run() {
    let place = Place::new();
    let mut run = place.begin();
    run.append(b"one\n").unwrap();
    // Every write to it says that no space is left on the device.
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let good = std::mem::replace(&mut run.journal, JournalFile::Open(full));
    let error = run.append(b"two\n").unwrap_err();
    let message = with_causes(&error);
    assert!(message.contains("journal/0000000001"), "{message}");
    assert!(message.contains("No space left on device"), "{message}");

    // There is space again, and still nothing is written: who knows what became of the rest.
    run.journal = good;
    for error in [
        run.append(b"three\n").unwrap_err(),
        run.commit(1, b"state").unwrap_err(),
        run.prune(1, 1).unwrap_err(),
    ] {
        let message = with_causes(&error);
        assert!(
            message.contains("an earlier write of this run failed"),
            "{message}"
        );
        assert!(message.contains("No space left on device"), "{message}");
    }
    assert_eq!(
        std::fs::read(place.path("journal/0000000001")).unwrap(),
        b"one\n"
    );
    assert!(!place.path("state").exists());
    run.release().unwrap();
    drop(run);
    assert_eq!(place.begin().epoch, 2);
}

#[test]
fn an_fsync_that_fails_ends_the_run() {
    let place = Place::new();
    let mut run = place.begin();
    run.append(b"one\n").unwrap();
    // It takes every write, and an fsync of it fails.
    let null = OpenOptions::new().write(true).open("/dev/null").unwrap();
    let good = std::mem::replace(&mut run.journal, JournalFile::Open(null));
    run.append(b"two\n").unwrap_err();

    // Another fsync would say that all is well.
    run.journal = good;
    for error in [
        run.append(b"three\n").unwrap_err(),
        run.commit(1, b"state").unwrap_err(),
    ] {
        let message = with_causes(&error);
        assert!(
            message.contains("an earlier write of this run failed"),
            "{message}"
        );
    }
    assert_eq!(
        std::fs::read(place.path("journal/0000000001")).unwrap(),
        b"one\n"
    );
}

#[test]
fn a_state_that_cannot_be_written_is_not_there() {
    let place = Place::new();
    let mut run = place.begin();
    std::fs::write(place.path("state"), "not a folder").unwrap();
    let message = with_causes(&run.commit(1, b"state").unwrap_err());
    assert!(message.contains("shop/dev/state"), "{message}");
    std::fs::remove_file(place.path("state")).unwrap();
    run.commit(1, b"state").unwrap_err();
    run.append(b"one\n").unwrap_err();
    assert!(!place.path("state").exists());
    assert!(!place.path("journal").exists());
}

#[tokio::test]
async fn a_lease_that_is_dropped_frees_the_lock() {
    let place = Place::new();
    let lease = place.lock().await;
    lease.append(b"one\n").await.unwrap();
    drop(lease);
    let said = std::fs::read_to_string(place.path("lock")).unwrap();
    assert!(said.contains("ada"), "the content is stale");
    assert_eq!(place.backend.holder().await.unwrap(), None);
    assert_eq!(place.lock().await.epoch(), 2);
}

/// The name of the variable that makes the test below the child that it starts.
const CHILD: &str = "STACK_BACKEND_TEST_CHILD";

#[tokio::test]
async fn a_process_that_is_killed_frees_the_lock() {
    if let Some(folder) = std::env::var_os(CHILD) {
        let child = FileBackend::new(folder.into());
        let lease = child.lock(&holder("child")).await.unwrap();
        lease.append(b"from the child\n").await.unwrap();
        std::fs::write(child.folder.join("ready"), "").unwrap();
        loop {
            std::thread::park();
        }
    }
    let place = Place::new();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "file::tests::a_process_that_is_killed_frees_the_lock",
        ])
        .env(CHILD, place.path(""))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let ready = place.path("ready");
    for _ in 0..1000 {
        if ready.exists() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let seen = place.backend.holder().await.unwrap();
    let locked = place.backend.lock(&holder("apply")).await.map(|_| ());
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(seen, Some(holder("child")));
    assert!(
        matches!(locked, Err(BackendError::Locked { .. })),
        "{locked:?}"
    );

    assert_eq!(place.backend.holder().await.unwrap(), None);
    let lease = place.lock().await;
    assert_eq!(lease.epoch(), 2);
    let journals = place.backend.journals(0).await.unwrap();
    assert_eq!(joined(&journals[0]), b"from the child\n");
}

/// Looking takes a shared lock for an instant, which must keep nobody from running.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn those_who_look_do_not_lock() {
    let place = Place::new();
    place.lock().await.release().await.unwrap();
    let done = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let looking: Vec<_> = (0..2)
        .map(|_| {
            let (backend, done) = (place.backend.clone(), Arc::clone(&done));
            std::thread::spawn(move || {
                while !done.load(Ordering::Relaxed) {
                    lock::holder(&backend.folder.join("lock")).unwrap();
                }
            })
        })
        .collect();
    for _ in 0..200 {
        place.lock().await.release().await.unwrap();
    }
    done.store(true, Ordering::Relaxed);
    looking
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
}

/// A shared lock that stays is not a run's, but no run can begin beside it either.
#[tokio::test]
async fn a_stale_content_is_not_blamed() {
    let place = Place::new();
    drop(place.lock().await);
    let other = File::open(place.path("lock")).unwrap();
    flock(&other, FlockOperation::NonBlockingLockShared).unwrap();
    assert_eq!(place.backend.holder().await.unwrap(), None);
    match place.backend.lock(&holder("apply")).await.map(|_| ()) {
        Err(BackendError::Locked { holder, .. }) => assert_eq!(holder.user, "unknown"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_lock_file_that_was_replaced_ends_the_run() {
    let place = Place::new();
    let first = place.lock().await;
    std::fs::remove_file(place.path("lock")).unwrap();
    let error = first.append(b"one\n").await.unwrap_err();
    assert!(matches!(error, BackendError::Damaged { .. }), "{error}");
    drop(first);

    let second = place.lock().await;
    second.append(b"two\n").await.unwrap();
    std::fs::remove_file(place.path("lock")).unwrap();
    let third = place.lock().await;
    assert!(third.epoch() > second.epoch(), "its journal tells");
    let error = second.commit(1, b"state").await.unwrap_err();
    assert!(matches!(error, BackendError::Fenced { .. }), "{error}");
    second.release().await.unwrap_err();
    assert_eq!(place.backend.holder().await.unwrap(), Some(holder("apply")));
    third.commit(1, b"state").await.unwrap();
}

#[tokio::test]
async fn a_damaged_lock_file_is_not_taken_for_a_new_one() {
    let place = Place::new();
    place.lock().await.release().await.unwrap();
    std::fs::write(place.path("lock"), "{\"epo").unwrap();
    let Err(error) = place.backend.lock(&holder("apply")).await else {
        panic!("the epoch might be used again");
    };
    let message = error.to_string();
    assert!(matches!(error, BackendError::Damaged { .. }), "{message}");
    assert!(message.contains("{\"epoch\":N}"), "{message}");
    std::fs::write(place.path("lock"), "{\"epoch\":41}\n").unwrap();
    assert_eq!(place.lock().await.epoch(), 42);
}

/// A holder's name may be longer than a sector, and the next one's shorter.
#[tokio::test]
async fn a_long_holder_leaves_nothing_behind() {
    let place = Place::new();
    let mut long = holder("apply");
    long.host = "h".repeat(2000);
    let lease = place.backend.lock(&long).await.unwrap();
    assert_eq!(place.backend.holder().await.unwrap(), Some(long));
    lease.release().await.unwrap();
    assert_eq!(std::fs::metadata(place.path("lock")).unwrap().len(), 512);
    let lease = place.lock().await;
    assert_eq!(place.backend.holder().await.unwrap(), Some(holder("apply")));
    assert_eq!(lease.epoch(), 2);
}

/// What was asked of the disk before a release, and forgotten by who asked, is not done after it.
#[tokio::test]
async fn nothing_is_written_after_release() {
    let place = Place::new();
    let mut run = place.begin();
    run.append(b"one\n").unwrap();
    run.release().unwrap();
    run.append(b"two\n").unwrap_err();
    run.commit(1, b"state").unwrap_err();
    assert_eq!(
        std::fs::read(place.path("journal/0000000001")).unwrap(),
        b"one\n"
    );
    assert_eq!(
        place.lock().await.epoch(),
        2,
        "while the file is still open"
    );
}
