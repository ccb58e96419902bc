//! What changed outside, as text, JSON and Markdown.

use serde_json::{Value as Json, json};
use stack_review::markdown::drift as issues;

use super::checked::Checked;
use crate::drifting::Found;
use crate::forge::Subject;
use crate::forge::issues::Said;
use crate::render::style::{BOLD, count, paint, talk};
use crate::render::{error, plan};

pub fn text(checked: &[Checked], _: usize) -> String {
    let one = |one: &Checked| {
        let Subject { stack, environment } = &one.subject;
        let shown = match &one.found {
            Ok(found) => found_text(found),
            Err(_) => "It could not be looked at.\n".to_owned(),
        };
        match checked.len() {
            1 => shown,
            _ => format!("── {environment} of {stack} ──\n\n{shown}\n"),
        }
    };
    checked.iter().map(one).collect()
}

/// What changed outside, ending with its summary.
pub fn found_text(found: &Found) -> String {
    let report = &found.report;
    let mut summary = match (report.is_empty(), report.read) {
        (false, _) => format!("Drift: {}", report.summary()),
        (true, 1) => "No drift. 1 object is as recorded".to_owned(),
        (true, read) => format!("No drift. {} are as recorded", count(read, "object")),
    };
    summary += &match report.not_read {
        0 => ".".to_owned(),
        1 => "; 1 resource is not at a cloud.".to_owned(),
        number => format!("; {number} resources are not at a cloud."),
    };
    format!("{}{}\n", plan::drift(&found.drift), paint(BOLD, summary))
}

pub fn json(checked: &[Checked], _: usize) -> String {
    let line = |one: &Checked| format!("{}\n", event(one));
    checked.iter().map(line).collect()
}

/// What became of one environment, as an event.
pub fn event(one: &Checked) -> Json {
    match &one.found {
        Ok(found) => found_event(found),
        Err(failed) => {
            let mut event = error::event(failed);
            event["stack"] = json!(one.subject.stack);
            event["environment"] = json!(one.subject.environment);
            event
        }
    }
}

/// What changed outside, as an event.
pub fn found_event(found: &Found) -> Json {
    let mut event = json!(found.report);
    event["event"] = "drift".into();
    event
}

pub fn markdown(checked: &[Checked], limit: usize) -> String {
    let one = |one: &Checked| {
        let Subject { stack, environment } = &one.subject;
        match &one.found {
            Ok(found) => issues::report(&found.report, limit),
            Err(failed) => issues::failure(stack, environment, &error::plain(failed), limit),
        }
    };
    let reports: Vec<String> = checked.iter().map(one).collect();
    reports.join("\n")
}

/// What is said in issues. Where something could not be looked at, or another run was at work, it is not known what is
/// drift, so the issue stays as it is.
pub fn said(checked: &[Checked], limit: usize) -> Vec<Said> {
    let one = |one: &Checked| {
        let Subject { stack, environment } = &one.subject;
        let found = one.found.as_ref().ok()?;
        if found.unsteady {
            talk(&format!(
                "issue on {environment} of {stack}: left as it is, because of another run"
            ));
            return None;
        }
        let report = &found.report;
        Some(Said {
            subject: one.subject.clone(),
            marker: issues::marker(stack, environment),
            title: issues::title(stack, environment),
            body: issues::report(report, limit),
            open: !report.is_empty(),
        })
    };
    checked.iter().filter_map(one).collect()
}

/// What people should know besides, on standard error.
pub fn remarks(one: &Checked) {
    match &one.found {
        Ok(found) => {
            for warning in &found.report.warnings {
                talk(&format!("warning: {warning}"));
            }
        }
        Err(failed) => talk(&error::error(failed)),
    }
}

/// How to go on where something changed, on standard error.
pub fn go_on(checked: &[Checked]) {
    let found = |one: &Checked| {
        let found = one.found.as_ref().ok()?;
        (!found.report.is_empty()).then(|| one.subject.environment.clone())
    };
    let names: Vec<String> = checked.iter().filter_map(found).collect();
    let of = match (names.first(), checked.len()) {
        (None, _) => return,
        (Some(_), 1) => String::new(),
        (Some(_), _) => " -e ENVIRONMENT".to_owned(),
    };
    talk(&format!(
        "`stack drift{of} --revert` puts it back, `stack drift{of} --accept` records it"
    ));
}
