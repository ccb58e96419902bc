//! `stack state repair`.

use serde_json::json;
use stack_engine::session::Repair;

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::locking::Lock;
use crate::opened::Opened;
use crate::render::recorded;
use crate::render::style::{print, talk};
use crate::{confirm, planning, providers, stacks};

/// `stack state repair`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// Take it that all objects of a type may be gone, and not that the credentials lead elsewhere
    #[arg(long)]
    accept_gone: bool,
    /// How to take the lock.
    #[command(flatten)]
    lock: Lock,
}

/// Makes the record what the clouds and the program say: forgets what is gone, and takes in what is declared, not
/// recorded, and tagged as ours. Changes nothing at a cloud.
pub async fn run(invocation: &Invocation, args: Args) -> Result<Exit> {
    confirm::possible("state repair", args.yes)?;
    let opened = Opened::of(invocation, "state repair")?;
    let (project, environment) = (&opened.project, &opened.environment);
    if opened.serial().await? == 0 {
        return Err(super::nothing_recorded());
    }
    let connections = providers::connections();
    let graph = planning::graph(project, environment, connections.schemas());
    let graph = invocation.unless_cancelled(graph).await?;
    let mut session = opened.write(connections, args.lock).await?;
    let done = async {
        let config = planning::config(project, environment, &session)?;
        session.declare(&graph, &config)?;
        session.know_stacks(stacks::recorded(project, &graph).await?);
        if args.accept_gone {
            session.accept_gone();
        }
        let compare = async {
            session.compare_accounts(Some(&graph)).await?;
            Ok(session.repair(&graph, &config).await?)
        };
        let repair = invocation.unless_cancelled(compare).await?;
        opened.progress.rest();
        show(invocation, &repair)?;
        if repair.is_empty() {
            if session.has_news() {
                session.save().await?;
            }
            return Ok(Exit::Done);
        }
        let question = "Record this? Nothing is changed at a cloud. [y/N]";
        if !args.yes && !confirm::ask(invocation, question, &["y", "Y", "yes"]).await? {
            talk("nothing was changed");
            return Ok(Exit::Cancelled);
        }
        session.save().await?;
        talk("recorded; `stack plan` shows where it differs from the program");
        Ok(Exit::Done)
    }
    .await;
    opened.end(session, done).await
}

fn show(invocation: &Invocation, repair: &Repair) -> Result<()> {
    let text = match invocation.is_json()? {
        true => {
            let adopted = repair
                .adopted
                .iter()
                .map(|(urn, id)| json!({"urn": urn, "id": id}));
            let json = json!({
                "dropped": repair.dropped,
                "adopted": adopted.collect::<Vec<_>>(),
                "unclear": repair.unclear,
            });
            format!("{json:#}\n")
        }
        false => recorded::repair(repair),
    };
    print(&text).map_err(Error::Output)?;
    if repair.is_empty() {
        talk("everything that is declared and there is recorded, and everything recorded is there");
    }
    Ok(())
}
