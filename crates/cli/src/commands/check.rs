//! `stack check`.

use serde_json::json;

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::render::events::emit;
use crate::render::style::{count, print};
use crate::{difference, planning, providers};

/// `stack check`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the program twice: the graph must be sound, and the same both times. Touches nothing.
pub async fn run(invocation: &Invocation, _: Args) -> Result<Exit> {
    let project = invocation.project()?;
    let environment = invocation.environment(&project)?;
    let is_json = invocation.is_json()?;
    let connections = providers::connections();
    let schemas = connections.schemas();
    let work = async {
        let first = planning::graph(&project, &environment, schemas).await?;
        let second = planning::graph(&project, &environment, schemas).await?;
        Ok((first.graph, second.graph))
    };
    let (first, second) = invocation.unless_cancelled(work).await?;
    let differences = difference::between(&first, &second);
    if !differences.is_empty() {
        return Err(stack_engine::Error::Problems(differences).into());
    }
    let (resources, lookups) = (first.resources.len(), first.lookups.len());
    if is_json {
        emit(&json!({"event": "check", "resources": resources, "lookups": lookups}));
        return Ok(Exit::Done);
    }
    let text = format!(
        "The program is sound: {}, {}, {}; the same in two runs.\n",
        count(resources, "resource"),
        count(lookups, "lookup"),
        count(first.outputs.len(), "output")
    );
    print(&text).map_err(Error::Output)?;
    Ok(Exit::Done)
}
