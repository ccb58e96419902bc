//! Values and counts as text.

use std::fmt::Write;

use serde_json::Value as Json;

use crate::document::Summary;
use crate::review::{Finding, Level};

/// What stands for a secret.
pub const SECRET: &str = "[secret]";

/// A value of a document on one line.
pub fn value(json: &Json) -> String {
    match json {
        Json::Object(map) => {
            if map.contains_key("$secret") {
                return SECRET.to_owned();
            }
            if let Some(unknown) = map.get("$unknown") {
                return known_after(unknown);
            }
            let entry = |(key, value_): (&String, &Json)| {
                let key = key.strip_prefix('$').unwrap_or(key);
                format!("{key} = {}", value(value_))
            };
            let entries: Vec<String> = map.iter().map(entry).collect();
            match entries.is_empty() {
                true => "{}".to_owned(),
                false => format!("{{ {} }}", entries.join(", ")),
            }
        }
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(value).collect();
            format!("[{}]", items.join(", "))
        }
        Json::Null => "not set".to_owned(),
        // As JSON writes it, which also keeps control characters away.
        Json::Bool(_) | Json::Number(_) | Json::String(_) => json.to_string(),
    }
}

/// `(known after aws:ec2:Vpc/main)`.
fn known_after(unknown: &Json) -> String {
    let after = unknown["after"].as_array().into_iter().flatten();
    let mut urns: Vec<&str> = after.filter_map(|one| one["urn"].as_str()).collect();
    urns.dedup();
    match urns.as_slice() {
        [] => "(known later)".into(),
        [one] => format!("(known after {one})"),
        [first @ .., last] => format!("(known after {} and {last})", first.join(", ")),
    }
}

/// What happens, kind by kind: `3 to create, 1 to update`. Empty when nothing happens to any resource.
pub fn changes(summary: &Summary) -> String {
    let parts = [
        (summary.create, "to create"),
        (summary.update, "to update"),
        (summary.replace, "to replace"),
        (summary.delete, "to delete"),
        (summary.run, "to run"),
        (summary.forget, "to forget"),
        (summary.ask, "to look up"),
        (summary.record, "to record"),
    ];
    let parts = parts.iter().filter(|(number, _)| *number > 0);
    let parts: Vec<String> = parts
        .map(|(number, what)| format!("{number} {what}"))
        .collect();
    parts.join(", ")
}

/// A plan in a few words: `3 to create, 1 to update; 12 unchanged`.
pub fn summary(summary: &Summary, outputs: usize) -> String {
    let mut text = match (changes(summary), outputs) {
        (changes, 0) if changes.is_empty() => "no changes".to_owned(),
        (changes, _) if changes.is_empty() => format!("{} to set", count(outputs, "output")),
        (changes, _) => changes,
    };
    if summary.unchanged > 0 {
        let _ = write!(text, "; {} unchanged", summary.unchanged);
    }
    text
}

/// What policies found, in a few words: `1 violation, 2 warnings, 1 accepted: this is not applied`.
pub fn findings(findings: &[Finding]) -> String {
    let accepted = findings.iter().filter(|one| one.accepted.is_some()).count();
    let denials = findings.iter().filter(|one| one.denies()).count();
    let warns = |one: &&Finding| one.level == Level::Warn && one.accepted.is_none();
    let warnings = findings.iter().filter(warns).count();
    let mut parts = Vec::new();
    if denials > 0 {
        parts.push(count(denials, "violation"));
    }
    if warnings > 0 {
        parts.push(count(warnings, "warning"));
    }
    if accepted > 0 {
        parts.push(format!("{accepted} accepted"));
    }
    let ends = if denials > 0 {
        ": this is not applied"
    } else {
        ""
    };
    format!("{}{ends}", parts.join(", "))
}

/// `1 change`, `2 changes`.
pub fn count(number: usize, one: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        _ => format!("{number} {one}s"),
    }
}
