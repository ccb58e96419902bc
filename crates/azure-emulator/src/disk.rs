//! The store on disk: one file, always whole.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::store::Store;

/// Where the store is kept.
#[derive(Debug)]
pub struct Disk {
    file: PathBuf,
}

impl Disk {
    /// A folder, made if it is not there.
    pub fn open(folder: &Path) -> io::Result<Disk> {
        fs::create_dir_all(folder)?;
        let file = folder.join("state.json");
        Ok(Disk { file })
    }

    /// What was kept; nothing when nothing was.
    pub fn load(&self) -> io::Result<Store> {
        match fs::read(&self.file) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(io::Error::from),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Store::default()),
            Err(error) => Err(error),
        }
    }

    /// Replaces what was kept. Whoever reads finds the old or the new, never a part.
    pub fn save(&self, store: &Store) -> io::Result<()> {
        let new = self.file.with_extension("new");
        fs::write(&new, serde_json::to_vec(store)?)?;
        fs::rename(&new, &self.file)
    }
}
