//! `stack state move-backend`.

use stack_engine::Session;

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::locking::Lock;
use crate::opened::Opened;
use crate::project::{self, Project};
use crate::render::style::{count, talk};
use crate::site::Site;
use crate::{confirm, providers};

/// `stack state move-backend`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The backend to move to: `file:<folder>`, s3://bucket/prefix, az://account/container/prefix or gs://bucket/prefix
    url: String,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// How to take the locks.
    #[command(flatten)]
    lock: Lock,
}

/// Copies the states of every environment to another backend, reads each back, marks the old ones as moved, and changes
/// `Stack.toml`. One that was broken off goes on when it is asked for again.
pub async fn run(invocation: &Invocation, args: Args) -> Result<Exit> {
    confirm::possible("state move-backend", args.yes)?;
    let project = invocation.project()?;
    if project.backend == args.url {
        return Err(Error::usage(
            format!("the state is in {} already", args.url),
            "name another backend",
        ));
    }
    let names = project.names();
    let question = format!(
        "Move the state of {} from {} to {}? [y/N]",
        names.join(", "),
        project.backend,
        args.url
    );
    if !args.yes && !confirm::ask(invocation, &question, &["y", "Y", "yes"]).await? {
        talk("nothing was changed");
        return Ok(Exit::Cancelled);
    }
    for name in &names {
        let states = one(invocation, invocation.project()?, name, &args).await?;
        talk(&match states {
            None => format!("{name}: nothing is recorded"),
            Some(Moved::Now(states)) => {
                format!("{name}: {} moved and read back", count(states, "state"))
            }
            Some(Moved::Before) => format!("{name}: moved before"),
        });
    }
    project::edit(&project.folder, |document| {
        project::set(document, &["backend", "url"], &args.url)
    })?;
    talk(&format!(
        "{} says url = {:?} now; the old states stay where they were, and lead here",
        project::FILE,
        args.url
    ));
    Ok(Exit::Done)
}

enum Moved {
    /// How many states.
    Now(usize),
    /// By a move that was broken off.
    Before,
}

/// Moves one environment. Nothing when it has no state.
async fn one(
    invocation: &Invocation,
    project: Project,
    name: &str,
    args: &Args,
) -> Result<Option<Moved>> {
    let environment = project.environment(Some(name))?;
    let opened = Opened::at(invocation, "state move-backend", project, environment)?;
    let (project, environment) = (&opened.project, &opened.environment);
    let target = Site::of(project)
        .moved(&args.url)
        .home(&project.name, &environment.name)?;
    if opened.serial().await? == 0 {
        return Ok(None);
    }
    let mut session: Session<'_> = match opened.write(providers::connections(), args.lock).await {
        Ok(session) => session,
        Err(Error::Engine(stack_engine::Error::Moved { to, .. })) if to == args.url => {
            return Ok(Some(Moved::Before));
        }
        Err(error) => return Err(error),
    };
    let mut states = 0;
    let done = async {
        super::know_where(&mut session).await?;
        let holder = invocation.holder("state move-backend");
        states = session.copy_to(target.backend.as_ref(), &holder).await?;
        session.leave_for(&args.url).await?;
        Ok(Exit::Done)
    }
    .await;
    opened.end(session, done).await?;
    Ok(Some(Moved::Now(states)))
}
