//! The loop that ties schedule, execution and journal together.
//!
//! Each turn starts every step that may start, writes one batch (the outcomes since the last turn and the intents of
//! what starts now), and only then lets the calls go. While a batch is being written, calls that are under way go on.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use stack_model::expr::StackOutput;
use stack_model::schema::Nature;
use stack_model::{Expr, Map, Name, Path, Schema, Urn, Value};
use stack_provider::trace::{self, Work};
use stack_provider::{Error as CloudError, ErrorKind, Mutator, Observer};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::backend::{Lease, Seal};
use crate::check::CheckedGraph;
use crate::codec::encode_batch;
use crate::connections::Connections;
use crate::diff::{known, mark_secrets, values};
use crate::error::{Error, Result};
use crate::event::{Event, Listener, millis};
use crate::execute::{self, Acceptance, Job, Outcome, Workshop, expressions_of, kept_of};
use crate::journal::{Entry, InDoubt, Intent, Operation};
use crate::partial::Partial;
use crate::physical_name::physical_name;
use crate::plan::{Act, Plan, Step};
use crate::schedule::{Schedule, Status};
use crate::scope::Actual;
use crate::settle::{created, owner};
use crate::state::{Delta, LookupState, Object, Request, ResourceState, State};
use crate::surroundings::Surroundings;
use crate::timeout;

/// What an apply works with.
pub struct Run<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The program; none for a destroy.
    pub graph: Option<&'a CheckedGraph>,
    /// Configuration values that stayed out of the program.
    pub config: &'a Map,
    /// Outputs of other stacks.
    pub stacks: &'a BTreeMap<StackOutput, Partial>,
    /// The clouds.
    pub connections: &'a Connections,
    /// The right to write.
    pub lease: &'a dyn Lease,
    /// The key.
    pub seal: &'a dyn Seal,
    /// Who hears of it.
    pub listener: &'a dyn Listener,
    /// The time and chance.
    pub surroundings: &'a dyn Surroundings,
    /// Set when the person or CI asks to stop.
    pub cancelled: CancellationToken,
    /// The most calls to one service at once, below what its provider allows.
    pub parallelism: Option<usize>,
}

/// How an apply ended.
#[derive(Debug, Default)]
pub struct Report {
    /// How many steps succeeded.
    pub done: usize,
    /// What failed, first things first.
    pub failed: Vec<(Urn, Act, CloudError)>,
    /// What was not started, because something that it depends on failed.
    pub skipped: Vec<Urn>,
    /// What was not started, because the person or CI asked to stop.
    pub not_started: Vec<Urn>,
    /// Whether the person or CI asked to stop.
    pub cancelled: bool,
    /// What may have happened or not. The journal keeps it open, and the next run settles it.
    pub in_doubt: Vec<InDoubt>,
    /// How many times the journal was written durably.
    pub writes: usize,
}

impl Report {
    /// Whether everything that was planned is done.
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty() && self.skipped.is_empty() && self.not_started.is_empty()
    }
}

/// What came back from a call.
enum Returned {
    Outcome(Box<Outcome>),
    Answer {
        step: u32,
        urn: Urn,
        inputs: Map,
        answer: Result<Map, Box<CloudError>>,
        elapsed: Duration,
    },
}

/// What a step turned out to need.
enum Prepared {
    /// A change of the state alone.
    Recorded(Vec<Delta>),
    /// A provider call.
    Call(Box<Job>),
    /// A lookup's question.
    Question(Urn, Map),
}

/// Applies a plan. What fails is in the report; an error means that the state itself could not be kept.
///
/// `facts` are changes found while planning, which the journal does not have yet. The first entries of the journal
/// are in `opening`.
pub async fn apply(run: &Run<'_>, state: &mut State, opening: Vec<Entry>) -> Result<Report> {
    let links = Links::connect(run, state).await?;
    let (acceptances, mut accepted) = mpsc::unbounded_channel();
    let workshop = Workshop {
        listener: run.listener,
        surroundings: run.surroundings,
        lease: run.lease,
        cancelled: run.cancelled.clone(),
        acceptances,
    };
    let mut turn = Turn {
        run,
        links,
        schedule: Schedule::new(&run.plan.steps),
        limits: Limits::new(run),
        schemas: HashMap::new(),
        report: Report::default(),
        accepted: HashSet::new(),
        batch: opening,
        news: Vec::new(),
    };
    run.listener.on(Event::Applying {
        steps: run.plan.steps.len(),
    });

    let mut running: FuturesUnordered<BoxFuture<'_, Returned>> = FuturesUnordered::new();
    let mut returned: Vec<Returned> = Vec::new();
    let mut waiting: Vec<Acceptance> = Vec::new();
    loop {
        for one in returned.drain(..) {
            turn.take_back(state, one);
        }
        let acknowledged = std::mem::take(&mut waiting);
        for acceptance in &acknowledged {
            turn.batch.push(Entry::Accepted {
                step: acceptance.step,
                id: acceptance.id.clone(),
            });
        }
        let starting = if run.cancelled.is_cancelled() {
            Vec::new()
        } else {
            turn.start(state)
        };
        if running.is_empty() && starting.is_empty() && !turn.batch.is_empty() {
            // The last batch. With it, a death before the commit loses no output either.
            let outputs = turn.outputs(state);
            turn.batch.push(Entry::Facts {
                deltas: vec![outputs],
            });
        }
        if !turn.batch.is_empty() {
            let batch = std::mem::take(&mut turn.batch);
            let write = async {
                let bytes = encode_batch(&batch, run.seal)?;
                run.lease.append(&bytes).await
            };
            let written = {
                tokio::pin!(write);
                loop {
                    tokio::select! {
                        biased;
                        written = &mut write => break written,
                        Some(one) = running.next(), if !running.is_empty() => returned.push(one),
                        Some(acceptance) = accepted.recv() => waiting.push(acceptance),
                        () = run.lease.lost(), if !run.cancelled.is_cancelled() => run.cancelled.cancel(),
                    }
                }
            };
            turn.report.writes += 1;
            if let Err(error) = written {
                run.cancelled.cancel();
                // Whoever waits for an id to be written down learns that it was not.
                drop((acknowledged, waiting, accepted));
                while let Some(one) = running.next().await {
                    returned.push(one);
                }
                return Err(Error::JournalLost {
                    unrecorded: turn.unrecorded(&batch, &returned),
                    source: error,
                });
            }
        }
        for event in turn.news.drain(..) {
            run.listener.on(event);
        }
        for acceptance in acknowledged {
            turn.accepted.insert(acceptance.step);
            // The step may have ended meanwhile; then nobody waits.
            let _ = acceptance.durable.send(());
        }
        for prepared in starting {
            running.push(turn.launch(prepared, &workshop));
        }
        if running.is_empty() && returned.is_empty() && waiting.is_empty() {
            break;
        }
        if returned.is_empty() && waiting.is_empty() {
            tokio::select! {
                biased;
                Some(one) = running.next() => returned.push(one),
                Some(acceptance) = accepted.recv() => waiting.push(acceptance),
                // Whoever took over is about to look at what is there: waiters end at once.
                () = run.lease.lost(), if !run.cancelled.is_cancelled() => run.cancelled.cancel(),
            }
        }
        // Whatever else is ready shares the next batch.
        while let Some(Some(one)) = running.next().now_or_never() {
            returned.push(one);
        }
        while let Ok(acceptance) = accepted.try_recv() {
            waiting.push(acceptance);
        }
    }
    Ok(turn.finish(state))
}

/// The connections that a run needs, made before its first step.
struct Links {
    of: HashMap<Name, (Arc<dyn Observer>, Arc<dyn Mutator>)>,
}

impl Links {
    async fn connect(run: &Run<'_>, state: &State) -> Result<Self> {
        let mut names: BTreeSet<Name> = BTreeSet::new();
        for step in &run.plan.steps {
            let Some(urn) = &step.urn else { continue };
            match step.act {
                Act::Delete { generation } => {
                    names.extend(
                        object_of(state, urn, generation)
                            .map(|object| object.request.provider.clone()),
                    );
                }
                Act::Create | Act::Update | Act::Ask => {
                    names.extend(run.graph.and_then(|graph| provider_of(graph, urn)))
                }
                Act::Forget | Act::Record | Act::Pass | Act::Barrier => {}
            }
        }
        let mut of = HashMap::new();
        for name in names {
            let link = (
                run.connections.observer(&name).await?,
                run.connections.mutator(&name).await?,
            );
            of.insert(name, link);
        }
        Ok(Self { of })
    }
}

fn provider_of(graph: &CheckedGraph, urn: &Urn) -> Option<Name> {
    if let Some(position) = graph.resources.get(urn) {
        let resource = &graph.graph.resources[*position];
        return Some(crate::providers::name_for(
            &graph.graph,
            &resource.type_name,
            &resource.options.provider,
        ));
    }
    let lookup = &graph.graph.lookups[*graph.lookups.get(urn)?];
    Some(crate::providers::name_for(
        &graph.graph,
        &lookup.type_name,
        &lookup.provider,
    ))
}

fn object_of<'s>(state: &'s State, urn: &Urn, generation: u32) -> Option<&'s Object> {
    let recorded = state.resources.get(urn)?;
    recorded
        .object
        .iter()
        .chain(&recorded.deposed)
        .find(|object| object.request.generation == generation)
}

/// How many calls may be under way to each service. Halved when a service throttles, and grown again one by one.
struct Limits {
    most: HashMap<String, usize>,
    now: HashMap<String, (usize, usize)>,
}

impl Limits {
    fn new(run: &Run<'_>) -> Self {
        let mut most = HashMap::new();
        for urn in run.plan.steps.iter().filter_map(|step| step.urn.as_ref()) {
            if !most.contains_key(urn.service())
                && let Some(limit) = run.connections.concurrency(urn.service())
            {
                let limit = run.parallelism.map_or(limit, |asked| asked.clamp(1, limit));
                most.insert(urn.service().to_owned(), limit);
            }
        }
        Self {
            most,
            now: HashMap::new(),
        }
    }

    fn has_room(&self, service: &str) -> bool {
        let Some(most) = self.most.get(service) else {
            return true;
        };
        self.now
            .get(service)
            .is_none_or(|(running, limit)| running < limit.min(most))
    }

    fn begin(&mut self, service: &str) {
        let Some(most) = self.most.get(service) else {
            return;
        };
        self.now.entry(service.to_owned()).or_insert((0, *most)).0 += 1;
    }

    fn end(&mut self, service: &str, throttled: bool) {
        let Some((running, limit)) = self.now.get_mut(service) else {
            return;
        };
        *running = running.saturating_sub(1);
        *limit = if throttled {
            (*limit / 2).max(1)
        } else {
            *limit + 1
        };
        if let Some(most) = self.most.get(service) {
            *limit = (*limit).min(*most);
        }
    }
}

struct Turn<'a> {
    run: &'a Run<'a>,
    links: Links,
    schedule: Schedule,
    limits: Limits,
    schemas: HashMap<String, Arc<Schema>>,
    report: Report,
    /// Steps whose object's id is durable.
    accepted: HashSet<u32>,
    batch: Vec<Entry>,
    /// What is told once the batch that says so is durable.
    news: Vec<Event>,
}

impl<'a> Turn<'a> {
    fn step(&self, step: u32) -> &'a Step {
        &self.run.plan.steps[step as usize]
    }

    /// The objects that were made and are not written down, now that a batch is lost.
    fn unrecorded(&self, batch: &[Entry], returned: &[Returned]) -> Vec<(Urn, String)> {
        let mut made: Vec<(u32, &str)> = Vec::new();
        for entry in batch {
            match entry {
                Entry::Accepted { step, id } => made.push((*step, id)),
                Entry::Done { step, deltas } | Entry::Failed { step, deltas, .. } => {
                    let ids = deltas.iter().filter_map(|delta| match delta {
                        Delta::Resource { state, .. } => state.object.as_ref(),
                        _ => None,
                    });
                    made.extend(ids.map(|object| (*step, object.id.as_str())));
                }
                Entry::Begin { .. }
                | Entry::Facts { .. }
                | Entry::Settled { .. }
                | Entry::Intent { .. }
                | Entry::End => {}
            }
        }
        made.extend(returned.iter().filter_map(|one| match one {
            Returned::Outcome(outcome) => {
                Some((outcome.step, outcome.object.as_ref()?.id.as_str()))
            }
            Returned::Answer { .. } => None,
        }));
        let mut unrecorded = BTreeSet::new();
        for (step, id) in made {
            let Step { urn, act, .. } = self.step(step);
            let at_a_cloud = |urn: &Urn| {
                let schema = self.run.connections.schemas().get(urn.type_name());
                schema.is_some_and(|schema| schema.nature == Nature::Object)
            };
            let Some(urn) = urn.as_ref().filter(|urn| at_a_cloud(urn)) else {
                continue;
            };
            if *act == Act::Create && !self.accepted.contains(&step) {
                unrecorded.insert((urn.clone(), id.to_owned()));
            }
        }
        unrecorded.into_iter().collect()
    }

    fn schema(&mut self, urn: &Urn) -> Result<Arc<Schema>, CloudError> {
        let type_name = urn.type_name();
        if let Some(schema) = self.schemas.get(type_name) {
            return Ok(Arc::clone(schema));
        }
        let known = self.run.connections.schemas();
        let schema = known
            .get(type_name)
            .ok_or_else(|| broken("this version of stack does not know its type"))?;
        let schema = Arc::new(schema.clone());
        self.schemas
            .insert(type_name.to_owned(), Arc::clone(&schema));
        Ok(schema)
    }

    /// Starts everything that may start. What changes the state alone is done on the spot.
    fn start(&mut self, state: &mut State) -> Vec<(u32, Prepared)> {
        let mut starting = Vec::new();
        loop {
            let limits = &self.limits;
            let Some(step) = self.schedule.next(|service| limits.has_room(service)) else {
                break;
            };
            match self.prepare(state, step) {
                Ok(Prepared::Recorded(deltas)) => {
                    for delta in &deltas {
                        state.apply(delta);
                    }
                    if !deltas.is_empty() {
                        self.batch.push(Entry::Done { step, deltas });
                        self.report.done += 1;
                    }
                    self.schedule.done(step);
                }
                Ok(prepared) => {
                    if let Prepared::Call(job) = &prepared {
                        self.batch.push(Entry::Intent {
                            step,
                            intent: Box::new(job.intent.clone()),
                        });
                    }
                    let service = self.schedule.service(step).to_owned();
                    self.limits.begin(&service);
                    starting.push((step, prepared));
                }
                Err(error) => self.fail(step, error, Duration::ZERO),
            }
        }
        starting
    }

    fn launch<'w>(
        &mut self,
        (step, prepared): (u32, Prepared),
        workshop: &'w Workshop<'w>,
    ) -> BoxFuture<'w, Returned>
    where
        'a: 'w,
    {
        let planned = self.step(step);
        if let Some(urn) = &planned.urn {
            let started = Event::Started {
                urn: urn.clone(),
                act: planned.act,
                usual_ms: planned.expected,
            };
            self.run.listener.on(started);
        }
        let act = planned.act.name();
        match prepared {
            Prepared::Call(job) => {
                let urn = job.intent.urn.clone();
                let running = async move { execute::run(*job, workshop).await };
                let followed = trace::within(Work::Step { urn: &urn, act }, running);
                async move { Returned::Outcome(Box::new(followed.await)) }.boxed()
            }
            Prepared::Question(urn, inputs) => {
                let observer = self
                    .run
                    .graph
                    .and_then(|graph| provider_of(graph, &urn))
                    .and_then(|name| self.links.of.get(&name));
                let observer = observer.map(|(observer, _)| Arc::clone(observer));
                async move {
                    let begun = tokio::time::Instant::now();
                    let work = Work::Step { urn: &urn, act };
                    let answer = match (observer, urn.type_name().parse()) {
                        (Some(observer), Ok(type_name)) => match observer.lookup(&type_name) {
                            Some(lookup) => trace::attempt(work, lookup.answer(&inputs)).await,
                            None => Err(crate::connections::no_handler(&urn)),
                        },
                        _ => Err(crate::connections::no_handler(&urn)),
                    };
                    Returned::Answer {
                        step,
                        urn,
                        inputs,
                        answer: answer.map_err(Box::new),
                        elapsed: begun.elapsed(),
                    }
                }
                .boxed()
            }
            Prepared::Recorded(_) => unreachable!("what changes the state alone is never launched"),
        }
    }

    /// Resolves what a step needs. An error fails this step alone.
    fn prepare(&mut self, state: &State, step: u32) -> Result<Prepared, CloudError> {
        let Step { urn, act, .. } = self.step(step);
        let Some(urn) = urn else {
            return Ok(Prepared::Recorded(Vec::new()));
        };
        match act {
            Act::Pass | Act::Barrier => Ok(Prepared::Recorded(Vec::new())),
            Act::Forget => Ok(Prepared::Recorded(vec![Delta::Forget { urn: urn.clone() }])),
            Act::Record => self
                .record(state, urn)
                .map(|delta| Prepared::Recorded(vec![delta])),
            Act::Ask => self.question(state, urn),
            Act::Create | Act::Update => {
                let schema = self.schema(urn)?;
                self.change(state, step, urn, *act, schema)
                    .map(|job| Prepared::Call(Box::new(job)))
            }
            Act::Delete { generation } => {
                let schema = self.schema(urn)?;
                match object_of(state, urn, *generation).cloned() {
                    // It went away while the plan was under way.
                    None => Ok(Prepared::Recorded(Vec::new())),
                    Some(object) => {
                        let kept = state
                            .resources
                            .get(urn)
                            .map(|recorded| recorded.kept.clone())
                            .unwrap_or_default();
                        let limit = timeout::effective(&kept.timeouts, schema.timeouts).delete;
                        let intent = self.intent(
                            urn,
                            Operation::Delete,
                            object.request.clone(),
                            kept,
                            Some(&object),
                            limit,
                        );
                        self.job(state, step, intent, Some(object), schema, limit)
                            .map(|job| Prepared::Call(Box::new(job)))
                    }
                }
            }
        }
    }

    fn resource(&self, urn: &Urn) -> Result<(usize, &'a CheckedGraph), CloudError> {
        let graph = self
            .run
            .graph
            .ok_or_else(|| broken("a destroy changes nothing"))?;
        let position = graph
            .resources
            .get(urn)
            .ok_or_else(|| broken("the program does not declare it"))?;
        Ok((*position, graph))
    }

    /// Evaluates what a resource or lookup asks for, now that everything before it is there.
    fn resolve(
        &self,
        state: &State,
        graph: &CheckedGraph,
        urn: &Urn,
        inputs: &BTreeMap<String, Expr>,
    ) -> Result<Map, CloudError> {
        let scope = Actual {
            state,
            config: self.run.config,
            stacks: self.run.stacks,
        };
        let mut resolved = Map::new();
        for (field, expr) in inputs {
            let value = graph
                .input(urn, field, expr, &scope)
                .map_err(|error| broken(&format!("{field}: {error}")))?;
            let value = value
                .into_known()
                .ok_or_else(|| broken(&format!("{field} is still not known")))?;
            if !value.is_null() {
                resolved.insert(field.clone(), value);
            }
        }
        Ok(resolved)
    }

    fn record(&self, state: &State, urn: &Urn) -> Result<Delta, CloudError> {
        let (position, graph) = self.resource(urn)?;
        let resource = &graph.graph.resources[position];
        let mut recorded = state.resources.get(urn).cloned().unwrap_or_default();
        recorded.kept = kept_of(&resource.options);
        if let Some(object) = &mut recorded.object {
            object
                .request
                .dependencies
                .clone_from(&graph.dependencies[position]);
            object.request.expressions = expressions_of(&resource.inputs);
        }
        Ok(Delta::Resource {
            urn: urn.clone(),
            state: Box::new(recorded),
        })
    }

    fn question(&self, state: &State, urn: &Urn) -> Result<Prepared, CloudError> {
        let graph = self
            .run
            .graph
            .ok_or_else(|| broken("a destroy asks nothing"))?;
        let position = graph
            .lookups
            .get(urn)
            .ok_or_else(|| broken("the program does not declare it"))?;
        let inputs = self.resolve(state, graph, urn, &graph.graph.lookups[*position].inputs)?;
        Ok(Prepared::Question(urn.clone(), inputs))
    }

    fn change(
        &self,
        state: &State,
        step: u32,
        urn: &Urn,
        act: Act,
        schema: Arc<Schema>,
    ) -> Result<Job, CloudError> {
        let (position, graph) = self.resource(urn)?;
        let resource = &graph.graph.resources[position];
        let mut inputs = self.resolve(state, graph, urn, &resource.inputs)?;
        mark_secrets(&schema.inputs, &mut inputs);
        let mut misfits = Vec::new();
        for (field, value) in &inputs {
            if let Some(declared) = schema.inputs.get(field) {
                crate::check::value_fits(value, &declared.kind, &Path::field(field), &mut misfits);
            }
        }
        if !misfits.is_empty() {
            return Err(CloudError::new(ErrorKind::Invalid, misfits.join("; ")));
        }
        let object = state.object(urn).map(|object| match &graph.past {
            Some(past) => past.as_begun(&schema, urn, object),
            None => object.clone(),
        });
        let kept = kept_of(&resource.options);
        let limits = timeout::effective(&kept.timeouts, schema.timeouts);
        let provider = crate::providers::name_for(
            &graph.graph,
            &resource.type_name,
            &resource.options.provider,
        );
        let (operation, limit, generation, token) = match (act, &object) {
            (Act::Update, Some(object)) => {
                let request = &object.request;
                let limit = if schema.nature == Nature::Effect {
                    limits.create
                } else {
                    limits.update
                };
                let limit = if object.incomplete {
                    limit.max(limits.create)
                } else {
                    limit
                };
                (
                    Operation::Update,
                    limit,
                    request.generation,
                    // An act that runs again is another act: with the token of the last one, a cloud would answer
                    // with what came of that and do nothing. One that was not seen to end is still the same.
                    match schema.nature {
                        Nature::Effect if !(object.incomplete && request.inputs == inputs) => {
                            self.run.surroundings.token()
                        }
                        _ => request.token.clone(),
                    },
                )
            }
            _ => (
                Operation::Create,
                limits.create,
                state.next_generation(urn),
                self.run.surroundings.token(),
            ),
        };
        for (field, declared) in &schema.inputs {
            let Some(form) = declared
                .physical_name
                .filter(|_| !inputs.contains_key(field))
            else {
                continue;
            };
            let recorded = object.as_ref().filter(|_| operation == Operation::Update);
            match recorded {
                Some(object) => {
                    if let Some(name) = object.request.inputs.get(field) {
                        inputs.insert(field.clone(), name.clone());
                    }
                }
                None => {
                    let name = physical_name(form, &state.header, urn, generation);
                    inputs.insert(field.clone(), name.into());
                }
            }
        }
        let mut instead = Map::new();
        if let Some(object) = object.as_ref().filter(|_| operation == Operation::Update) {
            let mut desired = known(&inputs);
            crate::diff::ignore(&mut desired, object, &resource.options.ignore_changes);
            inputs = values(desired);
            if let Some(past) = &graph.past {
                instead = past.sent_instead(&schema, urn, object, &inputs);
            }
        }
        let request = Request {
            provider,
            generation,
            token,
            inputs,
            expressions: expressions_of(&resource.inputs),
            dependencies: graph.dependencies[position].clone(),
        };
        let there = object.filter(|_| operation == Operation::Update);
        let intent = self.intent(urn, operation, request, kept, there.as_ref(), limit);
        let job = self.job(state, step, intent, there, schema, limit)?;
        Ok(Job { instead, ..job })
    }

    fn intent(
        &self,
        urn: &Urn,
        operation: Operation,
        request: Request,
        kept: crate::state::Kept,
        object: Option<&Object>,
        limit: Duration,
    ) -> Intent {
        let now = self.run.surroundings.now();
        let until = jiff::SignedDuration::try_from(limit)
            .ok()
            .and_then(|limit| now.checked_add(limit).ok())
            .unwrap_or(now);
        Intent {
            urn: urn.clone(),
            operation,
            request,
            kept,
            id: object.map(|object| object.id.clone()),
            until: until.to_string(),
        }
    }

    fn job(
        &self,
        state: &State,
        step: u32,
        intent: Intent,
        object: Option<Object>,
        schema: Arc<Schema>,
        timeout: Duration,
    ) -> Result<Job, CloudError> {
        let link = self.links.of.get(&intent.request.provider);
        let (observer, mutator) = link.ok_or_else(|| broken("its provider is not connected"))?;
        let mut secrets = Vec::new();
        let mut collect = |value: &Value| {
            value.visit_secrets(&mut |secret| texts_in(secret, &mut secrets));
        };
        intent.request.inputs.values().for_each(&mut collect);
        object
            .iter()
            .flat_map(|object| object.observed.values())
            .for_each(&mut collect);
        Ok(Job {
            step,
            owner: owner(&state.header, &intent),
            intent,
            object,
            schema,
            observer: Arc::clone(observer),
            mutator: Arc::clone(mutator),
            timeout,
            secrets,
            instead: Map::new(),
        })
    }

    /// Takes back what a call came to: one entry, one change of the state, and the schedule goes on.
    fn take_back(&mut self, state: &mut State, returned: Returned) {
        match returned {
            Returned::Answer {
                step,
                urn,
                inputs,
                answer,
                elapsed,
            } => {
                self.limits.end(urn.service(), false);
                match answer {
                    Ok(answer) => {
                        let deltas = vec![Delta::Lookup {
                            urn,
                            state: LookupState { inputs, answer },
                        }];
                        self.succeed(state, step, deltas, None, elapsed);
                    }
                    Err(error) => self.fail(step, *error, elapsed),
                }
            }
            Returned::Outcome(outcome) if outcome.in_doubt => {
                self.limits
                    .end(outcome.intent.urn.service(), outcome.throttled);
                let unknown = || broken("it cannot be told what became of it");
                let error = outcome.error.unwrap_or_else(unknown);
                self.fail(outcome.step, error, outcome.elapsed);
                self.report.in_doubt.push(InDoubt {
                    intent: outcome.intent,
                    accepted: None,
                });
            }
            Returned::Outcome(outcome) => {
                self.limits
                    .end(outcome.intent.urn.service(), outcome.throttled);
                let id = outcome.object.as_ref().map(|object| object.id.clone());
                let declared = self.run.graph.is_some_and(|graph| {
                    let resources = &graph.resources;
                    resources.contains_key(&outcome.intent.urn)
                });
                let deltas = recorded(state, &outcome.intent, outcome.object, declared);
                match outcome.error {
                    None => self.succeed(state, outcome.step, deltas, id, outcome.elapsed),
                    Some(error) => {
                        deltas.iter().for_each(|delta| state.apply(delta));
                        self.batch.push(Entry::Failed {
                            step: outcome.step,
                            message: error.to_string(),
                            deltas,
                        });
                        self.fail(outcome.step, error, outcome.elapsed);
                    }
                }
            }
        }
    }

    fn succeed(
        &mut self,
        state: &mut State,
        step: u32,
        deltas: Vec<Delta>,
        id: Option<String>,
        elapsed: Duration,
    ) {
        deltas.iter().for_each(|delta| state.apply(delta));
        self.batch.push(Entry::Done { step, deltas });
        self.schedule.done(step);
        self.report.done += 1;
        let Step { urn, act, .. } = self.step(step);
        if let Some(urn) = urn {
            let finished = Event::Finished {
                urn: urn.clone(),
                act: *act,
                id,
                elapsed_ms: millis(elapsed),
            };
            self.news.push(finished);
        }
    }

    fn fail(&mut self, step: u32, error: CloudError, elapsed: Duration) {
        self.schedule.failed(step);
        let Step { urn, act, .. } = self.step(step);
        if let Some(urn) = urn {
            self.news.push(Event::Failed {
                urn: urn.clone(),
                act: *act,
                error: error.to_string(),
                hint: error.hint.clone(),
                elapsed_ms: millis(elapsed),
            });
            self.report.failed.push((urn.clone(), *act, error));
        }
    }

    fn finish(mut self, state: &mut State) -> Report {
        self.report.cancelled = self.run.cancelled.is_cancelled();
        for (index, step) in self.run.plan.steps.iter().enumerate() {
            let Some(urn) = step.urn.as_ref().filter(|_| step.act != Act::Pass) else {
                continue;
            };
            match self.schedule.status(index as u32) {
                Status::Skipped => self.report.skipped.push(urn.clone()),
                Status::Waiting | Status::Ready => self.report.not_started.push(urn.clone()),
                Status::Running | Status::Done | Status::Failed => {}
            }
        }
        let outputs = self.outputs(state);
        state.apply(&outputs);
        self.report
    }

    /// The outputs as they now are. One that cannot be told after a failure stays as it was.
    fn outputs(&self, state: &State) -> Delta {
        let Some(graph) = self.run.graph else {
            let (values, expressions) = if state.resources.is_empty() {
                Default::default()
            } else {
                (state.outputs.clone(), state.output_expressions.clone())
            };
            return Delta::Outputs {
                values,
                expressions,
            };
        };
        let scope = Actual {
            state,
            config: self.run.config,
            stacks: self.run.stacks,
        };
        let mut outputs = Map::new();
        for (name, declared) in &graph.graph.outputs {
            let value = graph
                .output(name, &declared.value, &scope)
                .ok()
                .and_then(Partial::into_known);
            if let Some(value) = value.or_else(|| state.outputs.get(name).cloned()) {
                outputs.insert(name.clone(), value);
            }
        }
        let written = graph.graph.outputs.iter();
        let waits = written.filter(|(_, declared)| !matches!(declared.value, Expr::Literal(_)));
        Delta::Outputs {
            values: outputs,
            expressions: waits
                .map(|(name, declared)| (name.clone(), declared.value.clone()))
                .collect(),
        }
    }
}

/// What an outcome changes in the state. Of what the program declares, a record stays without its object: another is to
/// come, and others depend on it.
fn recorded(state: &State, intent: &Intent, object: Option<Object>, declared: bool) -> Vec<Delta> {
    let urn = &intent.urn;
    match (intent.operation, object) {
        (Operation::Create, None) => Vec::new(),
        (Operation::Create, Some(object)) => vec![created(state, intent, object)],
        // An act that was not seen to end, and then turned out to have failed.
        (Operation::Update, None) => state.forgetting(urn),
        (Operation::Update, Some(object)) => {
            let deposed = state
                .resources
                .get(urn)
                .map(|recorded| recorded.deposed.clone())
                .unwrap_or_default();
            let state = ResourceState {
                object: Some(object),
                deposed,
                kept: intent.kept.clone(),
            };
            vec![Delta::Resource {
                urn: urn.clone(),
                state: Box::new(state),
            }]
        }
        (Operation::Delete, Some(_)) => Vec::new(),
        (Operation::Delete, None) => {
            let Some(mut recorded) = state.resources.get(urn).cloned() else {
                return Vec::new();
            };
            let gone = |object: &Object| object.request.generation == intent.request.generation;
            recorded.object.take_if(|object| gone(object));
            recorded.deposed.retain(|object| !gone(object));
            vec![
                if recorded.object.is_none() && recorded.deposed.is_empty() && !declared {
                    Delta::Forget { urn: urn.clone() }
                } else {
                    Delta::Resource {
                        urn: urn.clone(),
                        state: Box::new(recorded),
                    }
                },
            ]
        }
    }
}

/// Every text in a secret, which may be a structure.
fn texts_in(value: &Value, texts: &mut Vec<String>) {
    match value.revealed() {
        Value::String(text) => texts.push(text.clone()),
        Value::List(items) => items.iter().for_each(|item| texts_in(item, texts)),
        Value::Map(map) => map.values().for_each(|item| texts_in(item, texts)),
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Float(_)
        | Value::Secret(_)
        | Value::Redacted => {}
    }
}

fn broken(message: &str) -> CloudError {
    CloudError::new(ErrorKind::Invalid, message)
}
