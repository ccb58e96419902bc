//! An environment's configuration: layers of TOML, with sealed values in it.
//!
//! A sealed value is `{ sealed = "…" }`. The program never sees it: it gets `{"$config": [path]}` in its place, and
//! the engine gets the value, opened with the environment's own key. So what is sealed for one environment stands
//! under that environment; in the shared `[config]` it would open in none of the others.

use serde_json::{Value as Json, json};
use stack_engine::Seal;
use stack_model::{Map, Path, Segment, Value};

/// The one key of a sealed value.
pub const SEALED: &str = "sealed";

/// Why a configuration cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A key that would read as a mark of ours.
    #[error("the key {0:?} begins with $, which is kept for references")]
    Dollar(String),
    /// A number that JSON cannot say.
    #[error("{0} is not a finite number")]
    NotFinite(Path),
    /// A sealed value that does not open.
    #[error("{path} does not open: {reason}; seal it anew for this environment with `stack seal`")]
    Closed {
        /// Where.
        path: Path,
        /// Why.
        reason: String,
    },
}

/// An environment's configuration, not opened yet.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Config(toml::Table);

impl Config {
    /// One layer over another. Nested tables merge; everything else is replaced.
    pub fn layered(shared: &toml::Table, own: &toml::Table) -> Result<Self, ConfigError> {
        let mut config = shared.clone();
        lay(&mut config, own);
        let config = Self(config);
        config.json(&Path::default(), &toml::Value::Table(config.0.clone()))?;
        Ok(config)
    }

    /// What the program gets.
    pub fn for_program(&self) -> Json {
        let root = toml::Value::Table(self.0.clone());
        // It was tried when the layers were laid.
        self.json(&Path::default(), &root).unwrap_or(Json::Null)
    }

    fn json(&self, path: &Path, value: &toml::Value) -> Result<Json, ConfigError> {
        use toml::Value as T;
        Ok(match value {
            T::String(text) => json!(text),
            T::Integer(number) => json!(number),
            T::Float(number) if number.is_finite() => json!(number),
            T::Float(_) => return Err(ConfigError::NotFinite(path.clone())),
            T::Boolean(truth) => json!(truth),
            T::Datetime(time) => json!(time.to_string()),
            T::Array(items) => {
                let item = |(index, item)| self.json(&path.child(index as u32), item);
                items
                    .iter()
                    .enumerate()
                    .map(item)
                    .collect::<Result<_, _>>()?
            }
            T::Table(_) if sealed(value).is_some() => json!({ "$config": path }),
            T::Table(table) => {
                let mut map = serde_json::Map::new();
                for (key, value) in table {
                    if key.starts_with('$') {
                        return Err(ConfigError::Dollar(key.clone()));
                    }
                    map.insert(key.clone(), self.json(&path.child(key.as_str()), value)?);
                }
                Json::Object(map)
            }
        })
    }

    /// What the engine gets: everything, the sealed values opened and marked as secret.
    pub fn open(&self, seal: &dyn Seal) -> Result<Map, ConfigError> {
        self.lifted(&|path, text| {
            let closed = |reason: String| ConfigError::Closed {
                path: path.clone(),
                reason,
            };
            let plain = seal.open(text).map_err(|error| closed(error.to_string()))?;
            let value: Value =
                serde_json::from_slice(&plain).map_err(|_| closed("it holds no value".into()))?;
            Ok(value.secret())
        })
    }

    /// Everything, with some secret in place of each sealed value. For people's eyes, without a key.
    pub fn hidden(&self) -> Map {
        self.lifted(&|_, _| Ok(Value::from(SEALED).secret()))
            // Only what opens can fail.
            .unwrap_or_default()
    }

    fn lifted(&self, open: &Open<'_>) -> Result<Map, ConfigError> {
        let entries = self.0.iter().map(|(key, value)| {
            let value = lifted(&Path::field(key), value, open)?;
            Ok((key.clone(), value))
        });
        entries.collect()
    }
}

/// Seals a text. What comes of it stands in `Stack.toml` under the key [`SEALED`].
pub fn seal(text: &str, seal: &dyn Seal) -> stack_engine::backend::Result<String> {
    seal.seal(Json::String(text.to_owned()).to_string().as_bytes())
}

fn lay(under: &mut toml::Table, over: &toml::Table) {
    for (key, value) in over {
        match (under.get_mut(key), value) {
            (Some(toml::Value::Table(below)), toml::Value::Table(table))
                if sealed(value).is_none() && !is_sealed(below) =>
            {
                lay(below, table);
            }
            _ => drop(under.insert(key.clone(), value.clone())),
        }
    }
}

fn is_sealed(table: &toml::Table) -> bool {
    table.len() == 1 && table.get(SEALED).is_some_and(toml::Value::is_str)
}

/// The sealed text of a sealed value.
fn sealed(value: &toml::Value) -> Option<&str> {
    let table = value.as_table().filter(|table| is_sealed(table))?;
    table.get(SEALED)?.as_str()
}

/// What comes of the sealed text at a path.
type Open<'a> = dyn Fn(&Path, &str) -> Result<Value, ConfigError> + 'a;

fn lifted(path: &Path, value: &toml::Value, open: &Open<'_>) -> Result<Value, ConfigError> {
    use toml::Value as T;
    if let Some(text) = sealed(value) {
        return open(path, text);
    }
    let child = |segment: Segment, value: &toml::Value| lifted(&path.child(segment), value, open);
    Ok(match value {
        T::String(text) => Value::from(text.as_str()),
        T::Integer(number) => Value::Int(*number),
        T::Float(number) => Value::Float(*number),
        T::Boolean(truth) => Value::Bool(*truth),
        T::Datetime(time) => Value::from(time.to_string()),
        T::Array(items) => {
            let item = |(index, item)| child(Segment::Index(index as u32), item);
            Value::List(
                items
                    .iter()
                    .enumerate()
                    .map(item)
                    .collect::<Result<_, _>>()?,
            )
        }
        T::Table(table) => {
            let entry = |(key, value): (&String, &T)| {
                Ok((key.clone(), child(Segment::Key(key.clone()), value)?))
            };
            Value::Map(
                table
                    .iter()
                    .map(entry)
                    .collect::<Result<_, ConfigError>>()?,
            )
        }
    })
}
