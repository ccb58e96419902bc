//! The `lock` file. The lock is the kernel's (`flock`), so it ends with the process however that
//! ends; the content only says who holds it, and which epoch was the last.
//!
//! The content is overwritten in place, because the lock is on the file and not on its name, and
//! is padded to whole sectors: a disk that loses power writes a sector or leaves it as it was.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};
use stack_engine::backend::{BackendError, Holder, Result};

use crate::disk::{failed, sync_folder_of};

/// How long to wait for a lock that is held by nobody who runs: somebody looks who holds it, or
/// is just taking it or giving it back.
const PATIENCE: Duration = Duration::from_secs(1);

const SECTOR: usize = 512;

/// What the file says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Content {
    /// The last epoch that was opened. Outlives journals.
    pub epoch: u64,
    /// Who held the lock last, if it was not given back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<Holder>,
}

/// A lock that is held. Dropping it frees it.
#[derive(Debug)]
pub(super) struct LockFile {
    path: PathBuf,
    file: File,
}

/// What became of asking for the lock.
#[derive(Debug)]
pub(super) enum Taken {
    /// It is ours. With what the file said before.
    Ours(LockFile, Content),
    /// Somebody else has it.
    Theirs(Holder),
}

impl LockFile {
    /// Takes the lock, or says who has it. The folder must exist.
    pub fn take(path: &Path) -> Result<Taken> {
        let patience = Instant::now() + PATIENCE;
        loop {
            let file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o600)
                .open(path)
                .map_err(failed("open", path))?;
            if try_lock(&file, FlockOperation::NonBlockingLockExclusive, path)? {
                let ours = Self {
                    path: path.into(),
                    file,
                };
                // Whoever locks a file that was since replaced has locked nothing.
                if ours.named()? == Named::Ours {
                    let content = read(&ours.file, path)?;
                    return Ok(Taken::Ours(ours, content));
                }
            } else if let Seen::Held(holder) = look(&file, path)? {
                return Ok(Taken::Theirs(holder));
            }
            if Instant::now() > patience {
                return Ok(Taken::Theirs(unknown()));
            }
            // By chance, so that two who look at each other do not go on in step.
            std::thread::sleep(Duration::from_millis(rand::random_range(1..10)));
        }
    }

    /// Says durably who holds the lock and which epoch it is.
    pub fn write(&self, content: &Content) -> Result<()> {
        let mut bytes = serde_json::to_vec(content)
            .map_err(|error| failed("write", &self.path)(error.into()))?;
        let padded = (bytes.len() + 1).next_multiple_of(SECTOR);
        bytes.resize(padded - 1, b' ');
        bytes.push(b'\n');
        let write = || {
            let before = self.file.metadata()?.len();
            if let Err(error) = self.file.write_all_at(&bytes, 0) {
                // A new file that got only a part would read as damaged.
                if before == 0 {
                    let _ = self.file.set_len(0);
                }
                return Err(error);
            }
            self.file.set_len(bytes.len() as u64)?;
            self.file.sync_data()?;
            Ok(before == 0)
        };
        let new = write().map_err(failed("write", &self.path))?;
        if new {
            sync_folder_of(&self.path)
        } else {
            Ok(())
        }
    }

    /// Fails if the name no longer leads to the file that we hold: then the lock keeps nobody out.
    pub fn check(&self, place: &str) -> Result<()> {
        match self.named()? {
            Named::Ours => Ok(()),
            Named::Another => Err(BackendError::Fenced {
                place: place.into(),
            }),
            Named::Nothing => Err(BackendError::Damaged {
                place: self.path.display().to_string(),
                reason: "it was removed while a run held the lock; nothing more is written".into(),
            }),
        }
    }

    fn named(&self) -> Result<Named> {
        let ours = self.file.metadata().map_err(failed("read", &self.path))?;
        match std::fs::metadata(&self.path) {
            Ok(named) if (named.dev(), named.ino()) == (ours.dev(), ours.ino()) => Ok(Named::Ours),
            Ok(_) => Ok(Named::Another),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Named::Nothing),
            Err(error) => Err(failed("read", &self.path)(error)),
        }
    }

    /// Frees the lock now, even if the file is still open somewhere.
    pub fn free(&self) -> Result<()> {
        flock(&self.file, FlockOperation::Unlock)
            .map_err(|error| failed("unlock", &self.path)(error.into()))
    }
}

/// What a name leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    Ours,
    Another,
    Nothing,
}

/// Who holds the lock. Holds a shared lock for an instant if nobody does, which
/// [`LockFile::take`] tells from a lock that is held.
pub(super) fn holder(path: &Path) -> Result<Option<Holder>> {
    let patience = Instant::now() + PATIENCE;
    loop {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed("open", path)(error)),
        };
        match look(&file, path)? {
            Seen::Free => return Ok(None),
            Seen::Held(holder) => return Ok(Some(holder)),
            Seen::Changing if Instant::now() > patience => return Ok(Some(unknown())),
            Seen::Changing => std::thread::sleep(Duration::from_millis(2)),
        }
    }
}

/// What a look at the lock shows.
enum Seen {
    /// Nobody holds it.
    Free,
    /// A run holds it.
    Held(Holder),
    /// It is held, and does not say by whom: it is just being taken or given back.
    Changing,
}

fn look(file: &File, path: &Path) -> Result<Seen> {
    if try_lock(file, FlockOperation::NonBlockingLockShared, path)? {
        flock(file, FlockOperation::Unlock)
            .map_err(|error| failed("unlock", path)(error.into()))?;
        return Ok(Seen::Free);
    }
    // Unreadable is as good as unsaid: its holder may be writing it this moment.
    let holder = read(file, path).ok().and_then(|content| content.holder);
    Ok(holder.map_or(Seen::Changing, Seen::Held))
}

fn try_lock(file: &File, how: FlockOperation, path: &Path) -> Result<bool> {
    loop {
        match flock(file, how) {
            Ok(()) => return Ok(true),
            Err(rustix::io::Errno::WOULDBLOCK) => return Ok(false),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(failed("lock", path)(error.into())),
        }
    }
}

/// The content; a new file's is the default. Damage is an error, because an epoch that is used
/// twice would make a journal look as if it were part of a state already.
fn read(mut file: &File, path: &Path) -> Result<Content> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(failed("read", path))?;
    if bytes.is_empty() {
        return Ok(Content::default());
    }
    serde_json::from_slice(&bytes).map_err(|error| BackendError::Damaged {
        place: path.display().to_string(),
        reason: format!(
            "{error}; make it one line, {{\"epoch\":N}}, with N no less than the epoch in the \
             first line of the newest state and than the newest journal's name"
        ),
    })
}

fn unknown() -> Holder {
    let unknown = || "unknown".to_owned();
    Holder {
        command: unknown(),
        user: unknown(),
        host: unknown(),
        process: 0,
        since: unknown(),
    }
}
