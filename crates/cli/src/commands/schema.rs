//! `stack schema`.

use stack_model::{Schema, TypeName};

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::providers;
use crate::render::schema;
use crate::render::style::print;

/// `stack schema`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The type, such as `aws:ec2:Vpc`; all of them are listed when not given
    #[arg(value_name = "TYPE")]
    type_name: Option<TypeName>,
    /// The JSON Schema of the graph format instead
    #[arg(long, conflicts_with = "type_name")]
    graph: bool,
}

/// Shows the documentation of a type, or lists the types.
pub fn run(invocation: &Invocation, args: Args) -> Result<Exit> {
    let is_json = invocation.is_json()?;
    if args.graph {
        let schema = schemars::schema_for!(stack_model::Graph);
        let text = format!("{:#}\n", schema.as_value());
        print(&text).map_err(Error::Output)?;
        return Ok(Exit::Done);
    }
    let connections = providers::connections();
    let schemas = connections.schemas();
    let text = match &args.type_name {
        None => {
            let mut all: Vec<&Schema> = schemas.values().collect();
            all.sort_by(|one, other| one.type_name.cmp(&other.type_name));
            match is_json {
                true => format!("{:#}\n", serde_json::json!(all)),
                false => schema::list(&all),
            }
        }
        Some(type_name) => {
            let found = schemas.get(type_name).ok_or_else(|| {
                Error::refused(
                    format!("this release of stack has no type {type_name}"),
                    "see all of them with `stack schema`",
                )
            })?;
            match is_json {
                true => format!("{:#}\n", serde_json::json!(found)),
                false => schema::schema(found),
            }
        }
    };
    print(&text).map_err(Error::Output)?;
    Ok(Exit::Done)
}
