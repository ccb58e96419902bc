//! One step: one provider call, retried by kind of error, never repeated blindly.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use stack_model::graph::Options;
use stack_model::schema::Nature;
use stack_model::{Expr, Map, Schema, Urn, Value};
use stack_provider::trace::{self, Fact};
use stack_provider::{
    Context, Created, Error, ErrorKind, Mutate, Mutator, Observation, Observe, Observer, Owner,
    Recorded, Report, Whose,
};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::backend::Lease;
use crate::diff::{same, sent};
use crate::event::{Event, Listener, millis};
use crate::guarded::Guarded;
use crate::journal::{Intent, Operation};
use crate::refresh::observed;
use crate::state::{Durations, Kept, Object};
use crate::surroundings::Surroundings;

/// The options of a resource that the state keeps.
pub fn kept_of(options: &Options) -> Kept {
    Kept {
        protect: options.protect,
        retain: options.retain,
        replace_order: options.replace_order,
        timeouts: options.timeouts.clone(),
    }
}

/// The inputs that are more than literals, as the program wrote them.
pub fn expressions_of(inputs: &BTreeMap<String, Expr>) -> BTreeMap<String, Expr> {
    let waits = |(_, expr): &(&String, &Expr)| !matches!(expr, Expr::Literal(_));
    inputs
        .iter()
        .filter(waits)
        .map(|(field, expr)| (field.clone(), expr.clone()))
        .collect()
}

/// One provider call that is ready to be made: its intent is durable.
pub struct Job {
    /// Which step.
    pub step: u32,
    /// What is meant.
    pub intent: Intent,
    /// The object that is there.
    pub object: Option<Object>,
    /// Its type.
    pub schema: Arc<Schema>,
    /// Reads.
    pub observer: Arc<dyn Observer>,
    /// Writes.
    pub mutator: Arc<dyn Mutator>,
    /// Whose it is.
    pub owner: Owner,
    /// How long it may take.
    pub timeout: Duration,
    /// Secret values in play, to be kept out of clouds' error texts.
    pub secrets: Vec<String>,
    /// What an update of a rollback sends in place of what it records: the cloud had this, and not what was asked for.
    pub instead: Map,
}

impl Job {
    /// What a handler or a cloud says, without this step's secrets.
    fn scrubbed(&self, said: String) -> String {
        Error::new(ErrorKind::Other, said)
            .scrubbed(&self.secrets)
            .message
    }
}

/// What became of a job.
pub struct Outcome {
    /// Which step.
    pub step: u32,
    /// What was meant.
    pub intent: Intent,
    /// The object as it now is. For a delete that succeeded: none.
    pub object: Option<Object>,
    /// What went wrong, if something did.
    pub error: Option<Error>,
    /// How long it took.
    pub elapsed: Duration,
    /// Whether the cloud asked us to slow down.
    pub throttled: bool,
    /// Whether the object may have been made all the same, and was not found. Then the intent stays open.
    pub in_doubt: bool,
}

/// What a step wants written down before it goes on.
pub struct Acceptance {
    /// Which step.
    pub step: u32,
    /// The id that the cloud gave.
    pub id: String,
    /// Told when it is durable.
    pub durable: oneshot::Sender<()>,
}

/// What jobs need besides themselves.
pub struct Workshop<'a> {
    /// Who hears of it.
    pub listener: &'a dyn Listener,
    /// The time and chance.
    pub surroundings: &'a dyn Surroundings,
    /// The right to change things.
    pub lease: &'a dyn Lease,
    /// Set when the person or CI asks to stop.
    pub cancelled: CancellationToken,
    /// Takes ids that have to be durable.
    pub acceptances: mpsc::UnboundedSender<Acceptance>,
}

struct Reporter {
    step: u32,
    urn: Urn,
    accepted: Mutex<Option<String>>,
    acceptances: mpsc::UnboundedSender<Acceptance>,
    waiting: mpsc::UnboundedSender<String>,
    tell: bool,
}

#[async_trait]
impl Report for Reporter {
    async fn accepted(&self, id: &str) -> Result<(), Error> {
        let known = self
            .accepted
            .lock()
            .is_ok_and(|mut accepted| accepted.replace(id.to_owned()).is_some());
        if known || !self.tell {
            return Ok(());
        }
        let (durable, written) = oneshot::channel();
        let lost = |_| {
            Error::new(
                ErrorKind::Other,
                format!("{} is {id}, and that could not be written down", self.urn),
            )
        };
        let acceptance = Acceptance {
            step: self.step,
            id: id.to_owned(),
            durable,
        };
        self.acceptances.send(acceptance).map_err(|_| lost(()))?;
        written.await.map_err(|_| lost(()))
    }

    fn waiting(&self, what: &str) {
        // Nobody listens any more when the step is over.
        let _ = self.waiting.send(what.to_owned());
    }
}

/// Runs a job to its end.
pub async fn run(job: Job, workshop: &Workshop<'_>) -> Outcome {
    let begun = Instant::now();
    let (waiting, mut waits) = mpsc::unbounded_channel();
    let reporter = Arc::new(Reporter {
        step: job.step,
        urn: job.intent.urn.clone(),
        accepted: Mutex::new(None),
        acceptances: workshop.acceptances.clone(),
        waiting,
        tell: job.schema.nature == Nature::Object && job.intent.operation == Operation::Create,
    });
    let context = Context {
        owner: job.owner.clone(),
        deadline: begun + job.timeout,
        cancelled: workshop.cancelled.clone(),
        report: Arc::clone(&reporter) as Arc<dyn Report>,
    };
    let mut attempt = Attempt {
        job: &job,
        workshop,
        context,
        reporter: &reporter,
        throttled: false,
        in_doubt: false,
    };
    let (object, error) = {
        let work = attempt.operate();
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                result = &mut work => break result,
                Some(what) = waits.recv() => {
                    let what = job.scrubbed(what);
                    workshop.listener.on(Event::Waiting { urn: job.intent.urn.clone(), what });
                }
            }
        }
    };
    let (throttled, in_doubt) = (attempt.throttled, attempt.in_doubt);
    let elapsed = begun.elapsed();
    let object = object.map(|mut object| {
        let took = u32::try_from(elapsed.as_millis()).unwrap_or(u32::MAX);
        match job.intent.operation {
            Operation::Create => object.durations.create = took,
            Operation::Update => object.durations.update = took,
            Operation::Delete => {}
        }
        object
    });
    let error = error.map(|error| error.scrubbed(&job.secrets));
    let id = object.as_ref().map(|object| object.id.as_str());
    if let Some(id) = id.or(job.intent.id.as_deref()) {
        trace::learn(Fact::Id(id));
    }
    if let Some(error) = &error {
        trace::learn(Fact::Failed(Some(error.kind)));
    }
    Outcome {
        step: job.step,
        intent: job.intent,
        object,
        error,
        elapsed,
        throttled,
        in_doubt,
    }
}

struct Attempt<'a> {
    job: &'a Job,
    workshop: &'a Workshop<'a>,
    context: Context,
    reporter: &'a Reporter,
    throttled: bool,
    in_doubt: bool,
}

type Ended = (Option<Object>, Option<Error>);

/// The pause between two looks at an object that does not show yet.
const LOOK_PAUSE: Duration = Duration::from_millis(250);

/// What became of a create whose answer was lost.
enum Sighting {
    /// It made this object.
    Found(String),
    /// It made nothing.
    Missing,
    /// It cannot be told now.
    Unclear,
}

/// Whether a create that failed like this may have made its object. The others are answers of the cloud, which
/// refused.
fn may_have_happened(kind: ErrorKind) -> bool {
    match kind {
        ErrorKind::Transient
        | ErrorKind::TimedOut
        | ErrorKind::Cancelled
        | ErrorKind::Failed
        | ErrorKind::Other => true,
        ErrorKind::Throttled
        | ErrorKind::Conflict
        | ErrorKind::NotYetPropagated
        | ErrorKind::Denied
        | ErrorKind::Credentials
        | ErrorKind::Quota
        | ErrorKind::Invalid
        | ErrorKind::Gone
        | ErrorKind::AlreadyExists => false,
    }
}

/// Whether an act that ended like this may still be under way, or have ended well.
fn is_open(kind: ErrorKind) -> bool {
    kind != ErrorKind::Failed && may_have_happened(kind)
}

impl Attempt<'_> {
    async fn operate(&mut self) -> Ended {
        let job = self.job;
        let type_name = &job.schema.type_name;
        let (Some(observe), Some(mutate)) = (
            job.observer.resource(type_name),
            job.mutator.resource(type_name),
        ) else {
            return (
                job.object.clone(),
                Some(crate::connections::no_handler(&job.intent.urn)),
            );
        };
        let guarded = Guarded {
            mutate,
            lease: self.workshop.lease,
        };
        match job.intent.operation {
            Operation::Create => self.create(observe, &guarded).await,
            Operation::Update => self.update(observe, &guarded).await,
            Operation::Delete => self.delete(&guarded).await,
        }
    }

    async fn create(&mut self, observe: &dyn Observe, mutate: &dyn Mutate) -> Ended {
        let request = &self.job.intent.request;
        let object = |id: &str| Object {
            id: id.to_owned(),
            request: request.clone(),
            observed: Map::new(),
            incomplete: true,
            unverified: false,
            durations: Durations::default(),
        };
        let mut tries = 0;
        let created: Created = loop {
            let accepted = self.accepted();
            let result = match &accepted {
                None => mutate.create(&request.inputs, &self.context).await,
                Some(id) => {
                    let resumed = mutate.resume(id, &request.inputs, &self.context).await;
                    resumed.map(|()| Created {
                        id: id.clone(),
                        observation: None,
                    })
                }
            };
            let error = match result {
                Ok(created) => break created,
                Err(error) => error,
            };
            // The answer may be lost and the object made: look before making another, and before giving up.
            if self.accepted().is_none() && may_have_happened(error.kind) {
                match self.look(observe).await {
                    Sighting::Found(id) => {
                        if let Err(error) = self.context.accepted(&id).await {
                            return (Some(object(&id)), Some(error));
                        }
                    }
                    Sighting::Missing => {}
                    Sighting::Unclear => {
                        self.in_doubt = true;
                        return (None, Some(error));
                    }
                }
            }
            if !self.may_retry(&error, &mut tries).await {
                let left = match self.job.schema.nature {
                    Nature::Effect => is_open(error.kind).then(|| object(&request.token)),
                    Nature::Object | Nature::Kept | Nature::Lookup => {
                        self.accepted().as_deref().map(object)
                    }
                };
                return (left, Some(error));
            }
        };
        let mut object = object(&created.id);
        match self
            .complete(observe, object.clone(), created.observation)
            .await
        {
            Ok(mut complete) => {
                complete.incomplete = false;
                self.check_promise(&complete);
                (Some(complete), None)
            }
            Err(error) => {
                object.incomplete = true;
                (Some(object), Some(error))
            }
        }
    }

    /// Looks for what a create may have made whose answer was lost. It is missing only when it does not show for the
    /// whole of the type's lag.
    async fn look(&mut self, observe: &dyn Observe) -> Sighting {
        if self.job.schema.nature != Nature::Object {
            return Sighting::Missing;
        }
        let give_up = Instant::now() + self.job.schema.visibility_lag;
        let mut tries = 0;
        loop {
            let inputs = &self.job.intent.request.inputs;
            match observe
                .find(Whose::Create(&self.context.owner), inputs)
                .await
            {
                Ok(found) => match found.as_slice() {
                    [] if Instant::now() >= give_up => return Sighting::Missing,
                    [] => {}
                    [id] => return Sighting::Found(id.clone()),
                    _ => return Sighting::Unclear,
                },
                Err(error) => {
                    if !self.may_retry(&error, &mut tries).await {
                        return Sighting::Unclear;
                    }
                }
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_PAUSE) => {}
                () = self.context.cancelled.cancelled() => return Sighting::Unclear,
            }
        }
    }

    /// Reads what was made or changed, unless the provider told already.
    async fn complete(
        &mut self,
        observe: &dyn Observe,
        object: Object,
        observation: Option<Observation>,
    ) -> Result<Object, Error> {
        let observation = match observation {
            Some(observation) => observation,
            None => {
                let values = object.values();
                let give_up =
                    Instant::now() + self.job.schema.visibility_lag + Duration::from_secs(5);
                let mut tries = 0;
                loop {
                    match observe
                        .read(Recorded {
                            id: &object.id,
                            values: &values,
                        })
                        .await
                    {
                        Ok(Some(observation)) => break observation,
                        Ok(None) if Instant::now() < give_up => {
                            tokio::time::sleep(LOOK_PAUSE).await
                        }
                        Ok(None) => {
                            let message =
                                format!("{} was made and is not there when it is read", object.id);
                            return Err(Error::new(ErrorKind::Gone, message));
                        }
                        Err(error) => {
                            if !self.may_retry(&error, &mut tries).await {
                                return Err(error);
                            }
                        }
                    }
                }
            }
        };
        Ok(observed(&self.job.schema, &object, observation))
    }

    /// A cloud that does not keep what it was asked would be asked again by every plan.
    fn check_promise(&self, object: &Object) {
        for (field, declared) in &self.job.schema.inputs {
            let asked = self
                .job
                .intent
                .request
                .inputs
                .get(field)
                .filter(|value| !value.is_null());
            let untold = declared.write_only || self.job.instead.contains_key(field);
            let (Some(asked), false) = (asked, untold) else {
                continue;
            };
            let kept = object
                .value(field)
                .is_some_and(|value| same(asked, value, &declared.kind, declared.equality));
            if !kept {
                let shown = if declared.secret || asked.has_secret() {
                    String::new()
                } else {
                    format!(
                        ": asked for {asked:?}, and it has {:?}",
                        object.value(field).unwrap_or(&Value::Null)
                    )
                };
                let message = format!("the cloud did not take {field} as asked{shown}");
                self.workshop.listener.on(Event::Warning {
                    urn: Some(self.job.intent.urn.clone()),
                    message,
                });
            }
        }
    }

    async fn update(&mut self, observe: &dyn Observe, mutate: &dyn Mutate) -> Ended {
        let Some(object) = self.job.object.clone() else {
            let message = "there is no object to update".to_owned();
            return (None, Some(Error::new(ErrorKind::Gone, message)));
        };
        let schema = &self.job.schema;
        let request = &self.job.intent.request;
        let mut current = object;
        let mut tries = 0;
        while current.incomplete {
            match mutate
                .resume(&current.id, &request.inputs, &self.context)
                .await
            {
                Ok(()) => match self.complete(observe, current.clone(), None).await {
                    Ok(complete) => {
                        current = Object {
                            incomplete: false,
                            ..complete
                        }
                    }
                    Err(error) => return (Some(current), Some(error)),
                },
                Err(error) => {
                    if !self.may_retry(&error, &mut tries).await {
                        return (Some(current), Some(error));
                    }
                }
            }
        }
        let before = current.values();
        let inputs_before: Map = match schema.nature {
            Nature::Object => before
                .iter()
                .filter(|(k, _)| schema.inputs.contains_key(*k))
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect(),
            Nature::Kept | Nature::Effect | Nature::Lookup => before.clone(),
        };
        let mut after = sent(schema, &current, &request.inputs);
        after.extend(self.job.instead.clone());
        let mut next = Object {
            request: request.clone(),
            unverified: false,
            ..current.clone()
        };
        let told = loop {
            match mutate
                .update(&current.id, &inputs_before, &after, &self.context)
                .await
            {
                Ok(told) => break told,
                Err(error) => {
                    if !self.may_retry(&error, &mut tries).await {
                        if schema.nature == Nature::Effect {
                            return (self.left_of_act(next, &error), Some(error));
                        }
                        // Part of it may have happened: read, and let the next plan see what is left.
                        current.unverified = true;
                        let seen = self.complete(observe, current.clone(), None).await;
                        return (Some(seen.unwrap_or(current)), Some(error));
                    }
                }
            }
        };
        next.observed = current.observed.clone();
        match self.complete(observe, next.clone(), told).await {
            Ok(complete) => {
                self.check_promise(&complete);
                (Some(complete), None)
            }
            Err(error) => (
                Some(Object {
                    unverified: true,
                    ..next
                }),
                Some(error),
            ),
        }
    }

    /// What is recorded of an act whose run ended in an error: that it was begun, if it may still be under way; as it
    /// was before, if it failed; nothing, if that was what had been begun.
    fn left_of_act(&self, begun: Object, error: &Error) -> Option<Object> {
        if is_open(error.kind) {
            return Some(Object {
                incomplete: true,
                ..begun
            });
        }
        let before = self.job.object.clone();
        before.filter(|object| !object.incomplete)
    }

    async fn delete(&mut self, mutate: &dyn Mutate) -> Ended {
        let Some(object) = &self.job.object else {
            return (None, None);
        };
        let values = object.values();
        let mut tries = 0;
        loop {
            match mutate.delete(&object.id, &values, &self.context).await {
                Ok(()) => return (None, None),
                Err(error) if error.kind == ErrorKind::Gone => return (None, None),
                Err(error) => {
                    if !self.may_retry(&error, &mut tries).await {
                        return (Some(object.clone()), Some(error));
                    }
                }
            }
        }
    }

    fn accepted(&self) -> Option<String> {
        self.reporter
            .accepted
            .lock()
            .ok()
            .and_then(|accepted| accepted.clone())
    }

    /// Waits before another try, and says so; false when there is to be none.
    async fn may_retry(&mut self, error: &Error, tries: &mut u32) -> bool {
        self.throttled |= error.kind == ErrorKind::Throttled;
        if !error.kind.is_retryable() || self.context.cancelled.is_cancelled() {
            return false;
        }
        let longest = Duration::from_secs(15);
        let pause = Duration::from_millis(200)
            .saturating_mul(1 << (*tries).min(7))
            .min(longest);
        let pause = pause.mul_f32(0.5 + self.workshop.surroundings.chance());
        let pause = pause.max(error.retry_after.unwrap_or_default());
        *tries += 1;
        if Instant::now() + pause >= self.context.deadline {
            return false;
        }
        self.workshop.listener.on(Event::Retrying {
            urn: self.job.intent.urn.clone(),
            error: self.job.scrubbed(error.to_string()),
            after_ms: millis(pause),
        });
        trace::learn(Fact::Retry {
            kind: error.kind,
            after: pause,
        });
        tokio::select! {
            () = tokio::time::sleep(pause) => true,
            () = self.context.cancelled.cancelled() => false,
        }
    }
}
