//! State in a folder on a local disk. Not for a folder that several machines share: there, the
//! locks and fsyncs that all of this rests on may mean less than they say.
//!
//! ```text
//! <folder>/lock                 who runs, and the last epoch: {"epoch":7,"holder":{…}}
//! <folder>/journal/0000000007   what run 7 wrote, batch after batch. Made at the first
//! <folder>/state/0000000012     state 12, made whole or not at all, and never changed
//! ```
//!
//! A journal does not say where a batch ends: its batches come back as one.

mod lock;
mod run;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use stack_engine::backend::{Backend, Holder, Journal, Lease, Result};

use self::run::{Refused, Run};
use crate::disk::{blocking, failed, replace};

/// The state of one environment in one folder, `<root>/<stack>/<environment>`.
///
/// The folder is made when a run takes the lock, for its owner alone (0700, files 0600).
#[derive(Debug, Clone)]
pub struct FileBackend {
    place: String,
    folder: PathBuf,
}

impl FileBackend {
    /// The state in a folder, which need not exist.
    pub fn new(folder: PathBuf) -> Self {
        Self {
            place: format!("file:{}", folder.display()),
            folder,
        }
    }

    /// The same with another name in messages: the URL that the user wrote.
    pub fn called(self, place: String) -> Self {
        Self { place, ..self }
    }

    /// Makes a state the only one there is. For what is handed on and nobody works by: it gets neither lock nor journal, and
    /// whoever may read the folder may read it. A reader sees what was there before or this, each whole.
    pub async fn publish(&self, serial: u64, state: Vec<u8>) -> Result<()> {
        let work = move |folder: &Path| {
            let folder = states(folder);
            std::fs::create_dir_all(&folder).map_err(failed("create", &folder))?;
            replace(&numbered(&folder, serial), &state)?;
            for other in numbers(&folder)? {
                if other != serial {
                    let path = numbered(&folder, other);
                    std::fs::remove_file(&path).map_err(failed("remove", &path))?;
                }
            }
            Ok(())
        };
        self.read(work).await
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Path) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let folder = self.folder.clone();
        blocking("read", &self.folder, move || work(&folder)).await
    }
}

/// The names of the folders in a folder, and of those in them that hold states.
pub(crate) async fn folders(root: &Path) -> Result<Vec<(String, String)>> {
    let work = {
        let root = root.to_owned();
        move || {
            let mut found = Vec::new();
            for outer in folders_in(&root)? {
                for inner in folders_in(&root.join(&outer))? {
                    if states(&root.join(&outer).join(&inner)).is_dir() {
                        found.push((outer.clone(), inner));
                    }
                }
            }
            Ok(found)
        }
    };
    blocking("read", root, work).await
}

/// The names of the folders in a folder, as far as they are text.
fn folders_in(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed("read", folder))? {
        let entry = entry.map_err(failed("read", folder))?;
        if let (true, Ok(name)) = (entry.path().is_dir(), entry.file_name().into_string()) {
            names.push(name);
        }
    }
    Ok(names)
}

#[async_trait]
impl Backend for FileBackend {
    fn place(&self) -> String {
        self.place.clone()
    }

    async fn serials(&self) -> Result<Vec<u64>> {
        self.read(|folder| numbers(&states(folder))).await
    }

    async fn state(&self, serial: u64) -> Result<Vec<u8>> {
        self.read(move |folder| {
            let path = numbered(&states(folder), serial);
            std::fs::read(&path).map_err(failed("read", &path))
        })
        .await
    }

    async fn journals(&self, epoch: u64) -> Result<Vec<Journal>> {
        self.read(move |folder| {
            let folder = journals(folder);
            let newer = numbers(&folder)?
                .into_iter()
                .filter(|number| *number > epoch);
            newer
                .filter_map(|epoch| read_journal(&folder, epoch).transpose())
                .collect()
        })
        .await
    }

    async fn holder(&self) -> Result<Option<Holder>> {
        self.read(|folder| lock::holder(&folder.join("lock"))).await
    }

    async fn lock(&self, holder: &Holder) -> Result<Box<dyn Lease>> {
        let (place, holder) = (self.place.clone(), holder.clone());
        let run = self
            .read(move |folder| Run::begin(place, folder, holder))
            .await?;
        Ok(Box::new(FileLease {
            epoch: run.epoch,
            folder: self.folder.clone(),
            run: Arc::new(Mutex::new(run)),
        }))
    }
}

fn states(folder: &Path) -> PathBuf {
    folder.join("state")
}

fn journals(folder: &Path) -> PathBuf {
    folder.join("journal")
}

/// A file named by a number, with zeros so that `ls` sorts.
fn numbered(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:010}"))
}

/// The numbers that a folder's files are named by, in order. Other files are somebody else's.
fn numbers(folder: &Path) -> Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for name in names(folder)? {
        match name.parse() {
            Ok(number) if numbered(folder, number) == folder.join(&name) => numbers.push(number),
            _ => {}
        }
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// The names in a folder; none if there is no folder.
fn names(folder: &Path) -> Result<Vec<String>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed("read", folder)(error)),
    };
    let names = entries.map(|entry| entry.map(|entry| entry.file_name().into_string().ok()));
    names
        .filter_map(Result::transpose)
        .collect::<io::Result<_>>()
        .map_err(failed("read", folder))
}

/// A journal, unless it was pruned since its folder was read.
fn read_journal(folder: &Path, epoch: u64) -> Result<Option<Journal>> {
    let path = numbered(folder, epoch);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("read", &path)(error)),
    };
    let batches = if bytes.is_empty() {
        Vec::new()
    } else {
        vec![bytes]
    };
    Ok(Some(Journal { epoch, batches }))
}

/// The lease. All it does is done by [`Run`], one thing at a time and off the runtime's threads.
#[derive(Debug)]
struct FileLease {
    epoch: u64,
    folder: PathBuf,
    run: Arc<Mutex<Run>>,
}

impl FileLease {
    async fn with(&self, work: impl FnOnce(&mut Run) -> Result<()> + Send + 'static) -> Result<()> {
        let (run, folder) = (Arc::clone(&self.run), self.folder.clone());
        blocking("write", &self.folder, move || match run.lock() {
            Ok(mut run) => work(&mut run),
            Err(_) => Err(failed("write", &folder)(io::Error::other(
                Refused::Panicked,
            ))),
        })
        .await
    }
}

#[async_trait]
impl Lease for FileLease {
    fn epoch(&self) -> u64 {
        self.epoch
    }

    async fn append(&self, batch: &[u8]) -> Result<()> {
        let batch = batch.to_vec();
        self.with(move |run| run.append(&batch)).await
    }

    async fn commit(&self, serial: u64, state: &[u8]) -> Result<()> {
        let state = state.to_vec();
        self.with(move |run| run.commit(serial, &state)).await
    }

    async fn prune(&self, epoch: u64, keep: usize) -> Result<()> {
        self.with(move |run| run.prune(epoch, keep)).await
    }

    async fn release(self: Box<Self>) -> Result<()> {
        self.with(Run::release).await
    }
}

#[cfg(test)]
mod tests;
