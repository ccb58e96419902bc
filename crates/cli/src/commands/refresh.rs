//! `stack refresh`.

use std::collections::HashSet;

use stack_engine::Plan;

use crate::drifting;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::locking::Lock;
use crate::opened::Opened;
use crate::providers;
use crate::render::style::{print, talk};
use crate::render::{events, plan};

/// `stack refresh`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Take it that all objects of a type may be gone, and not that the credentials lead elsewhere
    #[arg(long)]
    accept_gone: bool,
    /// How to take the lock.
    #[command(flatten)]
    lock: Lock,
}

/// Settles what is in doubt, reads what is there, shows what changed outside, and records it without asking.
pub async fn run(invocation: &Invocation, args: Args) -> Result<Exit> {
    let opened = Opened::of(invocation, "refresh")?;
    if opened.serial().await? == 0 {
        talk("nothing is recorded yet");
        return Ok(Exit::Done);
    }
    let mut session = opened.write(providers::connections(), args.lock).await?;
    let done = async {
        let in_doubt = session.is_in_doubt();
        if args.accept_gone {
            session.accept_gone();
        }
        let everything = HashSet::new();
        let look = drifting::look(&mut session, &everything);
        let found = invocation.unless_cancelled(look).await?;
        opened.progress.rest();
        if invocation.is_json()? {
            events::plan(&Plan {
                drift: found.drift.clone(),
                ..Plan::default()
            });
        } else {
            print(&plan::drift(&found.drift)).map_err(Error::Output)?;
        }
        drifting::record(&mut session, &found, in_doubt).await?;
        Ok(Exit::Done)
    }
    .await;
    opened.end(session, done).await
}
