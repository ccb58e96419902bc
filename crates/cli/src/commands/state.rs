//! `stack state`.

use serde_json::json;
use stack_engine::event::Silent;
use stack_engine::{Connections, Session};
use stack_model::Urn;

use crate::environment::Home;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::locking::{self, Lock};
use crate::reading::ReadingKeys;
use crate::render::style::{print, talk};
use crate::render::{recorded, value};
use crate::{confirm, providers, running};

/// `stack state`.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List the committed states that are kept, which `stack rollback` can lead back to
    History,
    /// List the resources that are recorded
    List,
    /// Show all that is recorded of one resource
    Show {
        /// The resource
        urn: Urn,
    },
    /// Forget a resource; the cloud keeps its object
    Rm {
        /// The resource
        urn: Urn,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
        /// How to take the lock.
        #[command(flatten)]
        lock: Lock,
    },
}

/// Looks at what is recorded, or repairs it.
pub async fn run(invocation: &Invocation, command: Command) -> Result<Exit> {
    match command {
        Command::History => history(invocation).await,
        Command::List => list(invocation).await,
        Command::Show { urn } => show(invocation, &urn).await,
        Command::Rm { urn, yes, lock } => remove(invocation, &urn, yes, lock).await,
    }
}

fn home(invocation: &Invocation) -> Result<Home> {
    let project = invocation.project()?;
    let environment = invocation.environment(&project)?;
    Home::of(&project, &environment)
}

async fn history(invocation: &Invocation) -> Result<Exit> {
    let home = home(invocation)?;
    let checkpoints = Session::history(home.backend.as_ref()).await?;
    let text = match invocation.is_json()? {
        false => recorded::history(&checkpoints),
        true => format!("{:#}\n", json!(checkpoints)),
    };
    print(&text).map_err(Error::Output)?;
    if checkpoints.is_empty() {
        talk("nothing is recorded yet");
    }
    Ok(Exit::Done)
}

async fn list(invocation: &Invocation) -> Result<Exit> {
    let home = home(invocation)?;
    let keys = ReadingKeys(&home.keys);
    let session = Session::read(home.with_keys(&Silent, &keys), Connections::new([])).await?;
    let state = session.state();
    let text = match invocation.is_json()? {
        false => recorded::list(state),
        true => {
            let resource =
                |(urn, recorded)| json!({"urn": urn, "state": value::redacted(recorded)});
            let resources: Vec<_> = state.resources.iter().map(resource).collect();
            format!(
                "{:#}\n",
                json!({"state": state.header, "resources": resources})
            )
        }
    };
    print(&text).map_err(Error::Output)?;
    if session.is_in_doubt() {
        talk("warning: an earlier run left something in doubt; `stack refresh` settles it");
    }
    Ok(Exit::Done)
}

async fn show(invocation: &Invocation, urn: &Urn) -> Result<Exit> {
    let home = home(invocation)?;
    let keys = ReadingKeys(&home.keys);
    let session = Session::read(home.with_keys(&Silent, &keys), Connections::new([])).await?;
    let Some(resource) = session.state().resources.get(urn) else {
        return Err(Error::refused(
            format!("{urn} is not recorded"),
            "see what is with `stack state list`",
        ));
    };
    let text = match invocation.is_json()? {
        true => format!("{:#}\n", value::redacted(resource)),
        false => recorded::resource(urn, resource),
    };
    print(&text).map_err(Error::Output)?;
    Ok(Exit::Done)
}

async fn remove(invocation: &Invocation, urn: &Urn, yes: bool, lock: Lock) -> Result<Exit> {
    confirm::possible("state rm", yes)?;
    let project = invocation.project()?;
    let environment = invocation.environment(&project)?;
    let home = Home::of(&project, &environment)?;
    let listener = invocation.listener("state rm", &project, &environment)?;
    let place = home.place(listener.as_ref());
    let lease = locking::take(
        invocation,
        home.backend.as_ref(),
        "state rm",
        lock,
        listener.as_ref(),
    )
    .await?;
    let mut session =
        Session::with_lease(place, providers::connections(), lease, "state rm").await?;
    let done = async {
        let question = format!("Forget {urn}? The cloud keeps its object. [y/N]");
        if !yes && !confirm::ask(invocation, &question, &["y", "Y", "yes"]).await? {
            talk("nothing was changed");
            return Ok(Exit::Cancelled);
        }
        if session.is_in_doubt() {
            session.identify(None).await?;
        }
        session.forget(urn).await?;
        talk(&format!("{urn} is forgotten"));
        Ok(Exit::Done)
    }
    .await;
    running::end(session, done).await
}
