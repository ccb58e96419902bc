//! Deletes what is recorded, round after round: a failure stops what depends on it and nothing else, and what was only
//! blocked is tried again as long as the others make way.

use std::collections::HashSet;

use stack_engine::apply::Report;
use stack_engine::{Plan, Session};
use stack_model::Urn;
use stack_provider::ErrorKind;

use crate::error::{Error, Result};
use crate::invocation::Invocation;
use crate::render::error;
use crate::render::progress::Progress;
use crate::running::Run;

/// Carries out a plan of deletions, and further ones that `again` makes of what is left, and commits what is left then.
/// The report says what was done in all rounds, and what failed in the last.
pub async fn carry_out(
    invocation: &Invocation,
    session: &mut Session<'_>,
    progress: &dyn Progress,
    run: &Run<'_>,
    again: impl Fn(&Session<'_>) -> Result<Plan>,
) -> Result<Report> {
    let mut report = run.begin(invocation, session, progress).await?;
    let mut progressed = report.done > 0;
    while progressed && is_blocked(&report) {
        let blocked: HashSet<Urn> = report.failed.iter().map(|one| one.0.clone()).collect();
        // In the right account all of them were there a moment ago: what is gone now is gone.
        session.accept_gone();
        let plan = async {
            session.refresh(|urn| blocked.contains(urn)).await?;
            again(session)
        };
        let plan = match invocation.unless_cancelled(plan).await {
            Ok(plan) => plan,
            // What was done stays done, and is said.
            Err(Error::Cancelled) => {
                report.cancelled = true;
                break;
            }
            Err(error) => {
                progress.say(&error::error(&error));
                break;
            }
        };
        if plan.steps.is_empty() {
            break;
        }
        progress.say("trying again what was blocked");
        let next = Run {
            plan: &plan,
            ..*run
        };
        let next = next.begin(invocation, session, progress).await?;
        progressed = next.done > 0;
        report = Report {
            done: report.done + next.done,
            writes: report.writes + next.writes,
            ..next
        };
    }
    session.conclude(&mut report).await?;
    Ok(report)
}

/// Whether something failed that may succeed now that others are gone. What is in doubt is for the next run.
fn is_blocked(report: &Report) -> bool {
    let passes = |kind: ErrorKind| kind.is_retryable() || kind == ErrorKind::TimedOut;
    !report.cancelled
        && report.in_doubt.is_empty()
        && report.failed.iter().any(|(_, _, error)| passes(error.kind))
}
