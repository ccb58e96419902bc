//! `stack refresh`.

use stack_engine::{Plan, Session};

use crate::environment::Home;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::locking::{self, Lock};
use crate::render::style::{count, print, talk};
use crate::render::{events, plan};
use crate::{providers, running};

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
    let project = invocation.project()?;
    let environment = invocation.environment(&project)?;
    let home = Home::of(&project, &environment)?;
    let listener = invocation.listener("refresh", &project, &environment)?;
    let serials = home
        .backend
        .serials()
        .await
        .map_err(stack_engine::Error::from)?;
    if serials.is_empty() {
        talk("nothing is recorded yet");
        return Ok(Exit::Done);
    }
    let place = home.place(listener.as_ref());
    let lease = locking::take(
        invocation,
        home.backend.as_ref(),
        "refresh",
        args.lock,
        listener.as_ref(),
    )
    .await?;
    let mut session =
        Session::with_lease(place, providers::connections(), lease, "refresh").await?;
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
        listener.rest();
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
    listener.rest();
    running::end(session, done).await
}
