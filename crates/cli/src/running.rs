//! Carries a plan out, and says how it went.

use std::time::Instant;

use stack_engine::apply::Report;
use stack_engine::{CheckedGraph, Plan, Session};
use stack_model::Map;

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::render::progress::Progress;
use crate::render::style::{print, talk};
use crate::render::{self, error, events, outputs, summary};

/// Shows a plan on standard output.
pub fn show(invocation: &Invocation, plan: &Plan) -> Result<()> {
    if invocation.is_json()? {
        events::plan(plan);
        return Ok(());
    }
    print(&render::plan::plan(plan)).map_err(Error::Output)
}

/// What is carried out.
pub struct Run<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The program; none for a destroy.
    pub graph: Option<&'a CheckedGraph>,
    /// The configuration.
    pub config: &'a Map,
    /// The most calls to one service at once.
    pub parallelism: Option<usize>,
    /// What it is called when it is done: `Applied`.
    pub verb: &'a str,
}

/// Carries a plan out. What fails is shown; the exit code says it too.
pub async fn carry_out(
    invocation: &Invocation,
    session: &mut Session<'_>,
    progress: &dyn Progress,
    run: Run<'_>,
) -> Result<Exit> {
    let begun = Instant::now();
    progress.begin(run.plan);
    let cancelled = invocation.cancelled.clone();
    let applied = session
        .apply(run.plan, run.graph, run.config, cancelled, run.parallelism)
        .await;
    progress.rest();
    let report = applied?;
    let elapsed = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    let recorded = &session.state().outputs;
    if invocation.is_json()? {
        events::summary(&report, elapsed);
        events::outputs(recorded);
    }
    let failures = error::failures(run.plan, &report);
    if !failures.is_empty() {
        talk(failures.trim_end());
    }
    talk(&summary::run(run.verb, &report, elapsed));
    if !invocation.is_json()? {
        let text = outputs::text(recorded, false);
        if !text.is_empty() {
            print(&format!("\n{text}")).map_err(Error::Output)?;
        }
    }
    Ok(exit(&report))
}

/// Gives the lock back, whatever came of the work. What went wrong first is said first.
pub async fn end(session: Session<'_>, done: Result<Exit>) -> Result<Exit> {
    let closed = session.close().await;
    let exit = done?;
    closed?;
    Ok(exit)
}

fn exit(report: &Report) -> Exit {
    if !report.in_doubt.is_empty() {
        return Exit::InDoubt;
    }
    match (report.is_complete(), report.cancelled) {
        (true, _) => Exit::Done,
        (false, true) => Exit::Cancelled,
        (false, false) => Exit::Failed,
    }
}
