//! `stack drift`.
//!
//! ```text
//! checked  what changed outside, of several environments
//! shown    as text, JSON and Markdown
//! accept   records it
//! revert   puts it back
//! ```

mod accept;
mod checked;
mod revert;
mod shown;

use std::collections::HashSet;
use std::path::PathBuf;

use stack_model::Urn;
use stack_review::markdown;

use crate::args::Format;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::forge::issues::Where;
use crate::invocation::Invocation;
use crate::locking::Lock;
use crate::render;

/// `stack drift`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folders of the stacks; the one around here when not given
    #[arg(value_name = "DIR", conflicts_with = "changing")]
    stacks: Vec<PathBuf>,
    /// Every environment that Stack.toml has, instead of one
    #[arg(long, conflicts_with = "changing")]
    all_environments: bool,
    /// Only this resource; may be repeated. With --revert, what it depends on as well
    #[arg(long, value_name = "URN")]
    target: Vec<Urn>,
    /// Record what changed outside
    #[arg(long, group = "changing")]
    accept: bool,
    /// Put back what changed outside
    #[arg(long, group = "changing")]
    revert: bool,
    /// Do not ask
    #[arg(short, long, requires = "changing")]
    yes: bool,
    /// Take it that all objects of a type may be gone, and not that the credentials lead elsewhere
    #[arg(long, requires = "changing")]
    accept_gone: bool,
    /// Go on where it is no undo: data is lost, and one-way changes stay
    #[arg(long, requires = "revert")]
    accept_loss: bool,
    /// The most calls to one service at once, below what its provider allows
    #[arg(long, value_name = "N", requires = "revert", value_parser = clap::value_parser!(u32).range(1..))]
    parallelism: Option<u32>,
    /// The longest that a report in Markdown may be, in bytes; what does not fit is counted
    #[arg(long, value_name = "BYTES", default_value_t = markdown::LIMIT, conflicts_with = "changing")]
    limit: usize,
    /// Write it to this file instead of standard output
    #[arg(short, long, value_name = "FILE", conflicts_with = "changing")]
    out: Option<PathBuf>,
    /// Where issues are kept.
    #[command(flatten)]
    issues: Where,
    /// How to take the lock.
    #[command(flatten)]
    lock: Lock,
}

impl Args {
    fn targets(&self) -> HashSet<Urn> {
        self.target.iter().cloned().collect()
    }
}

/// Shows what changed outside, and records it or puts it back where that was asked for.
pub async fn run(invocation: &Invocation, args: Args) -> Result<Exit> {
    match (args.accept, args.revert) {
        (true, _) => accept::run(invocation, args).await,
        (false, true) => revert::run(invocation, args).await,
        (false, false) => look(invocation, args).await,
    }
}

/// Takes no lock and writes nothing. What cannot be looked at does not hide the rest.
async fn look(invocation: &Invocation, args: Args) -> Result<Exit> {
    let written = match invocation.global.format {
        None | Some(Format::Text) => shown::text,
        Some(Format::Json) => shown::json,
        Some(Format::Markdown) => shown::markdown,
        Some(Format::Dot | Format::Mermaid | Format::Html) => {
            return Err(Error::usage(
                "drift is written as text, json or markdown",
                "use one of them with --format",
            ));
        }
    };
    let issues = args.issues.open()?;
    let here = &invocation.global.directory;
    let mut folders: Vec<PathBuf> = args.stacks.iter().map(|folder| here.join(folder)).collect();
    if folders.is_empty() {
        folders.push(here.clone());
    }
    let chosen = invocation.environments_of(&folders, args.all_environments)?;
    let checked = checked::all(invocation, &chosen, &args).await?;
    // A stream has said it already.
    let put = match invocation.global.is_json() && args.out.is_none() {
        true => Ok(()),
        false => render::put(&written(&checked, args.limit), args.out.as_deref()),
    };
    shown::go_on(&checked);
    // Whoever has read enough of the output still wants the issue.
    let kept = match &issues {
        None => true,
        Some(issues) => {
            let said = shown::said(&checked, args.limit.min(issues.limit()));
            let keep = async { Ok(issues.keep(said).await) };
            invocation.unless_cancelled(keep).await?
        }
    };
    put?;
    let failed = checked.iter().find_map(|one| one.found.as_ref().err());
    let found = checked.iter().filter_map(|one| one.found.as_ref().ok());
    let drifted = found.filter(|found| !found.report.is_empty()).count();
    Ok(match failed {
        Some(error) => error.exit(),
        None if !kept => Exit::Failed,
        None if drifted > 0 => Exit::Changes,
        None => Exit::Done,
    })
}
