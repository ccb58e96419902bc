//! A state as one JSON document, for people: to keep as a backup, to look at, to edit and to put back.
//!
//! It says what a state's bytes say, one value for each of their lines, and has no digest, so that it can be edited. Its
//! secrets stay sealed with the environment's data key.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::backend::{BackendError, Result, Seal};
use crate::codec::{Line, encode_lines, sealed_json, unsealed};
use crate::state::{FORMAT, Header, State};

/// A state as one JSON document, still sealed.
#[derive(Debug, Serialize, Deserialize)]
pub struct Document {
    format: u32,
    #[serde(flatten)]
    header: Header,
    sealing: Json,
    content: Vec<Json>,
}

impl Document {
    /// The document of a state.
    pub fn of(state: &State, seal: &dyn Seal) -> Result<Self> {
        let lines = encode_lines(state, seal)?.into_iter();
        let content =
            lines.map(|line| serde_json::from_str(&line).map_err(unreadable("the state")));
        Ok(Self {
            format: FORMAT,
            header: state.header.clone(),
            sealing: seal.header(),
            content: content.collect::<Result<_>>()?,
        })
    }

    /// Its text, with a line's end.
    pub fn text(&self) -> String {
        format!("{:#}\n", serde_json::json!(self))
    }

    /// Reads the text of a document. `place` is its name in errors.
    pub fn read(text: &str, place: &str) -> Result<Self> {
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        // Before all else is looked at, which a newer format may have changed.
        let Version { format } = serde_json::from_str(text).map_err(unreadable(place))?;
        if format > FORMAT {
            return Err(BackendError::Newer {
                place: place.into(),
                found: format,
                known: FORMAT,
            });
        }
        serde_json::from_str(text).map_err(unreadable(place))
    }

    /// Who and when.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// What it says of its key.
    pub fn sealing(&self) -> &Json {
        &self.sealing
    }

    /// The state that it is of. What was edited and is not understood is an error, never left out.
    pub fn open(&self, seal: &dyn Seal, place: &str) -> Result<State> {
        let mut state = State {
            header: self.header.clone(),
            ..State::default()
        };
        for (number, value) in self.content.iter().enumerate() {
            let place = format!("{place}, content[{number}]");
            let line: Line = unsealed(&value.to_string(), seal, &place)?;
            let understood = sealed_json(&line, seal)?;
            let understood = serde_json::from_str(&understood).map_err(unreadable(&place))?;
            if let Some(path) = beyond(value, &understood) {
                return Err(BackendError::Damaged {
                    place,
                    reason: format!("{path} means nothing there"),
                });
            }
            if !line.is_new_to(&state) {
                return Err(BackendError::Damaged {
                    place,
                    reason: "it is there twice".into(),
                });
            }
            line.part_of(&mut state);
        }
        Ok(state)
    }
}

fn unreadable(place: &str) -> impl Fn(serde_json::Error) -> BackendError {
    move |error| BackendError::Damaged {
        place: place.to_owned(),
        reason: error.to_string(),
    }
}

/// The path of something that was said and not understood. What says as much as its absence does counts as understood.
fn beyond(said: &Json, understood: &Json) -> Option<String> {
    match (said, understood) {
        (Json::Object(said), Json::Object(understood)) => said.iter().find_map(|(key, value)| {
            let path = match understood.get(key) {
                Some(understood) => beyond(value, understood)?,
                None if says_nothing(value) => return None,
                None => String::new(),
            };
            Some(format!(".{key}{path}"))
        }),
        (Json::Array(said), Json::Array(understood)) => {
            let pairs = said.iter().zip(understood).enumerate();
            let mut found = pairs.filter_map(|(index, (said, understood))| {
                Some(format!("[{index}]{}", beyond(said, understood)?))
            });
            found.next()
        }
        _ => None,
    }
}

fn says_nothing(value: &Json) -> bool {
    match value {
        Json::Null | Json::Bool(false) => true,
        Json::Bool(true) => false,
        Json::Number(number) => number.as_u64() == Some(0),
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(map) => map.values().all(says_nothing),
    }
}
