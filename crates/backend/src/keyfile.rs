//! A key in a file, which wraps the data key of each environment that uses it.
//!
//! The file is one line of text, `stack-key-1 <64 hexadecimal digits>`, readable by its owner alone. A
//! state's header says `{"kind":"key-file","id":"<8 digits>","wrapped":"…"}`; the id is the beginning
//! of the key's SHA-256, so that a person can tell which key is wanted.

use std::fs::OpenOptions;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use stack_engine::backend::{BackendError, Keys, Result, Seal};
use zeroize::Zeroizing;

use crate::disk::{self, blocking, create_only};
use crate::keyring::{OPENING, Wrap, purpose};
use crate::seal::{DataKey, Key, failed};

/// What a header's `kind` is.
pub(crate) const KIND: &str = "key-file";

const FORMAT: &str = "stack-key-1 ";

/// More than any key file has.
const LARGEST: u64 = 4096;

/// The key in a file.
///
/// [`create`](Keys::create) makes the file if there is none. [`open`](Keys::open) never does: a state
/// that was sealed wants the key that sealed it.
#[derive(Debug, Clone)]
pub struct KeyFile {
    path: PathBuf,
}

impl KeyFile {
    /// The key in a file, which need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }
}

#[derive(Serialize, Deserialize)]
struct Header {
    kind: String,
    id: String,
    wrapped: String,
}

#[async_trait]
impl Keys for KeyFile {
    async fn create(&self, lineage: &str) -> Result<Box<dyn Seal>> {
        let data = Key::generate().map_err(|error| failed("making a data key", error))?;
        let header = self.wrap(lineage, &data).await?;
        Ok(Box::new(DataKey::new(data, header)))
    }

    async fn open(&self, lineage: &str, header: &Json) -> Result<Box<dyn Seal>> {
        let data = self.unwrap(lineage, header).await?;
        Ok(Box::new(DataKey::new(data, header.clone())))
    }
}

#[async_trait]
impl Wrap for KeyFile {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn wrap(&self, lineage: &str, data: &Key) -> Result<Json> {
        let path = self.path.clone();
        let key = blocking("read", &self.path, move || read_or_make(&path)).await?;
        let wrapped = key.seal(&purpose(lineage), data.bytes());
        let wrapped = wrapped.map_err(|error| failed("wrapping a data key", error))?;
        Ok(serde_json::json!(Header {
            kind: KIND.into(),
            id: id(&key),
            wrapped
        }))
    }

    async fn unwrap(&self, lineage: &str, header: &Json) -> Result<Key> {
        let wanted = parse(header)?;
        let path = self.path.clone();
        let found = blocking("read", &self.path, move || read(&path)).await?;
        let (id_wanted, path) = (&wanted.id, self.path.display());
        let Some(key) = found else {
            return Err(failed(
                OPENING,
                format!(
                    "they are sealed with key {id_wanted}, and there is no key file at {path}. Without \
                     that key they cannot be opened: copy the file from where this state was last used, \
                     or from a backup"
                ),
            ));
        };
        let id_found = id(&key);
        if id_found != *id_wanted {
            return Err(failed(
                OPENING,
                format!(
                    "they are sealed with key {id_wanted}, and {path} holds key {id_found}. Without key \
                     {id_wanted} they cannot be opened: name the file that holds it"
                ),
            ));
        }
        let unwrapped = key.open(&purpose(lineage), &wanted.wrapped);
        let data = unwrapped.map_err(|error| {
            let reason = format!("its data key cannot be unwrapped with key {id_wanted}: {error}");
            failed(OPENING, reason)
        })?;
        Key::from_bytes(&data).ok_or_else(|| failed(OPENING, "its data key does not have 32 bytes"))
    }
}

fn id(key: &Key) -> String {
    hex::encode(&Sha256::digest(key.bytes())[..4])
}

fn parse(header: &Json) -> Result<Header> {
    match header.get("kind").and_then(Json::as_str) {
        Some(KIND) => Header::deserialize(header)
            .map_err(|error| failed(OPENING, format!("its header is damaged: {error}"))),
        Some(kind) => Err(failed(
            OPENING,
            format!("they are sealed with a key of kind {kind:?}, and a key file is configured"),
        )),
        None => Err(failed(
            OPENING,
            "its header does not say what they are sealed with",
        )),
    }
}

/// The key, if there is a file.
fn read(path: &Path) -> Result<Option<Key>> {
    let file = match OpenOptions::new().read(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(disk::failed("read", path)(error)),
    };
    // Of the file that was opened, which need not be the one that has the name by now.
    let about = file.metadata().map_err(disk::failed("read", path))?;
    if !about.is_file() {
        return Err(damaged(path, "it is not a file"));
    }
    if about.permissions().mode() & 0o077 != 0 {
        let shown = path.display();
        return Err(failed(
            "cannot use the key file",
            format!("{shown} is open to others than its owner: run `chmod 600 {shown}`"),
        ));
    }
    let mut text = Zeroizing::new(String::with_capacity(LARGEST as usize));
    file.take(LARGEST)
        .read_to_string(&mut text)
        .map_err(disk::failed("read", path))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let Some(digits) = line.strip_prefix(FORMAT) else {
        let reason = "it does not begin with `stack-key-1`: either it is not a key file, or a newer \
                      release of stack made it";
        return Err(damaged(path, reason));
    };
    let mut bytes = Zeroizing::new([0; 32]);
    hex::decode_to_slice(digits, &mut *bytes)
        .map_err(|_| damaged(path, "a key has 64 hexadecimal digits, and this has not"))?;
    Ok(Key::from_bytes(&*bytes))
}

fn read_or_make(path: &Path) -> Result<Key> {
    if let Some(key) = read(path)? {
        return Ok(key);
    }
    let key = Key::generate().map_err(|error| failed("making a key file", error))?;
    let mut digits = Zeroizing::new([0; 64]);
    hex::encode_to_slice(key.bytes(), &mut *digits)
        .map_err(|error| failed("making a key file", error))?;
    let mut line = Zeroizing::new(Vec::with_capacity(FORMAT.len() + digits.len() + 1));
    line.extend_from_slice(FORMAT.as_bytes());
    line.extend_from_slice(&*digits);
    line.push(b'\n');
    create_only(path, &line)?;
    // What is there counts: another run may have been first.
    read(path)?.ok_or_else(|| disk::failed("read", path)(io::ErrorKind::NotFound.into()))
}

fn damaged(path: &Path, reason: &str) -> BackendError {
    BackendError::Damaged {
        place: path.display().to_string(),
        reason: reason.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINEAGE: &str = "2b9f6f0e-0000-4000-8000-000000000000";

    struct Place {
        _temp: tempfile::TempDir,
        path: PathBuf,
        keys: KeyFile,
    }

    fn place() -> Place {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("config/key");
        Place {
            _temp: temp,
            keys: KeyFile::new(&path),
            path,
        }
    }

    /// The message of a failure; a seal has none to show.
    fn message(opened: Result<Box<dyn Seal>>) -> String {
        match opened {
            Ok(_) => panic!("it opened"),
            Err(error) => error.to_string(),
        }
    }

    #[tokio::test]
    async fn what_one_run_seals_the_next_opens() {
        let place = place();
        let seal = place.keys.create(LINEAGE).await.unwrap();
        let sealed = seal.seal(b"correct horse").unwrap();
        let header: Json = serde_json::from_str(&seal.header().to_string()).unwrap();
        let again = KeyFile::new(&place.path)
            .open(LINEAGE, &header)
            .await
            .unwrap();
        assert_eq!(again.open(&sealed).unwrap(), b"correct horse");
        assert_eq!(again.header(), header);
    }

    #[tokio::test]
    async fn the_file_is_one_line_for_its_owner() {
        let place = place();
        let seal = place.keys.create(LINEAGE).await.unwrap();
        let text = std::fs::read_to_string(&place.path).unwrap();
        let digits = text
            .strip_prefix("stack-key-1 ")
            .unwrap()
            .strip_suffix('\n')
            .unwrap();
        assert_eq!(digits.len(), 64);
        let mode = std::fs::metadata(&place.path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let header = seal.header();
        assert_eq!(header["kind"], "key-file");
        let sum = hex::encode(Sha256::digest(hex::decode(digits).unwrap()));
        assert_eq!(header["id"], sum[..8]);
        assert!(!header.to_string().contains(digits));
    }

    #[tokio::test]
    async fn every_lineage_has_a_data_key_of_its_own() {
        let place = place();
        let one = place.keys.create(LINEAGE).await.unwrap();
        let file = std::fs::read(&place.path).unwrap();
        let other = place.keys.create("another").await.unwrap();
        assert_eq!(
            std::fs::read(&place.path).unwrap(),
            file,
            "the key is made once"
        );
        assert_eq!(one.header()["id"], other.header()["id"]);
        let sealed = one.seal(b"correct horse").unwrap();
        assert!(other.open(&sealed).is_err());
        let shown = message(place.keys.open("another", &one.header()).await);
        assert!(shown.contains("cannot be unwrapped"), "{shown}");
    }

    #[tokio::test]
    async fn a_missing_key_is_never_made_anew() {
        let place = place();
        let header = place.keys.create(LINEAGE).await.unwrap().header();
        std::fs::remove_file(&place.path).unwrap();
        let shown = message(place.keys.open(LINEAGE, &header).await);
        assert!(shown.contains(header["id"].as_str().unwrap()), "{shown}");
        assert!(shown.contains(&place.path.display().to_string()), "{shown}");
        assert!(shown.contains("cannot be opened"), "{shown}");
        assert!(!place.path.exists());
    }

    #[tokio::test]
    async fn a_wrong_key_is_named_beside_the_right_one() {
        let place = place();
        let old = place.keys.create(LINEAGE).await.unwrap().header();
        std::fs::remove_file(&place.path).unwrap();
        let new = place.keys.create(LINEAGE).await.unwrap().header();
        let shown = message(place.keys.open(LINEAGE, &old).await);
        for id in [&old["id"], &new["id"]] {
            assert!(shown.contains(id.as_str().unwrap()), "{shown}");
        }
        assert!(shown.contains(&place.path.display().to_string()), "{shown}");
    }

    #[tokio::test]
    async fn a_key_that_others_can_read_is_refused() {
        let place = place();
        let header = place.keys.create(LINEAGE).await.unwrap().header();
        for mode in [0o640, 0o604, 0o660, 0o620, 0o602] {
            std::fs::set_permissions(&place.path, PermissionsExt::from_mode(mode)).unwrap();
            let advice = format!("chmod 600 {}", place.path.display());
            let shown = message(place.keys.open(LINEAGE, &header).await);
            assert!(shown.contains(&advice), "{mode:o}: {shown}");
            let shown = message(place.keys.create(LINEAGE).await);
            assert!(shown.contains(&advice), "{mode:o}: {shown}");
        }
        std::fs::set_permissions(&place.path, PermissionsExt::from_mode(0o400)).unwrap();
        place.keys.open(LINEAGE, &header).await.unwrap();
    }

    #[tokio::test]
    async fn a_damaged_key_is_refused_and_kept() {
        let place = place();
        drop(place.keys.create(LINEAGE).await.unwrap());
        let whole = std::fs::read_to_string(&place.path).unwrap();
        let newer = whole.replace("stack-key-1", "stack-key-2");
        for damaged in [
            "",
            "stack-key-1",
            &whole[..40],
            &newer,
            &format!("{whole}{whole}"),
        ] {
            std::fs::write(&place.path, damaged).unwrap();
            let shown = message(place.keys.create(LINEAGE).await);
            assert!(shown.contains(&place.path.display().to_string()), "{shown}");
            assert!(!shown.contains(&whole[12..30]), "{shown}");
            assert_eq!(std::fs::read_to_string(&place.path).unwrap(), damaged);
        }
    }

    #[tokio::test]
    async fn another_kind_of_key_is_named() {
        let place = place();
        let header = serde_json::json!({ "kind": "aws-kms", "key": "alias/state" });
        let shown = message(place.keys.open(LINEAGE, &header).await);
        assert!(shown.contains("aws-kms"), "{shown}");
        let shown = message(place.keys.open(LINEAGE, &Json::Null).await);
        assert!(shown.contains("does not say"), "{shown}");
        assert!(!place.path.exists());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn those_who_make_it_at_once_agree() {
        let place = place();
        let making: Vec<_> = (0..16)
            .map(|_| {
                let keys = place.keys.clone();
                tokio::spawn(async move { keys.create(LINEAGE).await.unwrap().header() })
            })
            .collect();
        for made in making {
            place
                .keys
                .open(LINEAGE, &made.await.unwrap())
                .await
                .unwrap();
        }
    }
}
