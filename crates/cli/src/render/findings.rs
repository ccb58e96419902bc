//! What policies found.

use std::fmt::Write;

use stack_review::{Finding, Level, words};

use super::style::{ADDED, ALERT, BOLD, CHANGED, FAINT, paint};

/// What policies found, as text; nothing when they found nothing.
pub fn text(findings: &[Finding]) -> String {
    if findings.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{}\n", paint(BOLD, "Policies"));
    for finding in findings {
        let (style, level) = match (&finding.accepted, finding.level) {
            (Some(_), _) => (ADDED, "accepted"),
            (None, Level::Deny) => (ALERT, "denied"),
            (None, Level::Warn) => (CHANGED, "warning"),
        };
        let level = format!("{level:8}");
        let of = finding.urn.as_deref().unwrap_or("the plan as a whole");
        let policy = paint(FAINT, format!("({})", finding.policy));
        let _ = writeln!(text, "  {} {of} {policy}", paint(style, level));
        for line in finding.message.lines() {
            let _ = writeln!(text, "           {line}");
        }
        if let Some(reason) = &finding.accepted {
            let _ = writeln!(text, "           accepted: {reason}");
        }
    }
    let _ = writeln!(text, "{}", paint(BOLD, words::findings(findings)));
    text
}
