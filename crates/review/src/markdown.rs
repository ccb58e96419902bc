//! A review as Markdown, for a comment on a pull request: what matters most comes first, and what does not fit is
//! counted, never cut in its middle.

mod costs;
pub mod drift;

use std::fmt::Write;

use serde_json::Value as Json;

use crate::document::{Action, Document, FieldChange, Order, Resource};
use crate::mermaid;
use crate::review::{Level, Review};
use crate::words::{self, count};

/// The most that a comment on GitHub may hold, with some room: its API refuses a body of more than 65,536 characters.
pub const LIMIT: usize = 65_000;

/// The part of a comment that tells whose it is, so that the next preview finds it. Markdown does not show it.
pub fn marker(stack: &str, environment: &str) -> String {
    format!("<!-- stack preview of {stack}/{environment} -->")
}

/// A review in at most `limit` bytes, as far as its head fits at all.
pub fn review(review: &Review, limit: usize) -> String {
    let document = &review.document;
    let tail = tail(document);
    let mut page = Page {
        text: String::new(),
        room: limit.saturating_sub(tail.len() + NOTES),
    };
    page.must(&head(document));
    findings(review, &mut page);
    uncertain(document, &mut page);
    drift(document, &mut page);
    let mut changed: Vec<&Resource> = document.changed().collect();
    changed.sort_by_key(|one| rank(one));
    table(&changed, &mut page);
    if let Some(costs) = &review.costs {
        costs::add(costs, &mut page);
    }
    outputs(document, &mut page);
    if let Some(picture) = mermaid::changes(document) {
        let block = fenced("mermaid", &picture);
        page.may(&format!(
            "<details><summary>What depends on what</summary>\n\n{block}\n</details>\n\n"
        ));
    }
    details(&changed, &mut page);
    page.text + &tail
}

/// A preview that came to no plan, with what a person on a terminal would see, in at most `limit` bytes, as far as its
/// head fits at all.
pub fn failure(stack: &str, environment: &str, error: &str, limit: usize) -> String {
    let head = format!(
        "{}\n### `{stack}` in `{environment}`: could not be planned\n\n",
        marker(stack, environment)
    );
    failed(head, error, limit)
}

/// An error under a head, in as many lines as there is room for.
fn failed(head: String, error: &str, limit: usize) -> String {
    let error = error.trim_end();
    // The fence is longer than any other in the text, twice, and there are the language and line ends.
    let around = fenced("text", error).len() - error.len() + 1;
    let room = limit.saturating_sub(head.len() + around + NOTES);
    let mut kept = String::new();
    let mut lines = error.lines();
    while let Some(line) = lines.next() {
        if kept.len() + line.len() + 1 > room {
            let missing = lines.count() + 1;
            let _ = writeln!(kept, "… and {} more", count(missing, "line"));
            break;
        }
        kept.push_str(line);
        kept.push('\n');
    }
    head + &fenced("text", &kept)
}

/// A text that grows as long as there is room.
struct Page {
    text: String,
    room: usize,
}

impl Page {
    fn must(&mut self, part: &str) {
        self.text.push_str(part);
        self.room = self.room.saturating_sub(part.len());
    }

    /// Whether it was added.
    fn may(&mut self, part: &str) -> bool {
        let fits = part.len() <= self.room;
        if fits {
            self.must(part);
        }
        fits
    }

    /// Adds a line for which room was kept.
    fn note(&mut self, line: &str) {
        self.text.push_str(line);
    }

    /// Adds parts as long as they fit. Gives how many are missing.
    fn as_many<'p>(&mut self, parts: impl ExactSizeIterator<Item = String> + 'p) -> usize {
        let mut missing = parts.len();
        for part in parts {
            if !self.may(&part) {
                break;
            }
            missing -= 1;
        }
        missing
    }
}

/// Room for the lines that say how much is missing, and for the heads of tables: eight lines at the most.
const NOTES: usize = 8 * 100;

/// What cannot be undone comes first, then what gives way to a new object or goes, then the rest as it begins.
fn rank(one: &Resource) -> (bool, u8) {
    let kind = match one.action {
        Action::Replace => 0,
        Action::Delete | Action::DeleteDeposed | Action::Forget => 1,
        _ => 2,
    };
    (one.irreversible.is_none(), kind)
}

fn head(document: &Document) -> String {
    let subject = &document.subject;
    let mut text = marker(&subject.stack, &subject.environment);
    let production = match subject.production {
        true => " (production)",
        false => "",
    };
    let _ = writeln!(
        text,
        "\n### `{}` in `{}`{production}: {}\n",
        subject.stack,
        subject.environment,
        words::summary(&document.summary, document.outputs.len())
    );
    if let Some(note) = words::redacted(document) {
        let _ = writeln!(text, "> [!NOTE]\n> {note}\n");
    }
    let lost = document.changed().filter(|one| one.irreversible.is_some());
    match lost.count() {
        0 => {}
        lost => {
            let _ = writeln!(
                text,
                "> [!CAUTION]\n> **{} cannot be undone by a rollback.**\n",
                count(lost, "change")
            );
        }
    }
    text
}

fn findings(review: &Review, page: &mut Page) {
    if review.findings.is_empty() {
        return;
    }
    let title = words::findings(&review.findings);
    page.must(&format!(
        "**Policies: {title}**\n\n| | Policy | Resource | What is wrong |\n|---|---|---|---|\n"
    ));
    let row = |finding: &crate::review::Finding| {
        let level = match (&finding.accepted, finding.level) {
            (Some(_), _) => "☑️",
            (None, Level::Deny) => "⛔",
            (None, Level::Warn) => "⚠️",
        };
        let urn = finding.urn.as_deref().map(code).unwrap_or_default();
        let (policy, message) = (code(&finding.policy), cell(&finding.message));
        let accepted = finding.accepted.as_deref().map(cell);
        let accepted = accepted.map(|reason| format!(" Accepted: {reason}"));
        let accepted = accepted.unwrap_or_default();
        format!("| {level} | {policy} | {urn} | {message}{accepted} |\n")
    };
    let missing = page.as_many(review.findings.iter().map(row));
    rest(missing, "finding", page);
}

fn uncertain(document: &Document, page: &mut Page) {
    let title = words::uncertain(document);
    if title.is_empty() {
        return;
    }
    let row = |(what, fields): &(&str, &[String])| {
        let fields: Vec<String> = fields.iter().map(|field| code(field)).collect();
        format!("- {}: {}\n", code(what), fields.join(", "))
    };
    let rows: String = document.uncertain().iter().map(row).collect();
    let block = format!("<details><summary>{title}</summary>\n\n{rows}\n</details>\n\n");
    if !page.may(&block) {
        page.note(&format!("{title}.\n\n"));
    }
}

fn drift(document: &Document, page: &mut Page) {
    if document.drift.is_empty() {
        return;
    }
    let mut text = format!(
        "<details><summary>{} changed outside of stack since the last run</summary>\n\n",
        count(document.drift.len(), "resource")
    );
    for one in &document.drift {
        let fields = one.fields.iter().map(|field| {
            let (before, after) = (words::value(&field.recorded), words::value(&field.observed));
            format!(
                "  - {}: {} → {}\n",
                code(&field.field),
                code(&before),
                code(&after)
            )
        });
        let gone = if one.gone { " is gone" } else { "" };
        let _ = write!(
            text,
            "- {}{gone}\n{}",
            code(&one.urn),
            fields.collect::<String>()
        );
    }
    text.push_str("\n</details>\n\n");
    if !page.may(&text) {
        let number = count(document.drift.len(), "resource");
        page.note(&format!(
            "{number} changed outside of stack since the last run.\n\n"
        ));
    }
}

fn table(changed: &[&Resource], page: &mut Page) {
    if changed.is_empty() {
        return;
    }
    page.note("| | Resource | |\n|---|---|---|\n");
    let row = |one: &&Resource| {
        let mut notes: Vec<String> = Vec::new();
        notes.extend(
            one.irreversible
                .as_ref()
                .map(|why| format!("**cannot be undone**: {}", cell(why))),
        );
        notes.extend(remark(one).map(str::to_owned));
        notes.extend(one.reason.as_deref().map(cell));
        let replacing = one.changes.iter().filter(|change| change.replaces);
        if one.action == Action::Replace {
            let fields: Vec<String> = replacing.map(|change| code(&change.field)).collect();
            if !fields.is_empty() {
                notes.push(format!("because of {}", fields.join(", ")));
            }
        }
        format!(
            "| {} | {} | {} |\n",
            symbol(one),
            code(&one.urn),
            notes.join("; ")
        )
    };
    let missing = page.as_many(changed.iter().map(row));
    rest(missing, "change", page);
}

fn outputs(document: &Document, page: &mut Page) {
    if document.outputs.is_empty() {
        return;
    }
    let row = |output: &crate::document::Output| {
        let (before, after) = (words::value(&output.before), words::value(&output.after));
        let diff = format!("{}: {before} → {after}", output.name);
        format!("{diff}\n")
    };
    let rows: String = document.outputs.iter().map(row).collect();
    page.may(&format!(
        "<details><summary>{}</summary>\n\n{}\n</details>\n\n",
        count(document.outputs.len(), "output"),
        fenced("", &rows)
    ));
}

fn details(changed: &[&Resource], page: &mut Page) {
    let changed: Vec<&&Resource> = changed
        .iter()
        .filter(|one| !one.changes.is_empty())
        .collect();
    let missing = page.as_many(changed.iter().map(|one| detail(one)));
    if missing > 0 {
        page.note(&format!(
            "\n_{} more do not fit here: `stack preview` shows them._\n\n",
            count(missing, "diff")
        ));
    }
}

fn detail(one: &Resource) -> String {
    let is_new = one.action == Action::Create;
    let line = |change: &FieldChange| {
        let mut lines = String::new();
        let (before, after) = (words::value(&change.before), words::value(&change.after));
        let mark = match (
            change.replaces && one.action == Action::Replace,
            change.one_way,
        ) {
            (true, _) if has_unknown(&change.after) => "  # may force the replacement",
            (true, _) => "  # forces the replacement",
            (false, true) => "  # cannot be put back",
            (false, false) => "",
        };
        if !is_new && !change.before.is_null() {
            let _ = writeln!(lines, "- {} = {before}", change.field);
        }
        if !change.after.is_null() {
            let _ = writeln!(lines, "+ {} = {after}{mark}", change.field);
        }
        lines
    };
    let diff: String = one.changes.iter().map(line).collect();
    let id = match &one.id {
        Some(id) => format!(" ({})", html(id)),
        None => String::new(),
    };
    let at = match &one.at {
        Some(at) => format!(" — {}", html(at)),
        None => String::new(),
    };
    format!(
        "<details><summary>{} <code>{}</code>{id}{at}</summary>\n\n{}\n</details>\n\n",
        symbol(one),
        html(&one.urn),
        fenced("diff", &diff)
    )
}

fn has_unknown(json: &Json) -> bool {
    match json {
        Json::Object(map) => map.contains_key("$unknown") || map.values().any(has_unknown),
        Json::Array(items) => items.iter().any(has_unknown),
        _ => false,
    }
}

fn tail(document: &Document) -> String {
    let state = match document.subject.serial {
        0 => "the empty environment".to_owned(),
        serial => format!("state {serial}"),
    };
    format!(
        "<sub>Planned from {state}; nothing was changed. Digest of the changes: <code>{}</code></sub>\n",
        document.digest
    )
}

fn rest(missing: usize, what: &str, page: &mut Page) {
    let text = match missing {
        0 => "\n".to_owned(),
        missing => format!("\n_… and {} more._\n\n", count(missing, what)),
    };
    page.note(&text);
}

fn symbol(one: &Resource) -> &'static str {
    match (one.action, one.replace_order) {
        (Action::Create, _) => "➕",
        (Action::Update | Action::Resume, _) => "✏️",
        (Action::Replace, _) => "♻️",
        (Action::Delete | Action::DeleteDeposed, _) => "❌",
        (Action::Run, _) => "▶️",
        (Action::Ask, _) => "❔",
        (Action::Forget, _) => "👋",
        (Action::None | Action::Record | Action::Rename | Action::Restore, _) => "▫️",
    }
}

/// What the symbol alone does not say.
fn remark(one: &Resource) -> Option<&'static str> {
    match (one.action, one.replace_order) {
        (Action::Replace, Some(Order::DeleteFirst)) => {
            Some("replaced: the old object goes before the new one comes")
        }
        (Action::Replace, _) => Some("replaced: the new object comes before the old one goes"),
        (Action::Delete, _) => Some("deleted"),
        (Action::DeleteDeposed, _) => Some("the old object of an earlier replacement is deleted"),
        (Action::Resume, _) => Some("goes on with what an earlier run began"),
        (Action::Run, _) => Some("runs"),
        (Action::Ask, _) => Some("is looked up during the apply"),
        (Action::Forget, _) => Some("stays in the cloud, and is forgotten here"),
        (Action::Record, _) => Some("only what is recorded changes"),
        (Action::None | Action::Create | Action::Update | Action::Rename | Action::Restore, _) => {
            None
        }
    }
}

/// A block that nothing in it can end.
fn fenced(language: &str, text: &str) -> String {
    let mut longest = 0;
    let mut run = 0;
    for letter in text.chars() {
        run = if letter == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(3.max(longest + 1));
    format!("{fence}{language}\n{text}{fence}\n")
}

/// Text as code in a cell of a table. What is in it mentions nobody and links to nothing.
fn code(text: &str) -> String {
    format!("<code>{}</code>", html(text))
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    // A zero-width space after it keeps a name from being notified.
    html(text).replace('@', "@\u{200b}")
}

fn html(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '|' => safe.push_str("&#124;"),
            '`' => safe.push_str("&#96;"),
            '*' | '_' | '[' | ']' | '~' | '\\' => {
                let _ = write!(safe, "&#{};", letter as u32);
            }
            '\n' | '\r' | '\t' => safe.push(' '),
            letter if letter.is_control() => safe.push('\u{fffd}'),
            letter => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests;
