//! From a graph to a plan: what plan, apply and others share.

use std::collections::HashSet;

use stack_backend::Keeper;
use stack_engine::check::Schemas;
use stack_engine::{BackendError, CheckedGraph, Holder, Plan, Session, Wishes, check};
use stack_model::{Map, Urn};
use stack_provider::trace;

use crate::environment::Home;
use crate::error::{Error, Result};
use crate::program;
use crate::project::{Environment, Project, ProjectError};
use crate::render::style::talk;
use crate::saved::Base;
use crate::stacks::{self, Outlook};

/// The program's graph, checked. Nothing is read or written for it, so it comes before any lock.
pub async fn graph(
    project: &Project,
    environment: &Environment,
    schemas: &Schemas,
) -> Result<CheckedGraph> {
    let graph = trace::phase("program", program::graph(project, environment)).await?;
    Ok(check(graph, schemas).map_err(stack_engine::Error::Problems)?)
}

/// The environment's configuration for the engine, its secrets opened with the session's key.
pub fn config(project: &Project, environment: &Environment, session: &Session<'_>) -> Result<Map> {
    let opened = environment.config.open(session.seal());
    Ok(opened.map_err(|error| ProjectError::Wrong {
        path: project.folder.join(crate::project::FILE),
        line: None,
        message: format!("environments.{}: {error}", environment.name),
    })?)
}

/// Says when what is recorded is sealed in another way than `Stack.toml` says. It stays as it is: only a person knows
/// whether whoever works on it can open it in the other way.
pub fn compare_sealing(environment: &Environment, session: &Session<'_>) {
    let header = session.seal().header();
    // A state that is not born yet, and only looked at, has none.
    let (Some(wanted), Some(found)) = (&environment.sealed_by, Keeper::of(&header)) else {
        return;
    };
    if !wanted.keeps(&header) {
        talk(&format!(
            "warning: the key of {} is kept by {found}, and Stack.toml says {wanted}: `stack secrets rotate --to {wanted}` changes that",
            environment.name
        ));
    }
}

/// What a plan that is to be saved is made from. There is none while something may change under it.
pub async fn base_to_save(home: &Home, session: &Session<'_>) -> Result<Base> {
    if let Some(holder) = holder(home).await? {
        let place = home.backend.place();
        let holder = Box::new(holder);
        return Err(stack_engine::Error::from(BackendError::Locked { place, holder }).into());
    }
    if session.is_in_doubt() {
        return Err(Error::InDoubt);
    }
    Ok(Base::from(&session.state().header))
}

/// Says when another run is under way.
pub async fn warn_of_a_run(home: &Home) -> Result<()> {
    if let Some(under_way) = under_way(home).await? {
        talk(&format!("warning: {under_way}"));
    }
    Ok(())
}

/// That another run is under way, if one is.
pub async fn under_way(home: &Home) -> Result<Option<String>> {
    let said = |holder| format!("{holder} is under way; what it does may not show here");
    Ok(holder(home).await?.map(said))
}

async fn holder(home: &Home) -> Result<Option<Holder>> {
    let holder = home.backend.holder().await;
    Ok(holder.map_err(stack_engine::Error::from)?)
}

/// What a plan is made for.
pub struct Wanted<'a> {
    /// The program.
    pub graph: &'a CheckedGraph,
    /// The configuration.
    pub config: &'a Map,
    /// What a person asks for besides.
    pub wishes: &'a Wishes,
    /// Whether to trust what is recorded instead of reading the clouds.
    pub offline: bool,
    /// Whether the plan is to be carried out. Then even offline the accounts are compared, and what is in doubt is
    /// settled: a run that commits takes the journals' place.
    pub changing: bool,
    /// What was planned of other stacks before.
    pub outlook: &'a Outlook,
    /// Read only these and what they depend on. Everything when absent.
    pub only: Option<&'a HashSet<Urn>>,
}

/// Identifies, refreshes, and plans.
pub async fn plan(
    session: &mut Session<'_>,
    project: &Project,
    wanted: &Wanted<'_>,
) -> Result<Plan> {
    let Wanted {
        graph,
        config,
        wishes,
        offline,
        changing,
        outlook,
        only,
    } = *wanted;
    for urn in wishes.targets.iter().chain(&wishes.replace) {
        // A typing error must not look like "nothing to do".
        if !graph.resources.contains_key(urn) && !session.state().resources.contains_key(urn) {
            let message = "is neither declared by the program nor recorded";
            return Err(stack_engine::Error::problem(urn, message).into());
        }
    }
    session.declare(graph, config)?;
    session.know_stacks(stacks::outputs(project, graph, outlook).await?);
    if offline && changing {
        session.identify(Some(graph)).await?;
        session.settle().await?;
    } else if offline {
        match project.snapshots {
            Some(_) => session.leave_unanswered(),
            None => session.stay_offline(),
        }
        if session.is_in_doubt() {
            talk(
                "warning: what an earlier run left in doubt stays so while offline, and does not show here",
            );
        }
    } else {
        // Who we are comes first: in the wrong account everything seems to be gone.
        session.identify(Some(graph)).await?;
        let needed = match only {
            Some(only) => Some(session.needed(graph, only, true)),
            None if wishes.targets.is_empty() => None,
            None => Some(session.needed(graph, &wishes.targets, false)),
        };
        let chosen = |urn: &Urn| needed.as_ref().is_none_or(|needed| needed.contains(urn));
        session.refresh_for(graph, config, chosen).await?;
    }
    Ok(trace::phase("plan", session.plan(graph, config, wishes)).await?)
}
