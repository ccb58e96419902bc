//! `stack state rm`.

use stack_model::Urn;

use crate::confirm;
use crate::error::Result;
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::locking::Lock;
use crate::opened::Opened;
use crate::render::style::talk;

/// `stack state rm`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The resource
    urn: Urn,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// How to take the lock.
    #[command(flatten)]
    lock: Lock,
}

/// Forgets a resource. The cloud keeps its object.
pub async fn run(invocation: &Invocation, args: Args) -> Result<Exit> {
    confirm::possible("state rm", args.yes)?;
    let opened = Opened::of(invocation, "state rm")?;
    let urn = &args.urn;
    let mut session = super::open(&opened, args.lock).await?;
    let done = async {
        let question = format!("Forget {urn}? The cloud keeps its object. [y/N]");
        if !args.yes && !confirm::ask(invocation, &question, &["y", "Y", "yes"]).await? {
            talk("nothing was changed");
            return Ok(Exit::Cancelled);
        }
        super::know_where(&mut session).await?;
        session.forget(urn).await?;
        talk(&format!("{urn} is forgotten"));
        Ok(Exit::Done)
    }
    .await;
    opened.end(session, done).await
}
