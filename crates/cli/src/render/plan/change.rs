//! One change as text: a line that says what happens to what, then its fields.

use std::fmt::Write;

use anstyle::Style;
use stack_engine::diff::FieldChange;
use stack_engine::partial::Partial;
use stack_engine::plan::{Action, Change};
use stack_model::Value;
use stack_model::graph::ReplaceOrder;
use stack_review::parts::parts;

use super::super::id::short;
use super::super::style::{ACT, ADDED, ALERT, CHANGED, FAINT, PLAIN, REMOVED, paint};
use super::super::value::{self, SECRET};

/// Where fields begin.
const INDENT: usize = 8;

/// The symbol of an action. A replacement's says which object comes first.
pub fn symbol(action: Action) -> (&'static str, Style) {
    match action {
        Action::Create => ("+", ADDED),
        Action::Update | Action::Resume => ("~", CHANGED),
        Action::Replace(ReplaceOrder::DeleteFirst) => ("-/+", ALERT),
        Action::Replace(ReplaceOrder::CreateFirst) => ("+/-", CHANGED),
        Action::Delete | Action::DeleteDeposed => ("-", REMOVED),
        Action::Run => ("▶", ACT),
        Action::Ask => ("?", ACT),
        Action::Forget => ("×", FAINT),
        Action::Record | Action::Rename | Action::Restore => ("=", FAINT),
    }
}

/// What the symbol alone does not say.
fn remark(action: Action) -> Option<&'static str> {
    match action {
        Action::Resume => Some("goes on with what an earlier run began"),
        Action::DeleteDeposed => Some("the old object"),
        Action::Run => Some("runs"),
        Action::Ask => Some("is looked up during the apply"),
        Action::Forget => Some("stays in the cloud, and is forgotten here"),
        Action::Record => Some("only what is recorded changes"),
        // Its reason says what it was called, or what goes back.
        Action::Rename | Action::Restore => None,
        Action::Create | Action::Update | Action::Replace(_) | Action::Delete => None,
    }
}

/// Adds a change to the text. `width` is that of the widest urn in its section.
pub fn change(change: &Change, width: usize, text: &mut String) {
    let (symbol, style) = symbol(change.action);
    let mut notes: Vec<String> = Vec::new();
    notes.extend(change.id.as_deref().map(short));
    notes.extend(remark(change.action).map(str::to_owned));
    notes.extend(change.reason.clone());
    let mut line = format!(
        "  {} {:width$}",
        paint(style, format!("{symbol:<3}")),
        change.urn
    );
    if !notes.is_empty() {
        let _ = write!(line, "  {}", paint(FAINT, notes.join(", ")));
    }
    if let Some(at) = &change.at {
        let _ = write!(line, "  {}", paint(FAINT, format!("({at})")));
    }
    let _ = writeln!(text, "{}", line.trim_end());
    if let Some(why) = &change.irreversible {
        let _ = writeln!(
            text,
            "{:INDENT$}{}",
            "",
            paint(ALERT, format!("cannot be undone: {why}"))
        );
    }
    fields(change, text);
}

fn fields(change: &Change, text: &mut String) {
    let is_new =
        change.action == Action::Create || (change.action == Action::Run && change.id.is_none());
    let mut rows: Vec<(String, String)> = Vec::new();
    for field in &change.fields {
        let mark = mark(change.action, field);
        if is_new {
            let after = value::partial(&field.after, INDENT);
            rows.push((field.path.to_string(), format!("= {after}{mark}")));
            continue;
        }
        for part in parts(&field.path, &field.before, &field.after) {
            let difference = difference(&part.before, &part.after);
            rows.push((part.path.to_string(), format!(": {difference}{mark}")));
        }
    }
    let width = rows
        .iter()
        .map(|(path, _)| path.chars().count())
        .max()
        .unwrap_or(0);
    for (path, row) in rows {
        let _ = writeln!(text, "{:INDENT$}{path:width$} {row}", "");
    }
}

fn difference(before: &Value, after: &Partial) -> String {
    let hide = before.has_secret() || after.has_secret();
    let gone = paint(FAINT, "not set");
    let (was, will) = match hide {
        true => (SECRET.to_owned(), SECRET.to_owned()),
        false => (value::value(before, INDENT), value::partial(after, INDENT)),
    };
    match (before.is_null(), after.is_null()) {
        (true, _) => format!("{gone} -> {will}"),
        (false, true) => format!("{was} -> {gone}"),
        (false, false) => format!("{was} -> {will}"),
    }
}

/// What a field does to the whole object.
fn mark(action: Action, field: &FieldChange) -> String {
    let replaces = field.replaces && matches!(action, Action::Replace(_));
    let mark = match (replaces, field.after.is_known(), field.one_way) {
        (true, true, _) => "forces the replacement",
        (true, false, _) => "may force the replacement",
        (false, _, true) => "cannot be put back",
        (false, _, false) => return String::new(),
    };
    let style = if replaces { ALERT } else { PLAIN };
    format!("  {}", paint(style, format!("# {mark}")))
}
