//! Objects that belong to nobody, as a state of their own: so they are deleted by the engine like any others, in the order
//! of who needs whom, several at once, with all its patience. It is kept in memory alone; the objects themselves are the
//! record.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use futures::{StreamExt, stream};
use stack_backend::MemoryBackend;
use stack_engine::inferred::comparable;
use stack_engine::session::Place;
use stack_engine::state::{Delta, Durations, Object, ProviderState, Request, ResourceState};
use stack_engine::{Session, inferred};
use stack_model::{Map, Name, Urn};
use stack_provider::{Owner, Whose};
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

/// How many objects are asked at once whose they are.
const AT_ONCE: usize = 16;

/// What is needed to work on objects that belong to nobody.
pub struct Yard {
    backend: MemoryBackend,
    surroundings: Real,
    accounts: Vec<String>,
    /// What was gathered.
    gathered: Vec<Delta>,
}

/// What became of them.
#[derive(Debug, Default)]
pub struct Swept {
    /// What is gone.
    pub gone: Vec<Candidate>,
    /// What stayed.
    pub stayed: Vec<Stayed>,
    /// How many objects were shown and then left alone, by why.
    pub spared: BTreeMap<String, usize>,
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
        let settings = areas.iter().map(|area| Delta::Provider {
            name: area.provider.clone(),
            state: ProviderState {
                kind: area.kind.clone(),
                config: area.config.clone(),
                identity: None,
            },
        });
        let objects = judgement.candidates.iter().map(|candidate| {
            let provider = areas[candidate.area].provider.clone();
            let recorded = ResourceState {
                object: Some(bare(&candidate.stray.id, provider)),
                ..ResourceState::default()
            };
            Delta::Resource {
                urn: candidate.urn.clone(),
                state: Box::new(recorded),
            }
        });
        Self {
            backend: MemoryBackend::new(),
            surroundings: Real::default(),
            accounts: areas.iter().map(|area| area.account.clone()).collect(),
            gathered: settings.chain(objects).collect(),
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
        for delta in &self.gathered {
            if let Delta::Provider { name, state } = delta {
                let connections = &mut session.connections;
                connections.declare(name, &state.kind, &state.config);
            }
        }
        session.suppose(self.gathered.iter().cloned());
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
    let strangers = strangers(session, judgement).await;
    let resources = session.state().resources.iter();
    let away =
        resources.filter(|(urn, one)| one.object.is_none() || unread.contains_key(urn.type_name()));
    forget(session, away.map(|(urn, _)| urn.clone()).collect());
    let needs = inferred::dependencies(session.state()).into_iter();
    let ordered = needs.filter_map(|(urn, needs)| {
        let mut recorded = session.state().resources.get(&urn)?.clone();
        recorded.object.as_mut()?.request.dependencies = needs;
        let state = Box::new(recorded);
        Some(Delta::Resource { urn, state })
    });
    let ordered: Vec<Delta> = ordered.collect();
    session.suppose(ordered);
    let left = &session.state().resources;
    judgement.keep(|candidate| match unread.get(candidate.urn.type_name()) {
        Some(why) => Err(format!("cannot be read: {why}")),
        None if strangers.contains_key(&candidate.urn) => Err(strangers[&candidate.urn].clone()),
        None if left.contains_key(&candidate.urn) => Ok(()),
        None => Err("are gone already".into()),
    });
    Ok(())
}

/// What does not itself say that it is of the resource that a list said it is of: lists go on telling the tags of what is
/// gone, and somebody may have made something of the same name since.
async fn strangers(session: &Session<'_>, judgement: &Judgement) -> HashMap<Urn, String> {
    let asked = judgement.candidates.iter().map(|candidate| async move {
        match is_itself(session, candidate).await {
            Ok(true) => None,
            Ok(false) => {
                let why = "do not say themselves what a list says of them".to_owned();
                Some((candidate.urn.clone(), why))
            }
            Err(error) => Some((
                candidate.urn.clone(),
                format!("cannot be told apart: {error}"),
            )),
        }
    });
    let found: Vec<_> = stream::iter(asked).buffered(AT_ONCE).collect().await;
    found.into_iter().flatten().collect()
}

async fn is_itself(session: &Session<'_>, candidate: &Candidate) -> Result<bool, String> {
    let stray = &candidate.stray;
    let (Some(lineage), Some(object)) = (stray.lineage(), session.state().object(&candidate.urn))
    else {
        // Nothing is said of it; or it is gone.
        return Ok(true);
    };
    let urn = stray
        .tag(Owner::URN)
        .and_then(|urn| urn.parse::<Urn>().ok());
    let urn = urn.ok_or("it does not say of which resource it is")?;
    let told = |error: stack_engine::Error| error.to_string();
    let connections = &session.connections;
    let observer = connections
        .observer(&object.request.provider)
        .await
        .map_err(told)?;
    let schema = connections.schemas().get(&stray.type_name);
    let (Some(resource), Some(schema)) = (observer.resource(&stray.type_name), schema) else {
        return Err("its type is not known".into());
    };
    let mut inputs = object.values();
    inputs.retain(|field, _| schema.inputs.contains_key(field));
    let whose = Whose::Resource { lineage, urn: &urn };
    let found = resource.find(whose, &inputs).await;
    let found = found.map_err(|error| error.to_string())?;
    Ok(found
        .iter()
        .any(|id| comparable(id) == comparable(&stray.id)))
}

fn forget(session: &mut Session<'_>, urns: Vec<Urn>) {
    session.suppose(urns.into_iter().map(|urn| Delta::Forget { urn }));
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
    let staying = session.state().resources.keys();
    let staying = staying.filter(|urn| !going.contains(urn)).cloned();
    forget(session, staying.collect());
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
    let mut swept = Swept {
        spared: judgement.spared,
        ..Swept::default()
    };
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
