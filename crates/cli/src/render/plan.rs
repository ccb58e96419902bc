//! A plan as a diff: drift first, then the changes by component or service, then what comes after the point of no
//! return, then the outputs.

mod change;

use std::collections::{HashMap, HashSet};
use std::fmt::Write;

use stack_engine::partial::Partial;
use stack_engine::plan::{Act, Action, Change, Drift, OutputChange, Plan};
use stack_model::Path;
use stack_model::graph::ReplaceOrder;
use stack_review::parts::parts;

use super::style::{ADDED, ALERT, BOLD, CHANGED, FAINT, REMOVED, count, paint};
use super::summary;
use super::value::{self, SECRET};

/// A plan as text, ending with its summary.
pub fn plan(plan: &Plan) -> String {
    let mut text = drift(&plan.drift);
    let late = Late::of(plan);
    let before: Vec<&Change> = plan
        .changes
        .iter()
        .filter(|change| !late.has(change))
        .collect();
    let after: Vec<&Change> = plan
        .changes
        .iter()
        .filter(|change| late.has(change))
        .collect();
    sections(&before, &mut text);
    if late.exists {
        point_of_no_return(&before, &late, &mut text);
    }
    sections(&after, &mut text);
    outputs(&plan.outputs, &mut text);
    let irreversible = plan
        .changes
        .iter()
        .filter(|change| change.irreversible.is_some())
        .count();
    if irreversible > 0 {
        let what = count(irreversible, "change");
        let _ = writeln!(
            text,
            "{}\n",
            paint(ALERT, format!("{what} cannot be undone by a rollback."))
        );
    }
    let _ = writeln!(text, "{}", paint(BOLD, summary::plan(plan)));
    text
}

/// What is deleted only when everything else has succeeded.
struct Late<'p> {
    exists: bool,
    steps: HashSet<&'p str>,
}

impl<'p> Late<'p> {
    fn of(plan: &'p Plan) -> Self {
        let barrier = plan.steps.iter().position(|step| step.act == Act::Barrier);
        let after = barrier.map_or(&[][..], |barrier| &plan.steps[barrier..]);
        Self {
            exists: barrier.is_some(),
            steps: after
                .iter()
                .filter_map(|step| Some(step.urn.as_ref()?.as_str()))
                .collect(),
        }
    }

    /// A replacement belongs to where its new object is made.
    fn has(&self, change: &Change) -> bool {
        use Action as A;
        match change.action {
            A::Delete | A::DeleteDeposed | A::Forget => self.steps.contains(change.urn.as_str()),
            A::Create
            | A::Update
            | A::Resume
            | A::Replace(_)
            | A::Run
            | A::Ask
            | A::Record
            | A::Rename
            | A::Restore => false,
        }
    }
}

fn point_of_no_return(before: &[&Change], late: &Late<'_>, text: &mut String) {
    let is_first = |change: &&&Change| change.action == Action::Replace(ReplaceOrder::CreateFirst);
    let replaced: Vec<&str> = before
        .iter()
        .filter(is_first)
        .map(|change| change.urn.as_str())
        .filter(|urn| late.steps.contains(urn))
        .collect();
    let _ = writeln!(
        text,
        "{} {}",
        paint(ALERT, "── point of no return ──"),
        paint(
            FAINT,
            "what follows happens only when everything above has succeeded"
        )
    );
    if !replaced.is_empty() {
        let _ = writeln!(
            text,
            "  {} {}, replaced above",
            paint(REMOVED, "-"),
            count(replaced.len(), "old object")
        );
        for urn in replaced {
            let _ = writeln!(text, "      {urn}");
        }
    }
    text.push('\n');
}

/// The changes by component, or by service where they are in none; both in the order of their first change.
fn sections(changes: &[&Change], text: &mut String) {
    let mut sections: Vec<(String, Vec<&Change>)> = Vec::new();
    let mut positions: HashMap<String, usize> = HashMap::new();
    for change in changes {
        let title = match change.group.as_slice() {
            [] => change.urn.service().to_owned(),
            group => group.join(" / "),
        };
        let position = *positions.entry(title.clone()).or_insert_with(|| {
            sections.push((title, Vec::new()));
            sections.len() - 1
        });
        sections[position].1.push(change);
    }
    for (title, changes) in sections {
        let _ = writeln!(text, "{}", paint(BOLD, title));
        let width = changes
            .iter()
            .map(|change| change.urn.as_str().len())
            .max()
            .unwrap_or(0);
        for change in changes {
            change::change(change, width, text);
        }
        text.push('\n');
    }
}

/// What changed outside, as text that ends with an empty line; nothing when nothing did.
pub fn drift(drift: &[Drift]) -> String {
    let mut text = String::new();
    if drift.is_empty() {
        return text;
    }
    let _ = writeln!(
        text,
        "{}",
        paint(BOLD, "Changed outside of stack since the last run")
    );
    for one in drift {
        if one.gone {
            let _ = writeln!(text, "  {} {}  is gone", paint(REMOVED, "-"), one.urn);
            continue;
        }
        let _ = writeln!(text, "  {} {}", paint(CHANGED, "~"), one.urn);
        let observed: Vec<Partial> = one
            .fields
            .iter()
            .map(|field| field.observed.clone().into())
            .collect();
        let fields = one.fields.iter().zip(&observed);
        let parts = fields.flat_map(|(field, observed)| {
            let hidden = field.recorded.has_secret() || observed.has_secret();
            let parts = parts(&Path::field(&field.field), &field.recorded, observed);
            parts.into_iter().map(move |part| (part, hidden))
        });
        let lines: Vec<(String, String, String)> = parts
            .map(|(part, hidden)| {
                let indent = 6;
                let shown = |value: &Partial| match value.is_null() {
                    true => "not set".to_owned(),
                    false if hidden => SECRET.to_owned(),
                    false => value::partial(value, indent),
                };
                let before = shown(&part.before.into_owned().into());
                let after = shown(&part.after);
                (part.path.to_string(), before, after)
            })
            .collect();
        let width = lines.iter().map(|(path, ..)| path.len()).max();
        for (path, before, after) in &lines {
            let width = width.unwrap_or(0);
            let _ = writeln!(text, "      {path:width$}: {before} -> {after}");
        }
    }
    text.push('\n');
    text
}

fn outputs(outputs: &[OutputChange], text: &mut String) {
    if outputs.is_empty() {
        return;
    }
    let _ = writeln!(text, "{}", paint(BOLD, "Outputs"));
    let width = outputs
        .iter()
        .map(|output| output.name.len())
        .max()
        .unwrap_or(0);
    for output in outputs {
        let indent = 4;
        let hide = output.before.has_secret() || output.after.has_secret();
        let before = if hide {
            SECRET.to_owned()
        } else {
            value::value(&output.before, indent)
        };
        let after = if hide {
            SECRET.to_owned()
        } else {
            value::partial(&output.after, indent)
        };
        let name = &output.name;
        let _ = match (output.before.is_null(), output.after.is_null()) {
            (true, _) => writeln!(text, "  {} {name:width$} = {after}", paint(ADDED, "+")),
            (false, true) => writeln!(text, "  {} {name:width$} = {before}", paint(REMOVED, "-")),
            (false, false) => writeln!(
                text,
                "  {} {name:width$} : {before} -> {after}",
                paint(CHANGED, "~")
            ),
        };
    }
    text.push('\n');
}

#[cfg(test)]
mod tests;
