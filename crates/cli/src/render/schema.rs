//! A type's documentation.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use stack_model::schema::Nature;
use stack_model::{Equality, Field, Kind, Removal, Schema};

use super::style::{BOLD, FAINT, elapsed, paint};
use super::value;

/// The types with the first line of their documentation.
pub fn list(schemas: &[&Schema]) -> String {
    let names = schemas.iter().map(|schema| schema.type_name.as_str().len());
    let width = names.max().unwrap_or(0);
    let mut text = String::new();
    for schema in schemas {
        let doc = schema.doc.lines().next().unwrap_or_default();
        let _ = writeln!(
            text,
            "{}  {doc}",
            paint(BOLD, format!("{:width$}", schema.type_name))
        );
    }
    text
}

/// One type.
pub fn schema(schema: &Schema) -> String {
    let mut text = format!(
        "{}  {}\n\n",
        paint(BOLD, &schema.type_name),
        nature(schema.nature)
    );
    doc(&schema.doc, 0, &mut text);
    let outputs = match schema.nature {
        Nature::Lookup => "Answers",
        Nature::Object | Nature::Kept | Nature::Effect => "Outputs",
    };
    fields("Inputs", &schema.inputs, &mut text);
    fields(outputs, &schema.outputs, &mut text);
    if schema.nature == Nature::Object {
        let limits = schema.timeouts;
        let _ = writeln!(
            text,
            "\nMay take: create {}, update {}, delete {}",
            time(limits.create),
            time(limits.update),
            time(limits.delete)
        );
    }
    if schema.holds_data {
        text.push_str("Holds data: deleting or replacing it cannot be undone.\n");
    }
    text
}

fn nature(nature: Nature) -> &'static str {
    match nature {
        Nature::Object => "an object",
        Nature::Kept => "an object that lives in the state alone",
        Nature::Effect => "an act",
        Nature::Lookup => "a lookup",
    }
}

fn time(duration: Duration) -> String {
    let milliseconds = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    elapsed(milliseconds).unwrap_or_else(|| "no time".into())
}

fn doc(doc: &str, indent: usize, text: &mut String) {
    for line in doc.trim().lines() {
        let _ = writeln!(text, "{}", format!("{:indent$}{line}", "").trim_end());
    }
}

fn fields(title: &str, fields: &BTreeMap<String, Field>, text: &mut String) {
    if fields.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{}", paint(BOLD, title));
    listed(fields, 2, text);
}

fn listed(fields: &BTreeMap<String, Field>, indent: usize, text: &mut String) {
    for (name, field) in fields {
        let mut marks: Vec<String> = traits(field).into_iter().map(str::to_owned).collect();
        match &field.removal {
            Removal::Replace => {}
            Removal::Reset(reset) => {
                marks.push(format!("{} when not set any more", value::value(reset, 0)));
            }
            Removal::Follow => marks.push("the cloud's when not set any more".to_owned()),
        }
        let marks = match marks.is_empty() {
            true => String::new(),
            false => format!("  {}", paint(FAINT, format!("({})", marks.join(", ")))),
        };
        let name = paint(BOLD, name);
        let _ = writeln!(text, "{:indent$}{name}: {}{marks}", "", kind(&field.kind));
        doc(&field.doc, indent + 4, text);
        if let Some(block) = block(&field.kind) {
            listed(block, indent + 4, text);
        }
    }
}

fn traits(field: &Field) -> Vec<&'static str> {
    [
        (field.required, "required"),
        (field.secret, "secret"),
        (field.write_only, "never told again"),
        (field.replaces, "replaces"),
        (field.one_way, "cannot be put back"),
        (field.volatile, "changes with updates"),
        (field.generated, "generated"),
        (field.physical_name.is_some(), "made by stack when not set"),
        (field.equality == Equality::Set, "in any order"),
        (field.equality == Equality::Json, "compared as JSON"),
        (field.equality == Equality::CaseInsensitive, "in any case"),
        (
            field.equality == Equality::CaseAndSpaceInsensitive,
            "in any case, with or without spaces",
        ),
    ]
    .into_iter()
    .filter_map(|(holds, mark)| holds.then_some(mark))
    .collect()
}

fn kind(kind: &Kind) -> String {
    match kind {
        Kind::Any => "anything".into(),
        Kind::Bool => "true or false".into(),
        Kind::Int => "integer".into(),
        Kind::Float => "number".into(),
        Kind::String => "text".into(),
        Kind::Enum(words) => words
            .iter()
            .map(|word| format!("{word:?}"))
            .collect::<Vec<_>>()
            .join(" | "),
        Kind::List(item) => format!("list of {}", self::kind(item)),
        Kind::Map(item) => format!("map of {}", self::kind(item)),
        Kind::Block(_) => "block".into(),
    }
}

fn block(kind: &Kind) -> Option<&BTreeMap<String, Field>> {
    match kind {
        Kind::Block(fields) => Some(fields),
        Kind::List(item) | Kind::Map(item) => block(item),
        Kind::Any | Kind::Bool | Kind::Int | Kind::Float | Kind::String | Kind::Enum(_) => None,
    }
}
