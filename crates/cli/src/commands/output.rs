//! `stack output`.

use stack_engine::event::Silent;
use stack_engine::{Connections, Session};

use crate::environment::Home;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::render::outputs;
use crate::render::style::print;

/// `stack output`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only this one, without quotes, for scripts
    name: Option<String>,
    /// Show secrets in the clear
    #[arg(long)]
    show_secrets: bool,
}

/// Shows the outputs as they were recorded last. Asks no cloud.
pub async fn run(invocation: &Invocation, args: Args) -> Result<Exit> {
    let project = invocation.project()?;
    let environment = invocation.environment(&project)?;
    let home = Home::of(&project, &environment)?;
    let is_json = invocation.is_json()?;
    let keys = home.reading();
    let session = Session::read(home.with_keys(&Silent, &keys), Connections::new([])).await?;
    let known = &session.state().outputs;
    let reveal = args.show_secrets;
    let text = match &args.name {
        None if is_json => format!("{:#}\n", outputs::all(known, reveal)),
        None => outputs::text(known, reveal),
        Some(name) => {
            let Some(output) = known.get(name) else {
                let names: Vec<&str> = known.keys().map(String::as_str).collect();
                let hint = match names.is_empty() {
                    true => "there is none; `stack apply` records them".to_owned(),
                    false => format!("there are {}", names.join(", ")),
                };
                return Err(Error::refused(format!("there is no output {name}"), hint));
            };
            if output.has_secret() && !reveal {
                return Err(Error::refused(
                    format!("the output {name} is secret"),
                    "show it in the clear with --show-secrets",
                ));
            }
            match is_json {
                true => format!("{}\n", outputs::json(output, reveal)),
                false => format!("{}\n", outputs::raw(output)),
            }
        }
    };
    print(&text).map_err(Error::Output)?;
    Ok(Exit::Done)
}
