//! An error with all there is to know about it: what was being done, to which resource, what the cloud said, and what
//! to try.

use std::error::Error as _;
use std::fmt::Write;

use serde_json::{Value as Json, json};
use stack_engine::BackendError;
use stack_engine::apply::Report;
use stack_engine::plan::Act;
use stack_model::Problem;
use stack_provider::{Error as CloudError, ErrorKind};

use super::style::{ALERT, BOLD, FAINT, count, paint};
use crate::error::Error;

/// An error as text, without a line's end.
pub fn error(error: &Error) -> String {
    let mut text = match error.problems() {
        [] => with_causes(error),
        problems => list(problems),
    };
    if let Some(hint) = hint(error) {
        let _ = write!(text, "\n  {} {hint}", paint(BOLD, "try:"));
    }
    text
}

fn headline(what: impl std::fmt::Display) -> String {
    format!("{} {what}", paint(ALERT, "error:"))
}

fn with_causes(error: &Error) -> String {
    let mut text = headline(error);
    let mut cause = error.source();
    while let Some(error) = cause {
        for line in error.to_string().lines() {
            let _ = write!(text, "\n  {line}");
        }
        cause = error.source();
    }
    text
}

/// Every problem, by what it is a problem of.
fn list(problems: &[Problem]) -> String {
    let (is, one) = ("wrong", "thing");
    let mut text = match problems.len() {
        1 => headline(format!("{} is {is}", count(1, one))),
        number => headline(format!("{} are {is}", count(number, one))),
    };
    for problem in problems {
        let at = problem
            .at
            .as_ref()
            .map(|at| format!(" ({at})"))
            .unwrap_or_default();
        let _ = write!(
            text,
            "\n  {}{}",
            paint(BOLD, &problem.subject),
            paint(FAINT, at)
        );
        for line in problem.message.lines() {
            let _ = write!(text, "\n    {line}");
        }
    }
    text
}

/// What to do about it.
fn hint(error: &Error) -> Option<String> {
    match error {
        Error::Project(error) => error.hint(),
        Error::Program(error) => error.hint().map(str::to_owned),
        Error::Usage { hint, .. } | Error::Refused { hint, .. } => hint.clone(),
        Error::Engine(error) => engine_hint(error),
        Error::InDoubt => {
            Some("run `stack refresh`, which settles and records it; then plan again".into())
        }
        Error::Open(_) | Error::Cancelled | Error::File { .. } | Error::Output(_) => None,
    }
}

fn engine_hint(error: &stack_engine::Error) -> Option<String> {
    use stack_engine::Error as E;
    match error {
        E::Backend(BackendError::Locked { .. }) => Some(
            "wait for it to end; a lock whose process is gone frees itself".into(),
        ),
        E::Backend(BackendError::Fenced { .. }) => Some("let the other run end, and plan again".into()),
        E::Backend(BackendError::Damaged { place, .. }) => Some(format!(
            "nothing was changed; put {place} back from a backup, or remove it if an older state is good enough"
        )),
        E::Cloud { source, .. } => cloud_hint(source),
        E::AllGone { .. } => Some(
            "if the credentials lead to another account, use the right ones; if the objects are gone indeed, \
             remove them with `stack state rm`"
                .into(),
        ),
        E::JournalLost { .. } => Some(
            "make the state writable again and run `stack apply`: it finds out what became of what was under way"
                .into(),
        ),
        E::Problems(_)
        | E::Backend(BackendError::Newer { .. } | BackendError::Seal { .. } | BackendError::Io { .. })
        | E::InDoubt { .. }
        | E::Stale(_)
        | E::Other(_) => None,
    }
}

fn cloud_hint(error: &CloudError) -> Option<String> {
    let general = match error.kind {
        ErrorKind::Credentials => {
            "sign in, or choose the profile: the cloud's own rules hold for both"
        }
        ErrorKind::Denied => "let somebody who may grant it",
        ErrorKind::Quota => "ask the cloud for a higher limit, or delete what is not needed",
        ErrorKind::Throttled | ErrorKind::Transient => "try again in a while",
        ErrorKind::AlreadyExists => "take it in with `stack import URN ID`, or choose another name",
        ErrorKind::Conflict
        | ErrorKind::NotYetPropagated
        | ErrorKind::Invalid
        | ErrorKind::Gone
        | ErrorKind::Failed
        | ErrorKind::TimedOut
        | ErrorKind::Cancelled
        | ErrorKind::Other => return error.hint.clone(),
    };
    Some(error.hint.clone().unwrap_or_else(|| general.to_owned()))
}

/// What failed in a run, first things first; empty when nothing did.
pub fn failures(report: &Report) -> String {
    let mut text = String::new();
    for (urn, act, error) in &report.failed {
        let _ = writeln!(text, "{}", headline(format!("cannot {} {urn}", verb(*act))));
        for line in error.to_string().lines() {
            let _ = writeln!(text, "  {line}");
        }
        if let Some(hint) = cloud_hint(error) {
            let _ = writeln!(text, "  {} {hint}", paint(BOLD, "try:"));
        }
    }
    if !report.skipped.is_empty() {
        let _ = writeln!(text, "skipped, because they depend on what failed:");
        report.skipped.iter().for_each(|urn| {
            let _ = writeln!(text, "  {urn}");
        });
    }
    if !report.not_started.is_empty() {
        let _ = writeln!(text, "not started:");
        report.not_started.iter().for_each(|urn| {
            let _ = writeln!(text, "  {urn}");
        });
    }
    text
}

/// What a step does, as a verb.
pub fn verb(act: Act) -> &'static str {
    match act {
        Act::Ask => "look up",
        Act::Create => "create",
        Act::Update => "update",
        Act::Delete { .. } => "delete",
        Act::Forget => "forget",
        Act::Record | Act::Pass | Act::Barrier => "record",
    }
}

/// An error as an event of the JSON stream.
pub fn event(error: &Error) -> Json {
    let causes = std::iter::successors(error.source(), |error| (*error).source());
    let mut event = json!({
        "event": "error",
        "exit": error.exit().code(),
        "message": error.to_string(),
        "causes": causes.map(ToString::to_string).collect::<Vec<_>>(),
        "hint": hint(error),
    });
    if !error.problems().is_empty() {
        event["problems"] = json!(error.problems());
    }
    event
}
