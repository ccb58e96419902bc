//! The connections of a run.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use stack_model::{Name, Urn};
use stack_provider::{Mutator, Observer};

use super::Run;
use crate::check::CheckedGraph;
use crate::error::Result;
use crate::plan::Act;
use crate::providers::name_for;
use crate::state::{Object, State};

/// The connections that a run needs, made before its first step.
pub(super) struct Links {
    pub(super) of: HashMap<Name, (Arc<dyn Observer>, Arc<dyn Mutator>)>,
}

impl Links {
    pub(super) async fn connect(run: &Run<'_>, state: &State) -> Result<Self> {
        let mut names: BTreeSet<Name> = BTreeSet::new();
        for step in &run.plan.steps {
            let Some(urn) = &step.urn else { continue };
            match step.act {
                Act::Delete { generation } => {
                    names.extend(
                        object_of(state, urn, generation)
                            .map(|object| object.request.provider.clone()),
                    );
                }
                Act::Create | Act::Update | Act::Ask => {
                    names.extend(run.graph.and_then(|graph| provider_of(graph, urn)))
                }
                Act::Forget | Act::Record | Act::Pass | Act::Barrier => {}
            }
        }
        let mut of = HashMap::new();
        for name in names {
            let link = (
                run.connections.observer(&name).await?,
                run.connections.mutator(&name).await?,
            );
            of.insert(name, link);
        }
        Ok(Self { of })
    }
}

pub(super) fn provider_of(graph: &CheckedGraph, urn: &Urn) -> Option<Name> {
    if let Some(position) = graph.resources.get(urn) {
        let resource = &graph.graph.resources[*position];
        return Some(name_for(
            &graph.graph,
            &resource.type_name,
            &resource.options.provider,
        ));
    }
    let lookup = &graph.graph.lookups[*graph.lookups.get(urn)?];
    Some(name_for(&graph.graph, &lookup.type_name, &lookup.provider))
}

pub(super) fn object_of<'s>(state: &'s State, urn: &Urn, generation: u32) -> Option<&'s Object> {
    let recorded = state.resources.get(urn)?;
    recorded
        .object
        .iter()
        .chain(&recorded.deposed)
        .find(|object| object.request.generation == generation)
}
