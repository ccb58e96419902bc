//! `stack import`.

use stack_model::Urn;

use crate::error::Result;
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::locking::Lock;
use crate::opened::Opened;
use crate::render::style::talk;
use crate::{planning, providers, stacks};

/// `stack import`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The resource, as the program declares it
    urn: Urn,
    /// The cloud's name of the object
    id: String,
    /// How to take the lock.
    #[command(flatten)]
    lock: Lock,
}

/// Takes an object in that the program declares and that exists already.
pub async fn run(invocation: &Invocation, args: Args) -> Result<Exit> {
    let opened = Opened::of(invocation, "import")?;
    let (project, environment) = (&opened.project, &opened.environment);
    let connections = providers::connections();
    let graph = planning::graph(project, environment, connections.schemas());
    let graph = invocation.unless_cancelled(graph).await?;
    let mut session = opened.write(connections, args.lock).await?;
    let done = async {
        let config = planning::config(project, environment, &session)?;
        session.declare(&graph, &config)?;
        session.know_stacks(stacks::recorded(project, &graph).await?);
        session.identify(Some(&graph)).await?;
        session.import(&graph, &config, &args.urn, &args.id).await?;
        Ok(Exit::Done)
    };
    let done = invocation.unless_cancelled(done).await;
    let exit = opened.end(session, done).await?;
    talk(&format!(
        "{} is {}; the next plan shows where it differs",
        args.urn, args.id
    ));
    Ok(exit)
}
