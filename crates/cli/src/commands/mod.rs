//! One file for each command.

pub mod apply;
pub mod check;
pub mod completions;
pub mod config;
pub mod destroy;
pub mod drift;
pub mod extend;
pub mod graph;
pub mod import;
pub mod new;
pub mod output;
pub mod permissions;
pub mod plan;
pub mod policy;
pub mod preview;
pub mod refresh;
pub mod rollback;
pub mod schema;
pub mod seal;
pub mod secrets;
pub mod state;
pub mod sweep;
pub mod teardown;
pub mod ui;

use crate::args::Command;
use crate::error::Result;
use crate::exit::Exit;
use crate::invocation::Invocation;

/// Does what a command asks.
pub async fn run(invocation: &Invocation, command: Command) -> Result<Exit> {
    match command {
        Command::Plan(args) => plan::run(invocation, args).await,
        Command::Preview(args) => preview::run(invocation, args).await,
        Command::Apply(args) => apply::run(invocation, args).await,
        Command::Destroy(args) => destroy::run(invocation, args).await,
        Command::Extend(args) => extend::run(invocation, args).await,
        Command::Teardown(args) => teardown::run(invocation, args).await,
        Command::Sweep(args) => sweep::run(invocation, args).await,
        Command::Ui(args) => ui::run(invocation, args).await,
        Command::Rollback(args) => rollback::run(invocation, args).await,
        Command::Drift(args) => drift::run(invocation, args).await,
        Command::Refresh(args) => refresh::run(invocation, args).await,
        Command::Import(args) => import::run(invocation, args).await,
        Command::Output(args) => output::run(invocation, args).await,
        Command::Policy(command) => policy::run(invocation, command),
        Command::Permissions(args) => permissions::run(invocation, args).await,
        Command::State(command) => state::run(invocation, command).await,
        Command::Graph(args) => graph::run(invocation, args).await,
        Command::Check(args) => check::run(invocation, args).await,
        Command::New(args) => new::run(invocation, args),
        Command::Schema(args) => schema::run(invocation, args),
        Command::Config(command) => config::run(invocation, command).await,
        Command::Seal(args) => seal::run(invocation, args).await,
        Command::Secrets(command) => secrets::run(invocation, command).await,
        Command::Completions(args) => completions::run(args),
    }
}
