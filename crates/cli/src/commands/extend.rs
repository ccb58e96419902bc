//! `stack extend`.

use jiff::{SignedDuration, Timestamp};
use stack_engine::Surroundings;

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::expiry;
use crate::invocation::Invocation;
use crate::locking::Lock;
use crate::opened::Opened;
use crate::providers;
use crate::render::events;

/// `stack extend`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// By how long, such as 90m, 4h or 3d; counted from now where it has expired
    #[arg(value_name = "DURATION", value_parser = expiry::duration, required_unless_present = "until")]
    by: Option<SignedDuration>,
    /// Until then instead, such as 2026-12-24T18:00:00Z; sooner than before as well
    #[arg(long, value_name = "TIME", conflicts_with = "by")]
    until: Option<Timestamp>,
    /// How to take the lock.
    #[command(flatten)]
    lock: Lock,
}

/// Puts off when the environment is torn down.
pub async fn run(invocation: &Invocation, args: Args) -> Result<Exit> {
    let opened = Opened::of(invocation, "extend")?;
    let name = &opened.environment.name;
    if opened.serial().await? == 0 {
        return Err(endless(name));
    }
    let mut session = opened.write(providers::connections(), args.lock).await?;
    let done = async {
        let now = opened.home.surroundings.now();
        let recorded = session.state().header.expires;
        let recorded = recorded.ok_or_else(|| endless(name))?;
        let expires = match (args.until, args.by) {
            (Some(until), _) if until <= now => {
                return Err(Error::usage(
                    format!("{until} is over"),
                    "name a time to come; `stack destroy` ends an environment now",
                ));
            }
            (Some(until), _) => until,
            (None, Some(time)) => expiry::after(recorded.max(now), time)?,
            (None, None) => recorded,
        };
        session.set_expiry(Some(expires));
        session.save().await?;
        if invocation.is_json()? {
            events::emit(&serde_json::json!({"event": "expiry", "expires": expires}));
        }
        expiry::tell(&session, now);
        Ok(Exit::Done)
    }
    .await;
    opened.end(session, done).await
}

fn endless(environment: &str) -> Error {
    Error::refused(
        format!("{environment} does not expire, so there is nothing to put off"),
        "`stack apply --expires-in 4h` makes it",
    )
}
