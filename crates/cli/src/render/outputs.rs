//! A stack's outputs.

use std::fmt::Write;

use serde_json::{Value as Json, json};
use stack_model::{Map, Value};

use super::style::{BOLD, paint};
use super::value::{self, SECRET};

/// All of them, for people. A secret is not shown unless `reveal` says so.
pub fn text(outputs: &Map, reveal: bool) -> String {
    let outputs = if reveal {
        value::revealed(outputs)
    } else {
        outputs.clone()
    };
    let width = outputs
        .keys()
        .map(|name| name.chars().count())
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    for (name, output) in &outputs {
        let _ = writeln!(
            text,
            "{} = {}",
            paint(BOLD, format!("{name:width$}")),
            value::value(output, 0)
        );
    }
    text
}

/// One of them, for a script: text without quotes, everything else as JSON.
pub fn raw(output: &Value) -> String {
    match output.revealed_deep().as_ref() {
        Value::String(text) => text.clone(),
        other => json(other, true).to_string(),
    }
}

/// One of them as plain JSON. What is secret is [`SECRET`] unless `reveal` says so.
pub fn json(output: &Value, reveal: bool) -> Json {
    match output {
        Value::Null => Json::Null,
        Value::Bool(truth) => json!(truth),
        Value::Int(number) => json!(number),
        Value::Float(number) => json!(number),
        Value::String(text) => json!(text),
        Value::List(items) => items.iter().map(|item| json(item, reveal)).collect(),
        Value::Map(map) => {
            let entry = |(key, value): (&String, &Value)| (key.clone(), json(value, reveal));
            Json::Object(map.iter().map(entry).collect())
        }
        Value::Secret(inner) if reveal => json(inner, reveal),
        Value::Secret(_) | Value::Redacted => json!(SECRET),
    }
}

/// All of them as JSON: by name, `value` and whether it is `secret`.
pub fn all(outputs: &Map, reveal: bool) -> Json {
    let entry = |(name, output): (&String, &Value)| {
        let entry = json!({"secret": output.has_secret(), "value": json(output, reveal)});
        (name.clone(), entry)
    };
    Json::Object(outputs.iter().map(entry).collect())
}
