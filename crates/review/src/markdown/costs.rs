//! What a plan changes of what is paid for, folded below a line that says the sum.

use super::{Page, cell, code, rest};
use crate::costs::{Cost, Costs};
use crate::words::count;

/// Adds the costs: the sum and what to know of the prices always, the rest as far as it fits.
pub fn add(costs: &Costs, page: &mut Page) {
    let summary = format!("Costs: {}", costs.summary());
    for warning in &costs.warnings {
        page.may(&format!("> [!WARNING]\n> {}\n\n", cell(warning)));
    }
    let head = format!("<details><summary>{}</summary>\n\n", cell(&summary));
    let tail = "\n</details>\n\n";
    if !page.may(&format!("{head}{tail}")) {
        return;
    }
    // The end has its room already; it comes after what fits between.
    page.text.truncate(page.text.len() - tail.len());
    let changed: Vec<&Cost> = costs.changed().collect();
    if !changed.is_empty() && page.may("| USD a month | Resource | |\n|--:|---|---|\n") {
        let missing = page.as_many(changed.iter().map(|cost| row(cost)));
        rest(missing, "cost", page);
    }
    let unknown: Vec<String> = costs
        .unknown()
        .map(|(urn, unknown)| format!("- not known: {}\n", cell(&unknown.words(urn))))
        .collect();
    let by_use = costs.by_use().into_iter().map(|(what, urns)| {
        let urns: Vec<String> = urns.into_iter().map(code).collect();
        format!("- by use ({}): {}\n", cell(what), urns.join(", "))
    });
    let same = costs.same().count();
    let same = (same > 0).then(|| format!("- {} as before\n", count(same, "resource")));
    let free = (costs.free() > 0)
        .then(|| format!("- {} free of charge\n", count(costs.free(), "resource")));
    page.may("\n");
    let lines: Vec<String> = unknown
        .into_iter()
        .chain(by_use)
        .chain(same)
        .chain(free)
        .collect();
    let missing = page.as_many(lines.into_iter());
    rest(missing, "line", page);
    page.text.push_str(tail);
}

fn row(cost: &Cost) -> String {
    let parts = cost.parts.iter().filter(|part| part.differs());
    let words = parts.filter_map(|part| {
        let charge = part.shown()?;
        Some(format!(
            "{} {}: {}",
            cell(&part.part),
            part.difference().signed(),
            cell(&charge.words())
        ))
    });
    let words: Vec<String> = words.collect();
    format!(
        "| {} | {} | {} |\n",
        cost.difference.signed(),
        code(&cost.urn),
        words.join("<br>")
    )
}
