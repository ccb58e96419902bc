//! Every stack of a folder: all is shown first, and then each ends after those that read its outputs.

use std::collections::{BTreeSet, HashSet};

use stack_engine::event::Silent;
use stack_engine::{Plan, Session};
use stack_model::{Problem, Urn};

use super::{Args, carry_out, confirmed};
use crate::environment::Home;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::opened::Opened;
use crate::order::each_after;
use crate::render::style::{count, print, talk};
use crate::render::together::{self, Ended};
use crate::render::{self, error, events};
use crate::several::{self, Member};
use crate::stacks::{self, Place};
use crate::{confirm, providers};

/// A stack that has something to destroy.
struct Standing {
    place: Place,
    member: Member,
    /// What would be deleted, by what is recorded.
    plan: Plan,
    /// Those whose outputs it was made with.
    reads: BTreeSet<Place>,
    production: bool,
}

/// What a person saw of a stack before it was to end.
struct Shown {
    urns: HashSet<Urn>,
    production: bool,
}

impl Shown {
    fn of(one: &Standing) -> Self {
        let changes = one.plan.changes.iter();
        Self {
            urns: changes.map(|change| change.urn.clone()).collect(),
            production: one.production,
        }
    }

    /// Refuses to delete more than was shown. With --yes nobody has looked.
    fn covers(&self, plan: &Plan, yes: bool) -> Result<()> {
        let more = plan.changes.iter().map(|change| &change.urn);
        let more: Vec<&str> = more
            .filter(|urn| !self.urns.contains(*urn))
            .map(Urn::as_str)
            .collect();
        match yes || more.is_empty() {
            true => Ok(()),
            false => Err(Error::refused(
                format!(
                    "it would now delete {} too, which was not shown",
                    more.join(", ")
                ),
                "nothing was done to this stack; run the same once more, and look again",
            )),
        }
    }
}

/// Shows all, asks once, and destroys all. Where something stays, what it was made with stays too.
pub async fn run(invocation: &Invocation, args: &Args) -> Result<Exit> {
    let members = several::members(invocation)?;
    let standing = invocation.unless_cancelled(standing(members)).await?;
    if standing.is_empty() {
        talk("nothing is recorded, so there is nothing to destroy");
        return Ok(Exit::Done);
    }
    together::begin(invocation, "destroy")?;
    let places: Vec<Place> = standing.iter().map(|one| one.place.clone()).collect();
    let readers = |read: &Place| {
        let reads =
            |(position, one): (usize, &Standing)| one.reads.contains(read).then_some(position);
        standing.iter().enumerate().filter_map(reads).collect()
    };
    let readers: Vec<Vec<usize>> = places.iter().map(readers).collect();
    for one in &standing {
        show(invocation, one)?;
    }
    for one in &standing {
        confirmed(args, &one.member.1.name, one.production)?;
    }
    if !args.yes && !ask(invocation, &standing).await? {
        talk("nothing was changed");
        return Ok(Exit::Cancelled);
    }
    let shown: Vec<Shown> = standing.iter().map(Shown::of).collect();
    let mut members: Vec<Option<Member>> =
        standing.into_iter().map(|one| Some(one.member)).collect();
    let ended = each_after(&readers, args.at_once as usize, |position, done| {
        let mut before = readers[position].iter().filter(|one| **one != position);
        let hindered = before.find(|one| {
            let ended: &Option<Ended> = &done[**one];
            ended.as_ref().is_some_and(|ended| !ended.is_done())
        });
        let hindered = hindered.map(|one| together::name(&places[*one]));
        let member = members[position].take().filter(|_| hindered.is_none());
        let ((stack, environment), shown) = (&places[position], &shown[position]);
        async move {
            match member {
                None => Ended::Hindered(hindered.unwrap_or_default()),
                Some(member) => {
                    let ending = one(invocation, args, member, shown);
                    let ending = several::within(stack.as_str(), environment.as_str(), ending);
                    Ended::of(ending.await)
                }
            }
        }
    })
    .await;
    together::tell(invocation, "Destroyed", &places, &ended)
}

/// Those of which something is recorded. All that is protected is said at once.
async fn standing(members: Vec<Member>) -> Result<Vec<Standing>> {
    let mut standing = Vec::new();
    let mut protected: Vec<Problem> = Vec::new();
    for member in members {
        let home = Home::of(&member.0, &member.1)?;
        let keys = home.reading();
        let session =
            Session::read(home.with_keys(&Silent, &keys), providers::connections()).await?;
        let state = session.state();
        if state.header.serial == 0 || (state.resources.is_empty() && !session.is_in_doubt()) {
            continue;
        }
        let place = several::place(&member)?;
        let plan = match session.plan_destroy(&HashSet::new()) {
            Ok(plan) => plan,
            Err(stack_engine::Error::Problems(problems)) => {
                let of_it = |problem: Problem| Problem {
                    subject: format!("{}: {}", together::name(&place), problem.subject),
                    ..problem
                };
                protected.extend(problems.into_iter().map(of_it));
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        standing.push(Standing {
            production: member.1.production || state.header.production,
            reads: stacks::recorded_references(state),
            place,
            plan,
            member,
        });
    }
    match protected.is_empty() {
        true => Ok(standing),
        false => Err(stack_engine::Error::Problems(protected).into()),
    }
}

fn show(invocation: &Invocation, one: &Standing) -> Result<()> {
    if invocation.is_json()? {
        let (stack, environment) = &one.place;
        events::emit(&serde_json::json!({
            "event": "standing",
            "stack": stack,
            "environment": environment,
            "resources": one.plan.changes.iter().map(|change| &change.urn).collect::<Vec<_>>(),
        }));
        return Ok(());
    }
    let name = together::name(&one.place);
    let plan = render::plan::plan(&one.plan);
    print(&format!("── {name} ──\n\n{plan}\n")).map_err(Error::Output)
}

/// The end of production environments takes more than one key.
async fn ask(invocation: &Invocation, standing: &[Standing]) -> Result<bool> {
    let stacks = count(standing.len(), "stack");
    let production: BTreeSet<&str> = standing
        .iter()
        .filter(|one| one.production)
        .map(|one| one.member.1.name.as_str())
        .collect();
    for name in &production {
        let question = format!("{name} is production. Type its name to destroy it in {stacks}:");
        if !confirm::ask(invocation, &question, &[*name]).await? {
            return Ok(false);
        }
    }
    if !production.is_empty() {
        return Ok(true);
    }
    let question = format!("Destroy this in {stacks}? [y/N]");
    confirm::ask(invocation, &question, &["y", "Y", "yes"]).await
}

async fn one(
    invocation: &Invocation,
    args: &Args,
    (project, environment): Member,
    shown: &Shown,
) -> Result<Exit> {
    let opened = Opened::among(invocation, "destroy", project, environment)?;
    let mut session = opened.write(providers::connections(), args.lock).await?;
    let done = async {
        let targets = HashSet::new();
        let read = async {
            session.identify(None).await?;
            session.refresh(|_| true).await?;
            Ok(session.plan_destroy(&targets)?)
        };
        let plan = invocation.unless_cancelled(read).await?;
        shown.covers(&plan, args.yes)?;
        if session.state().header.production && !shown.production {
            return Err(Error::refused(
                "it was recorded as production meanwhile",
                "nothing was done to this stack; run the same once more",
            ));
        }
        if plan.is_empty() {
            session.save().await?;
            return Ok(Exit::Done);
        }
        let parallelism = args.parallelism();
        carry_out(
            invocation,
            &opened,
            &mut session,
            &plan,
            &targets,
            parallelism,
        )
        .await
    }
    .await;
    if let Err(error) = &done {
        opened.progress.say(&error::error(error));
    }
    opened.end(session, done).await
}
