//! The command line.
//!
//! ```text
//! args          what may be typed
//! commands      one file for each command
//! invocation    what was typed, and whether it was taken back
//! project       Stack.toml, and its environments with their configuration
//! program       from a program to its graph: cargo, a command, or a file
//! site          where environments live
//! environment   an environment's backend and keys
//! reading       keys for commands that only read
//! opened        an environment opened for a command that changes what is recorded
//! providers     the clouds that this binary knows
//! planning      from a graph to a plan: what plan, apply and others share
//! stacks        outputs of other stacks
//! several       several stacks that are worked on together
//! desk          their plans, each made after those that it reads
//! touched       which stacks the changes of a branch touch
//! guard         the policies that judge a plan
//! costs         what a plan changes of what is paid for a month
//! drifting      what changed outside: what drift and refresh share
//! back          back to what was recorded: what rollback and drift share
//! running       carries a plan out, and says how it went
//! demolition    carries out deletions, round after round
//! order         work on several things, each after those that it waits for
//! forge         the pull request that a preview tells
//! saved         a plan in a file
//! plans         several of them, as a preview saves them
//! difference    what differs between two runs of a program
//! expiry        when an environment is to be torn down
//! confirm       asks the person
//! hidden        reads what nobody should see
//! render        what people and programs see; nothing else prints
//! error, exit   what went wrong, and the exit code
//! signals       Ctrl-C
//! surroundings  the real time and chance
//! holder        who holds a lock
//! traced        a run as a trace, where one is wanted
//! ```

pub mod args;
mod back;
mod commands;
mod confirm;
mod costs;
mod demolition;
mod desk;
mod difference;
mod drifting;
mod environment;
pub mod error;
pub mod exit;
mod expiry;
mod forge;
mod guard;
mod hidden;
mod holder;
mod invocation;
mod locking;
mod opened;
mod order;
mod planning;
mod plans;
mod preflight;
pub mod program;
pub mod project;
mod providers;
mod reading;
pub mod render;
mod running;
pub mod saved;
mod several;
mod signals;
mod site;
mod stacks;
mod surroundings;
mod touched;
mod traced;

use std::process::ExitCode;

use clap::{ArgMatches, CommandFactory, FromArgMatches};

use crate::args::Cli;
use crate::error::Error;
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::render::style::talk;
use crate::traced::Traced;

/// Does what the command line asks, and says what went wrong.
pub fn run() -> ExitCode {
    let matches = Cli::command().get_matches();
    let name = name(&matches);
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    cli.global.color.write_global();
    let Cli { global, command } = cli;
    let is_json = global.is_json();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            talk(&format!("cannot start: {error}"));
            return Exit::Failed.into();
        }
    };
    let asked = global.otel.as_ref().map(|url| url.as_deref());
    let traced = match Traced::begin(asked, &name) {
        Ok(traced) => traced,
        Err(error) => return said(error, is_json).into(),
    };
    let invocation = Invocation::new(global, signals::listen());
    let outcome = runtime.block_on(traced.follow(commands::run(&invocation, command)));
    // A question that nobody answered may still be waiting on standard input.
    runtime.shutdown_background();
    let exit = outcome.unwrap_or_else(|error| said(error, is_json));
    traced.end(exit);
    exit.into()
}

/// What a command is called: `state list`.
fn name(matches: &ArgMatches) -> String {
    let mut names = Vec::new();
    let mut next = matches.subcommand();
    while let Some((name, matches)) = next {
        names.push(name);
        next = matches.subcommand();
    }
    names.join(" ")
}

/// Says what went wrong, and gives the exit code for it.
fn said(error: Error, is_json: bool) -> Exit {
    match &error {
        // Whoever read has had enough, as `head` does.
        Error::Output(source) if source.kind() == std::io::ErrorKind::BrokenPipe => {
            return Exit::Failed;
        }
        _ => {}
    }
    if is_json {
        render::events::error(&error);
    }
    talk(&render::error::error(&error));
    error.exit()
}
