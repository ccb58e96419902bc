//! Outputs of other stacks, read from their recorded states in the same backend.

use std::collections::{BTreeMap, BTreeSet};

use stack_engine::event::Silent;
use stack_engine::{CheckedGraph, Connections, Session};
use stack_model::expr::StackOutput;
use stack_model::{Expr, Name, Value};

use crate::environment::Home;
use crate::error::{Error, Result};
use crate::project::Project;

/// What a graph refers to in other stacks. What is not there is left out; the engine says who misses it.
pub async fn outputs(
    project: &Project,
    graph: &CheckedGraph,
) -> Result<BTreeMap<StackOutput, Value>> {
    let mut wanted: BTreeMap<(Name, Name), BTreeSet<StackOutput>> = BTreeMap::new();
    let mut note = |expr: &Expr| {
        expr.visit_leaves(&mut |leaf| {
            if let Expr::Stack(output) = leaf {
                let home = (output.stack.clone(), output.environment.clone());
                wanted.entry(home).or_default().insert(output.clone());
            }
        });
    };
    let graph = &graph.graph;
    let inputs = graph.resources.iter().flat_map(|one| one.inputs.values());
    inputs.for_each(&mut note);
    let inputs = graph.lookups.iter().flat_map(|one| one.inputs.values());
    inputs.for_each(&mut note);
    let settings = graph.providers.iter().flat_map(|one| one.config.values());
    settings.for_each(&mut note);
    graph.outputs.values().for_each(|one| note(&one.value));

    let mut known = BTreeMap::new();
    for ((stack, environment), outputs) in wanted {
        let home = Home::other(project, stack.as_str(), environment.as_str())?;
        let keys = home.reading();
        let place = home.with_keys(&Silent, &keys);
        let session = Session::read(place, Connections::new([])).await?;
        if let Some(folder) = &project.snapshots
            && session.state().header.serial == 0
        {
            return Err(Error::refused(
                format!(
                    "{} has no snapshot of {environment} of {stack}, which the program refers to",
                    folder.display()
                ),
                format!(
                    "publish it: `stack state publish-redacted -e {environment}`, where {stack} is"
                ),
            ));
        }
        for output in outputs {
            if let Some(value) = session.state().outputs.get(&output.output) {
                known.insert(output, value.clone());
            }
        }
    }
    Ok(known)
}
