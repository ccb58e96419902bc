//! What was sent beside what a model made of it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::sent::Sent;

/// What a model made of a body.
pub struct Judgement {
    /// The body as the model writes it, or why the model cannot read it.
    pub back: Result<Json, String>,
    /// What the model does not count among the choices of a property.
    pub unknown_choices: Vec<String>,
}

/// A difference that is the model's fault.
pub struct Fault {
    /// The ARM type.
    pub type_name: &'static str,
    /// `PUT` or `PATCH`; empty for both.
    pub method: &'static str,
    /// The property, or one that it is in: `properties.template.containers[].env`.
    pub path: &'static str,
    /// Why it is the model's.
    pub reason: &'static str,
}

impl Fault {
    fn explains(&self, found: &Difference) -> bool {
        let rest = found.path.strip_prefix(self.path);
        self.type_name == found.type_name
            && (self.method.is_empty() || self.method == found.method)
            && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    }
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Difference {
    type_name: String,
    method: String,
    path: String,
}

/// Some models, as far as their faults are known.
pub struct Models {
    /// What they leave out when they write.
    pub leaves_out: fn(&Json) -> bool,
    /// What they get wrong.
    pub faults: &'static [Fault],
}

/// Panics with every difference that is no known fault, with every known fault that is none any more, and with what
/// was refused.
pub fn only_known_faults(sent: &Sent, judgements: &[Judgement], models: &Models) {
    let Models { leaves_out, faults } = models;
    let Sent { bodies, refusals } = sent;
    assert!(!bodies.is_empty(), "nothing was sent");
    assert_eq!(bodies.len(), judgements.len(), "each has a judgement");
    let mut found = BTreeMap::new();
    for (body, judgement) in bodies.iter().zip(judgements) {
        let mut paths = Vec::new();
        match &judgement.back {
            Ok(back) => {
                let (sent, back) = (shown(&body.json, *leaves_out), shown(back, *leaves_out));
                compare("", &sent, &back, &mut paths);
            }
            Err(error) => paths.push((String::new(), error.clone())),
        }
        let choice = |path: &String| (path.clone(), "is none of the model's choices".to_owned());
        paths.extend(judgement.unknown_choices.iter().map(choice));
        for (path, what) in paths {
            let (type_name, method) = (body.type_name.clone(), body.method.clone());
            found.insert(
                Difference {
                    type_name,
                    method,
                    path,
                },
                what,
            );
        }
    }
    let explained = |found: &Difference| faults.iter().any(|fault| fault.explains(found));
    let unknown = found
        .iter()
        .filter(|(found, _)| !explained(found))
        .map(|(found, what)| {
            format!(
                "{} {} {}: {what}",
                found.method, found.type_name, found.path
            )
        });
    let healed = faults
        .iter()
        .filter(|fault| !found.keys().any(|found| fault.explains(found)))
        .map(|fault| {
            let Fault {
                method,
                type_name,
                path,
                reason,
            } = fault;
            format!("{method} {type_name} {path}: no fault any more ({reason})")
        });
    let complaints: BTreeSet<String> = refusals
        .iter()
        .cloned()
        .chain(unknown)
        .chain(healed)
        .collect();
    assert!(
        complaints.is_empty(),
        "{} complaints about {} bodies:\n{}",
        complaints.len(),
        bodies.len(),
        complaints.into_iter().collect::<Vec<_>>().join("\n")
    );
}

/// What of a body models can show: a null takes away what another body has set, and so has shown the name of.
fn shown(json: &Json, leaves_out: fn(&Json) -> bool) -> Json {
    match json {
        Json::Object(object) => object
            .iter()
            .filter(|(_, value)| !value.is_null() && !leaves_out(value))
            .map(|(key, value)| (key.clone(), shown(value, leaves_out)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Json::Array(items) => items.iter().map(|item| shown(item, leaves_out)).collect(),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => json.clone(),
    }
}

fn compare(path: &str, sent: &Json, back: &Json, found: &mut Vec<(String, String)>) {
    match (sent, back) {
        (Json::Object(sent), Json::Object(back)) => {
            for (key, value) in sent {
                let path = join(path, key);
                match back.get(key) {
                    Some(back) => compare(&path, value, back, found),
                    None => found.push((path, "the model does not know it".to_owned())),
                }
            }
            let added = back.iter().filter(|(key, _)| !sent.contains_key(*key));
            let told = |(key, value): (&String, &Json)| {
                (join(path, key), format!("the model adds {value}"))
            };
            found.extend(added.map(told));
        }
        (Json::Array(sent), Json::Array(back)) if sent.len() == back.len() => {
            for (sent, back) in sent.iter().zip(back) {
                compare(&format!("{path}[]"), sent, back, found);
            }
        }
        // 1 and 1.0 are one number to JSON.
        (Json::Number(sent), Json::Number(back)) if sent.as_f64() == back.as_f64() => {}
        (Json::String(sent), Json::String(back)) if moment(sent) == moment(back) => {}
        (sent, back) if sent == back => {}
        (sent, back) => found.push((
            path.to_owned(),
            format!("{sent} was sent, and the model makes {back} of it"),
        )),
    }
}

/// A moment may be written with more digits of its second than it needs.
fn moment(text: &str) -> &str {
    let whole = text.strip_suffix('Z').filter(|text| text.contains('T'));
    match whole {
        Some(whole) if whole.contains('.') => whole.trim_end_matches('0').trim_end_matches('.'),
        Some(whole) => whole,
        None => text,
    }
}

/// An id as a key is one of many.
fn join(path: &str, key: &str) -> String {
    let key = if key.contains('/') { "*" } else { key };
    match path {
        "" => key.to_owned(),
        path => format!("{path}.{key}"),
    }
}
