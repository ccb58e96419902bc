//! What an apply would fail of half-way, asked before it begins.

use stack_engine::{CheckedGraph, Plan, Session};
use stack_model::Problem;
use stack_provider::trace::{self, Work};
use stack_review::{Finding, Level};

use crate::error::Result;
use crate::render::style::talk;

/// Which questions are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Questions {
    /// Whether names are free: what whoever applies would find as well.
    Names,
    /// That, whether we may do what the plan needs, and whether quotas leave room for it.
    All,
}

/// Everything that an apply of the plan would fail of, as findings. What could not be told is said.
pub async fn findings(
    session: &Session<'_>,
    graph: &CheckedGraph,
    plan: &Plan,
    questions: Questions,
) -> Vec<Finding> {
    let finding = |problem: Problem| Finding {
        level: Level::Deny,
        policy: "preflight".into(),
        urn: Some(problem.subject),
        message: problem.message,
        accepted: None,
    };
    let found = ask(session, graph, plan, questions).await;
    found.into_iter().map(finding).collect()
}

/// Fails with everything that an apply of the plan would fail of. What could not be told is said, and stops nothing.
pub async fn pass(
    session: &Session<'_>,
    graph: &CheckedGraph,
    plan: &Plan,
    questions: Questions,
) -> Result<()> {
    let found = ask(session, graph, plan, questions).await;
    match found.is_empty() {
        true => Ok(()),
        false => Err(stack_engine::Error::Preflight(found).into()),
    }
}

async fn ask(
    session: &Session<'_>,
    graph: &CheckedGraph,
    plan: &Plan,
    questions: Questions,
) -> Vec<Problem> {
    let everything = questions == Questions::All;
    let asking = session.preflight(graph, plan, everything);
    let found = trace::within(Work::Phase("preflight"), asking).await;
    for untold in &found.untold {
        talk(&format!("warning: preflight could not tell all: {untold}"));
    }
    found.findings
}
