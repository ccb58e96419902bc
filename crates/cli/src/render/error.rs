//! An error with all there is to know about it: what was being done, to which resource, what the cloud said, and what
//! to try.

use std::error::Error as _;
use std::fmt::Write;

use serde_json::{Value as Json, json};
use stack_engine::BackendError;
use stack_engine::apply::Report;
use stack_engine::plan::{Act, Action, Change, Plan};
use stack_model::{Problem, Urn};
use stack_provider::{Error as CloudError, ErrorKind};

use super::style::{ALERT, BOLD, FAINT, count, paint};
use crate::error::Error;

/// An error as text, without a line's end.
pub fn error(error: &Error) -> String {
    let mut text = match error.problems() {
        [] => with_causes(error),
        problems => list(headline_of(error), problems),
    };
    if let Some(hint) = hint(error) {
        let _ = write!(text, "\n  {} {hint}", paint(BOLD, "try:"));
    }
    text
}

/// An error without colours: nothing takes them away on the way to a comment or a page.
pub fn plain(failed: &Error) -> String {
    anstream::adapter::strip_str(&error(failed)).to_string()
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

/// What several problems have in common, where that is more than their number.
fn headline_of(error: &Error) -> Option<&'static str> {
    match error {
        Error::Engine(stack_engine::Error::Unsound(_)) => {
            Some("what is recorded contradicts itself, so nothing was done")
        }
        Error::Engine(stack_engine::Error::Preflight(_)) => {
            Some("an apply would fail half-way, so none was begun")
        }
        Error::Irreversible(_) => Some("the plan has steps that a rollback could not undo"),
        _ => None,
    }
}

/// Every problem, by what it is a problem of.
fn list(common: Option<&str>, problems: &[Problem]) -> String {
    let subject = |problem: &Problem| {
        let at = problem.at.as_ref().map(|at| format!(" ({at})"));
        format!(
            "{}{}",
            paint(BOLD, &problem.subject),
            paint(FAINT, at.unwrap_or_default())
        )
    };
    let message = |text: &mut String, problem: &Problem, indent: usize| {
        for line in problem.message.lines() {
            let _ = write!(text, "\n{:indent$}{line}", "");
        }
    };
    if let ([only], None) = (problems, common) {
        let mut text = headline(subject(only));
        message(&mut text, only, 2);
        return text;
    }
    let mut text = headline(match common {
        Some(common) => common.to_owned(),
        None => format!("{} are wrong", count(problems.len(), "thing")),
    });
    for problem in problems {
        let _ = write!(text, "\n  {}", subject(problem));
        message(&mut text, problem, 4);
    }
    text
}

/// An error and its causes in one line.
pub fn in_a_line(error: &Error) -> String {
    let causes = std::iter::successors(error.source(), |error| (*error).source());
    let problems = error.problems().iter().map(|problem| {
        let message = problem.message.replace('\n', "; ");
        format!("{}: {message}", problem.subject)
    });
    let problems: Vec<String> = problems.collect();
    match problems.is_empty() {
        true => causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}")),
        false => problems.join("; "),
    }
}

/// What to do about it.
pub fn hint(error: &Error) -> Option<String> {
    match error {
        Error::Project(error) => error.hint(),
        Error::Program(error) => error.hint().map(str::to_owned),
        Error::Forge(error) => error.hint().map(str::to_owned),
        Error::Usage { hint, .. } | Error::Refused { hint, .. } => hint.clone(),
        Error::Engine(error) => engine_hint(error),
        Error::InDoubt => {
            Some("run `stack refresh`, which settles and records it; then plan again".into())
        }
        Error::Irreversible(_) => Some(
            "nothing was done; without --require-rollback the plan is carried out as it is shown".into(),
        ),
        Error::Loss(_) => Some(
            "nothing was rolled back; if that is what you want, run it again with --accept-loss".into(),
        ),
        Error::Denied(_) => Some(
            "change what they name, as shown with the plan; what is meant to be so is accepted under `[[policies.exceptions]]` in Stack.toml".into(),
        ),
        Error::Policies(_) => Some("nothing was done; `stack policy test` checks policies alone".into()),
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
        // An old lock would count runs from where it was made, and hide the journals since; the error says the mend.
        E::Backend(BackendError::Damaged { place, .. }) if place.ends_with("lock") => None,
        E::Backend(BackendError::Damaged { place, .. }) => {
            Some(format!("nothing was changed; put {place} back from a backup"))
        }
        E::Unsound(_) => Some(
            "mend it with `stack state rm` and `stack state mv`, or put an export back with `stack state import-file`"
                .into(),
        ),
        E::Preflight(_) => Some("where you know better, `stack apply --no-preflight` begins all the same".into()),
        E::Moved { to, .. } => Some(format!("set url = {to:?} under [backend] in Stack.toml")),
        E::Cloud { source, .. } => cloud_hint(source),
        E::AllGone { .. } => Some(
            "if the credentials lead to another account, use the right ones; if the objects are gone indeed, \
             record that with `stack drift --accept --accept-gone`"
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

/// What to do about a refusal of a cloud.
pub fn cloud_hint(error: &CloudError) -> Option<String> {
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
pub fn failures(plan: &Plan, report: &Report) -> String {
    let mut text = String::new();
    for (urn, act, error) in &report.failed {
        let what = match error.kind {
            ErrorKind::Cancelled => format!("{} {urn}", paint(BOLD, "stopped:")),
            _ => headline(format!("cannot {} {urn}", verb(plan, urn, *act))),
        };
        let _ = writeln!(text, "{what}");
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

/// What a step does, as a verb. Of an act the plan says that it runs.
fn verb(plan: &Plan, urn: &Urn, act: Act) -> &'static str {
    let runs = |change: &Change| change.urn == *urn && change.action == Action::Run;
    match act {
        Act::Create | Act::Update if plan.changes.iter().any(runs) => "run",
        Act::Ask => "look up",
        Act::Create => "create",
        Act::Update => "update",
        Act::Delete { .. } => "delete",
        Act::Forget => "forget",
        Act::Record | Act::Pass | Act::Barrier => "record",
    }
}

/// A kind of error, as other programs read it.
pub fn kind(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Throttled => "throttled",
        ErrorKind::Transient => "transient",
        ErrorKind::Conflict => "conflict",
        ErrorKind::NotYetPropagated => "not-yet-propagated",
        ErrorKind::Denied => "denied",
        ErrorKind::Credentials => "credentials",
        ErrorKind::Quota => "quota",
        ErrorKind::Invalid => "invalid",
        ErrorKind::Gone => "gone",
        ErrorKind::AlreadyExists => "already-exists",
        ErrorKind::Failed => "failed",
        ErrorKind::TimedOut => "timed-out",
        ErrorKind::Cancelled => "cancelled",
        ErrorKind::Other => "other",
    }
}

/// An error as an event of the JSON stream.
pub fn event(error: &Error) -> Json {
    let causes = std::iter::successors(error.source(), |error| (*error).source());
    let mut event = json!({
        "event": "error",
        "version": super::events::VERSION,
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
