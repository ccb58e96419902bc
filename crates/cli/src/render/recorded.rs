//! What is recorded.

use std::fmt::Write;

use stack_engine::State;
use stack_engine::session::{Checkpoint, Repair};
use stack_engine::state::{Object, ResourceState};
use stack_model::Urn;

use super::style::{ADDED, BOLD, CHANGED, FAINT, REMOVED, count, paint};
use super::value;

/// The committed states, one a line, oldest first.
pub fn history(checkpoints: &[Checkpoint]) -> String {
    let width = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0);
    // To the second; the JSON has all of it.
    let at = |one: &Checkpoint| {
        let time = one.at.as_deref()?.parse::<jiff::Timestamp>().ok()?;
        Some(time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
    };
    let at = |one: &Checkpoint| at(one).unwrap_or_else(|| "-".into());
    let command = |one: &Checkpoint| one.command.clone().unwrap_or_else(|| "-".into());
    let numbers = width(&mut checkpoints.iter().map(|one| one.serial.to_string().len()));
    let times = width(&mut checkpoints.iter().map(|one| at(one).len()));
    let commands = width(&mut checkpoints.iter().map(|one| command(one).len()));
    let mut text = String::new();
    for one in checkpoints {
        let _ = writeln!(
            text,
            "{:>numbers$}  {:times$}  {:commands$}  {}",
            one.serial,
            at(one),
            command(one),
            match one.resources {
                Some(resources) => count(resources, "resource"),
                None => "damaged".to_owned(),
            }
        );
    }
    text
}

/// The resources, one a line.
pub fn list(state: &State) -> String {
    let width = state
        .resources
        .keys()
        .map(|urn| urn.as_str().len())
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    for (urn, recorded) in &state.resources {
        let id = recorded
            .object
            .as_ref()
            .map_or("-", |object| object.id.as_str());
        let mut line = format!("{urn:width$}  {id}");
        let marks = marks(recorded);
        if !marks.is_empty() {
            let _ = write!(line, "  {}", paint(FAINT, marks.join(", ")));
        }
        let _ = writeln!(text, "{line}");
    }
    text
}

fn marks(recorded: &ResourceState) -> Vec<String> {
    let object = recorded.object.as_ref();
    let mut marks: Vec<String> = [
        (recorded.kept.protect, "protected"),
        (recorded.kept.retain, "retained"),
        (object.is_some_and(|object| object.incomplete), "incomplete"),
        (object.is_some_and(|object| object.unverified), "unverified"),
    ]
    .into_iter()
    .filter(|(holds, _)| *holds)
    .map(|(_, mark)| mark.to_owned())
    .collect();
    if !recorded.deposed.is_empty() {
        marks.push(format!(
            "{} to be deleted",
            count(recorded.deposed.len(), "old object")
        ));
    }
    marks
}

/// All that is recorded of one resource. Secrets stay hidden.
pub fn resource(urn: &Urn, recorded: &ResourceState) -> String {
    let mut text = format!("{}", paint(BOLD, urn));
    let marks = marks(recorded);
    if !marks.is_empty() {
        let _ = write!(text, "  {}", paint(FAINT, marks.join(", ")));
    }
    text.push('\n');
    if let Some(live) = &recorded.object {
        object(live, &mut text);
    }
    for old in &recorded.deposed {
        let _ = writeln!(text, "old object");
        object(old, &mut text);
    }
    text
}

fn object(object: &Object, text: &mut String) {
    let values = object.values();
    let names = values.keys().map(|name| name.chars().count());
    let width = names.max().unwrap_or(0).max("provider".len());
    let request = &object.request;
    let _ = writeln!(text, "  {:width$}   {}", "id", object.id);
    let _ = writeln!(text, "  {:width$}   {}", "provider", request.provider);
    for (name, field) in &values {
        let _ = writeln!(text, "  {name:width$} = {}", value::value(field, 2));
    }
    for urn in &request.dependencies {
        let _ = writeln!(text, "  depends on {urn}");
    }
}

/// What another state records otherwise, one resource a line.
pub fn difference(now: &State, then: &State) -> String {
    let mut text = String::new();
    let mut line = |style, sign: &str, urn: &Urn| {
        let _ = writeln!(text, "{}", paint(style, format!("{sign} {urn}")));
    };
    for (urn, recorded) in &then.resources {
        match now.resources.get(urn) {
            None => line(ADDED, "+", urn),
            Some(before) if before != recorded => line(CHANGED, "~", urn),
            Some(_) => {}
        }
    }
    let gone = now
        .resources
        .keys()
        .filter(|urn| !then.resources.contains_key(*urn));
    gone.for_each(|urn| line(REMOVED, "-", urn));
    text
}

/// What a repair would record, one resource a line.
pub fn repair(repair: &Repair) -> String {
    let mut text = String::new();
    for urn in &repair.dropped {
        let line = paint(REMOVED, format!("- {urn}"));
        let _ = writeln!(text, "{line}  is gone");
    }
    for (urn, id) in &repair.adopted {
        let line = paint(ADDED, format!("+ {urn}"));
        let _ = writeln!(text, "{line}  is {id}");
    }
    for problem in &repair.unclear {
        let _ = writeln!(text, "{} {problem}", paint(CHANGED, "?"));
    }
    text
}
