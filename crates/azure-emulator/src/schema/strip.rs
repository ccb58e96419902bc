//! Taking out of a body what only the service sets.

use serde_json::{Map, Value};

use super::table::{Kind, Model, Schema, Verb};

/// The body without what is read-only, which the service sets itself.
pub fn without_read_only(schema: &Schema, verb: Verb, body: &Value) -> Value {
    match schema.root(verb) {
        Some(model) => strip(schema, model, body),
        None => body.clone(),
    }
}

fn strip(schema: &Schema, model: &Model, body: &Value) -> Value {
    let Value::Object(object) = body else {
        return body.clone();
    };
    let kept = object.iter().filter_map(|(key, value)| {
        let property = model.get(key)?;
        let keep = !property.read_only;
        keep.then(|| (key.clone(), strip_value(schema, &property.kind, value)))
    });
    kept.collect::<Map<_, _>>().into()
}

fn strip_value(schema: &Schema, kind: &Kind, value: &Value) -> Value {
    match (kind, value) {
        (Kind::Object(name), value) => match schema.model(name) {
            Some(model) => strip(schema, model, value),
            None => value.clone(),
        },
        (Kind::List(inner), Value::Array(list)) => list
            .iter()
            .map(|element| strip_value(schema, inner, element))
            .collect(),
        (Kind::Map(inner), Value::Object(map)) => map
            .iter()
            .map(|(key, value)| (key.clone(), strip_value(schema, inner, value)))
            .collect::<Map<_, _>>()
            .into(),
        (_, value) => value.clone(),
    }
}
