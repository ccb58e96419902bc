//! What differs between what a program asks for and what the cloud has, judged by a type's schema.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use stack_model::graph::Options;
use stack_model::{Equality, Field, Kind, Map, Path, Removal, Schema, Segment, Value};

use crate::partial::Partial;
use crate::state::Object;

/// The inputs that a program asks for, as far as they are known.
pub type Desired = BTreeMap<String, Partial>;

/// One difference.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldChange {
    /// Where.
    pub path: Path,
    /// What the cloud has. Null when nothing.
    pub before: Value,
    /// What the program asks for. Null when nothing.
    pub after: Partial,
    /// Whether it needs a new object. With an unknown value: whether it may.
    pub replaces: bool,
    /// Whether it cannot be put back.
    pub one_way: bool,
}

/// Inputs that are all known, as what is asked for.
pub fn known(inputs: &Map) -> Desired {
    let lifted = inputs
        .iter()
        .map(|(field, value)| (field.clone(), Partial::Known(value.clone())));
    lifted.collect()
}

/// What is known of what is asked for.
pub fn values(desired: Desired) -> Map {
    let known = desired
        .into_iter()
        .filter_map(|(field, partial)| Some((field, partial.into_known()?)));
    known.collect()
}

/// Everything that differs between a program and an object.
///
/// A field that was never set follows the cloud. What becomes of one that is no longer set is the schema's to say.
pub fn diff(
    schema: &Schema,
    object: &Object,
    desired: &Desired,
    options: &Options,
) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    for (name, field) in &schema.inputs {
        let path = Path::field(name);
        let recorded = object
            .request
            .inputs
            .get(name)
            .filter(|value| !value.is_null());
        let wanted = desired.get(name).filter(|value| !value.is_null());
        let comparison = Comparison {
            field,
            replaces: field.replaces,
        };
        match wanted {
            None if recorded.is_none() || field.removal == Removal::Follow => {}
            None => removed(&comparison, path, object.value(name), &mut changes),
            Some(wanted) if field.write_only => {
                // Sending it once more is for what can be sent; nothing is replaced on a mere suspicion.
                let verified = !object.unverified || field.replaces;
                if !verified || !alike(wanted, recorded) {
                    comparison.push(path, recorded, wanted.clone(), &mut changes);
                }
            }
            Some(wanted) => comparison.walk(
                &path,
                wanted,
                object.value(name),
                recorded,
                &field.kind,
                &mut changes,
            ),
        }
    }
    for change in &mut changes {
        change.replaces |= options
            .replace_on
            .iter()
            .any(|path| change.path.is_within(path) || path.is_within(&change.path));
    }
    changes
}

/// What is sent when a field is no longer set, if something is.
///
/// Of a block: what is sent for each of its fields, null for what has no reset.
pub fn reset_of(field: &Field) -> Option<Value> {
    match (&field.removal, &field.kind) {
        (Removal::Follow, _) => None,
        (Removal::Reset(_), Kind::Block(fields)) => Some(empty_block(fields)),
        (Removal::Reset(reset), _) => Some(reset.clone()),
        (Removal::Replace, Kind::List(_)) if !field.replaces => Some(Value::List(Vec::new())),
        (Removal::Replace, Kind::Map(_)) if !field.replaces => Some(Value::Map(Map::new())),
        (Removal::Replace, _) => None,
    }
}

/// A block of which nothing is set; none at all where something must be.
fn empty_block(fields: &BTreeMap<String, Field>) -> Value {
    if fields.values().any(|field| field.required) {
        return Value::Null;
    }
    let follows = |field: &Field| field.removal == Removal::Follow;
    let resets = fields
        .iter()
        .filter(|(_, field)| !follows(field))
        .map(|(name, field)| (name.clone(), reset_of(field).unwrap_or_default()));
    Value::Map(resets.collect())
}

/// Whether what the cloud has is what a field goes back to when it is no longer set.
pub fn at_rest(field: &Field, observed: Option<&Value>) -> bool {
    let Some(observed) = observed.filter(|value| !value.is_null()) else {
        return true;
    };
    match (&field.removal, &field.kind, as_map(observed)) {
        (Removal::Follow, _, _) => true,
        // A secret that is not here was asked for, and is hardly what nobody asks for.
        _ if *observed == Value::Redacted => false,
        (Removal::Reset(_), Kind::Block(fields), Some(observed)) => {
            let seen = |name: &String| observed.get(name).filter(|value| !value.is_null());
            fields
                .iter()
                .all(|(name, field)| seen(name).is_none() || at_rest(field, seen(name)))
        }
        _ => {
            reset_of(field).is_some_and(|reset| same(&reset, observed, &field.kind, field.equality))
        }
    }
}

fn removed(
    comparison: &Comparison<'_>,
    path: Path,
    observed: Option<&Value>,
    changes: &mut Vec<FieldChange>,
) {
    if at_rest(comparison.field, observed) {
        return;
    }
    match reset_of(comparison.field) {
        Some(reset) => comparison.push(path, observed, Partial::Known(reset), changes),
        None => {
            let forced = Comparison {
                replaces: true,
                ..*comparison
            };
            forced.push(path, observed, Partial::NULL, changes);
        }
    }
}

#[derive(Clone, Copy)]
struct Comparison<'s> {
    field: &'s Field,
    replaces: bool,
}

impl Comparison<'_> {
    fn push(
        &self,
        path: Path,
        before: Option<&Value>,
        after: Partial,
        changes: &mut Vec<FieldChange>,
    ) {
        let before = before.cloned().unwrap_or_default();
        let hide = self.field.secret || before.has_secret() || after.has_secret();
        changes.push(FieldChange {
            path,
            before: if hide { before.secret() } else { before },
            after: if hide && !after.is_null() {
                after.secret()
            } else {
                after
            },
            replaces: self.replaces,
            one_way: self.field.one_way,
        });
    }

    /// Walks into blocks, maps and lists, so that the smallest parts that differ are named.
    fn walk(
        &self,
        path: &Path,
        wanted: &Partial,
        observed: Option<&Value>,
        recorded: Option<&Value>,
        kind: &Kind,
        changes: &mut Vec<FieldChange>,
    ) {
        if let (Some(wanted), Some(observed)) = (wanted.known(), observed)
            && same(wanted, observed, kind, self.field.equality)
            && !forgets(wanted, recorded, kind)
        {
            return;
        }
        let observed_map = observed.and_then(as_map);
        match (kind, entries(wanted), observed_map) {
            (Kind::Block(fields), Some(wanted), Some(observed)) => {
                let recorded = recorded.and_then(as_map);
                for (name, field) in fields {
                    let inner = Comparison {
                        field,
                        replaces: self.replaces || field.replaces,
                    };
                    let path = path.child(name.as_str());
                    let recorded = recorded
                        .and_then(|map| map.get(name))
                        .filter(|value| !value.is_null());
                    let observed = observed.get(name).filter(|value| !value.is_null());
                    match wanted.get(name).filter(|value| !value.is_null()) {
                        Some(wanted) => {
                            inner.walk(&path, wanted, observed, recorded, &field.kind, changes)
                        }
                        None if recorded.is_some() && !at_rest(field, observed) => {
                            let reset = reset_of(field).map_or(Partial::NULL, Partial::Known);
                            inner.push(path, observed, reset, changes);
                        }
                        None => {}
                    }
                }
            }
            (Kind::Map(kind), Some(wanted), Some(observed)) => {
                let keys: BTreeSet<&String> = wanted.keys().chain(observed.keys()).collect();
                for key in keys {
                    let path = path.child(key.as_str());
                    match (wanted.get(key), observed.get(key)) {
                        (Some(wanted), observed) => {
                            self.walk(&path, wanted, observed, None, kind, changes)
                        }
                        (None, observed) => self.push(path, observed, Partial::NULL, changes),
                    }
                }
            }
            (Kind::List(kind), _, _) if self.field.equality != Equality::Set => {
                match (items(wanted), observed.map(Value::revealed)) {
                    (Some(wanted), Some(Value::List(observed)))
                        if wanted.len() == observed.len() =>
                    {
                        let recorded = match recorded.map(Value::revealed) {
                            Some(Value::List(recorded)) if recorded.len() == wanted.len() => {
                                Some(recorded)
                            }
                            _ => None,
                        };
                        for (index, (wanted, observed)) in wanted.iter().zip(observed).enumerate() {
                            let path = path.child(index as u32);
                            let recorded = recorded.and_then(|items| items.get(index));
                            self.walk(&path, wanted, Some(observed), recorded, kind, changes);
                        }
                    }
                    _ => self.push(path.clone(), observed, wanted.clone(), changes),
                }
            }
            _ => self.push(path.clone(), observed, wanted.clone(), changes),
        }
    }
}

/// Whether a block's field was asked for last time and is not any more.
fn forgets(wanted: &Value, recorded: Option<&Value>, kind: &Kind) -> bool {
    match (kind, wanted.revealed(), recorded.map(Value::revealed)) {
        (Kind::Block(fields), Value::Map(wanted), Some(Value::Map(recorded))) => {
            fields.iter().any(|(name, field)| {
                let before = recorded.get(name).filter(|value| !value.is_null());
                match (wanted.get(name).filter(|value| !value.is_null()), before) {
                    (None, Some(_)) => field.removal != Removal::Follow,
                    (Some(wanted), before) => forgets(wanted, before, &field.kind),
                    (None, None) => false,
                }
            })
        }
        (Kind::List(kind), Value::List(wanted), Some(Value::List(recorded)))
            if wanted.len() == recorded.len() =>
        {
            wanted
                .iter()
                .zip(recorded)
                .any(|(wanted, recorded)| forgets(wanted, Some(recorded), kind))
        }
        _ => false,
    }
}

fn as_map(value: &Value) -> Option<&Map> {
    match value.revealed() {
        Value::Map(map) => Some(map),
        _ => None,
    }
}

fn entries(partial: &Partial) -> Option<BTreeMap<String, Partial>> {
    match partial {
        Partial::Known(value) => {
            let lifted = as_map(value)?
                .iter()
                .map(|(key, value)| (key.clone(), lift(partial, value)));
            Some(lifted.collect())
        }
        Partial::Map(entries) => Some(entries.clone()),
        Partial::Secret(inner) => Some(
            entries(inner)?
                .into_iter()
                .map(|(key, value)| (key, value.secret()))
                .collect(),
        ),
        Partial::Unknown(_) | Partial::List(_) => None,
    }
}

fn items(partial: &Partial) -> Option<Vec<Partial>> {
    match partial {
        Partial::Known(value) => match value.revealed() {
            Value::List(items) => Some(items.iter().map(|item| lift(partial, item)).collect()),
            _ => None,
        },
        Partial::List(items) => Some(items.clone()),
        Partial::Secret(inner) => Some(items(inner)?.into_iter().map(Partial::secret).collect()),
        Partial::Unknown(_) | Partial::Map(_) => None,
    }
}

/// A part of a known value, as secret as the whole.
fn lift(whole: &Partial, part: &Value) -> Partial {
    let part = part.clone();
    Partial::Known(if matches!(whole, Partial::Known(Value::Secret(_))) {
        part.secret()
    } else {
        part
    })
}

/// Whether what is wanted of a write-only field is what was asked for before, as far as that can be told.
pub(crate) fn alike(wanted: &Partial, recorded: Option<&Value>) -> bool {
    let wanted = wanted.known().map(Value::revealed);
    match (wanted, recorded.map(Value::revealed)) {
        (Some(wanted), Some(recorded)) => {
            let redacted = |value: &Value| *value == Value::Redacted;
            redacted(wanted) || redacted(recorded) || wanted.may_equal(recorded)
        }
        (wanted, recorded) => wanted == recorded,
    }
}

/// Whether what the cloud has is what is wanted. In blocks, what is not wanted explicitly follows the cloud. A secret
/// that is not here cannot be compared, and counts as the same as whatever is in its place.
pub fn same(wanted: &Value, observed: &Value, kind: &Kind, equality: Equality) -> bool {
    match (wanted.revealed(), observed.revealed(), kind) {
        (Value::Redacted, _, _) | (_, Value::Redacted, _) => true,
        (Value::Map(wanted), Value::Map(observed), Kind::Block(fields)) => {
            wanted.iter().all(|(key, value)| {
                let field = fields.get(key);
                let (kind, equality) = field.map_or((&Kind::Any, Equality::Exact), |field| {
                    (&field.kind, field.equality)
                });
                value.is_null()
                    || field.is_some_and(|field| field.write_only)
                    || observed
                        .get(key)
                        .is_some_and(|observed| same(value, observed, kind, equality))
            })
        }
        (Value::Map(wanted), Value::Map(observed), Kind::Map(kind)) => {
            wanted.len() == observed.len()
                && wanted.iter().all(|(key, value)| {
                    observed
                        .get(key)
                        .is_some_and(|seen| same(value, seen, kind, equality))
                })
        }
        (Value::List(wanted), Value::List(observed), _) => {
            let kind = match kind {
                Kind::List(kind) => kind.as_ref(),
                _ => &Kind::Any,
            };
            if wanted.len() != observed.len() {
                return false;
            }
            if equality == Equality::Set {
                let mut left = comparable_first(observed);
                return comparable_first(wanted).into_iter().all(|wanted| {
                    let found = left
                        .iter()
                        .position(|observed| same(wanted, observed, kind, Equality::Exact));
                    found.map(|position| left.remove(position)).is_some()
                });
            }
            wanted
                .iter()
                .zip(observed)
                .all(|(wanted, observed)| same(wanted, observed, kind, equality))
        }
        (Value::String(wanted), Value::String(observed), _) => match equality {
            Equality::Exact | Equality::Set => wanted == observed,
            Equality::CaseInsensitive => wanted.eq_ignore_ascii_case(observed),
            Equality::CaseAndSpaceInsensitive => {
                let letters = |text: &str| text.replace(' ', "").to_ascii_lowercase();
                letters(wanted) == letters(observed)
            }
            Equality::Json => {
                let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
                wanted == observed
                    || matches!((parse(wanted), parse(observed)), (Some(a), Some(b)) if a == b)
            }
        },
        (Value::Int(int), Value::Float(float), _) | (Value::Float(float), Value::Int(int), _) => {
            *int as f64 == *float
        }
        (wanted, observed, _) => wanted.may_equal(observed),
    }
}

/// What can be compared comes first, and takes its own before what is the same as anything does.
fn comparable_first(items: &[Value]) -> Vec<&Value> {
    let (redacted, mut comparable): (Vec<&Value>, Vec<&Value>) =
        items.iter().partition(|item| item.has_redacted());
    comparable.extend(redacted);
    comparable
}

/// The inputs that an update sends: what is wanted, with the resets of what is no longer wanted, laid over what the
/// cloud has.
pub fn sent(schema: &Schema, object: &Object, wanted: &Map) -> Map {
    let wanted = with_resets(&schema.inputs, &object.request.inputs, wanted);
    merged(&schema.inputs, &object.values(), &wanted)
}

/// What is wanted, and the reset of everything that was asked for before and is not any more. Inside a block what has
/// no reset is null, which is to be absent.
fn with_resets(fields: &BTreeMap<String, Field>, before: &Map, wanted: &Map) -> Map {
    let mut result = wanted.clone();
    for (name, field) in fields {
        let before = before.get(name).filter(|value| !value.is_null());
        let now = wanted.get(name).filter(|value| !value.is_null());
        match (before, now, &field.kind) {
            (Some(_), None, _) if field.removal == Removal::Follow => {}
            (Some(_), None, _) => {
                drop(result.insert(name.clone(), reset_of(field).unwrap_or_default()))
            }
            (Some(before), Some(now), Kind::Block(fields)) => {
                if let (Some(before), Some(inside)) = (as_map(before), as_map(now)) {
                    let inside = Value::Map(with_resets(fields, before, inside));
                    let secret = matches!(now, Value::Secret(_));
                    result.insert(name.clone(), if secret { inside.secret() } else { inside });
                }
            }
            _ => {}
        }
    }
    result
}

fn merged(fields: &BTreeMap<String, Field>, observed: &Map, wanted: &Map) -> Map {
    let mut result: Map = observed
        .iter()
        .filter(|(name, _)| fields.contains_key(*name))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    for (name, value) in wanted {
        let inner = fields.get(name).map(|field| &field.kind);
        let value = match (
            inner,
            value.revealed(),
            result.get(name).map(Value::revealed),
        ) {
            (Some(Kind::Block(fields)), Value::Map(wanted), Some(Value::Map(observed))) => {
                let merged = Value::Map(merged(fields, observed, wanted));
                if value.has_secret() {
                    merged.secret()
                } else {
                    merged
                }
            }
            _ => value.clone(),
        };
        result.insert(name.clone(), value);
    }
    result
}

/// Lets what the program wants follow the cloud where changes are ignored.
pub fn ignore(desired: &mut Desired, object: &Object, paths: &[Path]) {
    for path in paths {
        let Some(field) = path.first_key() else {
            continue;
        };
        let observed = object.at(path);
        if path.0.len() == 1 {
            match observed {
                Some(value) => drop(desired.insert(field.to_owned(), Partial::Known(value))),
                None => drop(desired.remove(field)),
            }
        } else if let Some(Partial::Known(value)) = desired.get_mut(field) {
            put_or_remove(value, &path.0[1..], observed);
        }
    }
}

fn put_or_remove(value: &mut Value, path: &[Segment], observed: Option<Value>) {
    match observed {
        Some(observed) => drop(value.put(path, observed)),
        None => {
            if let Some((Segment::Key(key), parents)) = path.split_last() {
                let parent =
                    parents
                        .iter()
                        .try_fold(value, |value, segment| match (value, segment) {
                            (Value::Map(map), Segment::Key(key)) => map.get_mut(key),
                            (Value::List(items), Segment::Index(index)) => {
                                items.get_mut(*index as usize)
                            }
                            _ => None,
                        });
                if let Some(Value::Map(map)) = parent {
                    map.remove(key);
                }
            }
        }
    }
}

/// Marks what a schema says is secret.
pub fn mark_secrets(fields: &BTreeMap<String, Field>, values: &mut Map) {
    for (name, value) in values.iter_mut() {
        let Some(field) = fields.get(name) else {
            continue;
        };
        if field.secret {
            *value = std::mem::take(value).secret();
        } else {
            mark_inside(&field.kind, value);
        }
    }
}

/// Marks what a schema says is secret inside a value of a kind.
pub fn mark_inside(kind: &Kind, value: &mut Value) {
    match (kind, value) {
        (Kind::Block(fields), Value::Map(map)) => mark_secrets(fields, map),
        (Kind::List(kind), Value::List(items)) => {
            items.iter_mut().for_each(|item| mark_inside(kind, item))
        }
        (Kind::Map(kind), Value::Map(map)) => {
            map.values_mut().for_each(|item| mark_inside(kind, item))
        }
        _ => {}
    }
}
