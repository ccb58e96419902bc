//! Values as text. A secret is never shown, whatever it is in.

use std::fmt::Write;

use stack_engine::partial::Partial;
use stack_model::expr::Reference;
use stack_model::{Map, Value};

/// What stands for a secret.
pub use stack_review::words::SECRET;

/// The longest value that stays on one line.
const WIDTH: usize = 72;

/// A value as text, over several lines where one would be too long. Later lines are indented by `indent`.
pub fn value(value: &Value, indent: usize) -> String {
    partial(&Partial::Known(value.clone()), indent)
}

/// A value of which a part may not be known.
pub fn partial(value: &Partial, indent: usize) -> String {
    let line = compact(value);
    if line.chars().count() + indent <= WIDTH.max(indent + 24) {
        return line;
    }
    match value {
        Partial::Known(Value::List(items)) => {
            let items: Vec<Partial> = items.iter().cloned().map(Partial::Known).collect();
            list(&items, indent)
        }
        Partial::Known(Value::Map(map)) => {
            let lifted =
                |(key, value): (&String, &Value)| (key.clone(), Partial::Known(value.clone()));
            let entries: Vec<(String, Partial)> = map.iter().map(lifted).collect();
            block(&entries, indent)
        }
        Partial::List(items) => list(items, indent),
        Partial::Map(entries) => {
            let entries: Vec<(String, Partial)> = entries.clone().into_iter().collect();
            block(&entries, indent)
        }
        Partial::Known(Value::String(text)) if text.contains('\n') => lines(text, indent),
        Partial::Known(_) | Partial::Unknown(_) | Partial::Secret(_) => line,
    }
}

fn list(items: &[Partial], indent: usize) -> String {
    let mut text = "[\n".to_owned();
    for item in items {
        let item = partial(item, indent + 2);
        let _ = writeln!(text, "{:1$}{item},", "", indent + 2);
    }
    let _ = write!(text, "{:indent$}]", "");
    text
}

fn block(entries: &[(String, Partial)], indent: usize) -> String {
    let mut text = "{\n".to_owned();
    let width = entries.iter().map(|(key, _)| key.chars().count()).max();
    for (key, entry) in entries {
        let entry = partial(entry, indent + 2);
        let (pad, width) = (indent + 2, width.unwrap_or(0));
        let _ = writeln!(text, "{:pad$}{key:width$} = {entry}", "");
    }
    let _ = write!(text, "{:indent$}}}", "");
    text
}

/// A text of several lines, as it is.
fn lines(text: &str, indent: usize) -> String {
    let mut shown = "\"\"\"\n".to_owned();
    for line in text.lines() {
        let line: String = line.chars().map(visible).collect();
        let _ = writeln!(shown, "{:1$}{line}", "", indent + 2);
    }
    let _ = write!(shown, "{:indent$}\"\"\"", "");
    shown
}

/// Control characters of a cloud's answer do not reach the terminal.
fn visible(letter: char) -> char {
    if letter.is_control() {
        '\u{fffd}'
    } else {
        letter
    }
}

fn compact(value: &Partial) -> String {
    match value {
        Partial::Known(value) => compact_value(value),
        Partial::Unknown(unknown) => known_after(unknown.after.iter()),
        Partial::Secret(_) => SECRET.into(),
        Partial::List(items) => bracketed(items.iter().map(compact)),
        Partial::Map(entries) => braced(entries.iter().map(|(key, entry)| (key, compact(entry)))),
    }
}

fn compact_value(value: &Value) -> String {
    match value {
        Value::Secret(_) | Value::Redacted => SECRET.into(),
        Value::Null => "null".into(),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::String(text) => quoted(text),
        Value::List(items) => bracketed(items.iter().map(compact_value)),
        Value::Map(map) => braced(map.iter().map(|(key, value)| (key, compact_value(value)))),
    }
}

/// As JSON writes it, which also keeps control characters away from the terminal.
fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

fn bracketed(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

fn braced<'k>(entries: impl Iterator<Item = (&'k String, String)>) -> String {
    let entries: Vec<String> = entries
        .map(|(key, value)| format!("{key} = {value}"))
        .collect();
    match entries.is_empty() {
        true => "{}".into(),
        false => format!("{{ {} }}", entries.join(", ")),
    }
}

/// `(known after aws:ec2:Vpc/main and aws:ec2:Subnet/a)`.
fn known_after<'r>(after: impl Iterator<Item = &'r Reference>) -> String {
    let mut urns: Vec<&str> = Vec::new();
    for reference in after {
        if !urns.contains(&reference.urn.as_str()) {
            urns.push(reference.urn.as_str());
        }
    }
    match urns.as_slice() {
        [] => "(known later)".into(),
        [one] => format!("(known after {one})"),
        [first @ .., last] => format!("(known after {} and {last})", first.join(", ")),
    }
}

/// A map of values without marks: what `--show-secrets` asks for.
pub fn revealed(values: &Map) -> Map {
    let reveal =
        |(key, value): (&String, &Value)| (key.clone(), value.revealed_deep().into_owned());
    values.iter().map(reveal).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use stack_engine::partial::Unknown;
    use stack_review::redact::redacted;

    fn after(urns: &[&str]) -> Partial {
        let reference = |urn: &&str| Reference {
            urn: urn.parse().unwrap(),
            path: stack_model::Path::field("id"),
        };
        Partial::Unknown(Unknown {
            after: urns.iter().map(reference).collect(),
        })
    }

    #[test]
    fn unknowns_name_what_they_wait_for() {
        assert_eq!(partial(&after(&["a:b:C/x"]), 0), "(known after a:b:C/x)");
        let several = after(&["a:b:C/x", "a:b:C/y", "a:b:C/x", "a:b:C/z"]);
        assert_eq!(
            partial(&several, 0),
            "(known after a:b:C/x, a:b:C/y and a:b:C/z)"
        );
    }

    #[test]
    fn secrets_do_not_show_at_any_depth() {
        let secret = Value::from("hunter2").secret();
        let deep = Value::List(vec![Value::Map(Map::from([(
            "key".into(),
            secret.clone(),
        )]))]);
        assert_eq!(value(&deep, 0), "[{ key = [secret] }]");
        let unknown = Partial::Secret(Box::new(after(&["a:b:C/x"])));
        assert_eq!(partial(&unknown, 0), "[secret]");
        assert_eq!(redacted(&deep).to_string(), r#"[{"key":{"$secret":true}}]"#);
        let known = Partial::Map(
            [
                ("a".to_owned(), Partial::Known(secret)),
                ("b".to_owned(), after(&["a:b:C/x"])),
            ]
            .into(),
        );
        assert!(!redacted(&known).to_string().contains("hunter2"));
    }

    #[test]
    fn what_is_too_long_for_a_line_is_set_out() {
        let long = Value::Map(Map::from([
            ("first".into(), Value::from("x".repeat(40))),
            (
                "other".into(),
                Value::List(vec![Value::Int(1), Value::from("y".repeat(40))]),
            ),
        ]));
        let expected = format!(
            "{{\n  first = \"{}\"\n  other = [1, \"{}\"]\n}}",
            "x".repeat(40),
            "y".repeat(40)
        );
        assert_eq!(value(&long, 0), expected);
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(value(&Value::from("\u{1b}[2J"), 0), r#""\u001b[2J""#);
    }
}
