//! What happens, as JSON: one event a line on standard output.
//!
//! The first line is `{"event":"begin","version":1,…}`. [`VERSION`] grows when a reader that knows the old form could
//! misread the new one; new events and new fields do not count. Then come the engine's events
//! ([`stack_engine::Event`]), and what commands add: `plan`, `findings`, `costs`, `summary`, `outputs` and `error`. An error before the
//! stream has begun is its only line, so it says the version too. Secrets are
//! `{"$secret": true}`.

use serde_json::{Value as Json, json};
use stack_engine::apply::Report;
use stack_engine::plan::Plan;
use stack_engine::{Event, Listener};
use stack_review::redact::redacted;
use stack_review::{Costs, Finding};

use super::style::print;
use super::{error, outputs};
use crate::error::Error;

/// The version of the stream.
pub const VERSION: u32 = 1;

/// Writes an event. A reader that went away needs no more of them.
pub fn emit(event: &Json) {
    let _ = print(&format!("{event}\n"));
}

/// The first event.
pub fn begin(command: &str, stack: &str, environment: &str) {
    emit(&json!({
        "event": "begin",
        "version": VERSION,
        "release": env!("CARGO_PKG_VERSION"),
        "command": command,
        "stack": stack,
        "environment": environment,
    }));
}

/// A plan, whole.
pub fn plan(plan: &Plan) {
    let mut event = json!({"event": "plan", "empty": plan.is_empty(), "summary": plan.summary()});
    let body = redacted(plan);
    for part in ["drift", "changes", "steps", "outputs"] {
        event[part] = body[part].clone();
    }
    emit(&event);
}

/// What policies found.
pub fn findings(findings: &[Finding]) {
    emit(&json!({"event": "findings", "findings": findings}));
}

/// What a plan changes of what is paid for a month.
pub fn costs(costs: &Costs) {
    let mut event = json!(costs);
    event["event"] = "costs".into();
    emit(&event);
}

/// How a run ended.
pub fn summary(report: &Report, milliseconds: u64) -> Json {
    let failed = |(urn, act, error): &(_, _, stack_provider::Error)| {
        json!({
            "urn": urn,
            "act": act,
            "kind": error::kind(error.kind),
            "message": error.message,
            "operation": error.operation,
            "code": error.code,
            "request_id": error.request_id,
            "hint": error.hint,
        })
    };
    json!({
        "event": "summary",
        "done": report.done,
        "failed": report.failed.iter().map(failed).collect::<Vec<_>>(),
        "skipped": report.skipped,
        "not_started": report.not_started,
        "cancelled": report.cancelled,
        "durable_writes": report.writes,
        "elapsed_ms": milliseconds,
    })
}

/// The stack's outputs.
pub fn outputs(outputs: &stack_model::Map) -> Json {
    json!({"event": "outputs", "outputs": outputs::all(outputs, false)})
}

/// An error.
pub fn error(error: &Error) {
    emit(&error::event(error));
}

/// Passes on the engine's events.
#[derive(Debug, Default)]
pub struct Lines {
    of: Option<(String, String)>,
}

impl Lines {
    /// The events of one of several environments that are worked on at once: each says of which.
    pub fn of(stack: &str, environment: &str) -> Self {
        Self {
            of: Some((stack.to_owned(), environment.to_owned())),
        }
    }
}

impl Lines {
    /// Writes an event.
    pub fn write(&self, mut event: Json) {
        if let Some((stack, environment)) = &self.of {
            event["stack"] = stack.as_str().into();
            event["environment"] = environment.as_str().into();
        }
        emit(&event);
    }
}

impl Listener for Lines {
    fn on(&self, event: Event) {
        self.write(redacted(&event));
    }
}
