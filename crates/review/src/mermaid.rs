//! A picture of what changes, for Markdown. An arrow points from a resource to what it depends on.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write;

use crate::document::{Action, Document, Resource};

/// GitHub draws at most 500 edges, and a picture of more boxes than this says nothing to anybody.
const MOST: usize = 60;

/// What changes, with an arrow for each dependency, through what does not change as well. Nothing when there are too
/// many changes for a picture, or fewer than two.
pub fn changes(document: &Document) -> Option<String> {
    let changed: Vec<&Resource> = document.changed().collect();
    if !(2..=MOST).contains(&changed.len()) {
        return None;
    }
    let positions: HashMap<&str, usize> = changed
        .iter()
        .enumerate()
        .map(|(position, one)| (one.urn.as_str(), position))
        .collect();
    let mut text = "flowchart LR\n".to_owned();
    for (group, members) in groups(&changed) {
        let indent = match group.is_empty() {
            true => "  ",
            false => {
                let first = members.first().copied().unwrap_or_default();
                let _ = writeln!(text, "  subgraph g{first}[\"{}\"]", label(&group));
                "    "
            }
        };
        for position in members {
            let one = changed[position];
            let (urn, class) = (label(&one.urn), class(one.action));
            let _ = writeln!(text, "{indent}n{position}[\"{urn}\"]:::{class}");
        }
        if !group.is_empty() {
            text.push_str("  end\n");
        }
    }
    let edges = edges(document, &changed, &positions);
    if edges.len() > 500 {
        return None;
    }
    for (from, to) in edges {
        let _ = writeln!(text, "  n{from} --> n{to}");
    }
    for (class, style) in CLASSES {
        let _ = writeln!(text, "  classDef {class} {style}");
    }
    Some(text)
}

/// Colours that can be read on light and on dark ground.
const CLASSES: [(&str, &str); 5] = [
    ("create", "fill:#1a7f37,stroke:#1a7f37,color:#ffffff"),
    ("update", "fill:#9a6700,stroke:#9a6700,color:#ffffff"),
    ("replace", "fill:#bc4c00,stroke:#bc4c00,color:#ffffff"),
    ("delete", "fill:#cf222e,stroke:#cf222e,color:#ffffff"),
    ("other", "fill:#57606a,stroke:#57606a,color:#ffffff"),
];

fn class(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Update | Action::Resume => "update",
        Action::Replace => "replace",
        Action::Delete | Action::DeleteDeposed => "delete",
        Action::None
        | Action::Run
        | Action::Forget
        | Action::Ask
        | Action::Record
        | Action::Rename
        | Action::Restore => "other",
    }
}

/// Positions by component.
fn groups(changed: &[&Resource]) -> BTreeMap<String, Vec<usize>> {
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (position, one) in changed.iter().enumerate() {
        groups
            .entry(one.group.join(" / "))
            .or_default()
            .push(position);
    }
    groups
}

/// From each change to the nearest changes that it depends on.
fn edges(
    document: &Document,
    changed: &[&Resource],
    positions: &HashMap<&str, usize>,
) -> BTreeSet<(usize, usize)> {
    let all: HashMap<&str, &Resource> = document
        .resources
        .iter()
        .map(|one| (one.urn.as_str(), one))
        .collect();
    let mut edges = BTreeSet::new();
    for (from, one) in changed.iter().enumerate() {
        let mut seen: HashSet<&str> = HashSet::new();
        let mut open: Vec<&str> = one.depends_on.iter().map(String::as_str).collect();
        while let Some(urn) = open.pop() {
            if !seen.insert(urn) {
                continue;
            }
            match positions.get(urn) {
                Some(to) => drop(edges.insert((from, *to))),
                None => open.extend(all.get(urn).into_iter().flat_map(|one| {
                    let dependencies = one.depends_on.iter();
                    dependencies.map(String::as_str)
                })),
            }
        }
    }
    edges
}

/// What may stand between quotes.
fn label(text: &str) -> String {
    text.replace('"', "#quot;").replace(['<', '>', '\n'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{document, resource};

    #[test]
    fn an_arrow_leads_through_what_does_not_change() {
        let picture = changes(&document(vec![
            resource("a:b:C/app", Action::Create, &["a:b:C/between"]),
            resource("a:b:C/net", Action::Update, &[]),
            resource("a:b:C/between", Action::None, &["a:b:C/net"]),
        ]))
        .unwrap();
        assert!(picture.contains("n0[\"a:b:C/app\"]:::create"), "{picture}");
        assert!(picture.contains("  n0 --> n1\n"), "{picture}");
        assert!(!picture.contains("between"), "{picture}");
    }

    #[test]
    fn what_nobody_could_read_is_not_drawn() {
        let one = |number: usize| resource(&format!("a:b:C/{number}"), Action::Create, &[]);
        assert!(changes(&document(vec![one(0)])).is_none());
        assert!(changes(&document((0..MOST).map(one).collect())).is_some());
        assert!(changes(&document((0..=MOST).map(one).collect())).is_none());
    }
}
