//! What is asked of a store. Requests that fail for reasons that pass are tried again, and a write whose answer was
//! lost is looked for before anything is said of it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{
    Error, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutResult, UpdateVersion,
};
use stack_engine::backend::Result;
use tokio::time::Instant;

use super::trouble::{self, Reason};

/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The objects below one prefix.
#[derive(Clone)]
pub(super) struct Store {
    inner: Arc<dyn ObjectStore>,
    prefix: Path,
    place: String,
    patience: Duration,
}

/// An object, and which version of it.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub bytes: Vec<u8>,
    pub version: UpdateVersion,
}

/// Whether an object was created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Created {
    /// It was, by us.
    Made,
    /// Somebody else's is there.
    Collided,
}

/// What became of a compare-and-swap.
#[derive(Debug)]
pub(super) enum Swapped {
    /// Ours is there, in this version.
    Done(UpdateVersion),
    /// Something else is there, or nothing.
    Lost(Option<Found>),
}

impl Store {
    pub fn new(
        inner: Arc<dyn ObjectStore>,
        prefix: Path,
        place: String,
        patience: Duration,
    ) -> Self {
        Self {
            inner,
            prefix,
            place,
            patience,
        }
    }

    /// The same with another patience.
    pub fn patient(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// What the place is called in messages.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// What an object is called in messages.
    pub fn name(&self, key: &str) -> String {
        format!("{}/{key}", self.place)
    }

    fn path(&self, key: &str) -> Path {
        let parts = self.prefix.parts().map(|part| part.as_ref().to_owned());
        Path::from_iter(parts.chain(key.split('/').map(str::to_owned)))
    }

    /// An object's bytes. One that is not there is an error.
    pub async fn read(&self, key: &str) -> Result<Vec<u8>> {
        let missing = || trouble::failed("read", self.name(key), Reason::NoObject);
        Ok(self.find(key).await?.ok_or_else(missing)?.bytes)
    }

    /// An object, if it is there.
    pub async fn find(&self, key: &str) -> Result<Option<Found>> {
        let path = self.path(key);
        let found = self.patiently(|| self.find_once(&path)).await;
        found.map_err(|error| trouble::explain("read", self.name(key), error))
    }

    async fn find_once(&self, path: &Path) -> Result<Option<Found>, Error> {
        let got = match self.inner.get(path).await {
            Ok(got) => got,
            Err(error) if trouble::is_missing_object(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        let version = UpdateVersion {
            e_tag: got.meta.e_tag.clone(),
            version: got.meta.version.clone(),
        };
        let bytes = got.bytes().await?.to_vec();
        Ok(Some(Found { bytes, version }))
    }

    /// The keys below a folder, in no order.
    pub async fn list(&self, folder: &str) -> Result<Vec<String>> {
        let path = self.path(folder);
        let list = || async {
            let objects = self.inner.list(Some(&path));
            objects
                .map_ok(|meta| meta.location)
                .try_collect::<Vec<_>>()
                .await
        };
        let found = self
            .patiently(list)
            .await
            .map_err(|error| trouble::explain("read", self.name(folder), error))?;
        let below = |path: &Path| {
            let parts = path.prefix_match(&self.prefix)?;
            let parts: Vec<String> = parts.map(|part| part.as_ref().to_owned()).collect();
            Some(parts.join("/"))
        };
        Ok(found.iter().filter_map(below).collect())
    }

    /// The names of the folders right below a folder; of the place itself, where that is empty.
    pub async fn folders(&self, folder: &str) -> Result<Vec<String>> {
        let path = match folder {
            "" => self.prefix.clone(),
            folder => self.path(folder),
        };
        let list = || async { self.inner.list_with_delimiter(Some(&path)).await };
        let found = self.patiently(list).await;
        let found = found.map_err(|error| trouble::explain("read", self.name(folder), error))?;
        let names = found.common_prefixes.iter();
        Ok(names
            .filter_map(|path| Some(path.filename()?.to_owned()))
            .collect())
    }

    /// Removes an object. One that is not there is removed already.
    pub async fn remove(&self, key: &str) -> Result<()> {
        let path = self.path(key);
        let remove = || async {
            match self.inner.delete(&path).await {
                Err(error) if trouble::is_missing_object(&error) => Ok(()),
                other => other,
            }
        };
        let removed = self.patiently(remove).await;
        removed.map_err(|error| trouble::explain("remove", self.name(key), error))
    }

    /// Creates an object, or nothing.
    ///
    /// A write may take effect though its answer is lost, by us, by a proxy or by the client's own repetition; then the
    /// next try finds the key taken. So whatever is found there is compared with what was to be written. `bytes` must
    /// be such that nobody else writes the same.
    pub async fn create(&self, key: &str, bytes: &[u8]) -> Result<Created> {
        let path = self.path(key);
        let mut tries = Tries::new(self.patience);
        loop {
            let error = match self.put(&path, bytes, PutMode::Create).await {
                Ok(_) => return Ok(Created::Made),
                Err(error) => error,
            };
            if !trouble::is_conflict(&error) && !trouble::may_pass(&error) {
                return Err(trouble::explain("write", self.name(key), error));
            }
            match self.find_once(&path).await {
                Ok(Some(found)) if found.bytes == bytes => return Ok(Created::Made),
                Ok(Some(_)) => return Ok(Created::Collided),
                // Not there, or not to be told: the same write once more can do no harm.
                Ok(None) | Err(_) => {}
            }
            if !tries.again().await {
                return Err(trouble::explain("write", self.name(key), error));
            }
        }
    }

    /// Puts an object in the place of the version that was seen, or of none.
    ///
    /// Like [`create`](Self::create) it looks before it says that the object is somebody else's.
    pub async fn swap(
        &self,
        key: &str,
        seen: Option<&UpdateVersion>,
        bytes: &[u8],
    ) -> Result<Swapped> {
        self.swap_within(self.patience, key, seen, bytes).await
    }

    /// The same with a patience of its own.
    pub async fn swap_within(
        &self,
        patience: Duration,
        key: &str,
        seen: Option<&UpdateVersion>,
        bytes: &[u8],
    ) -> Result<Swapped> {
        let path = self.path(key);
        let mode = || seen.map_or(PutMode::Create, |seen| PutMode::Update(seen.clone()));
        let mut tries = Tries::new(patience);
        loop {
            let error = match self.put(&path, bytes, mode()).await {
                Ok(put) => return Ok(Swapped::Done(put.into())),
                Err(error) => error,
            };
            let conflict = trouble::is_conflict(&error);
            if !conflict && !trouble::may_pass(&error) {
                return Err(trouble::explain("write", self.name(key), error));
            }
            match self.find_once(&path).await {
                Ok(Some(found)) if found.bytes == bytes => {
                    return Ok(Swapped::Done(found.version));
                }
                Ok(found) if conflict => return Ok(Swapped::Lost(found)),
                Ok(_) | Err(_) => {}
            }
            if !tries.again().await {
                return Err(trouble::explain("write", self.name(key), error));
            }
        }
    }

    async fn put(&self, path: &Path, bytes: &[u8], mode: PutMode) -> Result<PutResult, Error> {
        let payload = Bytes::copy_from_slice(bytes).into();
        let options = PutOptions::from(mode);
        self.inner.put_opts(path, payload, options).await
    }

    /// Does something that may be done twice, until it works or there is no hope.
    async fn patiently<T, F>(&self, work: impl Fn() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let mut tries = Tries::new(self.patience);
        loop {
            match work().await {
                Err(error) if trouble::may_pass(&error) => {
                    if !tries.again().await {
                        return Err(error);
                    }
                }
                other => return other,
            }
        }
    }
}

/// Pauses that grow, until patience ends.
struct Tries {
    until: Instant,
    pause: Duration,
}

impl Tries {
    fn new(patience: Duration) -> Self {
        Self {
            until: Instant::now() + patience,
            pause: Duration::from_millis(50),
        }
    }

    /// Waits for the next try. False when there is none.
    async fn again(&mut self) -> bool {
        if Instant::now() >= self.until {
            return false;
        }
        // Several who failed at once should not come back at once.
        let part = 0.5 + rand::random::<f64>() / 2.0;
        tokio::time::sleep(self.pause.mul_f64(part)).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        true
    }
}
