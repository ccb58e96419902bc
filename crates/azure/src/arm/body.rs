//! Between our fields and Azure's JSON: a field's kind says what it looks like, its name says where it is.

use std::collections::BTreeMap;

use serde_json::{Map as JsonMap, Value as Json};
use stack_model::{Field, Kind, Map, Value};

use super::identity;

/// Where the fields of a type are; see [`Arm::PLACES`](super::Arm::PLACES).
pub(super) type Places = &'static [(&'static str, &'static str)];

/// The body that asks for these inputs. What is null is left out, and so are tags: who writes them adds ours.
pub(super) fn write(fields: &BTreeMap<String, Field>, inputs: &Map, places: Places) -> Json {
    let mut body = Json::Object(JsonMap::new());
    for (name, field) in fields {
        let Some(value) = inputs.get(name).filter(|value| !value.is_null()) else {
            continue;
        };
        let Some(place) = place(name, places) else {
            continue;
        };
        let (place, switch) = as_switch(&place);
        let written = match (name.as_str(), value.revealed()) {
            ("tags", _) => continue,
            ("identity", _) => identity::write(value),
            (_, Value::Bool(on)) if switch => Json::from(if *on { "Enabled" } else { "Disabled" }),
            _ => write_value(value, &field.kind, name, places),
        };
        put(&mut body, place, written);
    }
    body
}

/// What an answer says of these fields. What Azure does not tell is absent.
pub(super) fn read(fields: &BTreeMap<String, Field>, answer: &Json, places: Places) -> Map {
    let mut values = Map::new();
    for (name, field) in fields {
        let Some(place) = place(name, places) else {
            continue;
        };
        let (place, switch) = as_switch(&place);
        let Some(found) = at(answer, place) else {
            continue;
        };
        let value = match (name.as_str(), found.as_str()) {
            ("identity", _) => identity::read(found),
            ("location", Some(text)) => Some(Value::from(region(text))),
            (_, Some(text)) if switch => Some(Value::Bool(text.eq_ignore_ascii_case("enabled"))),
            _ => read_value(found, &field.kind, name, places),
        };
        if let Some(value) = value {
            values.insert(name.clone(), value);
        }
    }
    values
}

/// A region as Azure's API spells it: `West Europe` is `westeurope`.
pub(crate) fn region(text: &str) -> String {
    text.replace(' ', "").to_ascii_lowercase()
}

/// A place, and whether Azure writes `Enabled` and `Disabled` there for a truth value: such a place ends in `?`.
fn as_switch(place: &str) -> (&str, bool) {
    match place.strip_suffix('?') {
        Some(place) => (place, true),
        None => (place, false),
    }
}

/// Where a field of the type itself is, as names with dots between them. None when it is not Azure's.
fn place(name: &str, places: Places) -> Option<String> {
    match places.iter().find(|(field, _)| *field == name) {
        Some((_, "")) => None,
        Some((_, place)) => Some((*place).to_owned()),
        None => Some(match name {
            "location" | "tags" | "identity" => name.to_owned(),
            _ => format!("properties.{}", camel(name)),
        }),
    }
}

/// What a field within a block is called.
fn key(path: &str, places: Places) -> String {
    match places.iter().find(|(field, _)| *field == path) {
        Some((_, key)) => (*key).to_owned(),
        None => camel(path.rsplit('.').next().unwrap_or_default()),
    }
}

/// `max_replicas` is `maxReplicas`.
fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let mut text = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        text.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        text.push_str(letters.as_str());
    }
    text
}

fn write_value(value: &Value, kind: &Kind, path: &str, places: Places) -> Json {
    match (value.revealed(), kind) {
        (Value::Map(map), Kind::Block(fields)) => {
            let mut object = JsonMap::new();
            for (name, field) in fields {
                if let Some(value) = map.get(name).filter(|value| !value.is_null()) {
                    let path = format!("{path}.{name}");
                    let written = write_value(value, &field.kind, &path, places);
                    object.insert(key(&path, places), written);
                }
            }
            Json::Object(object)
        }
        (Value::List(items), Kind::List(kind)) => items
            .iter()
            .map(|item| write_value(item, kind, path, places))
            .collect(),
        (Value::Map(map), Kind::Map(kind)) => map
            .iter()
            .map(|(key, item)| (key.clone(), write_value(item, kind, path, places)))
            .collect::<JsonMap<_, _>>()
            .into(),
        (value, _) => plain(value),
    }
}

/// A value as JSON, without marks of secrecy: this goes to Azure.
pub(crate) fn plain(value: &Value) -> Json {
    match value.revealed() {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::from(*value),
        Value::Int(number) => Json::from(*number),
        Value::Float(number) => Json::from(*number),
        Value::String(text) => Json::from(text.as_str()),
        Value::List(items) => items.iter().map(plain).collect(),
        Value::Map(map) => map
            .iter()
            .map(|(key, item)| (key.clone(), plain(item)))
            .collect::<JsonMap<_, _>>()
            .into(),
        Value::Secret(inner) => plain(inner),
        // Nothing redacted is ever recorded, so none comes to a request.
        Value::Redacted => Json::Null,
    }
}

/// JSON as a value, whatever it holds.
pub(crate) fn any(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Value::Int(whole),
            None => Value::Float(number.as_f64().unwrap_or(f64::MAX)),
        },
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => Value::List(items.iter().map(any).collect()),
        Json::Object(object) => Value::Map(
            object
                .iter()
                .map(|(key, item)| (key.clone(), any(item)))
                .collect(),
        ),
    }
}

/// None for what does not fit the kind: a choice that this version does not know, say. It counts as not told.
fn read_value(json: &Json, kind: &Kind, path: &str, places: Places) -> Option<Value> {
    match (kind, json) {
        (_, Json::Null) => None,
        (Kind::Any, json) => Some(any(json)),
        (Kind::Bool, Json::Bool(value)) => Some(Value::Bool(*value)),
        (Kind::Int, Json::Number(number)) => number.as_i64().map(Value::Int),
        (Kind::Float, Json::Number(number)) => number
            .as_i64()
            .map(Value::Int)
            .or_else(|| number.as_f64().map(Value::Float)),
        (Kind::String, Json::String(text)) => Some(Value::from(text.as_str())),
        // Azure is not exact in the case of its own choices.
        (Kind::Enum(choices), Json::String(text)) => choices
            .iter()
            .find(|choice| choice.eq_ignore_ascii_case(text))
            .map(|choice| Value::from(choice.as_str())),
        (Kind::List(kind), Json::Array(items)) => items
            .iter()
            .map(|item| read_value(item, kind, path, places))
            .collect::<Option<Vec<_>>>()
            .map(Value::List),
        (Kind::Map(kind), Json::Object(object)) => {
            let items = object.iter().filter_map(|(key, item)| {
                Some((key.clone(), read_value(item, kind, path, places)?))
            });
            Some(Value::Map(items.collect()))
        }
        (Kind::Block(fields), Json::Object(object)) => {
            let items = fields.iter().filter_map(|(name, field)| {
                let path = format!("{path}.{name}");
                let found = object.get(&key(&path, places))?;
                Some((name.clone(), read_value(found, &field.kind, &path, places)?))
            });
            Some(Value::Map(items.collect()))
        }
        _ => None,
    }
}

/// What is at a place.
pub(crate) fn at<'a>(json: &'a Json, place: &str) -> Option<&'a Json> {
    place
        .split('.')
        .try_fold(json, |inner, name| inner.get(name))
        .filter(|found| !found.is_null())
}

/// Puts something at a place, and makes the objects on the way there.
pub(crate) fn put(body: &mut Json, place: &str, value: Json) {
    let mut inner = body;
    for name in place.split('.') {
        if !inner.is_object() {
            *inner = Json::Object(JsonMap::new());
        }
        inner = &mut inner[name];
    }
    *inner = value;
}

/// Takes away what is at a place.
pub(crate) fn take(body: &mut Json, place: &str) -> Option<Json> {
    let (outer, name) = place.rsplit_once('.').map_or(("", place), |parts| parts);
    let object = match outer {
        "" => Some(body),
        outer => outer
            .split('.')
            .try_fold(body, |inner, name| inner.get_mut(name)),
    };
    object?.as_object_mut()?.remove(name)
}
