//! `stack graph`.

use stack_review::redact::redacted;

use crate::args::Format;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::render::graph;
use crate::render::style::print;
use crate::{planning, providers};

/// `stack graph`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Shows what the program declares: who refers to whom, or the graph itself as JSON without its secrets.
pub async fn run(invocation: &Invocation, _: Args) -> Result<Exit> {
    let project = invocation.project()?;
    let environment = invocation.environment(&project)?;
    let connections = providers::connections();
    let checked = planning::graph(&project, &environment, connections.schemas());
    let checked = invocation.unless_cancelled(checked).await?;
    let text = match invocation.global.format {
        Some(Format::Json) => format!("{:#}\n", redacted(&checked.graph)),
        None | Some(Format::Dot) => graph::dot(&checked),
        Some(Format::Mermaid) => graph::mermaid(&checked),
        Some(Format::Text | Format::Markdown | Format::Html) => {
            return Err(Error::usage(
                "a graph has no format for text",
                "use dot, mermaid or json",
            ));
        }
    };
    print(&text).map_err(Error::Output)?;
    Ok(Exit::Done)
}
