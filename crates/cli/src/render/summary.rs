//! A plan and a run in one line.

use stack_engine::apply::Report;
use stack_engine::plan::Plan;
use stack_review::words;

use super::style::{count, elapsed};

/// `Plan: 3 to create, 1 to update; 12 unchanged.`
pub fn plan(plan: &Plan) -> String {
    let summary = plan.summary();
    let changes = words::changes(&summary.into());
    match (changes.is_empty(), plan.is_empty()) {
        (true, true) if summary.unchanged == 0 => "No changes. There is nothing.".into(),
        (true, true) => {
            let resources = count(summary.unchanged, "resource");
            let verb = if summary.unchanged == 1 { "is" } else { "are" };
            format!("No changes. {resources} {verb} as declared.")
        }
        (true, false) => format!("Plan: {} to set.", count(plan.outputs.len(), "output")),
        (false, _) if summary.unchanged == 0 => format!("Plan: {changes}."),
        (false, _) => format!("Plan: {changes}; {} unchanged.", summary.unchanged),
    }
}

/// `Applied: 4 steps in 12s.`
pub fn run(verb: &str, report: &Report, milliseconds: u64) -> String {
    let mut text = format!("{verb}: {}", count(report.done, "step"));
    let parts = [
        (report.failed.len(), "failed"),
        (report.skipped.len(), "skipped because of that"),
        (report.not_started.len(), "not started"),
    ];
    for (number, what) in parts.into_iter().filter(|(number, _)| *number > 0) {
        text.push_str(&format!(", {number} {what}"));
    }
    if let Some(elapsed) = elapsed(milliseconds) {
        text.push_str(&format!(" in {elapsed}"));
    }
    text.push('.');
    text
}
