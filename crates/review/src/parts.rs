//! The smallest parts of a value that differ, so that a change in a large map is one line.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value as Json;
use stack_engine::partial::Partial;
use stack_model::{Path, Value};

/// One difference.
pub struct Part<'v> {
    /// Where.
    pub path: Path,
    /// What is there.
    pub before: Cow<'v, Value>,
    /// What will be.
    pub after: Cow<'v, Partial>,
}

impl Part<'_> {
    /// Where, as keys and indices of lists.
    pub fn keys(&self) -> Vec<Json> {
        let keys = self.path.0.iter().map(serde_json::to_value);
        keys.map(Result::unwrap_or_default).collect()
    }
}

/// The differences between what is there and what will be. What is null is not there.
pub fn parts<'v>(path: &Path, before: &'v Value, after: &'v Partial) -> Vec<Part<'v>> {
    let mut found = Vec::new();
    walk(
        path,
        Cow::Borrowed(before),
        Cow::Borrowed(after),
        &mut found,
    );
    found
}

fn walk<'v>(
    path: &Path,
    before: Cow<'v, Value>,
    after: Cow<'v, Partial>,
    found: &mut Vec<Part<'v>>,
) {
    if let (Value::Map(fields), Some(mut entries)) = (before.as_ref(), entries(&after)) {
        let known: Vec<(String, Value)> = fields
            .iter()
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        for (key, value) in known {
            let after = entries.remove(&key).unwrap_or(Partial::NULL);
            differing(&path.child(key), value, after, found);
        }
        for (key, after) in entries {
            differing(&path.child(key), Value::Null, after, found);
        }
        return;
    }
    if let (Value::List(list), Some(after)) = (before.as_ref(), items(&after))
        && list.len() == after.len()
    {
        let before = list.clone();
        for (index, (before, after)) in before.into_iter().zip(after).enumerate() {
            differing(&path.child(index as u32), before, after, found);
        }
        return;
    }
    found.push(Part {
        path: path.clone(),
        before,
        after,
    });
}

fn differing<'v>(path: &Path, before: Value, after: Partial, found: &mut Vec<Part<'v>>) {
    if !after.known().is_some_and(|after| after.may_equal(&before)) {
        walk(path, Cow::Owned(before), Cow::Owned(after), found);
    }
}

fn entries(partial: &Partial) -> Option<BTreeMap<String, Partial>> {
    match partial {
        Partial::Known(Value::Map(map)) => {
            let known =
                |(key, value): (&String, &Value)| (key.clone(), Partial::Known(value.clone()));
            Some(map.iter().map(known).collect())
        }
        Partial::Map(entries) => Some(entries.clone()),
        Partial::Known(_) | Partial::Unknown(_) | Partial::List(_) | Partial::Secret(_) => None,
    }
}

fn items(partial: &Partial) -> Option<Vec<Partial>> {
    match partial {
        Partial::Known(Value::List(items)) => {
            Some(items.iter().cloned().map(Partial::Known).collect())
        }
        Partial::List(items) => Some(items.clone()),
        Partial::Known(_) | Partial::Unknown(_) | Partial::Map(_) | Partial::Secret(_) => None,
    }
}
