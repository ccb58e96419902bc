//! What a plan changes of what is paid for a month.

use std::fmt::Write;

use stack_review::costs::{Costs, Part};
use stack_review::words::count;

use super::style::{ADDED, BOLD, CHANGED, FAINT, REMOVED, paint};

/// Costs as text.
pub fn text(costs: &Costs) -> String {
    let title = format!("Costs a month, in {} at list prices", costs.currency);
    let mut text = format!("\n{}\n", paint(BOLD, title));
    for cost in costs.changed() {
        let difference = format!("{:>10}", cost.difference.signed());
        // Less is not good, and more is not bad: the colours are those of what comes and goes.
        let style = match difference.trim_start().starts_with('-') {
            true => REMOVED,
            false => ADDED,
        };
        let _ = writeln!(text, "  {}  {}", paint(style, difference), cost.urn);
        for part in cost.parts.iter().filter(|part| part.differs()) {
            let _ = writeln!(text, "              {}", paint(FAINT, words(part)));
        }
    }
    let (same, free) = (costs.same().count(), costs.free());
    if same > 0 {
        let _ = writeln!(text, "  as before: {}", count(same, "resource"));
    }
    for (what, urns) in costs.by_use() {
        let _ = writeln!(text, "  by use ({what}): {}", urns.join(", "));
    }
    if free > 0 {
        let _ = writeln!(text, "  free of charge: {}", count(free, "resource"));
    }
    for (urn, unknown) in costs.unknown() {
        let _ = writeln!(
            text,
            "  {} {}",
            paint(CHANGED, "not known:"),
            unknown.words(urn)
        );
    }
    for warning in &costs.warnings {
        let _ = writeln!(text, "  {} {warning}", paint(CHANGED, "warning:"));
    }
    let _ = writeln!(text, "{}", paint(BOLD, costs.summary()));
    text
}

fn words(part: &Part) -> String {
    let charge = part
        .shown()
        .map(|charge| charge.words())
        .unwrap_or_default();
    format!("{} {}: {charge}", part.part, part.difference().signed())
}
