//! `stack state unlock`.

use stack_engine::Session;

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::opened::Opened;
use crate::render::style::talk;
use crate::{confirm, providers};

/// `stack state unlock`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// Takes the lock from whoever holds it, and settles what that run left in doubt. What the run writes next fails.
pub async fn run(invocation: &Invocation, args: Args) -> Result<Exit> {
    confirm::possible("state unlock", args.yes)?;
    let opened = Opened::of(invocation, "state unlock")?;
    let backend = opened.home.backend.as_ref();
    let found = backend.holder().await.map_err(stack_engine::Error::from)?;
    let Some(holder) = found else {
        talk("nobody holds the lock");
        return Ok(Exit::Done);
    };
    talk(&format!("{} is locked by {holder}", backend.place()));
    talk(
        "a lock whose run has died frees itself within half a minute; take it only from a run that hangs",
    );
    let question = "Take it? That run can write nothing more. [y/N]";
    if !args.yes && !confirm::ask(invocation, question, &["y", "Y", "yes"]).await? {
        talk("nothing was changed");
        return Ok(Exit::Cancelled);
    }
    let lease = backend.take_over(&invocation.holder("state unlock")).await;
    let lease = lease.map_err(|error| match error {
        stack_engine::BackendError::Locked { place, holder } => Error::refused(
            format!("{place} is locked by {holder}, and that lock ends only with its process"),
            format!("end process {} on {}", holder.process, holder.host),
        ),
        error => stack_engine::Error::from(error).into(),
    })?;
    let place = opened.home.place(opened.progress.as_ref());
    let mut session =
        Session::with_lease(place, providers::connections(), lease, "state unlock").await?;
    let settled = async {
        // While the lock is ours, since only we know that the run before us may be alive: its last requests are
        // waited for.
        if session.is_in_doubt() {
            session.compare_accounts(None).await?;
            session.save().await?;
        }
        Ok::<_, Error>(Exit::Done)
    }
    .await;
    // After an error it is not given back: the next run has to see that it takes over from one that may be alive.
    let exit = opened.end(session, Ok(settled?)).await?;
    talk("the lock is free");
    Ok(exit)
}
