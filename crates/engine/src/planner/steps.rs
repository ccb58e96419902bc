//! From decisions to steps and their edges, linear in both.

use std::collections::{HashMap, HashSet};

use petgraph::graph::{DiGraph, NodeIndex};
use stack_model::graph::ReplaceOrder;
use stack_model::schema::Nature;
use stack_model::{Expr, Urn};

use super::order::shared_key;
use super::{Decision, Sources, Verdict, irreversible};
use crate::check::{Node, Schemas};
use crate::diff::FieldChange;
use crate::partial::Partial;
use crate::plan::{Act, Action, Change, Step};
use crate::state::{Object, State};

/// Recorded resources that the program no longer declares, as far as they are targeted.
pub(super) fn removed(sources: &Sources<'_>, targeted: Option<&HashSet<Urn>>) -> Vec<Urn> {
    let undeclared = |urn: &&Urn| !sources.graph.resources.contains_key(*urn);
    let chosen = |urn: &&Urn| targeted.is_none_or(|targeted| targeted.contains(*urn));
    sources
        .state
        .resources
        .keys()
        .filter(undeclared)
        .filter(chosen)
        .cloned()
        .collect()
}

/// The given resources and everything recorded that depends on them.
pub(super) fn with_dependents(state: &State, roots: &HashSet<Urn>) -> HashSet<Urn> {
    let mut dependents: HashMap<&Urn, Vec<&Urn>> = HashMap::new();
    for (urn, recorded) in &state.resources {
        for object in recorded.object.iter().chain(&recorded.deposed) {
            for dependency in &object.request.dependencies {
                dependents.entry(dependency).or_default().push(urn);
            }
        }
    }
    let mut found = HashSet::new();
    let mut open: Vec<&Urn> = roots.iter().collect();
    while let Some(urn) = open.pop() {
        if found.insert(urn.clone()) {
            open.extend(dependents.get(urn).into_iter().flatten());
        }
    }
    found
}

/// An object that is to be deleted.
struct Doomed<'s> {
    urn: &'s Urn,
    object: &'s Object,
    /// Whether it goes before anything that replaces it is made.
    early: bool,
}

#[derive(Default)]
struct Builder {
    steps: Vec<Step>,
    changes: Vec<Change>,
}

impl Builder {
    fn step(&mut self, urn: Option<&Urn>, act: Act, mut after: Vec<u32>, expected: u32) -> u32 {
        after.sort_unstable();
        after.dedup();
        self.steps.push(Step {
            urn: urn.cloned(),
            act,
            after,
            expected,
        });
        (self.steps.len() - 1) as u32
    }

    fn change(&mut self, schemas: &Schemas, mut change: Change) {
        change.irreversible = irreversible(schemas, &change.urn, &change);
        self.changes.push(change);
    }
}

fn plain(urn: &Urn, action: Action, object: Option<&Object>) -> Change {
    Change {
        urn: urn.clone(),
        action,
        id: object.map(|object| object.id.clone()),
        at: None,
        group: Vec::new(),
        fields: Vec::new(),
        reason: None,
        irreversible: None,
    }
}

/// Steps and changes of an apply.
pub(super) fn build(
    sources: &Sources<'_>,
    decisions: &[Decision],
    removed: &[Urn],
) -> (Vec<Change>, Vec<Step>) {
    let mut builder = Builder::default();
    let mut doomed = doomed(sources, decisions, removed);
    mark_early(&mut doomed);

    // Deletes that come first are steps before anything else refers to them.
    let early: Vec<usize> = (0..doomed.len())
        .filter(|index| doomed[*index].early)
        .collect();
    let deleted_early = delete_steps(&mut builder, &doomed, &early, &[]);
    let mut gone: HashMap<&Urn, Vec<u32>> = HashMap::new();
    for (index, step) in early.iter().zip(&deleted_early) {
        gone.entry(doomed[*index].urn).or_default().push(*step);
    }

    let forward = forward_steps(sources, decisions, &mut builder, &gone);

    let late: Vec<usize> = (0..doomed.len())
        .filter(|index| !doomed[*index].early)
        .collect();
    let is_forgotten = |urn: &&Urn| {
        let recorded = &sources.state.resources[*urn];
        retained(sources, urn) || recorded.object.is_none() && recorded.deposed.is_empty()
    };
    let forgotten: Vec<&Urn> = removed.iter().filter(is_forgotten).collect();
    let nothing_goes = late.is_empty() && forgotten.is_empty();
    let barrier: Vec<u32> = if nothing_goes || forward.is_empty() {
        Vec::new()
    } else {
        vec![builder.step(None, Act::Barrier, forward, 0)]
    };
    let deleted_late = delete_steps(&mut builder, &doomed, &late, &barrier);

    // Behind the deletes too, which may fail: a rollback would make anew what is forgotten, beside the object that stays.
    // One behind the other, so that not each of them names all deletes.
    let mut last = [barrier, deleted_early, deleted_late].concat();
    for urn in forgotten {
        last = vec![builder.step(Some(urn), Act::Forget, last, 0)];
        let change = plain(urn, Action::Forget, sources.state.object(urn));
        builder.change(sources.schemas, change);
    }
    for one in &doomed {
        let live = sources
            .state
            .object(one.urn)
            .is_some_and(|live| std::ptr::eq(live, one.object));
        let declared = sources.graph.resources.contains_key(one.urn);
        match (live, declared) {
            // It is part of the replacement, which is shown as one change.
            (true, true) => {}
            (true, false) => {
                let mut change = plain(one.urn, Action::Delete, Some(one.object));
                change.reason = Some("it is no longer declared".into());
                builder.change(sources.schemas, change);
            }
            (false, _) => {
                let mut change = plain(one.urn, Action::DeleteDeposed, Some(one.object));
                change.reason = Some("it was replaced in an earlier run".into());
                builder.change(sources.schemas, change);
            }
        }
    }
    (builder.changes, builder.steps)
}

/// Steps and changes of a destroy.
pub(super) fn build_destroy(
    state: &State,
    schemas: &Schemas,
    removed: &[Urn],
) -> (Vec<Change>, Vec<Step>) {
    let mut builder = Builder::default();
    let mut doomed = Vec::new();
    let mut forgotten = Vec::new();
    for urn in removed {
        let recorded = &state.resources[urn];
        let objects = recorded
            .object
            .iter()
            .filter(|_| !recorded.kept.retain)
            .chain(&recorded.deposed);
        let before = doomed.len();
        doomed.extend(objects.map(|object| Doomed {
            urn,
            object,
            early: false,
        }));
        if recorded.kept.retain || doomed.len() == before {
            forgotten.push(urn);
        }
    }
    let all: Vec<usize> = (0..doomed.len()).collect();
    let deleted = delete_steps(&mut builder, &doomed, &all, &[]);
    let mut steps: HashMap<&Urn, Vec<u32>> = HashMap::new();
    for (one, step) in doomed.iter().zip(&deleted) {
        steps.entry(one.urn).or_default().push(*step);
    }
    for urn in forgotten {
        let after = steps.remove(urn).unwrap_or_default();
        builder.step(Some(urn), Act::Forget, after, 0);
        let change = plain(urn, Action::Forget, state.object(urn));
        builder.change(schemas, change);
    }
    for one in &doomed {
        let live = state
            .object(one.urn)
            .is_some_and(|live| std::ptr::eq(live, one.object));
        let action = if live {
            Action::Delete
        } else {
            Action::DeleteDeposed
        };
        builder.change(schemas, plain(one.urn, action, Some(one.object)));
    }
    (builder.changes, builder.steps)
}

/// Whether what is no longer declared is forgotten instead of deleted. A rollback leaves nothing behind that it made.
fn retained(sources: &Sources<'_>, urn: &Urn) -> bool {
    sources.graph.past.is_none() && sources.state.resources[urn].kept.retain
}

/// Every object that is to be deleted: of what is no longer declared, of what is replaced, and what was deposed.
fn doomed<'s>(
    sources: &'s Sources<'_>,
    decisions: &[Decision],
    removed: &'s [Urn],
) -> Vec<Doomed<'s>> {
    let past = sources.graph.past.as_deref();
    let goes = |urn: &Urn, object: &Object| !past.is_some_and(|past| past.deposed(urn, object));
    let mut doomed = Vec::new();
    for urn in removed {
        let recorded = &sources.state.resources[urn];
        let live = recorded.object.iter().filter(|_| !retained(sources, urn));
        let old = recorded.deposed.iter().filter(|old| goes(urn, old));
        doomed.extend(live.chain(old).map(|object| Doomed {
            urn,
            object,
            early: false,
        }));
    }
    for (resource, decision) in sources.graph.graph.resources.iter().zip(decisions) {
        let Some((urn, recorded)) = sources
            .state
            .resources
            .get_key_value(resource.urn().as_str())
        else {
            continue;
        };
        if let (Verdict::Replace(order), Some(object)) = (decision.verdict, &recorded.object) {
            doomed.push(Doomed {
                urn,
                object,
                early: order == ReplaceOrder::DeleteFirst,
            });
        }
        if decision.verdict != Verdict::Skip {
            let old = recorded.deposed.iter().filter(|old| goes(urn, old));
            let changes = match decision.verdict {
                Verdict::Create | Verdict::Replace(_) | Verdict::Update | Verdict::Resume => true,
                Verdict::Skip | Verdict::Keep | Verdict::Record => false,
            };
            doomed.extend(old.map(|object| Doomed {
                urn,
                object,
                // It has a key that the new object needs, or one that is changed.
                early: changes && shared_key(sources, decision, resource, object).is_some(),
            }));
        }
    }
    doomed
}

/// What depends on an object that goes early, and goes itself, goes early too.
fn mark_early(doomed: &mut [Doomed<'_>]) {
    let mut dependents: HashMap<&Urn, Vec<usize>> = HashMap::new();
    for (index, one) in doomed.iter().enumerate() {
        for dependency in &one.object.request.dependencies {
            dependents.entry(dependency).or_default().push(index);
        }
    }
    let mut open: Vec<usize> = (0..doomed.len())
        .filter(|index| doomed[*index].early)
        .collect();
    while let Some(index) = open.pop() {
        for dependent in dependents.get(doomed[index].urn).into_iter().flatten() {
            if !doomed[*dependent].early {
                doomed[*dependent].early = true;
                open.push(*dependent);
            }
        }
    }
}

/// Adds the deletes of some doomed objects, dependents before what they depend on, in the order given.
fn delete_steps(
    builder: &mut Builder,
    doomed: &[Doomed<'_>],
    which: &[usize],
    after: &[u32],
) -> Vec<u32> {
    let mut net: DiGraph<usize, ()> = DiGraph::with_capacity(which.len(), which.len() * 2);
    let nodes: Vec<NodeIndex> = which.iter().map(|index| net.add_node(*index)).collect();
    let mut by_urn: HashMap<&Urn, Vec<NodeIndex>> = HashMap::new();
    for (node, index) in nodes.iter().zip(which) {
        by_urn.entry(doomed[*index].urn).or_default().push(*node);
    }
    for (node, index) in nodes.iter().zip(which) {
        for dependency in &doomed[*index].object.request.dependencies {
            for target in by_urn
                .get(dependency)
                .into_iter()
                .flatten()
                .filter(|target| *target != node)
            {
                net.add_edge(*node, *target, ());
            }
        }
    }
    // Objects of different runs may depend on each other in a circle. Inside one there is no right order; the
    // engine tries, and tries again on conflicts. Not Tarjan's, which recurses: a circle may be as long as the state.
    let order = petgraph::algo::toposort(&net, None).unwrap_or_else(|_| {
        let circles = petgraph::algo::kosaraju_scc(&net);
        let mut circle_of = vec![0; net.node_count()];
        for (number, circle) in circles.iter().enumerate() {
            circle
                .iter()
                .for_each(|node| circle_of[node.index()] = number);
        }
        net.retain_edges(|net, edge| {
            net.edge_endpoints(edge)
                .is_some_and(|(from, to)| circle_of[from.index()] != circle_of[to.index()])
        });
        circles.into_iter().rev().flatten().collect()
    });
    let mut step_of = vec![0u32; net.node_count()];
    for node in order {
        let one = &doomed[net[node]];
        let mut earlier: Vec<u32> = net
            .neighbors_directed(node, petgraph::Direction::Incoming)
            .map(|from| step_of[from.index()])
            .collect();
        if earlier.is_empty() {
            earlier.extend_from_slice(after);
        }
        let act = Act::Delete {
            generation: one.object.request.generation,
        };
        step_of[node.index()] =
            builder.step(Some(one.urn), act, earlier, one.object.durations.create / 2);
    }
    step_of
}

/// Adds creates, updates, acts and questions, each after what it depends on.
fn forward_steps(
    sources: &Sources<'_>,
    decisions: &[Decision],
    builder: &mut Builder,
    gone: &HashMap<&Urn, Vec<u32>>,
) -> Vec<u32> {
    let graph = &sources.graph.graph;
    let mut of_resource: Vec<Option<u32>> = vec![None; graph.resources.len()];
    let mut of_lookup: Vec<Option<u32>> = vec![None; graph.lookups.len()];
    let mut forward = Vec::new();
    for node in &sources.graph.order {
        match *node {
            Node::Lookup(position) => {
                let lookup = &graph.lookups[position];
                let urn = lookup.urn();
                if sources.answers.contains_key(&urn) {
                    continue;
                }
                let mut after = Vec::new();
                let wait = Wait {
                    sources,
                    of_resource: &of_resource,
                    of_lookup: &of_lookup,
                };
                lookup
                    .inputs
                    .values()
                    .for_each(|expr| wait.collect(expr, &mut after));
                of_lookup[position] = Some(builder.step(Some(&urn), Act::Ask, after, 0));
                forward.extend(of_lookup[position]);
                builder.change(sources.schemas, plain(&urn, Action::Ask, None));
            }
            Node::Resource(position) => {
                let resource = &graph.resources[position];
                let decision = &decisions[position];
                let urn = resource.urn();
                let mut after: Vec<u32> = sources.graph.dependencies[position]
                    .iter()
                    .filter_map(|dependency| of_resource[sources.graph.resources[dependency]])
                    .collect();
                let wait = Wait {
                    sources,
                    of_resource: &of_resource,
                    of_lookup: &of_lookup,
                };
                resource
                    .inputs
                    .values()
                    .for_each(|expr| wait.lookups(expr, &mut after));
                let object = sources.state.object(&urn);
                let durations = object.map(|object| object.durations).unwrap_or_default();
                let (act, expected) = match decision.verdict {
                    Verdict::Skip => continue,
                    Verdict::Keep if after.is_empty() => continue,
                    Verdict::Keep => (Act::Pass, 0),
                    Verdict::Record => (Act::Record, 0),
                    Verdict::Create | Verdict::Replace(_) => {
                        after.extend(gone.get(&urn).into_iter().flatten());
                        (Act::Create, durations.create)
                    }
                    Verdict::Update | Verdict::Resume => {
                        after.extend(gone.get(&urn).into_iter().flatten());
                        (Act::Update, durations.update.max(1))
                    }
                };
                let step = builder.step(Some(&urn), act, after, expected);
                of_resource[position] = Some(step);
                forward.push(step);
                if let Some(change) = change_of(sources, position, decision, &urn, object) {
                    builder.change(sources.schemas, change);
                }
            }
        }
    }
    forward
}

struct Wait<'a> {
    sources: &'a Sources<'a>,
    of_resource: &'a [Option<u32>],
    of_lookup: &'a [Option<u32>],
}

impl Wait<'_> {
    fn collect(&self, expr: &Expr, after: &mut Vec<u32>) {
        self.lookups(expr, after);
        expr.visit_leaves(&mut |leaf| {
            if let Expr::Ref(reference) = leaf {
                after.extend(self.of_resource[self.sources.graph.resources[&reference.urn]]);
            }
        });
    }

    fn lookups(&self, expr: &Expr, after: &mut Vec<u32>) {
        expr.visit_leaves(&mut |leaf| {
            if let Expr::Lookup(reference) = leaf {
                after.extend(self.of_lookup[self.sources.graph.lookups[&reference.urn]]);
            }
        });
    }
}

fn change_of(
    sources: &Sources<'_>,
    position: usize,
    decision: &Decision,
    urn: &Urn,
    object: Option<&Object>,
) -> Option<Change> {
    let resource = &sources.graph.graph.resources[position];
    let is_effect = sources.schemas[&resource.type_name].nature == Nature::Effect;
    let action = match decision.verdict {
        Verdict::Skip | Verdict::Keep => return None,
        Verdict::Create | Verdict::Update if is_effect => Action::Run,
        Verdict::Create => Action::Create,
        Verdict::Update => Action::Update,
        Verdict::Resume => Action::Resume,
        Verdict::Replace(order) => Action::Replace(order),
        Verdict::Record => Action::Record,
    };
    let fields = match action {
        Action::Create => new_fields(decision),
        Action::Run if object.is_none() => new_fields(decision),
        _ => decision.changes.clone(),
    };
    Some(Change {
        at: resource.at.clone(),
        group: resource.group.clone(),
        fields,
        reason: decision.reason.clone(),
        ..plain(urn, action, object)
    })
}

fn new_fields(decision: &Decision) -> Vec<FieldChange> {
    let field = |(name, after): (&String, &Partial)| FieldChange {
        path: stack_model::Path::field(name),
        before: stack_model::Value::Null,
        after: after.clone(),
        replaces: false,
        one_way: false,
    };
    decision.desired.iter().map(field).collect()
}
