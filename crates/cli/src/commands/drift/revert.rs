//! `stack drift --revert`.

use super::Args;
use crate::back::{self, Way};
use crate::drifting;
use crate::error::Result;
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::opened::Opened;
use crate::render::style::talk;
use crate::{confirm, providers};

/// Plans back what changed outside, shows that, asks, and does it: a rollback to what is recorded now. Needs no program.
pub async fn run(invocation: &Invocation, args: Args) -> Result<Exit> {
    confirm::possible("drift --revert", args.yes)?;
    let opened = Opened::of(invocation, "drift")?;
    if opened.serial().await? == 0 {
        talk("nothing is recorded yet");
        return Ok(Exit::Done);
    }
    let mut session = opened.write(providers::connections(), args.lock).await?;
    let done = async {
        if args.accept_gone {
            session.accept_gone();
        }
        let targets = args.targets();
        drifting::known(&session, &targets)?;
        let settled = async {
            session.identify(None).await?;
            Ok(session.settle().await?)
        };
        invocation.unless_cancelled(settled).await?;
        let (stack, environment) = (&opened.project.name, &opened.environment.name);
        let way = Way {
            checkpoint: session.state().clone(),
            targets: &targets,
            accept_loss: args.accept_loss,
            yes: args.yes,
            parallelism: args.parallelism,
            question: format!("Put this back in {environment} of {stack}? [y/N]"),
            verb: "Reverted",
            noun: "revert",
            serial: session.state().header.serial,
        };
        if let Some(exit) = back::lead(invocation, &opened, &mut session, way).await? {
            return Ok(exit);
        }
        if !session.drift().is_empty() {
            talk("nothing of this can be put back; `stack drift --accept` records it");
            return Ok(Exit::Changes);
        }
        if session.has_news() {
            session.save().await?;
        }
        talk("everything is as recorded");
        Ok(Exit::Done)
    }
    .await;
    opened.end(session, done).await
}
