//! `stack destroy`.
//!
//! ```text
//! all  every stack of a folder
//! ```

mod all;

use std::collections::HashSet;
use std::time::Instant;

use stack_engine::{Plan, Session};
use stack_model::{Map, Urn};

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::locking::Lock;
use crate::opened::Opened;
use crate::render::style::talk;
use crate::running::{self, Run};
use crate::{confirm, demolition, providers};

/// `stack destroy`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Every stack in this folder and below that has the environment, each after those that read its outputs
    #[arg(long, conflicts_with = "target")]
    all: bool,
    /// How many stacks are destroyed at once with --all
    #[arg(long, value_name = "N", default_value_t = 4, requires = "all", value_parser = clap::value_parser!(u32).range(1..))]
    at_once: u32,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// The environment's name, which --yes needs besides where it is production
    #[arg(long, value_name = "ENVIRONMENT")]
    confirm: Option<String>,
    /// Only this resource and what depends on it; may be repeated
    #[arg(long, value_name = "URN")]
    target: Vec<Urn>,
    /// The most calls to one service at once, below what its provider allows
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    parallelism: Option<u32>,
    /// How to take the lock.
    #[command(flatten)]
    lock: Lock,
}

impl Args {
    fn parallelism(&self) -> Option<usize> {
        self.parallelism.map(|number| number as usize)
    }
}

/// Deletes what is recorded. Needs no program: the state knows what depends on what.
pub async fn run(invocation: &Invocation, args: Args) -> Result<Exit> {
    confirm::possible("destroy", args.yes)?;
    if args.all {
        return all::run(invocation, &args).await;
    }
    let opened = Opened::of(invocation, "destroy")?;
    if opened.serial().await? == 0 {
        talk("nothing is recorded, so there is nothing to destroy");
        return Ok(Exit::Done);
    }
    let mut session = opened.write(providers::connections(), args.lock).await?;
    let (project, environment) = (&opened.project, &opened.environment);
    let done = async {
        let targets: HashSet<Urn> = args.target.iter().cloned().collect();
        let read = async {
            session.identify(None).await?;
            session.refresh(|_| true).await?;
            Ok(session.plan_destroy(&targets)?)
        };
        let plan = invocation.unless_cancelled(read).await?;
        opened.progress.rest();
        running::show(invocation, &plan)?;
        if plan.is_empty() {
            if session.has_news() {
                session.save().await?;
            }
            return Ok(Exit::Done);
        }
        // Recorded by the last apply, or said by the project's file: either is enough.
        let production = environment.production || session.state().header.production;
        confirmed(&args, &environment.name, production)?;
        if !args.yes {
            let (question, expected) = question(&project.name, &environment.name, production);
            let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
            if !confirm::ask(invocation, &question, &expected).await? {
                talk("nothing was changed");
                return Ok(Exit::Cancelled);
            }
        }
        carry_out(
            invocation,
            &opened,
            &mut session,
            &plan,
            &targets,
            args.parallelism(),
        )
        .await
    }
    .await;
    opened.end(session, done).await
}

/// Deletes what is planned, and says how it went.
async fn carry_out(
    invocation: &Invocation,
    opened: &Opened<'_>,
    session: &mut Session<'_>,
    plan: &Plan,
    targets: &HashSet<Urn>,
    parallelism: Option<usize>,
) -> Result<Exit> {
    let run = Run {
        plan,
        graph: None,
        config: &Map::new(),
        parallelism,
        verb: "Destroyed",
    };
    let (begun, progress) = (Instant::now(), opened.progress.as_ref());
    let again = |session: &Session<'_>| Ok(session.plan_destroy(targets)?);
    let report = demolition::carry_out(invocation, session, progress, &run, again).await?;
    running::tell(invocation, session, progress, &run, &report, begun)?;
    Ok(running::exit(&report))
}

/// Refuses to end a production environment by --yes alone.
fn confirmed(args: &Args, environment: &str, production: bool) -> Result<()> {
    match args.yes && production && args.confirm.as_deref() != Some(environment) {
        true => Err(unconfirmed(environment)),
        false => Ok(()),
    }
}

fn unconfirmed(environment: &str) -> Error {
    Error::usage(
        format!("{environment} is production, and --yes alone does not destroy it"),
        format!("add --confirm {environment}"),
    )
}

/// The end of a production environment takes more than one key.
fn question(stack: &str, environment: &str, production: bool) -> (String, Vec<String>) {
    if production {
        let question =
            format!("{environment} of {stack} is production. Type its name to destroy it:");
        return (question, vec![environment.to_owned()]);
    }
    let question = format!("Destroy this in {environment} of {stack}? [y/N]");
    (question, ["y", "Y", "yes"].map(str::to_owned).to_vec())
}
