//! One command's view of one environment.
//!
//! A session that reads takes no lock and writes nothing: what an earlier run left in doubt it settles in memory. A
//! session that writes holds the lock from its first read to its end.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;
use stack_model::expr::StackOutput;
use stack_model::graph::Lookup;
use stack_model::schema::Nature;
use stack_model::{Expr, Graph, Map, Name, Problem, Urn, Value};
use stack_provider::Recorded;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::apply::{self, Report, Run};
use crate::backend::{Backend, BackendError, Holder, Keys, Lease, Seal};
use crate::check::{CheckedGraph, check};
use crate::codec::{
    count_resources, decode_journal, decode_preamble, decode_state, encode_batch, encode_state,
};
use crate::connections::{Connections, cloud, no_handler};
use crate::error::{Error, Result};
use crate::event::{Event, Listener};
use crate::journal::{self, Entry, InDoubt};
use crate::partial::evaluate;
use crate::plan::{Answers, Change, Drift, Plan};
use crate::planner::{self, Outcome, Sources, Wishes};
use crate::refresh;
use crate::rollback::{self, Past, Rollback, Terms};
use crate::settle;
use crate::state::{
    Delta, Durations, LookupState, Object, ProviderState, Request, ResourceState, State,
};
use crate::surroundings::Surroundings;

/// How many committed states are kept.
pub const CHECKPOINTS: usize = 50;

/// Where an environment lives, and who works on it.
pub struct Place<'a> {
    /// The home of its state.
    pub backend: &'a dyn Backend,
    /// The keys to its secrets.
    pub keys: &'a dyn Keys,
    /// Who hears of what happens.
    pub listener: &'a dyn Listener,
    /// The time and chance.
    pub surroundings: &'a dyn Surroundings,
    /// The stack's name.
    pub stack: &'a str,
    /// The environment's name.
    pub environment: &'a str,
    /// The accounts that it may touch, as `aws:123456789012`. Any when empty.
    pub accounts: &'a [String],
    /// The version of stack, for the journal.
    pub version: &'a str,
}

/// One command's view of one environment.
pub struct Session<'a> {
    place: Place<'a>,
    /// The clouds.
    pub connections: Connections,
    state: State,
    seal: Box<dyn Seal>,
    lease: Option<Box<dyn Lease>>,
    /// When it was opened.
    opened: Instant,
    /// Changes that the journal does not have yet.
    facts: Vec<Delta>,
    /// Whether the run's journal has its first entry.
    begun: bool,
    doubts: Vec<InDoubt>,
    drift: Vec<Drift>,
    /// What got a new urn, as it was called and as it is called.
    renamed: Vec<(Urn, Urn)>,
    refreshed: bool,
    /// Whether all objects of a type may be gone.
    may_be_gone: bool,
    /// Whether no cloud may be asked anything.
    offline: bool,
    answers: Answers,
    stacks: BTreeMap<StackOutput, Value>,
    /// What is being run, for the states that it commits.
    command: String,
    /// What an earlier run did that came to no end, if there is one.
    interrupted: Option<String>,
}

/// What a committed state says of itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Checkpoint {
    /// Its number.
    pub serial: u64,
    /// When it was committed, where known.
    pub at: Option<String>,
    /// What committed it, where known.
    pub command: Option<String>,
    /// How many resources it records.
    pub resources: usize,
}

impl<'a> Session<'a> {
    /// Opens for reading: no lock, nothing written.
    pub async fn read(place: Place<'a>, connections: Connections) -> Result<Self> {
        Self::open(place, connections, None, "").await
    }

    /// Opens for writing: takes the lock, and brings to its end what an earlier run left behind.
    pub async fn write(
        place: Place<'a>,
        connections: Connections,
        holder: &Holder,
    ) -> Result<Self> {
        let lease = place.backend.lock(holder).await?;
        Self::with_lease(place, connections, lease, &holder.command).await
    }

    /// Opens for writing under a lock that was taken before.
    pub async fn with_lease(
        place: Place<'a>,
        connections: Connections,
        lease: Box<dyn Lease>,
        command: &str,
    ) -> Result<Self> {
        let opened = Self::open(place, connections, Some(lease.as_ref()), command).await;
        let mut session = match opened {
            Ok(session) => session,
            Err(error) => {
                // What went wrong first is said. A lock that cannot be given back either is waited for by the next.
                let _ = lease.release().await;
                return Err(error);
            }
        };
        let epoch = lease.epoch();
        session.lease = Some(lease);
        if session.state.header.serial == 0 {
            // Born before the first entry of a journal, so that its key is known to whoever has to recover. The
            // journal that this run is about to write is not part of it.
            if let Err(error) = session.commit(epoch - 1).await {
                let _ = session.close().await;
                return Err(error);
            }
        }
        Ok(session)
    }

    async fn open(
        place: Place<'a>,
        connections: Connections,
        lease: Option<&dyn Lease>,
        command: &str,
    ) -> Result<Self> {
        let home = place.backend.place();
        // What a run has begun that is still under way is no doubt: it says itself what came of it.
        let under_way =
            async || Ok::<_, Error>(lease.is_none() && place.backend.holder().await?.is_some());
        let was_under_way = under_way().await?;
        let (state, seal, mut doubts, interrupted) = loop {
            let newest = place.backend.serials().await?.last().copied();
            let (mut state, seal) = match newest {
                Some(serial) => {
                    let name = format!("{home}, state {serial}");
                    let bytes = place.backend.state(serial).await?;
                    let preamble = decode_preamble(&bytes, &name)?;
                    let seal = place
                        .keys
                        .open(&preamble.header.lineage, &preamble.sealing)
                        .await?;
                    (decode_state(&bytes, seal.as_ref(), &name)?, seal)
                }
                None => {
                    let lineage = place.surroundings.lineage();
                    let seal = place.keys.create(&lineage).await?;
                    (
                        State::born(lineage, place.stack.into(), place.environment.into()),
                        seal,
                    )
                }
            };
            let (mut doubts, mut interrupted) = (Vec::new(), None);
            let journals = match place.backend.journals(state.header.epoch).await {
                Ok(journals) => journals,
                // Half removed, since they are part of a state that was just committed.
                Err(BackendError::Damaged { .. })
                    if place.backend.serials().await?.last().copied() != newest =>
                {
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            for journal in journals {
                let name = format!("{home}, journal {}", journal.epoch);
                let entries: Vec<Entry> = decode_journal(&journal.batches, seal.as_ref(), &name)?;
                if let Some(Entry::Begin { command, .. }) = entries.first() {
                    interrupted = Some(command.clone());
                }
                journal::replay(&mut state, &mut doubts, entries);
            }
            // A reader holds no lock: a run that commits meanwhile takes its journal away.
            if place.backend.serials().await?.last().copied() == newest {
                break (state, seal, doubts, interrupted);
            }
        };
        if was_under_way || under_way().await? {
            doubts.clear();
        }
        if let Some(lease) = lease.filter(|lease| lease.epoch() <= state.header.epoch) {
            let reason = format!(
                "its lock counts runs from {}, and the state is of run {}",
                lease.epoch(),
                state.header.epoch
            );
            return Err(BackendError::Damaged {
                place: home,
                reason,
            }
            .into());
        }
        let mut session = Self {
            place,
            connections,
            state,
            seal,
            lease: None,
            opened: Instant::now(),
            facts: Vec::new(),
            begun: false,
            doubts,
            drift: Vec::new(),
            renamed: Vec::new(),
            refreshed: false,
            may_be_gone: false,
            offline: false,
            answers: Answers::new(),
            stacks: BTreeMap::new(),
            command: command.to_owned(),
            interrupted,
        };
        for (name, provider) in &session.state.providers {
            session
                .connections
                .declare(name, &provider.kind, &provider.config);
        }
        Ok(session)
    }

    /// What is recorded.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// What an earlier run did that came to no end, if there is one: `apply`. Its changes are recorded here, and in no
    /// checkpoint yet.
    pub fn interrupted(&self) -> Option<&str> {
        self.interrupted.as_deref()
    }

    /// Every committed state that is kept, oldest first. Needs no key.
    pub async fn history(backend: &dyn Backend) -> Result<Vec<Checkpoint>> {
        let mut found = Vec::new();
        for serial in backend.serials().await? {
            let name = format!("{}, state {serial}", backend.place());
            let bytes = backend.state(serial).await?;
            let header = decode_preamble(&bytes, &name)?.header;
            found.push(Checkpoint {
                serial,
                at: header.at,
                command: header.command,
                resources: count_resources(&bytes, &name)?,
            });
        }
        Ok(found)
    }

    /// One committed state, opened with the key that it was sealed with.
    pub async fn checkpoint(&self, serial: u64) -> Result<State> {
        let name = format!("{}, state {serial}", self.place.backend.place());
        let bytes = self.place.backend.state(serial).await?;
        let preamble = decode_preamble(&bytes, &name)?;
        if preamble.header.lineage != self.state.header.lineage {
            let message = "is of another lineage than the newest: it was never a state of this one";
            return Err(Error::problem(name, message));
        }
        // The data key of a lineage stays the same, however it is kept: an old state opens with today's key.
        Ok(decode_state(&bytes, self.seal(), &name)?)
    }

    /// The state as it was when this run began: refreshed, and before the run changed anything. What a rollback of this
    /// run leads back to.
    pub fn start(&self) -> State {
        let mut start = self.state.clone();
        for (from, to) in self.renamed.iter().rev() {
            let (from, to) = (to.clone(), from.clone());
            start.apply(&Delta::Rename { from, to });
        }
        start
    }

    /// The key that the environment's secrets are sealed with.
    pub fn seal(&self) -> &dyn Seal {
        self.seal.as_ref()
    }

    /// Whether an earlier run left something in doubt that is not settled yet.
    pub fn is_in_doubt(&self) -> bool {
        !self.doubts.is_empty()
    }

    /// Whether something was learned that is not written down yet: drift, an account, answers, new names.
    pub fn has_news(&self) -> bool {
        !self.facts.is_empty()
    }

    /// Takes it from the person that all objects of a type may be gone.
    pub fn accept_gone(&mut self) {
        self.may_be_gone = true;
    }

    /// Asks no cloud anything: what has not been looked up before is an error.
    pub fn stay_offline(&mut self) {
        self.offline = true;
    }

    /// Gives outputs of other stacks.
    pub fn know_stacks(&mut self, stacks: BTreeMap<StackOutput, Value>) {
        self.stacks = stacks;
    }

    /// Checks a graph, and makes its provider configurations known.
    pub fn check(&mut self, graph: Graph, config: &Map) -> Result<CheckedGraph> {
        let graph = check(graph, self.connections.schemas()).map_err(Error::Problems)?;
        self.declare(&graph, config)?;
        Ok(graph)
    }

    /// Makes the provider configurations of a checked graph known.
    pub fn declare(&mut self, graph: &CheckedGraph, config: &Map) -> Result<()> {
        let mut problems = Vec::new();
        for name in used_providers(graph) {
            let kind = crate::providers::kind_of(&graph.graph, &name);
            let settings =
                crate::providers::config_of(&graph.graph, &name, config).ok_or_else(|| {
                    Error::problem(
                        format!("provider configuration {name}"),
                        "its settings have no value",
                    )
                })?;
            let misfits = self.connections.misfits(&kind, &settings);
            problems.extend(misfits.into_iter().map(|message| Problem {
                subject: format!("provider configuration {name}"),
                at: None,
                message,
            }));
            self.connections.declare(&name, &kind, &settings);
        }
        match problems.is_empty() {
            true => Ok(()),
            false => Err(Error::Problems(problems)),
        }
    }

    /// Compares the accounts that the configurations lead to with those that are recorded and allowed, before
    /// anything is read.
    pub async fn identify(&mut self, graph: Option<&CheckedGraph>) -> Result<()> {
        let mut names: Vec<Name> = graph.map(used_providers).unwrap_or_default();
        for urn in self.state.resources.keys() {
            let objects = self.state.resources[urn]
                .object
                .iter()
                .chain(&self.state.resources[urn].deposed);
            names.extend(objects.map(|object| object.request.provider.clone()));
        }
        // What is in doubt is looked for next; in the wrong account it would seem never to have happened.
        let doubted = self.doubts.iter().map(|doubt| &doubt.intent.request);
        names.extend(doubted.map(|request| request.provider.clone()));
        names.sort();
        names.dedup();
        let connections = &self.connections;
        let found =
            futures::future::try_join_all(names.iter().map(|name| async move {
                Ok::<_, Error>((name, connections.recorded(name).await?))
            }))
            .await?;
        let mut problems = Vec::new();
        for (name, provider) in &found {
            let Some(identity) = &provider.identity else {
                continue;
            };
            let problem = |message| Problem {
                subject: format!("provider configuration {name}"),
                at: None,
                message,
            };
            let expected = provider.config.get("account").and_then(Value::as_str);
            if let Some(expected) = expected
                && identity.account.rsplit(':').next() != Some(expected)
            {
                problems.push(problem(format!(
                    "leads to the account {}, and the program expects {expected}: use the credentials of that account",
                    identity.account
                )));
            }
            let recorded = self
                .state
                .providers
                .get(*name)
                .and_then(|recorded| recorded.identity.as_ref());
            if let Some(recorded) = recorded.filter(|recorded| recorded.account != identity.account)
            {
                problems.push(problem(format!(
                    "leads to the account {}, and what is recorded here is in {}: use the credentials of that account",
                    identity.account, recorded.account
                )));
            } else if let Some(recorded) =
                recorded.filter(|recorded| recorded.region != identity.region)
            {
                let name =
                    |region: &Option<String>| region.clone().unwrap_or_else(|| "no region".into());
                problems.push(problem(format!(
                    "leads to {}, and what is recorded here is in {}: set the region, or declare it in the program",
                    name(&identity.region),
                    name(&recorded.region)
                )));
            }
            if !self.place.accounts.is_empty() && !self.place.accounts.contains(&identity.account) {
                problems.push(problem(format!(
                    "leads to the account {}, and this environment allows only {}",
                    identity.account,
                    self.place.accounts.join(", ")
                )));
            }
        }
        if !problems.is_empty() {
            return Err(Error::Problems(problems));
        }
        for (name, provider) in found {
            let state: ProviderState = provider;
            if self.state.providers.get(name) != Some(&state) {
                self.learn(Delta::Provider {
                    name: name.clone(),
                    state,
                });
            }
        }
        Ok(())
    }

    fn learn(&mut self, delta: Delta) {
        self.state.apply(&delta);
        self.facts.push(delta);
    }

    /// Settles what earlier runs left in doubt. Written down only under the lock.
    pub async fn settle(&mut self) -> Result<()> {
        if self.doubts.is_empty() {
            return Ok(());
        }
        self.wait_for_late_requests().await;
        let mut settled = self.state.clone();
        let mut deltas = Vec::new();
        // Beside one another, since each may have to wait for as long as an object may not show; those of one resource in
        // their order.
        let mut left: Vec<&InDoubt> = self.doubts.iter().collect();
        while !left.is_empty() {
            let mut urns = HashSet::new();
            let (now, later): (Vec<_>, Vec<_>) = left
                .into_iter()
                .partition(|doubt| urns.insert(&doubt.intent.urn));
            let settling = now.into_iter().map(|doubt| {
                settle::settle(doubt, &settled, &self.connections, self.place.listener)
            });
            let found: Vec<Vec<Delta>> = futures::future::try_join_all(settling).await?;
            for delta in found.into_iter().flatten() {
                settled.apply(&delta);
                deltas.push(delta);
            }
            left = later;
        }
        let begin = self.begin("recover");
        if let Some(lease) = &self.lease {
            let settled = Entry::Settled { deltas };
            let entries: Vec<Entry> = begin.into_iter().chain([settled]).collect();
            let bytes = encode_batch(&entries, self.seal.as_ref())?;
            lease.append(&bytes).await?;
            self.begun = true;
        }
        self.state = settled;
        self.doubts.clear();
        Ok(())
    }

    /// Waits until no request of a run can be under way whose lock was taken over. It sends no more, since its lease ran
    /// out before; what it sent just before may still take effect.
    async fn wait_for_late_requests(&self) {
        let taken_over = self.lease.as_ref().is_some_and(|lease| lease.taken_over());
        let left = settle::LONGEST_REQUEST.saturating_sub(self.opened.elapsed());
        if !taken_over || left.is_zero() {
            return;
        }
        let message = format!(
            "the lock was taken over from a run that may be alive: waiting {} s for its last requests to end",
            left.as_secs()
        );
        self.place
            .listener
            .on(Event::Warning { urn: None, message });
        tokio::time::sleep(left).await;
    }

    /// Reads what the cloud has, of the chosen resources.
    pub async fn refresh(&mut self, chosen: impl Fn(&Urn) -> bool) -> Result<&[Drift]> {
        self.read_all(None, chosen).await
    }

    /// Reads what the cloud has, of the chosen resources, and asks beside it what a program looks up and no resource
    /// has to be known for.
    pub async fn refresh_for(
        &mut self,
        graph: &CheckedGraph,
        config: &Map,
        chosen: impl Fn(&Urn) -> bool,
    ) -> Result<&[Drift]> {
        self.read_all(Some((graph, config)), chosen).await
    }

    async fn read_all(
        &mut self,
        program: Option<(&CheckedGraph, &Map)>,
        chosen: impl Fn(&Urn) -> bool,
    ) -> Result<&[Drift]> {
        self.settle().await?;
        let refreshing =
            refresh::refresh(&self.state, &self.connections, self.place.listener, chosen);
        let asking = async {
            match program {
                None => Ok(Vec::new()),
                Some((graph, config)) => {
                    self.answers(graph, self.open_questions(graph, config))
                        .await
                }
            }
        };
        let (refreshed, answers) = futures::future::try_join(refreshing, asking).await?;
        if let Some((type_name, count)) = refreshed.all_gone.filter(|_| !self.may_be_gone) {
            return Err(Error::AllGone { type_name, count });
        }
        refreshed
            .deltas
            .into_iter()
            .for_each(|delta| self.learn(delta));
        self.drift = refreshed.drift;
        self.refreshed = true;
        self.answers.clear();
        self.note_answers(answers);
        Ok(&self.drift)
    }

    /// The lookups whose questions are known whatever becomes of the resources.
    fn open_questions(&self, graph: &CheckedGraph, config: &Map) -> Vec<(Urn, Map)> {
        let nothing = State::default();
        let scope = crate::scope::Actual {
            state: &nothing,
            config,
            stacks: &self.stacks,
        };
        let asks_of_its_own = |expr: &Expr| {
            let mut waits = false;
            expr.visit_leaves(&mut |leaf| waits |= matches!(leaf, Expr::Ref(_) | Expr::Lookup(_)));
            !waits
        };
        let question = |lookup: &Lookup| {
            let known = lookup.inputs.iter().map(|(field, expr)| {
                let partial = evaluate(expr, &scope)
                    .ok()
                    .filter(|_| asks_of_its_own(expr))?;
                Some((field.clone(), partial.into_known()?))
            });
            Some((lookup.urn(), known.collect::<Option<Map>>()?))
        };
        graph.graph.lookups.iter().filter_map(question).collect()
    }

    /// Plans what a program asks for.
    pub async fn plan(
        &mut self,
        graph: &CheckedGraph,
        config: &Map,
        wishes: &Wishes,
    ) -> Result<Plan> {
        self.rename(graph);
        if !self.refreshed {
            let recorded = self
                .state
                .lookups
                .iter()
                .map(|(urn, lookup)| (urn.clone(), lookup.clone()));
            self.answers = recorded.collect();
        }
        loop {
            let sources = Sources {
                state: &self.state,
                graph,
                schemas: self.connections.schemas(),
                config,
                stacks: &self.stacks,
                answers: &self.answers,
                wishes,
            };
            match planner::plan(&sources, self.drift.clone()).map_err(Error::Problems)? {
                Outcome::Planned(mut plan) => {
                    let renamed = self.renamed.iter().filter_map(|(from, to)| {
                        let object = self.state.object(to)?;
                        Some(Change::renamed(from, to, object))
                    });
                    plan.changes.splice(0..0, renamed);
                    return Ok(plan);
                }
                Outcome::Ask(questions) if self.offline => {
                    let problem = |(urn, _): (Urn, Map)| Problem {
                        subject: urn.to_string(),
                        at: None,
                        message:
                            "is a lookup without an answer so far: plan once without --offline"
                                .to_owned(),
                    };
                    return Err(Error::Problems(
                        questions.into_iter().map(problem).collect(),
                    ));
                }
                Outcome::Ask(questions) => self.ask(graph, questions).await?,
                Outcome::Outdated(urns) => self.answers.retain(|urn, _| !urns.contains(urn)),
            }
        }
    }

    /// Plans the end of everything, or of the targets and what depends on them.
    pub fn plan_destroy(&self, targets: &HashSet<Urn>) -> Result<Plan> {
        let mut plan = planner::plan_destroy(&self.state, self.connections.schemas(), targets)
            .map_err(Error::Problems)?;
        plan.drift.clone_from(&self.drift);
        Ok(plan)
    }

    /// A checkpoint as what should exist: the graph of a rollback.
    pub fn target(&self, checkpoint: State, terms: Terms) -> Result<CheckedGraph> {
        let schemas = self.connections.schemas();
        rollback::target(checkpoint, &self.state, schemas, terms).map_err(Error::Problems)
    }

    /// Plans the way back to a checkpoint: settles what is in doubt, puts back what needs no cloud, reads what is
    /// there, and plans the rest as for any graph.
    ///
    /// What is no undo is in [`Rollback::losses`], unless the graph's terms accept it.
    pub async fn plan_rollback(&mut self, graph: CheckedGraph, config: &Map) -> Result<Rollback> {
        self.declare(&graph, config)?;
        self.identify(Some(&graph)).await?;
        self.settle().await?;
        let before = (self.state.clone(), self.renamed.clone(), self.facts.len());
        let planned = self.plan_back(graph, config).await;
        if !matches!(&planned, Ok(rollback) if rollback.losses.is_empty()) {
            // What is not rolled back stays recorded as it is.
            let facts;
            (self.state, self.renamed, facts) = before;
            self.facts.truncate(facts);
        }
        planned
    }

    async fn plan_back(&mut self, mut graph: CheckedGraph, config: &Map) -> Result<Rollback> {
        let restored = self.restore(&graph)?;
        self.refresh(|_| true).await?;
        self.answer_as_then(&graph);
        let wishes = Wishes::default();
        let mut plan = self.plan(&graph, config, &wishes).await?;
        let accepts = past_of(&graph)?.terms.accept_loss;
        if accepts && rollback::leave_one_way(&mut graph, &plan) {
            plan = self.plan(&graph, config, &wishes).await?;
        }
        let past = past_of(&graph)?;
        let schemas = self.connections.schemas();
        let mut losses = rollback::judge(past, &self.state, schemas, &mut plan);
        if accepts {
            losses.clear();
        }
        plan.changes.splice(0..0, restored);
        Ok(Rollback {
            graph,
            plan,
            losses,
        })
    }

    fn restore(&mut self, graph: &CheckedGraph) -> Result<Vec<Change>> {
        let schemas = self.connections.schemas();
        let restored = rollback::restored(past_of(graph)?, &self.state, schemas);
        let restored = restored.map_err(Error::Problems)?;
        restored
            .deltas
            .into_iter()
            .for_each(|delta| self.learn(delta));
        self.renamed = restored.renamed;
        Ok(restored.changes)
    }

    /// Lookups are answered as they were at the checkpoint.
    fn answer_as_then(&mut self, graph: &CheckedGraph) {
        let past = graph.past.iter().flat_map(|past| &past.state.lookups);
        let answers = past
            .filter(|(urn, _)| graph.lookups.contains_key(*urn))
            .map(|(urn, lookup)| (urn.clone(), lookup.clone()))
            .collect();
        self.answers.clear();
        self.note_answers(answers);
    }

    /// Gives resources their new urns.
    fn rename(&mut self, graph: &CheckedGraph) {
        for moved in &graph.graph.moved {
            let from = self.state.resources.contains_key(&moved.from);
            if from && !self.state.resources.contains_key(&moved.to) {
                self.learn(Delta::Rename {
                    from: moved.from.clone(),
                    to: moved.to.clone(),
                });
                self.renamed.push((moved.from.clone(), moved.to.clone()));
            }
        }
    }

    async fn ask(&mut self, graph: &CheckedGraph, questions: Vec<(Urn, Map)>) -> Result<()> {
        let answers = self.answers(graph, questions).await?;
        self.note_answers(answers);
        Ok(())
    }

    async fn answers(
        &self,
        graph: &CheckedGraph,
        questions: Vec<(Urn, Map)>,
    ) -> Result<Vec<(Urn, LookupState)>> {
        let connections = &self.connections;
        let answers = questions.into_iter().map(|(urn, inputs)| async move {
            let lookup = &graph.graph.lookups[graph.lookups[&urn]];
            let name =
                crate::providers::name_for(&graph.graph, &lookup.type_name, &lookup.provider);
            let observer = connections.observer(&name).await?;
            let answer = match observer.lookup(&lookup.type_name) {
                Some(lookup) => lookup.answer(&inputs).await,
                None => Err(no_handler(&urn)),
            };
            let answer = answer.map_err(|error| cloud("look up", &urn, error))?;
            Ok::<_, Error>((urn, LookupState { inputs, answer }))
        });
        futures::future::try_join_all(answers).await
    }

    fn note_answers(&mut self, answers: Vec<(Urn, LookupState)>) {
        for (urn, state) in answers {
            self.answers.insert(urn.clone(), state.clone());
            if self.state.lookups.get(&urn) != Some(&state) {
                self.learn(Delta::Lookup { urn, state });
            }
        }
    }

    /// The first entry of the run's journal, unless it has one.
    fn begin(&self, command: &str) -> Option<Entry> {
        (!self.begun).then(|| Entry::Begin {
            format: journal::FORMAT,
            command: command.to_owned(),
            at: self.place.surroundings.now().to_string(),
            version: self.place.version.to_owned(),
        })
    }

    fn opening(&mut self, command: &str) -> Vec<Entry> {
        let facts = std::mem::take(&mut self.facts);
        let mut entries = Vec::from_iter(self.begin(command));
        self.begun = true;
        if !facts.is_empty() {
            entries.push(Entry::Facts { deltas: facts });
        }
        entries
    }

    /// Applies a plan, and commits the state. What fails is in the report.
    pub async fn apply(
        &mut self,
        plan: &Plan,
        graph: Option<&CheckedGraph>,
        config: &Map,
        cancelled: CancellationToken,
        parallelism: Option<usize>,
    ) -> Result<Report> {
        let mut report = self
            .carry_out(plan, graph, config, cancelled, parallelism)
            .await?;
        self.conclude(&mut report).await?;
        Ok(report)
    }

    /// Commits what a run came to. Where something is in doubt, the journal stays instead.
    pub async fn conclude(&mut self, report: &mut Report) -> Result<()> {
        if self.doubts.is_empty() {
            let lease = self.lease.as_deref().ok_or_else(no_lock)?;
            let epoch = lease.epoch();
            self.commit(epoch).await?;
            report.writes += 1;
        }
        Ok(())
    }

    /// Applies a plan and commits nothing, so that a rollback can follow in the same run.
    /// [`conclude`](Self::conclude) ends it.
    pub async fn carry_out(
        &mut self,
        plan: &Plan,
        graph: Option<&CheckedGraph>,
        config: &Map,
        cancelled: CancellationToken,
        parallelism: Option<usize>,
    ) -> Result<Report> {
        if self.is_in_doubt() {
            // The state that this commits would take the place of the journals that hold the doubts.
            return Err(Error::Other(
                "an apply needs what is in doubt to be settled".into(),
            ));
        }
        let command = match graph {
            Some(graph) if graph.past.is_some() => {
                self.command = "rollback".into();
                "rollback"
            }
            Some(_) => "apply",
            None => "destroy",
        };
        let opening = self.opening(command);
        let lease = self.lease.as_deref().ok_or_else(no_lock)?;
        let run = Run {
            plan,
            graph,
            config,
            stacks: &self.stacks,
            connections: &self.connections,
            lease,
            seal: self.seal.as_ref(),
            listener: self.place.listener,
            surroundings: self.place.surroundings,
            cancelled,
            parallelism,
        };
        let report = apply::apply(&run, &mut self.state, opening).await?;
        // A state has no room for doubts: the journal stays, and the next run settles them.
        self.doubts.clone_from(&report.in_doubt);
        Ok(report)
    }

    /// Commits what was learned besides an apply: drift that is accepted, an import, options.
    ///
    /// A committed state takes the place of all journals before it, so what is in doubt in them is settled first.
    pub async fn save(&mut self) -> Result<()> {
        self.settle().await?;
        let lease = self.lease.as_deref().ok_or_else(no_lock)?;
        let epoch = lease.epoch();
        self.facts.clear();
        self.commit(epoch).await
    }

    /// Keeps the data key in another way from now on, and commits. The data key is to be the same: what was sealed
    /// before stays readable.
    pub async fn rewrap(&mut self, seal: Box<dyn Seal>) -> Result<()> {
        let probe = self.seal.seal(b"probe")?;
        if seal.open(&probe)? != b"probe" {
            return Err(Error::Other(
                "the new key does not open what the old one sealed".into(),
            ));
        }
        self.seal = seal;
        self.save().await
    }

    /// Records whether this is a production environment.
    pub fn set_production(&mut self, production: bool) {
        if self.state.header.production != production {
            self.learn(Delta::Production { production });
        }
    }

    /// Takes an object of the cloud in.
    pub async fn import(
        &mut self,
        graph: &CheckedGraph,
        config: &Map,
        urn: &Urn,
        id: &str,
    ) -> Result<()> {
        let Some(position) = graph.resources.get(urn).copied() else {
            return Err(Error::problem(
                urn,
                "is not declared by the program: declare it, then import it",
            ));
        };
        if let Some(object) = self.state.object(urn) {
            return Err(Error::problem(
                urn,
                format!("is recorded already, as {}", object.id),
            ));
        }
        let type_name = &graph.graph.resources[position].type_name;
        if self.connections.schemas()[type_name].nature != Nature::Object {
            return Err(Error::problem(
                urn,
                "lives in the state alone, so there is nothing to import: let an apply make it",
            ));
        }
        // Which of several objects a lost create made is what the person says with this.
        self.doubts.retain(|doubt| doubt.intent.urn != *urn);
        self.settle().await?;
        let resource = &graph.graph.resources[position];
        let provider = crate::providers::name_for(
            &graph.graph,
            &resource.type_name,
            &resource.options.provider,
        );
        let observer = self.connections.observer(&provider).await?;
        let handler = observer
            .resource(&resource.type_name)
            .ok_or_else(|| cloud("import", urn, no_handler(urn)))?;
        let nothing = Map::new();
        let read = || {
            handler.read(Recorded {
                id,
                values: &nothing,
            })
        };
        let observation = refresh::retried(read)
            .await
            .map_err(|error| cloud("import", urn, error))?
            .ok_or_else(|| {
                Error::problem(
                    urn,
                    format!("there is no object {id} in the account and region of {provider}"),
                )
            })?;
        let schema = &self.connections.schemas()[&resource.type_name];
        let scope = crate::scope::Actual {
            state: &self.state,
            config,
            stacks: &self.stacks,
        };
        // What the program sets counts as asked for, with the value that the cloud has; the next plan shows what
        // differs.
        let mut inputs = Map::new();
        for (field, expr) in &resource.inputs {
            let declared = schema.inputs.get(field);
            let value = if declared.is_some_and(|declared| declared.write_only) {
                crate::partial::evaluate(expr, &scope)
                    .ok()
                    .and_then(crate::partial::Partial::into_known)
            } else {
                observation.values.get(field).cloned()
            };
            inputs.extend(value.map(|value| (field.clone(), value)));
        }
        crate::diff::mark_secrets(&schema.inputs, &mut inputs);
        let object = Object {
            id: id.to_owned(),
            request: Request {
                provider,
                generation: self.state.next_generation(urn),
                token: self.place.surroundings.token(),
                inputs,
                expressions: crate::execute::expressions_of(&resource.inputs),
                dependencies: graph.dependencies[position].clone(),
            },
            observed: Map::new(),
            incomplete: false,
            unverified: true,
            durations: Durations::default(),
        };
        let object = refresh::observed(schema, &object, observation);
        let kept = crate::execute::kept_of(&resource.options);
        let state = Box::new(ResourceState {
            object: Some(object),
            deposed: self
                .state
                .resources
                .get(urn)
                .map(|recorded| recorded.deposed.clone())
                .unwrap_or_default(),
            kept,
        });
        self.learn(Delta::Resource {
            urn: urn.clone(),
            state,
        });
        self.save().await
    }

    /// Forgets a resource without touching the cloud.
    pub async fn forget(&mut self, urn: &Urn) -> Result<()> {
        let doubts = self.doubts.len();
        self.doubts.retain(|doubt| doubt.intent.urn != *urn);
        if !self.state.resources.contains_key(urn) && self.doubts.len() == doubts {
            return Err(Error::problem(urn, "is not recorded"));
        }
        self.learn(Delta::Forget { urn: urn.clone() });
        self.save().await
    }

    /// Commits a state that the journals up to `epoch` are part of.
    async fn commit(&mut self, epoch: u64) -> Result<()> {
        let lease = self.lease.as_deref().ok_or_else(no_lock)?;
        let header = &mut self.state.header;
        let before = header.clone();
        // A state is never written over, so that the last of all numbers is refused.
        (header.serial, header.epoch) = (header.serial.saturating_add(1), epoch);
        header.command = Some(self.command.clone());
        header.at = Some(self.place.surroundings.now().to_string());
        let bytes = encode_state(&self.state, self.seal.as_ref())?;
        if let Err(error) = lease.commit(self.state.header.serial, &bytes).await {
            self.state.header = before;
            return Err(error.into());
        }
        if let Err(error) = lease.prune(self.state.header.epoch, CHECKPOINTS).await {
            let message = format!("old states could not be removed: {error}");
            self.place
                .listener
                .on(Event::Warning { urn: None, message });
        }
        Ok(())
    }

    /// Gives the lock back.
    pub async fn close(self) -> Result<()> {
        match self.lease {
            Some(lease) => Ok(lease.release().await?),
            None => Ok(()),
        }
    }
}

fn past_of(graph: &CheckedGraph) -> Result<&Past> {
    let past = graph.past.as_deref();
    past.ok_or_else(|| Error::Other("a rollback leads back to a checkpoint".into()))
}

fn no_lock() -> Error {
    Error::Other("only a run with the lock may write".into())
}

/// The provider configurations that a graph's resources and lookups use.
fn used_providers(graph: &CheckedGraph) -> Vec<Name> {
    let resources = graph
        .graph
        .resources
        .iter()
        .map(|one| (&one.type_name, &one.options.provider));
    let lookups = graph
        .graph
        .lookups
        .iter()
        .map(|one| (&one.type_name, &one.provider));
    let mut names: Vec<Name> = Vec::new();
    let mut seen = HashSet::new();
    for (type_name, asked) in resources.chain(lookups) {
        if seen.insert((type_name.cloud(), asked)) {
            names.push(crate::providers::name_for(&graph.graph, type_name, asked));
        }
    }
    names.sort();
    names.dedup();
    names
}
