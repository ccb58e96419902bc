//! States and journals as bytes. Nothing else makes bytes that a backend keeps, so nothing is kept unsealed.
//!
//! A state is JSON, one line a part: a header with a digest of what follows, then a line per resource, lookup and
//! provider. A journal is a line per entry, each with its own digest, because its last line may be cut short.

use std::collections::BTreeMap;
use std::io;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use serde_json::ser::{Formatter, Serializer};
use sha2::{Digest, Sha256};
use stack_model::graph::OutputValues;
use stack_model::{Expr, Name, Urn};

use crate::backend::{BackendError, Result, Seal};
use crate::state::{FORMAT, Header, LookupState, ProviderState, ResourceState, State};

/// The first line of a state.
#[derive(Serialize, Deserialize)]
pub(crate) struct StateHeader {
    format: u32,
    #[serde(flatten)]
    pub header: Header,
    pub sealing: Json,
    digest: String,
}

impl StateHeader {
    /// A state's bytes: the header, with the body's digest, and the body.
    pub fn before(mut self, body: &str) -> Result<Vec<u8>> {
        self.digest = digest(body.as_bytes());
        let mut bytes = serde_json::to_vec(&self).map_err(|error| unwritable(&error))?;
        bytes.push(b'\n');
        bytes.extend_from_slice(body.as_bytes());
        Ok(bytes)
    }
}

/// One line of a state. Lines of a kind that is not known make the state unreadable, never incomplete.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Line {
    Resource {
        urn: Urn,
        #[serde(flatten)]
        state: ResourceState,
    },
    Lookup {
        urn: Urn,
        #[serde(flatten)]
        state: LookupState,
    },
    Provider {
        name: Name,
        #[serde(flatten)]
        state: ProviderState,
    },
    Generation {
        urn: Urn,
        generation: u32,
    },
    Outputs {
        values: OutputValues,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        expressions: BTreeMap<String, Expr>,
    },
}

impl Line {
    /// Whether a state does not have its like yet.
    pub(crate) fn is_new_to(&self, state: &State) -> bool {
        match self {
            Self::Resource { urn, .. } => !state.resources.contains_key(urn),
            Self::Lookup { urn, .. } => !state.lookups.contains_key(urn),
            Self::Provider { name, .. } => !state.providers.contains_key(name),
            Self::Generation { urn, .. } => !state.generations.contains_key(urn),
            Self::Outputs { .. } => state.outputs.is_empty(),
        }
    }

    /// Makes it part of a state.
    pub(crate) fn part_of(self, state: &mut State) {
        match self {
            Self::Resource {
                urn,
                state: resource,
            } => drop(state.resources.insert(urn, resource)),
            Self::Lookup { urn, state: lookup } => drop(state.lookups.insert(urn, lookup)),
            Self::Provider {
                name,
                state: provider,
            } => drop(state.providers.insert(name, provider)),
            Self::Generation { urn, generation } => drop(state.generations.insert(urn, generation)),
            Self::Outputs {
                values,
                expressions,
            } => (state.outputs, state.output_expressions) = (values, expressions),
        }
    }
}

fn digest(bytes: &[u8]) -> String {
    hex::encode(&Sha256::digest(bytes)[..16])
}

/// Anything as one line of JSON in which every `{"$secret": …}` has become `{"$sealed": "…"}`.
///
/// A literal key that begins with `$` is written `$$…`, so what is replaced is always a mark of ours. A secret that is not
/// here cannot be sealed, and is an error: what came from a redacted snapshot is never recorded.
pub fn sealed_json(part: &impl Serialize, seal: &dyn Seal) -> Result<String> {
    let plain = readable_json(part)?;
    if !plain.contains(r#""$secret""#) && !plain.contains(r#""$redacted""#) {
        return Ok(plain);
    }
    let mut json: Json = serde_json::from_str(&plain).map_err(|error| unwritable(&error))?;
    if has_redacted(&json) {
        return Err(BackendError::Seal {
            what: "cannot seal a secret".into(),
            reason: "it is not here: it was read from a redacted snapshot".into(),
        });
    }
    seal_in(&mut json, seal)?;
    Ok(json.to_string())
}

/// JSON that can be read back, or an error: what is recorded is never lost to its own depth.
pub(crate) fn readable_json(part: &impl Serialize) -> Result<String> {
    let mut json = Vec::with_capacity(256);
    let mut serializer = Serializer::with_formatter(&mut json, Bounded { levels: 0 });
    let written = part.serialize(&mut serializer);
    written.map_err(|error| unwritable(&error))?;
    String::from_utf8(json).map_err(|error| unwritable(&serde::ser::Error::custom(error)))
}

/// Compact JSON of at most as many levels as `serde_json` reads.
struct Bounded {
    levels: usize,
}

impl Bounded {
    const MOST: usize = 127;

    fn enter(&mut self) -> io::Result<()> {
        self.levels += 1;
        match self.levels > Self::MOST {
            true => Err(io::Error::other("it is nested too deep to be read back")),
            false => Ok(()),
        }
    }
}

impl Formatter for Bounded {
    fn begin_array<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.enter()?;
        writer.write_all(b"[")
    }

    fn end_array<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.levels -= 1;
        writer.write_all(b"]")
    }

    fn begin_object<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.enter()?;
        writer.write_all(b"{")
    }

    fn end_object<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.levels -= 1;
        writer.write_all(b"}")
    }
}

fn unwritable(error: &serde_json::Error) -> BackendError {
    BackendError::Seal {
        what: "writing JSON".into(),
        reason: error.to_string(),
    }
}

fn has_redacted(json: &Json) -> bool {
    match json {
        Json::Object(map) => map.contains_key("$redacted") || map.values().any(has_redacted),
        Json::Array(items) => items.iter().any(has_redacted),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => false,
    }
}

fn seal_in(json: &mut Json, seal: &dyn Seal) -> Result<()> {
    match json {
        Json::Object(map) => {
            if let Some(secret) = map.remove("$secret") {
                map.insert(
                    "$sealed".into(),
                    Json::String(seal.seal(secret.to_string().as_bytes())?),
                );
                return Ok(());
            }
            map.values_mut().try_for_each(|value| seal_in(value, seal))
        }
        Json::Array(items) => items.iter_mut().try_for_each(|item| seal_in(item, seal)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => Ok(()),
    }
}

/// The reverse of [`sealed_json`].
pub fn unsealed<T: DeserializeOwned>(line: &str, seal: &dyn Seal, place: &str) -> Result<T> {
    let damaged = |error: serde_json::Error| BackendError::Damaged {
        place: place.into(),
        reason: error.to_string(),
    };
    if !line.contains(r#""$sealed""#) {
        return serde_json::from_str(line).map_err(damaged);
    }
    let mut json: Json = serde_json::from_str(line).map_err(damaged)?;
    open_in(&mut json, seal)?;
    serde_json::from_value(json).map_err(damaged)
}

fn open_in(json: &mut Json, seal: &dyn Seal) -> Result<()> {
    match json {
        Json::Object(map) => {
            if let Some(Json::String(sealed)) = map.get("$sealed") {
                let plain = seal.open(sealed)?;
                let secret: Json =
                    serde_json::from_slice(&plain).map_err(|error| BackendError::Seal {
                        what: "opening a sealed value".into(),
                        reason: error.to_string(),
                    })?;
                map.remove("$sealed");
                map.insert("$secret".into(), secret);
                return Ok(());
            }
            map.values_mut().try_for_each(|value| open_in(value, seal))
        }
        Json::Array(items) => items.iter_mut().try_for_each(|item| open_in(item, seal)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => Ok(()),
    }
}

/// Everything recorded but the header, sealed, a line each.
pub(crate) fn encode_lines(state: &State, seal: &dyn Seal) -> Result<Vec<String>> {
    #[derive(Serialize)]
    #[serde(rename_all = "kebab-case")]
    enum LineRef<'s> {
        Resource {
            urn: &'s Urn,
            #[serde(flatten)]
            state: &'s ResourceState,
        },
        Lookup {
            urn: &'s Urn,
            #[serde(flatten)]
            state: &'s LookupState,
        },
        Provider {
            name: &'s Name,
            #[serde(flatten)]
            state: &'s ProviderState,
        },
        Generation {
            urn: &'s Urn,
            generation: u32,
        },
        Outputs {
            values: &'s OutputValues,
            #[serde(skip_serializing_if = "BTreeMap::is_empty")]
            expressions: &'s BTreeMap<String, Expr>,
        },
    }
    let providers = state
        .providers
        .iter()
        .map(|(name, state)| LineRef::Provider { name, state });
    let lookups = state
        .lookups
        .iter()
        .map(|(urn, state)| LineRef::Lookup { urn, state });
    let resources = state
        .resources
        .iter()
        .map(|(urn, state)| LineRef::Resource { urn, state });
    let mut generations: Vec<_> = state.generations.iter().collect();
    generations.sort();
    let generations = generations
        .into_iter()
        .map(|(urn, generation)| LineRef::Generation {
            urn,
            generation: *generation,
        });
    let outputs = std::iter::once(LineRef::Outputs {
        values: &state.outputs,
        expressions: &state.output_expressions,
    });

    providers
        .chain(lookups)
        .chain(resources)
        .chain(generations)
        .chain(outputs)
        .map(|line| sealed_json(&line, seal))
        .collect()
}

/// A state as bytes.
pub fn encode_state(state: &State, seal: &dyn Seal) -> Result<Vec<u8>> {
    let mut body = encode_lines(state, seal)?.join("\n");
    body.push('\n');
    let header = StateHeader {
        format: FORMAT,
        header: state.header.clone(),
        sealing: seal.header(),
        digest: String::new(),
    };
    header.before(&body)
}

/// What must be known of a state before its secrets can be opened.
pub struct StatePreamble {
    /// Who and when.
    pub header: Header,
    /// What it says of its key.
    pub sealing: Json,
}

/// Reads the first line of a state.
pub fn decode_preamble(bytes: &[u8], place: &str) -> Result<StatePreamble> {
    let (header, _) = split_state(bytes, place)?;
    Ok(StatePreamble {
        header: header.header,
        sealing: header.sealing,
    })
}

/// A state's bytes for another backend, which counts runs from its own beginning.
pub fn rebased(bytes: &[u8], place: &str) -> Result<Vec<u8>> {
    let (mut header, body) = parts(bytes, place)?;
    header.header.epoch = 0;
    header.before(body)
}

/// How many resources a state records. Needs no key.
pub fn count_resources(bytes: &[u8], place: &str) -> Result<usize> {
    let (_, body) = parts(bytes, place)?;
    let is_resource = |line: &&str| line.starts_with(r#"{"resource":"#);
    Ok(body.lines().filter(is_resource).count())
}

/// The header and the body of a state that is as it was written.
pub(crate) fn parts<'b>(bytes: &'b [u8], place: &str) -> Result<(StateHeader, &'b str)> {
    let (header, body) = split_state(bytes, place)?;
    whole(&header, body, place)?;
    Ok((header, body))
}

/// Refuses a state that is not as it was written.
fn whole(header: &StateHeader, body: &str, place: &str) -> Result<()> {
    if digest(body.as_bytes()) == header.digest {
        return Ok(());
    }
    let reason = "its content does not match its digest; it was cut short or edited".into();
    Err(BackendError::Damaged {
        place: place.into(),
        reason,
    })
}

fn split_state<'b>(bytes: &'b [u8], place: &str) -> Result<(StateHeader, &'b str)> {
    #[derive(Deserialize)]
    struct Version {
        format: u32,
    }
    let damaged = |reason: String| BackendError::Damaged {
        place: place.into(),
        reason,
    };
    let text = std::str::from_utf8(bytes).map_err(|error| damaged(error.to_string()))?;
    let (first, body) = text
        .split_once('\n')
        .ok_or_else(|| damaged("it ends in its first line".into()))?;
    let version: Version =
        serde_json::from_str(first).map_err(|error| damaged(format!("its first line: {error}")))?;
    if version.format > FORMAT {
        return Err(BackendError::Newer {
            place: place.into(),
            found: version.format,
            known: FORMAT,
        });
    }
    let header =
        serde_json::from_str(first).map_err(|error| damaged(format!("its first line: {error}")))?;
    Ok((header, body))
}

/// Reads a state.
pub fn decode_state(bytes: &[u8], seal: &dyn Seal, place: &str) -> Result<State> {
    let (header, body) = parts(bytes, place)?;
    let mut state = State {
        header: header.header,
        ..State::default()
    };
    for line in body.lines() {
        unsealed::<Line>(line, seal, place)?.part_of(&mut state);
    }
    Ok(state)
}

/// Journal entries as one batch.
pub fn encode_batch<E: Serialize>(entries: &[E], seal: &dyn Seal) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(entries.len() * 256);
    for entry in entries {
        let json = sealed_json(entry, seal)?;
        bytes.extend_from_slice(digest(json.as_bytes()).as_bytes());
        bytes.push(b' ');
        bytes.extend_from_slice(json.as_bytes());
        bytes.push(b'\n');
    }
    Ok(bytes)
}

/// Reads the entries of a journal. What was cut off at its very end never took effect and is left out; damage
/// anywhere else is an error.
pub fn decode_journal<E: DeserializeOwned>(
    batches: &[Vec<u8>],
    seal: &dyn Seal,
    place: &str,
) -> Result<Vec<E>> {
    let mut lines = batches
        .iter()
        .flat_map(|batch| batch.split_inclusive(|byte| *byte == b'\n'))
        .peekable();
    let mut entries = Vec::new();
    while let Some(line) = lines.next() {
        match whole_line(line) {
            Some(json) => {
                if entries.is_empty() {
                    refuse_newer(json, place)?;
                }
                entries.push(unsealed(json, seal, place)?);
            }
            None if lines.peek().is_none() => break,
            None => {
                let reason = format!("entry {} does not match its digest", entries.len() + 1);
                return Err(BackendError::Damaged {
                    place: place.into(),
                    reason,
                });
            }
        }
    }
    Ok(entries)
}

/// The first entry says the format. It is looked at before any entry is read, which a newer format may have changed.
fn refuse_newer(first: &str, place: &str) -> Result<()> {
    #[derive(Deserialize)]
    struct First {
        begin: Option<Version>,
    }
    #[derive(Deserialize)]
    struct Version {
        format: u32,
    }
    match serde_json::from_str(first) {
        Ok(First {
            begin: Some(Version { format }),
        }) if format > crate::journal::FORMAT => Err(BackendError::Newer {
            place: place.into(),
            found: format,
            known: crate::journal::FORMAT,
        }),
        Ok(_) | Err(_) => Ok(()),
    }
}

fn whole_line(line: &[u8]) -> Option<&str> {
    let (found, json) = std::str::from_utf8(line)
        .ok()?
        .strip_suffix('\n')?
        .split_once(' ')?;
    (digest(json.as_bytes()) == found).then_some(json)
}
