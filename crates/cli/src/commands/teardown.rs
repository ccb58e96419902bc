//! `stack teardown`.
//!
//! ```text
//! expired  which environments of a backend have expired
//! torn     the end of one, and what stays of it
//! shown    both as text and as events
//! ```

mod expired;
mod shown;
mod torn;

use stack_engine::Surroundings;

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::locking::Lock;
use crate::order::each_after;
use crate::render::style::{count, talk};
use crate::site::Site;
use crate::stacks::Place;
use crate::surroundings::Real;
use crate::{confirm, render};
use expired::{Expired, Survey};
use torn::Torn;

/// `stack teardown`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Every environment whose time is over, as `stack apply --expires-in` and `stack extend` recorded it
    #[arg(long, required = true)]
    expired: bool,
    /// The backend to look through, relative to this folder; that of the Stack.toml here, when not given
    #[arg(long, value_name = "URL")]
    backend: Option<String>,
    /// Only environments of this stack; may be repeated
    #[arg(long, value_name = "NAME")]
    stack: Vec<String>,
    /// Only show what would be torn down
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// How many environments are torn down at once
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..))]
    at_once: u32,
    /// The most calls to one service at once for each environment, below what its provider allows
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    parallelism: Option<u32>,
    /// Take it that all objects of a type may be gone, and not that the credentials lead elsewhere
    #[arg(long)]
    accept_gone: bool,
    /// How to take the locks.
    #[command(flatten)]
    lock: Lock,
}

/// Destroys every expired environment of a backend, without its program. What fails keeps nothing else from its end.
pub async fn run(invocation: &Invocation, args: Args) -> Result<Exit> {
    if let Some(environment) = invocation.asked_environment() {
        return Err(Error::usage(
            format!("teardown looks for expired environments, and {environment} was asked for"),
            "leave --environment and STACK_ENVIRONMENT out; `stack destroy` ends one environment",
        ));
    }
    if !args.dry_run {
        confirm::possible("teardown", args.yes)?;
    }
    let json = invocation.is_json()?;
    let site = Site::named(args.backend.as_deref(), &invocation.global.directory)?;
    let now = Real::default().now();
    let survey = Survey::of(&site, &args.stack, now);
    let survey = invocation.unless_cancelled(survey).await?;
    match json {
        true => shown::survey_event(&site, &survey),
        false => shown::survey(&site, &survey, now)?,
    }
    let exit = match survey.untold.is_empty() {
        true => Exit::Done,
        false => Exit::Failed,
    };
    if survey.expired.is_empty() || args.dry_run {
        return Ok(exit);
    }
    let question = format!(
        "Destroy {} in {}? [y/N]",
        count(survey.expired.len(), "environment"),
        site.url
    );
    if !args.yes && !confirm::ask(invocation, &question, &["y", "Y", "yes"]).await? {
        talk("nothing was changed");
        return Ok(Exit::Cancelled);
    }
    let torn = tear_down(invocation, &args, &site, &survey.expired).await;
    if invocation.cancelled.is_cancelled() {
        talk("stopped: what was begun is recorded, and the next teardown goes on with it");
    }
    match json {
        true => shown::summary_event(&torn),
        false => render::style::print(&shown::summary(&torn)).map_err(Error::Output)?,
    }
    Ok(match torn.iter().all(Torn::is_done) {
        true => exit,
        false if invocation.cancelled.is_cancelled() => Exit::Cancelled,
        false => Exit::Failed,
    })
}

/// Those that others read go after them. What was only blocked by an environment that has gone meanwhile is tried again.
async fn tear_down(
    invocation: &Invocation,
    args: &Args,
    site: &Site,
    expired: &[Expired],
) -> Vec<Torn> {
    let readers = |read: &Expired| {
        let reads = |(_, one): &(usize, &Expired)| one.reads.contains(&read.place);
        let readers = expired.iter().enumerate().filter(reads);
        readers.map(|(position, _)| position).collect::<Vec<_>>()
    };
    let after: Vec<Vec<usize>> = expired.iter().map(readers).collect();
    let most = args.at_once as usize;
    let begin = |position: usize, readers: Vec<Place>| async move {
        match readers.is_empty() {
            true => torn::tear_down(invocation, args, site, &expired[position]).await,
            false => Torn::read_by(&expired[position].place, &readers),
        }
    };
    // Who reads it and is still there: one whose time is not over, or one that did not go.
    let reading = |position: usize, done: &[Option<Torn>]| {
        let left = after[position].iter().filter(|reader| {
            let torn = done[**reader].as_ref();
            **reader != position && !torn.is_some_and(Torn::is_gone)
        });
        let left = left.map(|reader| expired[*reader].place.clone());
        let living = &expired[position].read_by;
        left.chain(living.iter().cloned()).collect::<Vec<_>>()
    };
    let mut torn = each_after(&after, most, |position, done| {
        begin(position, reading(position, done))
    })
    .await;
    loop {
        let made_way = torn.iter().any(|one| one.made_way);
        let is_over = invocation.cancelled.is_cancelled() || !made_way;
        if is_over || !torn.iter().any(Torn::is_blocked) {
            return torn;
        }
        talk("trying again what was blocked");
        let mut earlier: Vec<Option<Torn>> = torn.into_iter().map(Some).collect();
        let round = each_after(&after, most, |position, done| {
            let readers = reading(position, done);
            let earlier = earlier[position].take();
            let again = earlier.as_ref().is_none_or(Torn::is_blocked);
            async move {
                match earlier {
                    Some(earlier) if !again => earlier.at_rest(),
                    earlier => begin(position, readers).await.following(earlier),
                }
            }
        });
        torn = round.await;
    }
}
