//! Where values cannot fit their fields.

use std::collections::BTreeMap;

use stack_model::{Expr, Field, Kind, Path, Value};

use super::nearest;

/// Collects where an expression cannot fit a kind. What is not a literal is checked when it is known.
pub(super) fn fits(expr: &Expr, kind: &Kind, path: &Path, misfits: &mut Vec<String>) {
    match (expr, kind) {
        (Expr::Literal(value), _) => value_fits(value, kind, path, misfits),
        (Expr::Secret(inner), _) => fits(inner, kind, path, misfits),
        (Expr::List(items), Kind::List(kind)) => {
            for (index, item) in items.iter().enumerate() {
                fits(item, kind, &path.child(index as u32), misfits);
            }
        }
        (Expr::Map(entries), Kind::Map(kind)) => {
            for (key, entry) in entries {
                fits(entry, kind, &path.child(key.as_str()), misfits);
            }
        }
        (Expr::Map(entries), Kind::Block(fields)) => {
            block_fits(
                entries.keys(),
                |key| !entries.contains_key(key),
                fields,
                path,
                misfits,
            );
            for (key, entry) in entries {
                if let Some(field) = fields.get(key) {
                    fits(entry, &field.kind, &path.child(key.as_str()), misfits);
                }
            }
        }
        (Expr::List(_), Kind::Any) | (Expr::Map(_), Kind::Any) => {}
        (Expr::List(_), _) => misfits.push(format!(
            "{path} must be {}, and is a list",
            kind_words(kind)
        )),
        (Expr::Map(_), _) => {
            misfits.push(format!("{path} must be {}, and is a map", kind_words(kind)))
        }
        (
            Expr::Ref(_) | Expr::Lookup(_) | Expr::Stack(_) | Expr::Config(_) | Expr::Call { .. },
            _,
        ) => {}
    }
}

/// Collects where a value does not fit a kind.
pub fn value_fits(value: &Value, kind: &Kind, path: &Path, misfits: &mut Vec<String>) {
    match (value.revealed(), kind) {
        (Value::Null | Value::Redacted, _)
        | (_, Kind::Any)
        | (Value::Bool(_), Kind::Bool)
        | (Value::Int(_), Kind::Int | Kind::Float)
        | (Value::Float(_), Kind::Float)
        | (Value::String(_), Kind::String) => {}
        (Value::String(text), Kind::Enum(allowed)) => {
            if !allowed.contains(text) {
                misfits.push(format!(
                    "{path} is {text:?}; allowed are {}",
                    allowed.join(", ")
                ));
            }
        }
        (Value::List(items), Kind::List(kind)) => {
            for (index, item) in items.iter().enumerate() {
                value_fits(item, kind, &path.child(index as u32), misfits);
            }
        }
        (Value::Map(map), Kind::Map(kind)) => {
            for (key, item) in map {
                value_fits(item, kind, &path.child(key.as_str()), misfits);
            }
        }
        (Value::Map(map), Kind::Block(fields)) => {
            block_fits(
                map.keys(),
                |key| map.get(key).is_none_or(Value::is_null),
                fields,
                path,
                misfits,
            );
            for (key, item) in map {
                if let Some(field) = fields.get(key) {
                    value_fits(item, &field.kind, &path.child(key.as_str()), misfits);
                }
            }
        }
        (found, _) => misfits.push(format!(
            "{path} must be {}, and is {}",
            kind_words(kind),
            found.kind_name()
        )),
    }
}

fn block_fits<'k>(
    keys: impl Iterator<Item = &'k String>,
    absent: impl Fn(&str) -> bool,
    fields: &BTreeMap<String, Field>,
    path: &Path,
    misfits: &mut Vec<String>,
) {
    for key in keys.filter(|key| !fields.contains_key(*key)) {
        match nearest(key, fields.keys().map(String::as_str)) {
            Some(near) => misfits.push(format!("{path} has no field {key}; did you mean {near}?")),
            None => misfits.push(format!("{path} has no field {key}")),
        }
    }
    for (name, field) in fields {
        if field.required && absent(name) {
            misfits.push(format!(
                "{}: the required field is missing",
                path.child(name.as_str())
            ));
        }
    }
}

fn kind_words(kind: &Kind) -> String {
    match kind {
        Kind::Any => "anything".into(),
        Kind::Bool => "a truth value".into(),
        Kind::Int => "an integer".into(),
        Kind::Float => "a number".into(),
        Kind::String => "text".into(),
        Kind::Enum(allowed) => format!("one of {}", allowed.join(", ")),
        Kind::List(_) => "a list".into(),
        Kind::Map(_) | Kind::Block(_) => "a map".into(),
    }
}
