//! What may change without showing, because its secrets are not here.

use std::fmt::Write;

use stack_review::{Document, words};

use super::style::{ALERT, BOLD, paint};

/// What was planned without its secrets, as text; nothing where they were known.
pub fn text(document: &Document) -> String {
    let Some(note) = words::redacted(document) else {
        return String::new();
    };
    let mut text = format!("\n{}\n", paint(ALERT, note));
    let uncertain = document.uncertain();
    if uncertain.is_empty() {
        return text;
    }
    let _ = writeln!(
        text,
        "{}",
        paint(BOLD, format!("{}:", words::uncertain(document)))
    );
    let widths = uncertain.iter().map(|(what, _)| what.chars().count());
    let width = widths.max().unwrap_or(0);
    for (what, fields) in uncertain {
        let _ = writeln!(text, "  {what:width$}  {}", fields.join(", "));
    }
    text
}
