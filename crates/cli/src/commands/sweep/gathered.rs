//! Objects that belong to nobody, as a state of their own: so they are deleted by the engine like any others, in the order
//! of who needs whom, several at once, with all its patience. It is kept in memory alone; the objects themselves are the
//! record.

use std::collections::{BTreeSet, HashMap, HashSet};

use stack_backend::MemoryBackend;
use stack_engine::session::Place;
use stack_engine::state::{Durations, Object, ProviderState, Request, ResourceState, State};
use stack_engine::{Session, inferred};
use stack_model::{Map, Name, Urn};
use stack_review::Document;
use stack_review::document::Sources;

use super::allowed::Area;
use super::judged::{Candidate, Judgement};
use crate::error::Result;
use crate::invocation::Invocation;
use crate::reading::ReadingKeys;
use crate::render::error;
use crate::render::progress::Progress;
use crate::running::Run;
use crate::surroundings::Real;
use crate::{demolition, holder, providers};

/// What is needed to work on objects that belong to nobody.
pub struct Yard {
    backend: MemoryBackend,
    surroundings: Real,
    accounts: Vec<String>,
    state: State,
}

/// What became of them.
#[derive(Debug, Default)]
pub struct Swept {
    /// What is gone.
    pub gone: Vec<Candidate>,
    /// What stayed.
    pub stayed: Vec<Stayed>,
}

/// What stayed, and why.
#[derive(Debug)]
pub struct Stayed {
    /// Which object.
    pub candidate: Candidate,
    /// Why.
    pub reason: String,
    /// What to do.
    pub hint: Option<String>,
}

impl Yard {
    /// The candidates of a judgement.
    pub fn of(areas: &[Area], judgement: &Judgement) -> Self {
        let mut state = State::default();
        for area in areas {
            let settings = ProviderState {
                kind: area.kind.clone(),
                config: area.config.clone(),
                identity: None,
            };
            state.providers.insert(area.provider.clone(), settings);
        }
        for candidate in &judgement.candidates {
            let provider = areas[candidate.area].provider.clone();
            let recorded = ResourceState {
                object: Some(bare(&candidate.stray.id, provider)),
                ..ResourceState::default()
            };
            state.resources.insert(candidate.urn.clone(), recorded);
        }
        Self {
            backend: MemoryBackend::new(),
            surroundings: Real::default(),
            accounts: areas.iter().map(|area| area.account.clone()).collect(),
            state,
        }
    }

    /// A session on them.
    pub async fn open<'a>(&'a self, progress: &'a dyn Progress) -> Result<Session<'a>> {
        let place = Place {
            backend: &self.backend,
            keys: &ReadingKeys::Forgotten,
            listener: progress,
            surroundings: &self.surroundings,
            stack: "sweep",
            environment: "sweep",
            accounts: &self.accounts,
            version: env!("CARGO_PKG_VERSION"),
        };
        let holder = holder::this("sweep");
        let mut session = Session::write(place, providers::connections(), &holder).await?;
        for (name, provider) in &self.state.providers {
            let connections = &mut session.connections;
            connections.declare(name, &provider.kind, &provider.config);
        }
        session.replace(self.state.clone()).await?;
        Ok(session)
    }
}

/// An object of which nothing is known yet but what it is called.
fn bare(id: &str, provider: Name) -> Object {
    Object {
        id: id.to_owned(),
        request: Request {
            provider,
            generation: 1,
            token: String::new(),
            inputs: Map::new(),
            expressions: Default::default(),
            dependencies: Vec::new(),
        },
        observed: Map::new(),
        incomplete: false,
        unverified: false,
        durations: Durations::default(),
    }
}

/// Reads every one of them, and finds out who needs whom. What cannot be read, or is gone already, is no candidate.
pub async fn read(session: &mut Session<'_>, judgement: &mut Judgement) -> Result<()> {
    if judgement.candidates.is_empty() {
        return Ok(());
    }
    session.identify(None).await?;
    session.accept_gone();
    let mut unread: HashMap<String, String> = HashMap::new();
    let urns = session.state().resources.keys();
    let types: BTreeSet<String> = urns.map(|urn| urn.type_name().to_owned()).collect();
    for type_name in types {
        // A type that may not be read keeps no other from it.
        let refreshed = session.refresh(|urn| urn.type_name() == type_name).await;
        if let Err(error) = refreshed.map(drop) {
            unread.insert(type_name, error::in_a_line(&error.into()));
        }
    }
    let mut state = session.state().clone();
    let resources = &mut state.resources;
    resources.retain(|urn, one| one.object.is_some() && !unread.contains_key(urn.type_name()));
    for (urn, needs) in inferred::dependencies(&state) {
        let recorded = state.resources.get_mut(&urn);
        if let Some(object) = recorded.and_then(|recorded| recorded.object.as_mut()) {
            object.request.dependencies = needs;
        }
    }
    judgement.keep(|candidate| match unread.get(candidate.urn.type_name()) {
        Some(why) => Err(format!("cannot be read: {why}")),
        None if state.resources.contains_key(&candidate.urn) => Ok(()),
        None => Err("are gone already".into()),
    });
    Ok(session.replace(state).await?)
}

/// What deleting all of them would change, for the lists of prices.
pub fn document(session: &Session<'_>) -> Result<Document> {
    let sources = Sources {
        state: session.state(),
        graph: None,
        schemas: session.connections.schemas(),
    };
    let plan = session.plan_destroy(&HashSet::new())?;
    Ok(Document::of(&plan, sources, false))
}

/// Deletes what is still to go, those that need others first.
pub async fn remove(
    invocation: &Invocation,
    session: &mut Session<'_>,
    judgement: Judgement,
    progress: &dyn Progress,
    parallelism: Option<usize>,
) -> Result<Swept> {
    let going: HashSet<&Urn> = judgement.candidates.iter().map(|one| &one.urn).collect();
    let mut state = session.state().clone();
    state.resources.retain(|urn, _| going.contains(urn));
    session.replace(state).await?;
    let plan = session.plan_destroy(&HashSet::new())?;
    let run = Run {
        plan: &plan,
        graph: None,
        config: &Map::new(),
        parallelism,
        verb: "Swept",
    };
    let again = |session: &Session<'_>| Ok(session.plan_destroy(&HashSet::new())?);
    let report = demolition::carry_out(invocation, session, progress, &run, again).await?;
    let failed: HashMap<&Urn, &stack_provider::Error> = report
        .failed
        .iter()
        .map(|(urn, _, error)| (urn, error))
        .collect();
    let mut swept = Swept::default();
    for candidate in judgement.candidates {
        if !session.state().resources.contains_key(&candidate.urn) {
            swept.gone.push(candidate);
            continue;
        }
        let (reason, hint) = match failed.get(&candidate.urn) {
            Some(error) => (error.to_string(), error::cloud_hint(error)),
            None if report.cancelled => ("the sweep was stopped before it".into(), None),
            None => ("what needs it is still there".into(), None),
        };
        swept.stayed.push(Stayed {
            candidate,
            reason,
            hint,
        });
    }
    Ok(swept)
}
