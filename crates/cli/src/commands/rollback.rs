//! `stack rollback`.

use std::collections::HashSet;

use stack_engine::Session;
use stack_engine::session::Checkpoint;

use crate::back::{self, Way};
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::locking::Lock;
use crate::opened::Opened;
use crate::render::style::talk;
use crate::{confirm, providers};

/// `stack rollback`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The committed state to lead back to, as `stack state history` numbers it; the one before the last apply when not
    /// given
    #[arg(long, value_name = "N")]
    to: Option<u64>,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// Go on where it is no undo: data is lost, and one-way changes stay
    #[arg(long)]
    accept_loss: bool,
    /// The most calls to one service at once, below what its provider allows
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    parallelism: Option<u32>,
    /// How to take the lock.
    #[command(flatten)]
    lock: Lock,
}

/// Puts back what a committed state recorded. Needs no program.
pub async fn run(invocation: &Invocation, args: Args) -> Result<Exit> {
    confirm::possible("rollback", args.yes)?;
    let opened = Opened::of(invocation, "rollback")?;
    if opened.serial().await? == 0 {
        talk("nothing is recorded, so there is nothing to roll back");
        return Ok(Exit::Done);
    }
    let mut session = opened.write(providers::connections(), args.lock).await?;
    let done = async {
        let checkpoints = Session::history(opened.home.backend.as_ref()).await?;
        let serial = chosen(args.to, &checkpoints, session.interrupted())?;
        to(invocation, &opened, &mut session, serial, &args).await
    }
    .await;
    opened.end(session, done).await
}

/// Leads back to a checkpoint.
async fn to(
    invocation: &Invocation,
    opened: &Opened<'_>,
    session: &mut Session<'_>,
    serial: u64,
    args: &Args,
) -> Result<Exit> {
    let (stack, environment) = (&opened.project.name, &opened.environment.name);
    let checkpoint = session.checkpoint(serial);
    let way = Way {
        checkpoint: invocation
            .unless_cancelled(async { Ok(checkpoint.await?) })
            .await?,
        targets: &HashSet::new(),
        accept_loss: args.accept_loss,
        yes: args.yes,
        parallelism: args.parallelism,
        question: format!("Roll {environment} of {stack} back to state {serial}? [y/N]"),
        verb: "Rolled back",
        noun: "rollback",
        serial,
    };
    let Some(exit) = back::lead(invocation, opened, session, way).await? else {
        if session.has_news() {
            session.save().await?;
        }
        return Ok(Exit::Done);
    };
    Ok(exit)
}

/// The checkpoint that is meant: the one that was asked for, else the one before the last apply.
fn chosen(asked: Option<u64>, kept: &[Checkpoint], interrupted: Option<&str>) -> Result<u64> {
    let there = |serial: u64| kept.iter().any(|one| one.serial == serial);
    if let Some(serial) = asked {
        return match there(serial) {
            true => Ok(serial),
            false => Err(Error::usage(
                format!("there is no state {serial}"),
                "see which there are with `stack state history`",
            )),
        };
    }
    if let (Some("apply"), Some(newest)) = (interrupted, kept.last()) {
        return Ok(newest.serial);
    }
    // The first state is born empty, before the first apply has done anything.
    let applied = |one: &&Checkpoint| one.serial > 1 && one.command.as_deref() == Some("apply");
    let last = kept.iter().rfind(applied);
    last.map(|last| last.serial - 1)
        .filter(|before| there(*before))
        .ok_or_else(|| {
            Error::usage(
                "there is no apply to go back before",
                "see the states with `stack state history`, and name one with --to",
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn states(commands: &[(u64, Option<&str>)]) -> Vec<Checkpoint> {
        let state = |(serial, command): &(u64, Option<&str>)| Checkpoint {
            serial: *serial,
            at: None,
            command: command.map(str::to_owned),
            resources: Some(0),
            damage: None,
        };
        commands.iter().map(state).collect()
    }

    #[test]
    fn the_checkpoint_before_the_last_apply_is_meant() {
        let kept = states(&[
            (1, Some("apply")),
            (2, Some("apply")),
            (3, Some("apply")),
            (4, Some("refresh")),
            (5, Some("rollback")),
        ]);
        assert_eq!(chosen(None, &kept, None).unwrap(), 2);
        assert_eq!(chosen(None, &kept[..2], None).unwrap(), 1);
        assert_eq!(chosen(None, &kept, Some("apply")).unwrap(), 5);
        assert_eq!(chosen(None, &kept, Some("recover")).unwrap(), 2);
        assert_eq!(chosen(Some(4), &kept, None).unwrap(), 4);
    }

    #[test]
    fn a_checkpoint_that_is_not_there_is_not_meant() {
        let born = states(&[(1, Some("apply"))]);
        assert!(chosen(None, &born, None).is_err());
        assert!(chosen(Some(2), &born, None).is_err());
        let old = states(&[(7, None), (8, None)]);
        assert!(chosen(None, &old, None).is_err());
        let pruned = states(&[(9, Some("apply"))]);
        assert!(chosen(None, &pruned, None).is_err());
    }
}
