//! What the lock's object and a batch's object say.

use serde::{Deserialize, Serialize};
use stack_engine::backend::{BackendError, Holder, Result};

/// The format of the lock's object and of batches.
pub(super) const FORMAT: u32 = 1;

/// What the lock's object says. It is never removed, since it counts the runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    /// The format.
    pub format: u32,
    /// The last run's number.
    pub epoch: u64,
    /// Counts what its holder wrote. While it moves, the holder lives.
    pub beat: u64,
    /// Which lease it is, so that whoever lost an answer knows its own write again.
    pub lease: String,
    /// For how long the lease holds after each beat.
    pub lasts_ms: u64,
    /// Who holds it. Nobody, once it was given back.
    pub holder: Option<Holder>,
    /// Runs whose lock was taken over and whose journal may not be closed yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open: Vec<u64>,
}

#[derive(Deserialize)]
struct Format {
    format: u32,
}

impl Record {
    /// Its bytes.
    pub fn encode(&self) -> Vec<u8> {
        // A structure of texts and numbers always becomes JSON.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads it.
    pub fn decode(bytes: &[u8], place: &str) -> Result<Self> {
        let damaged = |error: serde_json::Error| BackendError::Damaged {
            place: place.to_owned(),
            reason: error.to_string(),
        };
        let Format { format } = serde_json::from_slice(bytes).map_err(damaged)?;
        known(format, place)?;
        serde_json::from_slice(bytes).map_err(damaged)
    }
}

fn known(format: u32, place: &str) -> Result<()> {
    match format {
        FORMAT => Ok(()),
        found if found > FORMAT => Err(BackendError::Newer {
            place: place.to_owned(),
            found,
            known: FORMAT,
        }),
        _ => Err(BackendError::Damaged {
            place: place.to_owned(),
            reason: format!("it has format {format}, which never was"),
        }),
    }
}

/// What a batch's object holds: a line that says what it is and who wrote it, then the entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Batch {
    /// Entries of the run.
    Entries(Vec<u8>),
    /// The end of the run, written by whoever took its lock over.
    Closed,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Title {
    format: u32,
    kind: Kind,
    lease: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Batch,
    Closed,
}

impl Batch {
    /// The object of some entries. It names the lease, so that no two writers' objects are ever equal.
    pub fn entries(lease: &str, entries: &[u8]) -> Vec<u8> {
        [&Self::title(Kind::Batch, lease)[..], entries].concat()
    }

    /// The object that closes a run.
    pub fn closed(lease: &str) -> Vec<u8> {
        Self::title(Kind::Closed, lease)
    }

    fn title(kind: Kind, lease: &str) -> Vec<u8> {
        let title = Title {
            format: FORMAT,
            kind,
            lease: lease.to_owned(),
        };
        // A structure of texts and numbers always becomes JSON.
        let mut title = serde_json::to_vec(&title).unwrap_or_default();
        title.push(b'\n');
        title
    }

    /// Reads an object.
    pub fn decode(mut bytes: Vec<u8>, place: &str) -> Result<Self> {
        let damaged = |reason: &str| BackendError::Damaged {
            place: place.to_owned(),
            reason: reason.to_owned(),
        };
        let end = bytes
            .iter()
            .position(|byte| *byte == b'\n')
            .ok_or_else(|| damaged("its first line has no end"))?;
        let unreadable = |error: serde_json::Error| damaged(&error.to_string());
        let Format { format } = serde_json::from_slice(&bytes[..end]).map_err(unreadable)?;
        known(format, place)?;
        let title: Title = serde_json::from_slice(&bytes[..end]).map_err(unreadable)?;
        match title.kind {
            Kind::Closed => Ok(Self::Closed),
            Kind::Batch => Ok(Self::Entries(bytes.split_off(end + 1))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_comes_back_byte_for_byte() {
        for entries in [&b""[..], b"one\n", b"\n\n", b"to\xff"] {
            let batch = Batch::decode(Batch::entries("a", entries), "x").unwrap();
            assert_eq!(batch, Batch::Entries(entries.to_vec()));
        }
        assert_eq!(
            Batch::decode(Batch::closed("a"), "x").unwrap(),
            Batch::Closed
        );
        assert_ne!(Batch::entries("a", b"x"), Batch::entries("b", b"x"));
    }

    #[test]
    fn what_is_newer_is_told_from_what_is_damaged() {
        let newer = br#"{"format":2,"kind":"else"}"#;
        let error = Record::decode(newer, "x").unwrap_err();
        assert!(matches!(error, BackendError::Newer { found: 2, .. }));
        let error = Batch::decode([newer, &b"\n"[..]].concat(), "x").unwrap_err();
        assert!(matches!(error, BackendError::Newer { found: 2, .. }));
        for bytes in [&b""[..], b"{}\n", b"{\"format\":0}\n", b"one"] {
            let error = Record::decode(bytes, "x").unwrap_err();
            assert!(matches!(error, BackendError::Damaged { .. }), "{error}");
            let error = Batch::decode(bytes.to_vec(), "x").unwrap_err();
            assert!(matches!(error, BackendError::Damaged { .. }), "{error}");
        }
    }
}
