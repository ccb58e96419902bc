//! `stack drift --accept`.

use super::{Args, shown};
use crate::drifting;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::opened::Opened;
use crate::render::events;
use crate::render::style::{print, talk};
use crate::{confirm, providers};

/// Shows what changed outside, asks, and records it.
pub async fn run(invocation: &Invocation, args: Args) -> Result<Exit> {
    confirm::possible("drift --accept", args.yes)?;
    let opened = Opened::of(invocation, "drift")?;
    if opened.serial().await? == 0 {
        talk("nothing is recorded yet");
        return Ok(Exit::Done);
    }
    let mut session = opened.write(providers::connections(), args.lock).await?;
    let done = async {
        let was_in_doubt = session.is_in_doubt();
        if args.accept_gone {
            session.accept_gone();
        }
        let targets = args.targets();
        let look = drifting::look(&mut session, &targets);
        let found = invocation.unless_cancelled(look).await?;
        opened.progress.rest();
        match invocation.is_json()? {
            true => events::emit(&shown::found_event(&found)),
            false => print(&shown::found_text(&found)).map_err(Error::Output)?,
        }
        if !found.drift.is_empty() && !args.yes {
            let (stack, environment) = (&opened.project.name, &opened.environment.name);
            let question = format!("Record this of {environment} of {stack}? [y/N]");
            if !confirm::ask(invocation, &question, &["y", "Y", "yes"]).await? {
                talk("nothing was recorded");
                return Ok(Exit::Cancelled);
            }
        }
        drifting::record(&mut session, &found, was_in_doubt).await?;
        Ok(Exit::Done)
    }
    .await;
    opened.end(session, done).await
}
