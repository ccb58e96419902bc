//! What differs between two runs of the same program.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;
use stack_model::{Graph, Problem};

const ADVICE: &str = "a program must come to the same graph each time; for randomness declare a resource such as std:random:Id";

/// Everything that differs, by what it is part of. No values: they may be secret.
pub fn between(first: &Graph, second: &Graph) -> Vec<Problem> {
    let (before, after) = (parts(first), parts(second));
    let mut problems = Vec::new();
    for (subject, (at, part)) in &before {
        let message = match after.get(subject) {
            None => "is declared in the first run and not in the second".to_owned(),
            Some((_, other)) if part == other => continue,
            Some((_, other)) => format!(
                "differs between two runs in {}",
                fields(part, other).join(", ")
            ),
        };
        problems.push(problem(subject, at, &message));
    }
    for (subject, (at, _)) in &after {
        if !before.contains_key(subject) {
            problems.push(problem(
                subject,
                at,
                "is declared in the second run and not in the first",
            ));
        }
    }
    problems
}

fn problem(subject: &str, at: &Option<String>, message: &str) -> Problem {
    Problem {
        subject: subject.to_owned(),
        at: at.clone(),
        message: format!("{message}; {ADVICE}"),
    }
}

type Part = (Option<String>, Json);

fn parts(graph: &Graph) -> BTreeMap<String, Part> {
    let mut parts = BTreeMap::new();
    for resource in &graph.resources {
        parts.insert(
            resource.urn().to_string(),
            (resource.at.clone(), json(resource)),
        );
    }
    for lookup in &graph.lookups {
        parts.insert(lookup.urn().to_string(), (None, json(lookup)));
    }
    for provider in &graph.providers {
        parts.insert(
            format!("provider {}", provider.name),
            (None, json(provider)),
        );
    }
    for (name, output) in &graph.outputs {
        parts.insert(format!("outputs.{name}"), (None, json(output)));
    }
    for moved in &graph.moved {
        parts.insert(format!("moved {}", moved.from), (None, json(moved)));
    }
    parts
}

fn json(part: &impl Serialize) -> Json {
    serde_json::to_value(part).unwrap_or_default()
}

/// The fields that differ: `inputs.value`, `options`.
fn fields(one: &Json, other: &Json) -> Vec<String> {
    let (Json::Object(one), Json::Object(other)) = (one, other) else {
        return Vec::new();
    };
    let keys = one
        .keys()
        .chain(other.keys().filter(|key| !one.contains_key(*key)));
    let mut fields = Vec::new();
    for key in keys.filter(|key| one.get(*key) != other.get(*key)) {
        match (one.get(key), other.get(key)) {
            (Some(inner @ Json::Object(_)), Some(outer @ Json::Object(_))) if key == "inputs" => {
                fields.extend(
                    self::fields(inner, outer)
                        .into_iter()
                        .map(|field| format!("{key}.{field}")),
                );
            }
            _ => fields.push(key.clone()),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(json: &str) -> Graph {
        Graph::parse(json.as_bytes()).unwrap()
    }

    #[test]
    fn what_differs_is_named_and_its_values_are_not() {
        let one = graph(
            r#"{"format":1,"resources":[
                {"type":"std:core:Value","name":"same","inputs":{"value":1}},
                {"type":"std:core:Value","name":"random","at":"src/main.rs:7","inputs":{"value":"a1"}},
                {"type":"std:core:Value","name":"first"}]}"#,
        );
        let other = graph(
            r#"{"format":1,"resources":[
                {"type":"std:core:Value","name":"same","inputs":{"value":1}},
                {"type":"std:core:Value","name":"random","at":"src/main.rs:7","inputs":{"value":"b2"}},
                {"type":"std:core:Value","name":"second"}]}"#,
        );
        assert_eq!(between(&one, &one), []);
        let found: Vec<String> = between(&one, &other)
            .iter()
            .map(ToString::to_string)
            .collect();
        let expected = [
            "std:core:Value/first: is declared in the first run and not in the second",
            "std:core:Value/random (src/main.rs:7): differs between two runs in inputs.value",
            "std:core:Value/second: is declared in the second run and not in the first",
        ];
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.starts_with(expected), "{found}");
            assert!(!found.contains("a1"), "{found}");
        }
    }
}
