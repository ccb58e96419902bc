//! Carries a plan out, and says how it went.

use std::time::Instant;

use stack_engine::apply::Report;
use stack_engine::rollback::{Rollback, Terms};
use stack_engine::{CheckedGraph, Plan, Session, State};
use stack_model::Map;
use stack_provider::trace;

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::render::progress::Progress;
use crate::render::style::print;
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

impl Run<'_> {
    /// Carries the plan out, and commits nothing yet.
    pub async fn begin(
        &self,
        invocation: &Invocation,
        session: &mut Session<'_>,
        progress: &dyn Progress,
    ) -> Result<Report> {
        progress.begin(self.plan);
        let cancelled = invocation.cancelled.clone();
        let carrying = session.carry_out(
            self.plan,
            self.graph,
            self.config,
            cancelled,
            self.parallelism,
        );
        let carried = trace::phase("apply", carrying).await;
        progress.rest();
        Ok(carried?)
    }
}

/// Carries a plan out, and when that fails puts back what this run changed. The first error is said first, and the
/// exit code is that of what failed first, whatever comes of the rollback.
pub async fn carry_out_or_back(
    invocation: &Invocation,
    session: &mut Session<'_>,
    progress: &dyn Progress,
    run: Run<'_>,
) -> Result<Exit> {
    let before = session.state().header.serial;
    let start = session.start();
    let begun = Instant::now();
    let mut report = run.begin(invocation, session, progress).await?;
    if report.is_complete() || report.cancelled {
        session.conclude(&mut report).await?;
        tell(invocation, session, progress, &run, &report, begun)?;
        return Ok(exit(&report));
    }
    tell_failure(progress, &run, &report, begun);
    progress.say("rolling back what this run changed");
    let back = back(invocation, session, progress, &run, start).await;
    if let Err(error) = &back {
        progress.say(&error::error(error));
        if invocation.is_json()? {
            events::error(error);
        }
    }
    session.conclude(&mut report).await?;
    if !matches!(back, Ok(true)) {
        progress.say(&unfinished("rollback", before));
    }
    Ok(exit(&report))
}

/// Whether everything that a run changed is as it was when it began.
async fn back(
    invocation: &Invocation,
    session: &mut Session<'_>,
    progress: &dyn Progress,
    failed: &Run<'_>,
    start: State,
) -> Result<bool> {
    let terms = Terms {
        this_run: true,
        accept_loss: false,
    };
    let plan = async {
        let target = session.target(start, terms)?;
        Ok(trace::phase("plan", session.plan_rollback(target, failed.config)).await?)
    };
    let Rollback {
        graph,
        plan,
        losses,
    } = invocation.unless_cancelled(plan).await?;
    progress.rest();
    show(invocation, &plan)?;
    if !losses.is_empty() {
        return Err(Error::Loss(losses));
    }
    let run = Run {
        plan: &plan,
        graph: Some(&graph),
        verb: "Rolled back",
        ..*failed
    };
    let begun = Instant::now();
    let report = run.begin(invocation, session, progress).await?;
    tell(invocation, session, progress, &run, &report, begun)?;
    Ok(report.is_complete())
}

/// What to do about a rollback that did not come to its end.
pub fn unfinished(noun: &str, serial: u64) -> String {
    format!(
        "the {noun} is not complete, and what was done is recorded: `stack rollback --to {serial}` goes on with it, `stack apply` goes forward"
    )
}

/// Carries a plan out. What fails is shown; the exit code says it too.
pub async fn carry_out(
    invocation: &Invocation,
    session: &mut Session<'_>,
    progress: &dyn Progress,
    run: Run<'_>,
) -> Result<Exit> {
    let begun = Instant::now();
    let mut report = run.begin(invocation, session, progress).await?;
    session.conclude(&mut report).await?;
    tell(invocation, session, progress, &run, &report, begun)?;
    Ok(exit(&report))
}

/// Says how a run went: what failed, how much was done, and the stack's outputs.
pub fn tell(
    invocation: &Invocation,
    session: &Session<'_>,
    progress: &dyn Progress,
    run: &Run<'_>,
    report: &Report,
    begun: Instant,
) -> Result<()> {
    tell_failure(progress, run, report, begun);
    let recorded = &session.state().outputs;
    if invocation.is_json()? {
        progress.emit(events::outputs(recorded));
        return Ok(());
    }
    let text = outputs::text(recorded, false);
    if text.is_empty() {
        return Ok(());
    }
    let heading = progress.name().map(|name| format!("{name}\n"));
    let heading = heading.unwrap_or_default();
    print(&format!("\n{heading}{text}")).map_err(Error::Output)
}

/// Says what failed in a run, and how much was done.
fn tell_failure(progress: &dyn Progress, run: &Run<'_>, report: &Report, begun: Instant) {
    let elapsed = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    progress.emit(events::summary(report, elapsed));
    let failures = error::failures(run.plan, report);
    if !failures.is_empty() {
        progress.say(failures.trim_end());
    }
    progress.say(&summary::run(run.verb, report, elapsed));
}

/// The exit code of a run.
pub fn exit(report: &Report) -> Exit {
    if !report.in_doubt.is_empty() {
        return Exit::InDoubt;
    }
    match (report.is_complete(), report.cancelled) {
        (true, _) => Exit::Done,
        (false, true) => Exit::Cancelled,
        (false, false) => Exit::Failed,
    }
}
