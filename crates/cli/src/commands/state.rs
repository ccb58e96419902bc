//! `stack state`.

mod export_file;
mod history;
mod import_file;
mod list;
mod move_backend;
mod mv;
mod publish_redacted;
mod repair;
mod rm;
mod show;
mod unlock;
mod verify;

use stack_engine::Session;

use crate::environment::Home;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::locking::Lock;
use crate::opened::Opened;
use crate::providers;

/// `stack state`.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List the committed states that are kept, which `stack rollback` can lead back to
    History,
    /// List the resources that are recorded
    List,
    /// Show all that is recorded of one resource
    Show(show::Args),
    /// Check that all that is kept can be read, and that nothing in it contradicts itself
    Verify,
    /// Forget a resource; the cloud keeps its object
    Rm(rm::Args),
    /// Forget what is gone, and take in what is declared and there without being recorded
    Repair(repair::Args),
    /// Give a recorded resource another name
    Mv(mv::Args),
    /// Write what is recorded to a file, its secrets sealed
    ExportFile(export_file::Args),
    /// Record what a file says
    ImportFile(import_file::Args),
    /// Write what is recorded to a folder without its secrets, for previews of forks
    PublishRedacted(publish_redacted::Args),
    /// Move every environment's state to another backend
    MoveBackend(move_backend::Args),
    /// Take the lock from a run that hangs
    Unlock(unlock::Args),
}

/// Looks at what is recorded, or repairs it.
pub async fn run(invocation: &Invocation, command: Command) -> Result<Exit> {
    match command {
        Command::History => history::run(invocation).await,
        Command::List => list::run(invocation).await,
        Command::Show(args) => show::run(invocation, args).await,
        Command::Verify => verify::run(invocation).await,
        Command::Rm(args) => rm::run(invocation, args).await,
        Command::Repair(args) => repair::run(invocation, args).await,
        Command::Mv(args) => mv::run(invocation, args).await,
        Command::ExportFile(args) => export_file::run(invocation, args).await,
        Command::ImportFile(args) => import_file::run(invocation, args).await,
        Command::PublishRedacted(args) => publish_redacted::run(invocation, args).await,
        Command::MoveBackend(args) => move_backend::run(invocation, args).await,
        Command::Unlock(args) => unlock::run(invocation, args).await,
    }
}

fn home(invocation: &Invocation) -> Result<Home> {
    let project = invocation.project()?;
    let environment = invocation.environment(&project)?;
    Home::of(&project, &environment)
}

fn nothing_recorded() -> Error {
    Error::refused(
        "nothing is recorded yet",
        "`stack apply` records what it does",
    )
}

/// Opens what is recorded for a change by hand.
async fn open<'o>(opened: &'o Opened<'_>, lock: Lock) -> Result<Session<'o>> {
    if opened.serial().await? == 0 {
        return Err(nothing_recorded());
    }
    opened.write(providers::connections(), lock).await
}

/// What is in doubt is settled by whatever commits, and only in the accounts that are recorded. A state that contradicts
/// itself is no reason to refuse a repair.
async fn know_where(session: &mut Session<'_>) -> Result<()> {
    if session.is_in_doubt() {
        session.compare_accounts(None).await?;
    }
    Ok(())
}
