//! `stack completions`.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Cli;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::render::style::print;

/// `stack completions`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which shell
    shell: Shell,
}

/// Writes completions for a shell.
pub fn run(args: Args) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "stack", &mut script);
    print(&String::from_utf8_lossy(&script)).map_err(Error::Output)?;
    Ok(Exit::Done)
}
