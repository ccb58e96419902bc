//! A cloud, a disk and a process that works on them.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};

use stack_engine::apply::Report;
use stack_engine::backend::Backend;
use stack_engine::rollback::{Rollback, Terms};
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
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
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
    /// Whether all objects of a type may be gone.
    pub may_be_gone: bool,
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
            may_be_gone: false,
            events: Recorder::default(),
            parallelism: None,
            surroundings: TestSurroundings::new(seed),
        }
    }

    /// Another world with the same history, in which things may go differently.
    #[must_use]
    pub fn fork(&self) -> Self {
        let death = Death::default();
        Self {
            cloud: self.cloud.fork(death.clone()),
            disk: self.disk.fork(death.clone()),
            death,
            config: self.config.clone(),
            accounts: self.accounts.clone(),
            may_be_gone: self.may_be_gone,
            events: Recorder::default(),
            parallelism: self.parallelism,
            surroundings: self.surroundings.fork(),
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
        let session = Session::read(self.place(), self.connections()).await?;
        Ok(self.accepting(session))
    }

    fn accepting<'w>(&'w self, mut session: Session<'w>) -> Session<'w> {
        if self.may_be_gone {
            session.accept_gone();
        }
        session
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
        let session = Session::write(self.place(), self.connections(), &holder).await?;
        Ok(self.accepting(session))
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
        session.refresh_for(&graph, &self.config, |_| true).await?;
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
            session.refresh_for(&graph, &self.config, |_| true).await?;
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

    /// Plans and applies a graph, and rolls its run back when something fails, in a process that may die of it. Gives
    /// what came of the apply, and of the rollback if there was one.
    pub async fn apply_or_roll_back(
        &self,
        graph: &Graph,
    ) -> Result<(Report, Option<Report>), Ended> {
        let process = async {
            let mut session = self.write().await?;
            let graph = session.check(graph.clone(), &self.config)?;
            session.identify(Some(&graph)).await?;
            session.refresh_for(&graph, &self.config, |_| true).await?;
            let wishes = Wishes::default();
            let plan = session.plan(&graph, &self.config, &wishes).await?;
            let start = session.start();
            let token = CancellationToken::new;
            let mut report = session
                .carry_out(&plan, Some(&graph), &self.config, token(), self.parallelism)
                .await?;
            let mut back = None;
            if !report.is_complete() {
                let terms = Terms {
                    this_run: true,
                    accept_loss: false,
                };
                let target = session.target(start, terms)?;
                let rollback = session.plan_rollback(target, &self.config).await?;
                if rollback.losses.is_empty() {
                    let Rollback { graph, plan, .. } = rollback;
                    let carried = session
                        .carry_out(&plan, Some(&graph), &self.config, token(), self.parallelism)
                        .await?;
                    back = Some(carried);
                }
            }
            session.conclude(&mut report).await?;
            session.close().await?;
            Ok((report, back))
        };
        self.live(process).await
    }

    /// What a rollback to a committed state would do.
    pub async fn plan_rollback(&self, serial: u64, terms: Terms) -> Result<Rollback, Error> {
        let mut session = self.read().await?;
        let checkpoint = session.checkpoint(serial).await?;
        let target = session.target(checkpoint, terms)?;
        session.plan_rollback(target, &self.config).await
    }

    /// Rolls back to a committed state, in a process that may die of it. Losses are errors.
    pub async fn roll_back(&self, serial: u64, terms: Terms) -> Result<Report, Ended> {
        let process = async {
            let mut session = self.write().await?;
            let checkpoint = session.checkpoint(serial).await?;
            let target = session.target(checkpoint, terms)?;
            let rollback = session.plan_rollback(target, &self.config).await?;
            let Rollback {
                graph,
                plan,
                losses,
            } = rollback;
            if !losses.is_empty() {
                return Err(Error::Problems(losses));
            }
            let report = session
                .apply(
                    &plan,
                    Some(&graph),
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
    async fn live<T>(&self, process: impl Future<Output = Result<T, Error>>) -> Result<T, Ended> {
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

    /// Edits what is recorded, as a person with an editor could.
    pub async fn edit_state(&self, edit: impl FnOnce(&mut State)) {
        let mut session = self.write().await.expect("the lock is free");
        let mut state = session.state().clone();
        edit(&mut state);
        session.replace(state).await.expect("a state can be saved");
        session.close().await.expect("a lock can be given back");
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
        if let Err(problem) = self.settled(graph).await {
            panic!("{problem}");
        }
    }

    /// Whether cloud and state say the same, nothing is there twice, and a plan of the graph is empty. Says what is
    /// wrong otherwise.
    pub async fn settled(&self, graph: &Graph) -> Result<(), String> {
        self.same().await?;
        let plan = self.plan(graph).await;
        let plan = plan.map_err(|error| format!("the second plan failed: {error:?}"))?;
        if plan.is_empty() && plan.drift.is_empty() {
            Ok(())
        } else {
            Err(format!("the second plan is not empty: {plan:#?}"))
        }
    }

    /// Whether the cloud has exactly the objects that the state has, each once, and nothing is left open.
    pub async fn same(&self) -> Result<(), String> {
        let text = |error: &dyn std::fmt::Debug| format!("{error:?}");
        let state = self.state().await.map_err(|error| text(&error))?;
        let journals = self.disk.journals(state.header.epoch).await;
        if !journals.map_err(|error| text(&error))?.is_empty() {
            return Err("a run that came to its end left a journal".into());
        }
        let mut recorded: BTreeSet<&str> = BTreeSet::new();
        for (urn, resource) in &state.resources {
            if !resource.deposed.is_empty() {
                return Err(format!("{urn} has deposed objects"));
            }
            let Some(object) = &resource.object else {
                return Err(format!("{urn} has no object"));
            };
            if object.incomplete {
                return Err(format!("{urn} is incomplete"));
            }
            if is_object(urn) {
                recorded.insert(&object.id);
            }
        }
        let objects = self.cloud.objects();
        // By id: an object keeps the urn on its tags when the resource moves.
        let there: BTreeSet<&str> = objects.iter().map(|object| object.id.as_str()).collect();
        if there != recorded {
            return Err(format!("the cloud has {there:?}, the state {recorded:?}"));
        }
        match self.cloud.by_token().iter().find(|(_, count)| **count > 1) {
            None => Ok(()),
            Some((token, count)) => Err(format!("the create {token} made {count} objects")),
        }
    }
}

/// Whether a urn's object is at the cloud, and not in the state alone.
fn is_object(urn: &Urn) -> bool {
    [crate::types::THING, crate::types::DATA].contains(&urn.type_name())
}
