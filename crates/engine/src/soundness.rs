//! Whether what is recorded can be acted on. A state that contradicts itself is shown and kept, and nothing is done by it.

use std::collections::HashMap;

use stack_model::schema::Nature;
use stack_model::{Problem, Urn};

use crate::check::Schemas;
use crate::state::{Object, State};

/// What contradicts itself in a state, in the order of its resources. Linear in what is recorded.
///
/// The engine writes no such state. One that was edited, or put back in parts, may be one.
pub fn contradictions(state: &State, schemas: &Schemas) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut found = |urn: &Urn, message: String| {
        problems.push(Problem {
            subject: urn.to_string(),
            at: None,
            message,
        });
    };
    for urn in in_cycles(state) {
        found(urn, "depends on itself, through others".into());
    }
    for (urn, object) in objects(state) {
        let provider = &object.request.provider;
        match state.providers.get(provider) {
            None => found(
                urn,
                format!(
                    "is served by the provider configuration {provider}, which is not recorded"
                ),
            ),
            Some(recorded) if !urn.type_name().starts_with(&format!("{}:", recorded.kind)) => {
                found(
                    urn,
                    format!(
                        "is served by the provider configuration {provider}, which is for {}",
                        recorded.kind
                    ),
                )
            }
            Some(_) => {}
        }
    }
    for (urn, object, other) in shared(state, schemas) {
        let message = match urn == other {
            true => format!("has the object {} twice", object.id),
            false => format!("is the object {}, which {other} is as well", object.id),
        };
        found(urn, message);
    }
    problems
}

fn objects(state: &State) -> impl Iterator<Item = (&Urn, &Object)> {
    state.resources.iter().flat_map(|(urn, recorded)| {
        let all = recorded.object.iter().chain(&recorded.deposed);
        all.map(move |object| (urn, object))
    })
}

/// Dependencies on what is not recorded, with who has them. They are no contradiction, since they order nothing: while a
/// rollback makes things anew, those that wait for them are recorded already.
pub fn loose_ends(state: &State) -> impl Iterator<Item = (&Urn, &Urn)> {
    objects(state).flat_map(|(urn, object)| {
        let all = object.request.dependencies.iter();
        all.filter(|dependency| !state.resources.contains_key(*dependency))
            .map(move |dependency| (urn, dependency))
    })
}

/// Resources that depend on themselves. Of live objects only: an old one may depend on what depends on the new one.
fn in_cycles(state: &State) -> Vec<&Urn> {
    let mut graph = petgraph::graphmap::DiGraphMap::<usize, ()>::new();
    let live = state
        .resources
        .values()
        .enumerate()
        .filter_map(|(position, recorded)| Some((position, recorded.object.as_ref()?)));
    for (position, object) in live {
        let dependencies = object.request.dependencies.iter();
        for dependency in dependencies.filter_map(|urn| state.resources.get_index_of(urn)) {
            graph.add_edge(position, dependency, ());
        }
    }
    let cycles = petgraph::algo::kosaraju_scc(&graph).into_iter();
    let mut members: Vec<usize> = cycles
        .filter(|members| members.len() > 1 || graph.contains_edge(members[0], members[0]))
        .flatten()
        .collect();
    members.sort_unstable();
    let urn = |position| state.resources.get_index(position).map(|(urn, _)| urn);
    members.into_iter().filter_map(urn).collect()
}

/// Objects of a cloud that are recorded twice, with who has them besides: each would change and delete the other's.
fn shared<'s>(state: &'s State, schemas: &Schemas) -> Vec<(&'s Urn, &'s Object, &'s Urn)> {
    let mut seen = HashMap::new();
    let at_a_cloud = |urn: &Urn| {
        let schema = schemas.get(urn.type_name());
        schema.is_some_and(|schema| schema.nature == Nature::Object)
    };
    let objects = objects(state).filter(|(urn, _)| at_a_cloud(urn));
    let repeated = objects.filter_map(|(urn, object)| {
        let key = (urn.type_name(), &object.request.provider, &object.id);
        let other = seen.insert(key, urn)?;
        Some((urn, object, other))
    });
    repeated.collect()
}
