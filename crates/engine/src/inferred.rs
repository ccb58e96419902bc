//! Who needs whom, told from what objects say of each other: for objects whose program nobody has.

use std::collections::HashMap;

use stack_model::{Urn, Value};

use crate::state::{Object, State};

/// What each resource depends on, as far as its object's values name the others: by the cloud's name of an object, by its
/// ARN, or by the id of something in it, as a subnet names its network in Azure. Where some name each other in a circle, an
/// edge of it is left out. Linear in what is recorded.
pub fn dependencies(state: &State) -> Vec<(Urn, Vec<Urn>)> {
    let objects: Vec<(&Urn, &Object)> = state
        .resources
        .iter()
        .filter_map(|(urn, recorded)| Some((urn, recorded.object.as_ref()?)))
        .collect();
    let mut names: HashMap<String, usize> = HashMap::new();
    for (position, (_, object)) in objects.iter().enumerate() {
        for name in names_of(object) {
            names.entry(name).or_insert(position);
        }
    }
    let needs: Vec<Vec<usize>> = objects
        .iter()
        .enumerate()
        .map(|(position, (_, object))| needs(position, object, &names))
        .collect();
    let needs = without_circles(needs);
    let urn = |position: usize| objects[position].0.clone();
    let all = needs.into_iter().enumerate();
    all.map(|(position, needs)| (urn(position), needs.into_iter().map(urn).collect()))
        .collect()
}

/// What others may call an object.
fn names_of(object: &Object) -> impl Iterator<Item = String> {
    let values = object
        .request
        .inputs
        .values()
        .chain(object.observed.values());
    let texts = values.filter_map(Value::as_str);
    let arns = texts.filter(|text| text.starts_with("arn:") && text.contains(&object.id));
    std::iter::once(object.id.as_str())
        .chain(arns)
        .filter(|name| !name.is_empty())
        .map(comparable)
}

/// An id as it is compared: Azure's lists tell those of their objects in other capitals than the objects themselves do.
pub fn comparable(name: &str) -> String {
    match name
        .get(..15)
        .is_some_and(|start| start.eq_ignore_ascii_case("/subscriptions/"))
    {
        true => name.to_ascii_lowercase(),
        false => name.to_owned(),
    }
}

fn needs(position: usize, object: &Object, names: &HashMap<String, usize>) -> Vec<usize> {
    let mut found = Vec::new();
    let mut note = |text: &str| {
        let text = comparable(text);
        let cuts = text.match_indices('/').map(|(at, _)| &text[..at]);
        for name in std::iter::once(text.as_str()).chain(cuts) {
            let other = names.get(name).filter(|other| **other != position);
            found.extend(other);
        }
    };
    note(&object.id);
    let values = object
        .request
        .inputs
        .values()
        .chain(object.observed.values());
    values.for_each(|value| value.visit_texts(&mut note));
    found.sort_unstable();
    found.dedup();
    found
}

/// The same edges but those that lead back to where the walk came from.
fn without_circles(mut edges: Vec<Vec<usize>>) -> Vec<Vec<usize>> {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        Not,
        Above,
        Done,
    }
    let mut seen = vec![Seen::Not; edges.len()];
    for start in 0..edges.len() {
        if seen[start] != Seen::Not {
            continue;
        }
        seen[start] = Seen::Above;
        // Which edge of each node above is next. No recursion: a chain may be long.
        let mut path = vec![(start, 0)];
        while let Some((node, next)) = path.last_mut() {
            let Some(other) = edges[*node].get(*next).copied() else {
                seen[*node] = Seen::Done;
                path.pop();
                continue;
            };
            match seen[other] {
                Seen::Above => drop(edges[*node].remove(*next)),
                Seen::Done => *next += 1,
                Seen::Not => {
                    *next += 1;
                    seen[other] = Seen::Above;
                    path.push((other, 0));
                }
            }
        }
    }
    edges
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use stack_model::Map;

    use super::*;
    use crate::state::{Durations, Request, ResourceState};

    fn object(id: &str, observed: &[(&str, Value)]) -> ResourceState {
        let observed = observed.iter();
        let observed: Map = observed
            .map(|(key, value)| ((*key).to_owned(), value.clone()))
            .collect();
        ResourceState {
            object: Some(Object {
                id: id.to_owned(),
                request: Request {
                    provider: "aws".parse().unwrap(),
                    generation: 1,
                    token: String::new(),
                    inputs: Map::new(),
                    expressions: Default::default(),
                    dependencies: Vec::new(),
                },
                observed,
                incomplete: false,
                unverified: false,
                durations: Durations::default(),
            }),
            ..ResourceState::default()
        }
    }

    fn inferred(objects: Vec<(&str, ResourceState)>) -> Vec<String> {
        let mut state = State::default();
        for (urn, object) in objects {
            state.resources.insert(urn.parse().unwrap(), object);
        }
        let edges = dependencies(&state).into_iter();
        edges
            .filter(|(_, needs)| !needs.is_empty())
            .map(|(urn, needs)| {
                let needs: Vec<&str> = needs.iter().map(Urn::name).collect();
                format!("{} needs {}", urn.name(), needs.join(", "))
            })
            .collect()
    }

    #[test]
    fn objects_name_each_other_by_id_by_arn_and_by_what_is_in_them() {
        let arn = "arn:aws:iam::123456789012:role/app";
        let network =
            "/subscriptions/S/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/net";
        let subnet = format!("{network}/subnets/one");
        let found = inferred(vec![
            (
                "aws:ec2:Subnet/subnet",
                object("subnet-1", &[("vpc_id", "vpc-1".into())]),
            ),
            (
                "aws:ec2:Vpc/vpc",
                object("vpc-1", &[("note", "vpc-1".into())]),
            ),
            ("aws:iam:Role/role", object("app", &[("arn", arn.into())])),
            (
                "aws:ecs:TaskDefinition/task",
                object("task", &[("roles", Value::List(vec![arn.into()]))]),
            ),
            ("azure:network:VirtualNetwork/net", object(network, &[])),
            (
                "azure:app:ManagedEnvironment/apps",
                object(
                    "/subscriptions/S/x",
                    &[("subnet", subnet.to_uppercase().into())],
                ),
            ),
        ]);
        assert_eq!(
            found,
            ["subnet needs vpc", "task needs role", "apps needs net"]
        );
    }

    #[test]
    fn a_circle_loses_an_edge_and_no_more() {
        let found = inferred(vec![
            (
                "aws:ec2:SecurityGroup/a",
                object("sg-a", &[("peer", "sg-b".into())]),
            ),
            (
                "aws:ec2:SecurityGroup/b",
                object("sg-b", &[("peer", "sg-a".into()), ("vpc", "vpc-1".into())]),
            ),
            ("aws:ec2:Vpc/vpc", object("vpc-1", &[])),
        ]);
        assert_eq!(found, ["a needs b", "b needs vpc"]);
    }

    proptest! {
        #[test]
        fn what_is_left_has_no_circle_and_all_that_led_to_none(
            edges in prop::collection::vec(prop::collection::vec(0..12_usize, 0..4), 12)
        ) {
            let left = without_circles(edges.clone());
            let mut done = vec![false; left.len()];
            for _ in 0..left.len() {
                for node in 0..left.len() {
                    done[node] |= left[node].iter().all(|other| done[*other]);
                }
            }
            prop_assert!(done.iter().all(|done| *done), "{left:?}");
            let mut graph = petgraph::graphmap::DiGraphMap::<usize, ()>::new();
            for (from, to) in edges.iter().enumerate() {
                for to in to {
                    graph.add_edge(from, *to, ());
                }
            }
            if !petgraph::algo::is_cyclic_directed(&graph) {
                prop_assert_eq!(left, edges);
            }
        }
    }
}
