//! What an apply would fail of half-way, asked before it begins.

use stack_engine::{CheckedGraph, Plan, Session};

use crate::error::Result;
use crate::render::style::talk;

/// Which questions are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Questions {
    /// Whether names are free: what whoever applies would find as well.
    Names,
    /// That, and whether we may do what the plan needs.
    All,
}

/// Fails with everything that an apply of the plan would fail of. What could not be told is said, and stops nothing.
pub async fn pass(
    session: &Session<'_>,
    graph: &CheckedGraph,
    plan: &Plan,
    questions: Questions,
) -> Result<()> {
    let permissions = questions == Questions::All;
    let found = session.preflight(graph, plan, permissions).await;
    for untold in &found.untold {
        talk(&format!("warning: preflight could not tell all: {untold}"));
    }
    match found.findings.is_empty() {
        true => Ok(()),
        false => Err(stack_engine::Error::Preflight(found.findings).into()),
    }
}
