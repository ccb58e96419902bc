//! The loop that ties schedule, execution and journal together.
//!
//! Each turn starts every step that may start, writes one batch (the outcomes since the last turn and the intents of
//! what starts now), and only then lets the calls go. While a batch is being written, calls that are under way go on.
//!
//! ```text
//! links    the connections that the steps need, made before the first
//! limits   how many calls go to a service at once
//! prepare  what a step needs, resolved right before it starts
//! came_of  what a call changes in the state, and what is not written down of it
//! ```

mod came_of;
mod limits;
mod links;
mod prepare;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use stack_model::expr::StackOutput;
use stack_model::{Expr, Map, Schema, Urn};
use stack_provider::trace::{self, Work};
use stack_provider::{Error as CloudError, ErrorKind};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::backend::{Lease, Seal};
use crate::check::CheckedGraph;
use crate::codec::encode_batch;
use crate::connections::{Connections, no_handler};
use crate::error::{Error, Result};
use crate::event::{Event, Listener, millis};
use crate::execute::{self, Acceptance, Outcome, Workshop};
use crate::journal::{Entry, InDoubt};
use crate::partial::Partial;
use crate::plan::{Act, Plan, Step};
use crate::schedule::{Schedule, Status};
use crate::scope::Actual;
use crate::state::{Delta, LookupState, State};
use crate::surroundings::Surroundings;
use came_of::recorded;
use limits::Limits;
use links::{Links, provider_of};
use prepare::Prepared;

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

/// Applies a plan. What fails is in the report; an error means that the state itself could not be kept.
///
/// `opening` has the first entries of the journal, among them what was found while planning.
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
                            None => Err(no_handler(&urn)),
                        },
                        _ => Err(no_handler(&urn)),
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

fn broken(message: &str) -> CloudError {
    CloudError::new(ErrorKind::Invalid, message)
}
