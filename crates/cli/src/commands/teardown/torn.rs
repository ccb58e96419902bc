//! The end of one environment, and what stays of it.

use std::time::Instant;

use stack_engine::apply::Report;
use stack_engine::session::Teardown;
use stack_engine::{Session, Surroundings};
use stack_model::{Map, Urn};
use stack_provider::ErrorKind;

use super::Args;
use super::expired::Expired;
use crate::error::Result;
use crate::invocation::Invocation;
use crate::render::progress::Progress;
use crate::render::{error, together};
use crate::running::Run;
use crate::site::Site;
use crate::stacks::Place;
use crate::{demolition, locking, providers, several};

/// What came of the end of an environment.
#[derive(Debug)]
pub struct Torn {
    /// Which.
    pub place: Place,
    /// How many steps were done.
    pub done: usize,
    /// Whether the last round did any.
    pub made_way: bool,
    /// What is left of it.
    pub left: Left,
    /// How long it took, in milliseconds.
    pub elapsed_ms: u64,
}

/// What is left of an environment.
#[derive(Debug)]
pub enum Left {
    /// Nothing.
    Nothing,
    /// Everything: its expiry was put off meanwhile.
    PutOff,
    /// These, and why.
    Stayed(Vec<Stayed>),
}

/// What stayed, and why.
#[derive(Debug)]
pub struct Stayed {
    /// Which resource; none where it is all of the environment.
    pub urn: Option<Urn>,
    /// Why.
    pub reason: String,
    /// What to do.
    pub hint: Option<String>,
    /// Whether it may go once others are gone.
    pub blocked: bool,
}

impl Torn {
    /// Whether nothing is left to do.
    pub fn is_done(&self) -> bool {
        match self.left {
            Left::Nothing | Left::PutOff => true,
            Left::Stayed(_) => false,
        }
    }

    /// Whether all of it is gone.
    pub fn is_gone(&self) -> bool {
        matches!(self.left, Left::Nothing)
    }

    /// One that is left alone, because others were made with its outputs and are there.
    pub fn read_by(place: &Place, readers: &[Place]) -> Self {
        let names: Vec<String> = readers.iter().map(together::name).collect();
        let stayed = Stayed {
            urn: None,
            reason: format!("{} reads its outputs, and is there", names.join(", ")),
            hint: Some("let them expire together, or destroy the reader first".into()),
            blocked: true,
        };
        Self {
            place: place.clone(),
            done: 0,
            made_way: false,
            left: Left::Stayed(vec![stayed]),
            elapsed_ms: 0,
        }
    }

    /// Whether some of what stayed may go once others are gone.
    pub fn is_blocked(&self) -> bool {
        match &self.left {
            Left::Nothing | Left::PutOff => false,
            Left::Stayed(stayed) => stayed.iter().any(|one| one.blocked),
        }
    }

    /// The same after a round that it had no part in.
    pub fn at_rest(self) -> Self {
        Self {
            made_way: false,
            ..self
        }
    }

    /// The same with what an earlier round did.
    pub fn following(self, earlier: Option<Self>) -> Self {
        let (done, elapsed_ms) = earlier.map_or((0, 0), |one| (one.done, one.elapsed_ms));
        Self {
            done: self.done + done,
            elapsed_ms: self.elapsed_ms + elapsed_ms,
            ..self
        }
    }
}

/// Destroys one environment, as far as it goes.
pub async fn tear_down(
    invocation: &Invocation,
    args: &Args,
    site: &Site,
    expired: &Expired,
) -> Torn {
    let (stack, environment) = &expired.place;
    let progress = invocation.listener_among(stack.as_str(), environment.as_str());
    let begun = Instant::now();
    let ending = end(invocation, args, site, expired, progress.as_ref());
    let came = several::within(stack.as_str(), environment.as_str(), ending).await;
    progress.rest();
    let (done, left) = came.unwrap_or_else(|error| {
        let stayed = Stayed {
            urn: None,
            reason: error::in_a_line(&error),
            hint: error::hint(&error),
            blocked: false,
        };
        (0, Left::Stayed(vec![stayed]))
    });
    Torn {
        place: expired.place.clone(),
        done,
        made_way: done > 0,
        left,
        elapsed_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
    }
}

async fn end(
    invocation: &Invocation,
    args: &Args,
    site: &Site,
    expired: &Expired,
    progress: &dyn Progress,
) -> Result<(usize, Left)> {
    let (stack, environment) = &expired.place;
    let home = site.home(stack.as_str(), environment.as_str())?;
    let backend = home.backend.as_ref();
    let lease = locking::take(invocation, backend, "teardown", args.lock, progress).await?;
    let (place, connections) = (home.place(progress), providers::connections());
    let mut session = Session::with_lease(place, connections, lease, "teardown").await?;
    let now = home.surroundings.now();
    let done = end_under_lock(invocation, args, &mut session, progress, now).await;
    let closed = session.close().await;
    let done = done?;
    closed?;
    Ok(done)
}

async fn end_under_lock(
    invocation: &Invocation,
    args: &Args,
    session: &mut Session<'_>,
    progress: &dyn Progress,
    now: jiff::Timestamp,
) -> Result<(usize, Left)> {
    let header = &session.state().header;
    if header.production || header.expires.is_none_or(|at| at > now) {
        return Ok((0, Left::PutOff));
    }
    if args.accept_gone {
        session.accept_gone();
    }
    let read = async {
        session.identify(None).await?;
        session.refresh(|_| true).await?;
        Ok(session.plan_teardown()?)
    };
    let teardown = invocation.unless_cancelled(read).await?;
    let mut done = 0;
    let mut stayed = teardown.spared();
    if teardown.plan.is_empty() {
        session.save().await?;
    } else {
        let run = Run {
            plan: &teardown.plan,
            graph: None,
            config: &Map::new(),
            parallelism: args.parallelism.map(|number| number as usize),
            verb: "Torn down",
        };
        let again = |session: &Session<'_>| Ok(session.plan_teardown()?.plan);
        let report = demolition::carry_out(invocation, session, progress, &run, again).await?;
        done = report.done;
        stayed.extend(left_by(&report));
    }
    Ok(match stayed.is_empty() {
        true => (done, Left::Nothing),
        false => (done, Left::Stayed(stayed)),
    })
}

trait Spare {
    /// What is left alone on purpose.
    fn spared(&self) -> Vec<Stayed>;
}

impl Spare for Teardown {
    fn spared(&self) -> Vec<Stayed> {
        let hint = "declare it with protect turned off and apply; or keep it, and put the expiry off with `stack extend`";
        let protected = self.protected.iter().map(|urn| Stayed {
            urn: Some(urn.clone()),
            reason: "it is protected".into(),
            hint: Some(hint.into()),
            blocked: false,
        });
        let needed = self.needed.iter().map(|urn| Stayed {
            urn: Some(urn.clone()),
            reason: "something protected depends on it".into(),
            hint: None,
            blocked: false,
        });
        protected.chain(needed).collect()
    }
}

/// What a run left, and why.
fn left_by(report: &Report) -> Vec<Stayed> {
    let failed = report.failed.iter().map(|(urn, _, error)| Stayed {
        urn: Some(urn.clone()),
        reason: error.to_string(),
        hint: error::cloud_hint(error),
        blocked: error.kind.is_retryable() || error.kind == ErrorKind::TimedOut,
    });
    let because = |reason: &'static str| {
        move |urn: &Urn| Stayed {
            urn: Some(urn.clone()),
            reason: reason.into(),
            hint: None,
            blocked: false,
        }
    };
    let skipped = report.skipped.iter();
    let skipped = skipped.map(because("what depends on it is still there"));
    let not_started = report.not_started.iter();
    let not_started = not_started.map(because("the teardown was stopped before it"));
    failed.chain(skipped).chain(not_started).collect()
}
