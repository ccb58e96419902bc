//! `stack sweep`.
//!
//! ```text
//! allowed   the accounts and regions that may be looked through
//! known     what a backend knows of: which objects belong to whom
//! judged    which of the objects that are there belong to nobody
//! held      the locks of the environments that made it, while it is deleted
//! gathered  these as a state of their own, in the order of who needs whom
//! shown     all of it as text and as events
//! ```

mod allowed;
mod gathered;
mod held;
mod judged;
mod known;
mod shown;

use std::collections::HashSet;

use jiff::SignedDuration;
use stack_engine::Surroundings;
use stack_provider::Search;

use crate::costs::Costing;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::expiry;
use crate::invocation::Invocation;
use crate::render::style::talk;
use crate::site::Site;
use crate::surroundings::Real;
use crate::{confirm, render};
use allowed::Area;
use gathered::Yard;
use judged::Judgement;
use known::Known;

/// `stack sweep`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// An account that may be looked through, such as aws:123456789012 or azure:SUBSCRIPTION; may be repeated. Those that
    /// `[sweep]` in Stack.toml names, when not given; where it names some, only these
    #[arg(long, value_name = "ACCOUNT")]
    account: Vec<String>,
    /// A region of AWS to look through; may be repeated. Those that `[sweep]` names, else the SDK's own, when not given
    #[arg(long, value_name = "REGION")]
    region: Vec<String>,
    /// The backend that knows which objects belong to an environment, relative to this folder; that of the Stack.toml here,
    /// when not given
    #[arg(long, value_name = "URL")]
    backend: Option<String>,
    /// Look for objects without our tags as well, that are in no state
    #[arg(long, requires = "older_than")]
    untagged: bool,
    /// Only objects that are there for so long, such as 7d
    #[arg(long, value_name = "DURATION", value_parser = expiry::duration)]
    older_than: Option<SignedDuration>,
    /// What they cost.
    #[command(flatten)]
    costing: Costing,
    /// End with code 3 when something was found
    #[arg(long)]
    exit_code: bool,
    /// Delete what was found, in an account whose id is typed or given with --confirm
    #[arg(short, long)]
    yes: bool,
    /// An account in which --yes may delete without asking; may be repeated
    #[arg(long, value_name = "ACCOUNT", requires = "yes")]
    confirm: Vec<String>,
    /// The most calls to one service at once, below what its provider allows
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    parallelism: Option<u32>,
}

/// Shows what is there in some accounts and belongs to nobody; deletes it, where that is asked for twice.
pub async fn run(invocation: &Invocation, args: Args) -> Result<Exit> {
    if args.yes && args.confirm.is_empty() {
        confirm::possible("sweep", false)?;
    }
    let json = invocation.is_json()?;
    let site = Site::named(args.backend.as_deref(), &invocation.global.directory)?;
    let allowed = allowed::of(invocation, &args)?;
    let pricing = args.costing.open()?;
    let search = match args.untagged {
        true => Search::All,
        false => Search::Tagged,
    };
    // What is there is read before what is known, so that whatever a run makes meanwhile is known of when it is judged.
    let areas = allowed::look(&allowed, search);
    let areas = invocation.unless_cancelled(areas).await?;
    let nothing = HashSet::new();
    let known = invocation.unless_cancelled(Known::of(&site, &nothing));
    let known = known.await?;
    let now = Real::default().now();
    let mut judgement = judged::judge(&areas, &known, args.older_than, now);
    let yard = Yard::of(&areas, &judgement);
    let progress = invocation.listener_of_none();
    let mut session = yard.open(progress.as_ref()).await?;
    let read = gathered::read(&mut session, &mut judgement);
    invocation.unless_cancelled(read).await?;
    judgement.keep_what_holds_nothing_else(&areas, &known);
    progress.rest();
    let costs = match &pricing {
        Some(pricing) => Some(pricing.of(&gathered::document(&session)?).await),
        None => None,
    };
    let found = shown::Found {
        site: &site,
        areas: &areas,
        known: &known,
        judgement: &judgement,
        costs: costs.as_ref(),
        now,
    };
    match json {
        true => found.emit(),
        false => found.print()?,
    }
    // What could not be asked or read may be anything.
    let is_whole = known.untold.is_empty() && areas.iter().all(|area| area.strays.unanswered == 0);
    if judgement.candidates.is_empty() || !args.yes {
        if !judgement.candidates.is_empty() {
            talk(
                "nothing was deleted: --yes deletes, once the account's id is typed or given with --confirm",
            );
        }
        let found = args.exit_code && !judgement.candidates.is_empty();
        return Ok(match (is_whole, found) {
            (false, _) => Exit::Failed,
            (true, true) => Exit::Changes,
            (true, false) => Exit::Done,
        });
    }
    for area in accounts(&areas, &judgement) {
        if !args.confirm.contains(area) && !typed(invocation, area).await? {
            talk("nothing was deleted");
            return Ok(Exit::Cancelled);
        }
    }
    judgement.spared.clear();
    // From here on nobody makes anything in these environments. What somebody has taken in while a person was reading stays.
    let held = held::of(invocation, &site, &mut judgement, progress.as_ref()).await?;
    let swept = async {
        let areas = allowed::look(&allowed, search);
        let areas = invocation.unless_cancelled(areas).await?;
        let known = invocation
            .unless_cancelled(Known::of(&site, &held.places()))
            .await?;
        judgement.keep_unknown(&areas, &known);
        gathered::remove(
            invocation,
            &mut session,
            judgement,
            progress.as_ref(),
            args.parallelism.map(|number| number as usize),
        )
        .await
    };
    let swept = swept.await;
    progress.rest();
    held.release().await;
    let swept = swept?;
    session.close().await?;
    match json {
        true => shown::emit_swept(&swept),
        false => {
            shown::say_spared(&swept.spared);
            render::style::print(&shown::swept(&swept)).map_err(Error::Output)?;
        }
    }
    Ok(
        match (swept.stayed.is_empty(), invocation.cancelled.is_cancelled()) {
            (true, _) if is_whole => Exit::Done,
            (false, true) => Exit::Cancelled,
            (true, _) | (false, false) => Exit::Failed,
        },
    )
}

/// The accounts that something is to be deleted in.
fn accounts<'a>(areas: &'a [Area], judgement: &Judgement) -> Vec<&'a String> {
    let mut accounts: Vec<&String> = judgement
        .candidates
        .iter()
        .map(|one| &areas[one.area].account)
        .collect();
    accounts.sort();
    accounts.dedup();
    accounts
}

async fn typed(invocation: &Invocation, account: &str) -> Result<bool> {
    confirm::possible("sweep", false)?;
    let id = account.split_once(':').map_or(account, |(_, id)| id);
    let question = format!("Type the id of {account} to delete this there:");
    confirm::ask(invocation, &question, &[id, account]).await
}
