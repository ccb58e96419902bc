//! Outputs of other stacks, read from their recorded states in the same backend.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use stack_engine::event::Silent;
use stack_engine::partial::Partial;
use stack_engine::{CheckedGraph, Connections, Plan, Session, State};
use stack_model::expr::StackOutput;
use stack_model::{Expr, Graph, Name};

use crate::error::{Error, Result};
use crate::project::Project;
use crate::site::Site;

/// An environment of a stack.
pub type Place = (Name, Name);

/// What the outputs of stacks will be, where they were planned before those that read them.
#[derive(Debug, Default)]
pub struct Outlook(HashMap<Place, BTreeMap<String, Partial>>);

impl Outlook {
    /// Takes in what a plan makes of its stack's outputs.
    pub fn learn(&mut self, place: Place, plan: &Plan) {
        let changes = plan.outputs.iter();
        let changes = changes.map(|change| (change.name.clone(), change.after.clone()));
        self.0.insert(place, changes.collect());
    }

    /// What an output will be, if it changes. Null where it goes.
    fn of(&self, place: &Place, output: &str) -> Option<&Partial> {
        self.0.get(place)?.get(output)
    }
}

/// What a graph refers to in other stacks, by where it is.
pub fn references(graph: &Graph) -> BTreeMap<Place, BTreeSet<StackOutput>> {
    let mut wanted: BTreeMap<Place, BTreeSet<StackOutput>> = BTreeMap::new();
    let mut note = |expr: &Expr| {
        expr.visit_leaves(&mut |leaf| {
            if let Expr::Stack(output) = leaf {
                let place = (output.stack.clone(), output.environment.clone());
                wanted.entry(place).or_default().insert(output.clone());
            }
        });
    };
    let inputs = graph.resources.iter().flat_map(|one| one.inputs.values());
    inputs.for_each(&mut note);
    let inputs = graph.lookups.iter().flat_map(|one| one.inputs.values());
    inputs.for_each(&mut note);
    let settings = graph.providers.iter().flat_map(|one| one.config.values());
    settings.for_each(&mut note);
    graph.outputs.values().for_each(|one| note(&one.value));
    wanted
}

/// The environments of other stacks whose outputs a state was made with.
pub fn recorded_references(state: &State) -> BTreeSet<Place> {
    let mut places = BTreeSet::new();
    let mut note = |expr: &Expr| {
        expr.visit_leaves(&mut |leaf| {
            if let Expr::Stack(output) = leaf {
                places.insert((output.stack.clone(), output.environment.clone()));
            }
        });
    };
    let recorded = state.resources.values();
    let objects = recorded.flat_map(|one| one.object.iter().chain(&one.deposed));
    objects
        .flat_map(|one| one.request.expressions.values())
        .for_each(&mut note);
    state.output_expressions.values().for_each(&mut note);
    places
}

/// What a graph refers to in other stacks, as it is recorded.
pub async fn recorded(
    project: &Project,
    graph: &CheckedGraph,
) -> Result<BTreeMap<StackOutput, Partial>> {
    outputs(project, graph, &Outlook::default()).await
}

/// What a graph refers to in other stacks: as it will be, where that was planned, else as it is recorded. What is not
/// there is left out; the engine says who misses it.
pub async fn outputs(
    project: &Project,
    graph: &CheckedGraph,
    outlook: &Outlook,
) -> Result<BTreeMap<StackOutput, Partial>> {
    let mut known = BTreeMap::new();
    let site = Site::of(project);
    for (place, outputs) in references(&graph.graph) {
        let (stack, environment) = &place;
        let home = site.home(stack.as_str(), environment.as_str())?;
        let keys = home.reading();
        let here = home.with_keys(&Silent, &keys);
        let session = Session::read(here, Connections::new([])).await?;
        if let Some(folder) = &project.snapshots
            && session.state().header.serial == 0
            && !outlook.0.contains_key(&place)
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
            let value = match outlook.of(&place, &output.output) {
                Some(planned) => (!planned.is_null()).then(|| planned.clone()),
                None => {
                    let recorded = session.state().outputs.get(&output.output);
                    recorded.cloned().map(Partial::Known)
                }
            };
            if let Some(value) = value {
                known.insert(output, value);
            }
        }
    }
    Ok(known)
}
