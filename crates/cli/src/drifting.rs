//! What changed outside: what drift and refresh share.

use std::collections::HashSet;

use stack_engine::Session;
use stack_engine::plan::Drift;
use stack_model::Urn;
use stack_review::drift::Report;

use crate::error::Result;
use crate::render::style::{count, talk};

/// What changed outside.
pub struct Found {
    /// As a refresh found it.
    pub drift: Vec<Drift>,
    /// The same beside what was recorded.
    pub report: Report,
    /// Whether another run may have changed something meanwhile, which then looks like drift.
    pub unsteady: bool,
}

/// Reads what is there of the targets, of everything where none is given, and compares it with what is recorded.
pub async fn look(session: &mut Session<'_>, targets: &HashSet<Urn>) -> Result<Found> {
    known(session, targets)?;
    // Who we are comes first: in the wrong account everything seems to be gone.
    session.identify(None).await?;
    session.settle().await?;
    let recorded = session.state().clone();
    let chosen = |urn: &Urn| targets.is_empty() || targets.contains(urn);
    let drift = session.refresh(chosen).await?.to_vec();
    let schemas = session.connections.schemas();
    let report = Report::of(&drift, &recorded, schemas, chosen);
    Ok(Found {
        drift,
        report,
        unsteady: false,
    })
}

/// Refuses targets that are not recorded: a typing error must not look like "as recorded".
pub fn known(session: &Session<'_>, targets: &HashSet<Urn>) -> Result<()> {
    let recorded = &session.state().resources;
    match targets.iter().find(|urn| !recorded.contains_key(*urn)) {
        Some(urn) => Err(stack_engine::Error::problem(urn, "is not recorded").into()),
        None => Ok(()),
    }
}

/// Commits what was found, and what was settled before it.
pub async fn record(session: &mut Session<'_>, found: &Found, was_in_doubt: bool) -> Result<()> {
    if session.has_news() || was_in_doubt {
        session.save().await?;
    }
    talk(&match found.drift.len() {
        0 => "everything is as recorded".to_owned(),
        changed => format!("recorded: {} changed outside", count(changed, "resource")),
    });
    Ok(())
}
