//! A cloud, a disk and a process that works on them.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};

use stack_engine::apply::Report;
use stack_engine::backend::Backend;
use stack_engine::{
    Connections, Error, Event, Holder, Listener, Place, Plan, Session, State, Wishes,
};
use stack_model::{Graph, Map, Urn};
use tokio_util::sync::CancellationToken;

use crate::cloud::FakeCloud;
use crate::death::Death;
use crate::disk::MortalBackend;
use crate::keys::TestKeys;
use crate::surroundings::TestSurroundings;

/// Why a run has no report.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    /// The process died.
    #[error("the process died")]
    Died,
    /// The engine gave up.
    #[error(transparent)]
    Engine(#[from] Error),
}

/// Keeps every event.
#[derive(Debug, Default)]
pub struct Recorder(Mutex<Vec<Event>>);

impl Recorder {
    /// What happened so far.
    pub fn events(&self) -> Vec<Event> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Listener for Recorder {
    fn on(&self, event: Event) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(event);
    }
}

/// A cloud, a disk and a process that works on them.
pub struct World {
    /// The cloud. Outlives a death.
    pub cloud: FakeCloud,
    /// The disk. Outlives a death.
    pub disk: MortalBackend,
    /// The end of the process.
    pub death: Death,
    /// The configuration that stays out of programs.
    pub config: Map,
    /// The accounts that are allowed; any when empty.
    pub accounts: Vec<String>,
    /// What happened.
    pub events: Recorder,
    /// The most calls at once.
    pub parallelism: Option<usize>,
    surroundings: TestSurroundings,
}

impl Default for World {
    fn default() -> Self {
        Self::new(1)
    }
}

impl World {
    /// An empty world. The same seed gives the same tokens.
    pub fn new(seed: u64) -> Self {
        let death = Death::default();
        Self {
            cloud: FakeCloud::new(death.clone()),
            disk: MortalBackend::new(death.clone()),
            death,
            config: Map::new(),
            accounts: Vec::new(),
            events: Recorder::default(),
            parallelism: None,
            surroundings: TestSurroundings::new(seed),
        }
    }

    fn place(&self) -> Place<'_> {
        Place {
            backend: &self.disk,
            keys: &TestKeys,
            listener: &self.events,
            surroundings: &self.surroundings,
            stack: "shop",
            environment: "dev",
            accounts: &self.accounts,
            version: "0.0.0-test",
        }
    }

    fn connections(&self) -> Connections {
        Connections::new([std::sync::Arc::new(self.cloud.clone()) as _])
    }

    /// A session that reads.
    pub async fn read(&self) -> Result<Session<'_>, Error> {
        Session::read(self.place(), self.connections()).await
    }

    /// A session that holds the lock.
    pub async fn write(&self) -> Result<Session<'_>, Error> {
        let holder = Holder {
            command: "apply".into(),
            user: "ada".into(),
            host: "engine".into(),
            process: 1815,
            since: "2025-12-10T09:00:00Z".into(),
        };
        Session::write(self.place(), self.connections(), &holder).await
    }

    /// What a graph would change, after a refresh.
    pub async fn plan(&self, graph: &Graph) -> Result<Plan, Error> {
        self.plan_with(graph, &Wishes::default()).await
    }

    /// The same, with wishes.
    pub async fn plan_with(&self, graph: &Graph, wishes: &Wishes) -> Result<Plan, Error> {
        let mut session = self.read().await?;
        let graph = session.check(graph.clone(), &self.config)?;
        session.identify(Some(&graph)).await?;
        session.refresh(|_| true).await?;
        session.plan(&graph, &self.config, wishes).await
    }

    /// Plans and applies a graph, in a process that may die of it.
    pub async fn apply(&self, graph: &Graph) -> Result<Report, Ended> {
        self.apply_with(graph, &Wishes::default(), CancellationToken::new())
            .await
    }

    /// The same, with wishes, and a way to cancel it.
    pub async fn apply_with(
        &self,
        graph: &Graph,
        wishes: &Wishes,
        cancelled: CancellationToken,
    ) -> Result<Report, Ended> {
        let process = async {
            let mut session = self.write().await?;
            let graph = session.check(graph.clone(), &self.config)?;
            session.identify(Some(&graph)).await?;
            session.refresh(|_| true).await?;
            let plan = session.plan(&graph, &self.config, wishes).await?;
            let report = session
                .apply(
                    &plan,
                    Some(&graph),
                    &self.config,
                    cancelled,
                    self.parallelism,
                )
                .await?;
            session.close().await?;
            Ok(report)
        };
        self.live(process).await
    }

    /// Destroys everything, in a process that may die of it.
    pub async fn destroy(&self) -> Result<Report, Ended> {
        let process = async {
            let mut session = self.write().await?;
            session.identify(None).await?;
            session.refresh(|_| true).await?;
            let plan = session.plan_destroy(&HashSet::new())?;
            let report = session
                .apply(
                    &plan,
                    None,
                    &self.config,
                    CancellationToken::new(),
                    self.parallelism,
                )
                .await?;
            session.close().await?;
            Ok(report)
        };
        self.live(process).await
    }

    /// Runs a process to its end or its death. After a death the next one can begin.
    async fn live(
        &self,
        process: impl Future<Output = Result<Report, Error>>,
    ) -> Result<Report, Ended> {
        match self.death.or(process).await {
            Some(done) => Ok(done?),
            None => {
                self.death.revive();
                Err(Ended::Died)
            }
        }
    }

    /// What is recorded, with everything that the journals say.
    pub async fn state(&self) -> Result<State, Error> {
        Ok(self.read().await?.state().clone())
    }

    /// Applies a graph and panics unless all of it is done.
    pub async fn must_apply(&self, graph: &Graph) -> Report {
        let report = match self.apply(graph).await {
            Ok(report) => report,
            Err(error) => panic!("{error:?}"),
        };
        assert!(report.is_complete(), "{report:?}");
        report
    }

    /// Panics unless cloud and state say the same, nothing is there twice, and a plan of the graph is empty.
    pub async fn assert_settled(&self, graph: &Graph) {
        self.assert_same().await;
        let plan = self.plan(graph).await.expect("the second plan");
        assert!(plan.is_empty(), "the second plan is not empty: {plan:#?}");
        assert!(plan.drift.is_empty(), "{:#?}", plan.drift);
    }

    /// Panics unless the cloud has exactly the objects that the state has, each once.
    pub async fn assert_same(&self) {
        let state = self.state().await.expect("the state");
        assert_eq!(
            self.disk.journals(state.header.epoch).await.expect("journals"),
            [],
            "a run that ended left a journal"
        );
        let mut recorded: BTreeSet<(String, String)> = BTreeSet::new();
        for (urn, resource) in &state.resources {
            assert!(resource.deposed.is_empty(), "{urn} has deposed objects");
            if let Some(object) = &resource.object {
                assert!(!object.incomplete, "{urn} is incomplete");
                if is_object(urn) {
                    recorded.insert((urn.to_string(), object.id.clone()));
                }
            }
        }
        let there: BTreeSet<(String, String)> = self
            .cloud
            .objects()
            .iter()
            .map(|object| (object.urn().to_owned(), object.id.clone()))
            .collect();
        assert_eq!(there, recorded, "the cloud (left) and the state (right)");
        for (token, count) in self.cloud.by_token() {
            assert_eq!(count, 1, "the create {token} made several objects");
        }
    }
}

/// Whether a urn's object is at the cloud, and not in the state alone.
fn is_object(urn: &Urn) -> bool {
    [crate::types::THING, crate::types::DATA].contains(&urn.type_name())
}
