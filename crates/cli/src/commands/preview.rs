//! `stack preview`.
//!
//! ```text
//! chosen   which stacks and environments, and in which order
//! planned  their plans, each after those that it reads
//! shown    as text, JSON, Markdown, a page, and as what a pull request is told
//! ```

mod chosen;
mod planned;
mod shown;

use std::path::PathBuf;

use stack_review::markdown;

use crate::args::Format;
use crate::costs::Costing;
use crate::desk::Planned;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::forge::{Subject, Whom};
use crate::guard::{self, Guard};
use crate::invocation::Invocation;
use crate::render::style::talk;
use crate::render::{self, error};
use crate::several::Member;

/// `stack preview`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which stacks.
    #[command(flatten)]
    choice: chosen::Choice,
    /// Trust what is recorded instead of reading the clouds
    #[arg(long)]
    offline: bool,
    /// Plan by the redacted snapshots in this folder, as `stack state publish-redacted` wrote them: without a key, without a
    /// backend, and without asking any cloud
    #[arg(long, value_name = "DIR", conflicts_with_all = ["cost", "preflight", "save"])]
    redacted: Option<PathBuf>,
    /// Which policies judge.
    #[command(flatten)]
    guard: Guard,
    /// Ask as well whether the names of what is new are free
    #[arg(long, conflicts_with = "offline")]
    preflight: bool,
    /// What they cost.
    #[command(flatten)]
    costing: Costing,
    /// End with code 3 when there are changes
    #[arg(long)]
    exit_code: bool,
    /// The longest that a preview in Markdown may be, in bytes; what does not fit is counted
    #[arg(long, value_name = "BYTES", default_value_t = markdown::LIMIT)]
    limit: usize,
    /// Write it to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Save the plans in this folder, sealed, for `stack apply FILE --replan` once they are approved
    #[arg(long, value_name = "DIR", conflicts_with = "offline")]
    save: Option<PathBuf>,
    /// The pull request to tell.
    #[command(flatten)]
    whom: Whom,
}

impl Args {
    /// A preview that nobody is told of and that saves nothing.
    pub fn only_shown(offline: bool, guard: Guard, costing: Costing, exit_code: bool) -> Self {
        Self {
            choice: chosen::Choice::default(),
            offline,
            redacted: None,
            guard,
            preflight: false,
            costing,
            exit_code,
            limit: markdown::LIMIT,
            out: None,
            save: None,
            whom: Whom::default(),
        }
    }
}

/// One preview: what it is of, and what came of it.
struct Preview {
    subject: Subject,
    planned: Result<Planned>,
}

/// Shows what applies would do. Takes no lock and writes nothing but what was asked for. What cannot be planned does not hide the rest.
pub async fn run(invocation: &Invocation, args: Args) -> Result<Exit> {
    let chosen = args.choice.environments(invocation);
    let chosen = invocation.unless_cancelled(chosen).await?;
    show(invocation, chosen, &args).await
}

/// Shows what applies to these would do.
pub async fn show(invocation: &Invocation, chosen: Vec<Member>, args: &Args) -> Result<Exit> {
    let written = match invocation.global.format {
        None | Some(Format::Text) => shown::text,
        Some(Format::Json) => shown::json,
        Some(Format::Markdown) => shown::markdown,
        Some(Format::Html) => shown::html,
        Some(Format::Dot | Format::Mermaid) => {
            return Err(Error::usage(
                "dot and mermaid are formats of `stack graph`",
                "use --format text, json, markdown or html",
            ));
        }
    };
    if let Some(folder) = &args.redacted {
        if !folder.is_dir() {
            return Err(Error::usage(
                format!("there is no folder {}", folder.display()),
                "name the one that `stack state publish-redacted` wrote to",
            ));
        }
        talk(&format!(
            "planning by the redacted snapshots in {}: no secret is known, and no cloud is asked",
            folder.display()
        ));
    }
    let forge = args.whom.open()?;
    let pricing = args.costing.open()?;
    let chosen: Vec<_> = chosen
        .into_iter()
        .map(|(project, environment)| (project.reading(args.redacted.clone()), environment))
        .collect();
    let previews =
        planned::previews(invocation, &chosen, args, forge.as_ref(), pricing.as_ref()).await;
    if let (Err(_), Some(forge)) = (&previews, &forge) {
        forge.give_up(chosen.iter().map(chosen::subject)).await;
    }
    let previews = previews?;
    let put = render::put(&written(&previews, args.limit), args.out.as_deref());
    for error in previews.iter().filter_map(|one| one.planned.as_ref().err()) {
        talk(&error::error(error));
    }
    // Whoever has read enough of the output still wants the comment.
    let told = match &forge {
        None => true,
        Some(forge) => {
            let limit = args.limit.min(forge.limit());
            let told = previews.iter().map(|one| shown::told(one, limit));
            forge.tell(told.collect()).await
        }
    };
    put?;
    let failed = previews.iter().find_map(|one| one.planned.as_ref().err());
    let planned = || previews.iter().filter_map(|one| one.planned.as_ref().ok());
    let denied = planned().any(|planned| guard::denies(&planned.review.findings));
    let changes = planned().any(|planned| !planned.review.document.empty);
    Ok(match failed {
        Some(error) => error.exit(),
        None if denied => Exit::Denied,
        None if !told => Exit::Failed,
        None if args.exit_code && changes => Exit::Changes,
        None => Exit::Done,
    })
}
