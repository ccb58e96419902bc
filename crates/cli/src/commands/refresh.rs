//! `stack refresh`.

use stack_engine::Plan;

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::locking::Lock;
use crate::opened::Opened;
use crate::providers;
use crate::render::style::{count, print, talk};
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

/// Settles what is in doubt, reads what is there, shows what changed outside, and records it.
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
        let read = async {
            session.identify(None).await?;
            Ok(session.refresh(|_| true).await?.to_vec())
        };
        let drift = invocation.unless_cancelled(read).await?;
        opened.progress.rest();
        let changed = drift.len();
        let found = Plan {
            drift,
            ..Plan::default()
        };
        if invocation.is_json()? {
            events::plan(&found);
        } else {
            print(&plan::drift(&found.drift)).map_err(Error::Output)?;
        }
        if session.has_news() || in_doubt {
            session.save().await?;
        }
        talk(&match changed {
            0 => "everything is as recorded".to_owned(),
            changed => format!("recorded: {} changed outside", count(changed, "resource")),
        });
        Ok(Exit::Done)
    }
    .await;
    opened.end(session, done).await
}
