//! What a run writes, one thing at a time. All of it blocks.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use stack_engine::backend::{BackendError, Holder, Result};

use super::lock::{Content, LockFile, Taken};
use super::{journals, names, numbered, numbers, states};
use crate::disk::{Created, UNFINISHED, create_only, failed, make_folder, sync_folder_of};

/// Why a lease writes no more.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum Refused {
    #[error("an earlier write of this run failed, so nothing more is written: {0}")]
    Failed(String),
    #[error("an earlier write of this run ended in a panic, so nothing more is written")]
    Panicked,
    #[error("this run gave its lock back")]
    Released,
    #[error("this run removed its own journal, being part of a state that was committed")]
    Pruned,
}

/// A run's journal file.
#[derive(Debug)]
pub(super) enum JournalFile {
    Unwritten,
    Open(File),
    Pruned,
}

/// What a lease writes with.
#[derive(Debug)]
pub(super) struct Run {
    place: String,
    folder: PathBuf,
    pub epoch: u64,
    lock: LockFile,
    pub(super) journal: JournalFile,
    refused: Option<Refused>,
}

impl Run {
    pub fn begin(place: String, folder: &Path, holder: Holder) -> Result<Self> {
        make_folder(folder)?;
        let (lock, before) = match LockFile::take(&folder.join("lock"))? {
            Taken::Ours(lock, before) => (lock, before),
            Taken::Theirs(holder) => {
                return Err(BackendError::Locked {
                    place,
                    holder: Box::new(holder),
                });
            }
        };
        // Journals may have been pruned, and the lock file may have been removed by hand.
        let newest = numbers(&journals(folder))?.last().copied().unwrap_or(0);
        let epoch = before.epoch.max(newest) + 1;
        lock.write(&Content {
            epoch,
            holder: Some(holder),
        })?;
        Ok(Self {
            place,
            folder: folder.into(),
            epoch,
            lock,
            journal: JournalFile::Unwritten,
            refused: None,
        })
    }

    /// Does what writes. After a failure nobody knows what the disk has and what it will keep, and
    /// an fsync that is asked again answers as if all were well; so it is never asked again.
    fn write(&mut self, path: &Path, work: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        if let Some(refused) = &self.refused {
            return Err(failed("write", path)(io::Error::other(refused.clone())));
        }
        let done = self.lock.check(&self.place).and_then(|()| work(self));
        if let Err(error) = &done {
            self.refused = Some(Refused::Failed(with_causes(error)));
        }
        done
    }

    pub fn append(&mut self, batch: &[u8]) -> Result<()> {
        let path = numbered(&journals(&self.folder), self.epoch);
        self.write(&path, |run| {
            if let JournalFile::Unwritten = run.journal {
                run.journal = JournalFile::Open(create_journal(&path)?);
            }
            let JournalFile::Open(file) = &mut run.journal else {
                return Err(failed("write", &path)(io::Error::other(Refused::Pruned)));
            };
            file.write_all(batch)
                .and_then(|()| file.sync_data())
                .map_err(failed("write", &path))
        })
    }

    pub fn commit(&mut self, serial: u64, state: &[u8]) -> Result<()> {
        let path = numbered(&states(&self.folder), serial);
        let mut created = Created::Made;
        self.write(&path, |_| {
            created = create_only(&path, state)?;
            Ok(())
        })?;
        match created {
            Created::Made => Ok(()),
            // Nothing was written, so the run may go on.
            Created::Existed => Err(failed("write", &path)(io::Error::new(
                io::ErrorKind::AlreadyExists,
                "a state of that serial was committed already, and is never overwritten",
            ))),
        }
    }

    pub fn prune(&mut self, epoch: u64, keep: usize) -> Result<()> {
        if let Some(refused) = &self.refused {
            return Err(failed("prune", &self.folder)(io::Error::other(
                refused.clone(),
            )));
        }
        self.lock.check(&self.place)?;
        if epoch >= self.epoch {
            // What would be appended now would be read by nobody.
            self.journal = JournalFile::Pruned;
        }
        let folder = journals(&self.folder);
        for number in numbers(&folder)?
            .into_iter()
            .filter(|number| *number <= epoch)
        {
            remove(&numbered(&folder, number))?;
        }
        let folder = states(&self.folder);
        let serials = numbers(&folder)?;
        let old = serials.len().saturating_sub(keep.max(1));
        for serial in &serials[..old] {
            remove(&numbered(&folder, *serial))?;
        }
        // We hold the lock, so whoever began these is gone.
        for name in names(&folder)?
            .iter()
            .filter(|name| name.starts_with(UNFINISHED))
        {
            remove(&folder.join(name))?;
        }
        Ok(())
    }

    pub fn release(&mut self) -> Result<()> {
        self.refused = Some(Refused::Released);
        // Another's file is not ours to write to; freeing what we hold harms nobody.
        let said = self.lock.check(&self.place).and_then(|()| {
            self.lock.write(&Content {
                epoch: self.epoch,
                holder: None,
            })
        });
        self.lock.free().and(said)
    }
}

fn create_journal(path: &Path) -> Result<File> {
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    let file = OpenOptions::new()
        .append(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(failed("create", path))?;
    sync_folder_of(path)?;
    Ok(file)
}

fn remove(path: &Path) -> Result<()> {
    std::fs::remove_file(path).map_err(failed("remove", path))
}

pub(super) fn with_causes(error: &BackendError) -> String {
    let mut message = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        message = format!("{message}: {error}");
        cause = error.source();
    }
    message
}
