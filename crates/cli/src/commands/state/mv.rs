//! `stack state mv`.

use stack_model::Urn;

use crate::confirm;
use crate::error::Result;
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::locking::Lock;
use crate::opened::Opened;
use crate::render::style::talk;

/// `stack state mv`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The resource, as it is recorded
    from: Urn,
    /// What it is called from now on
    to: Urn,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// How to take the lock.
    #[command(flatten)]
    lock: Lock,
}

/// Gives a recorded resource another urn. What depends on it follows; the cloud's object stays as it is.
pub async fn run(invocation: &Invocation, args: Args) -> Result<Exit> {
    confirm::possible("state mv", args.yes)?;
    let opened = Opened::of(invocation, "state mv")?;
    let Args { from, to, .. } = &args;
    let mut session = super::open(&opened, args.lock).await?;
    let done = async {
        let question = format!("Call {from} {to} from now on? [y/N]");
        if !args.yes && !confirm::ask(invocation, &question, &["y", "Y", "yes"]).await? {
            talk("nothing was changed");
            return Ok(Exit::Cancelled);
        }
        super::know_where(&mut session).await?;
        session.rename_resource(from, to).await?;
        talk(&format!(
            "{from} is {to} now; the program has to call it so too, or the next plan deletes it"
        ));
        Ok(Exit::Done)
    }
    .await;
    opened.end(session, done).await
}
