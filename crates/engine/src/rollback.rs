//! Back to a checkpoint: what was recorded, as what should exist.
//!
//! A rollback is a plan like any other. Its graph is made of a checkpoint instead of a program, and knows the
//! checkpoint besides, because three things of a rollback are not in a graph:
//!
//! - an input that was resolved then is the same now, as long as what it refers to has the same values;
//! - an object that is still there goes back to what the cloud had, which may not be what was asked for;
//! - acts, names, and objects that were deposed or live in the state alone go back without a cloud.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use indexmap::IndexMap;
use stack_model::graph::{Lookup, Options, OutputDeclaration, ProviderConfig, Resource};
use stack_model::schema::Nature;
use stack_model::{Expr, Graph, Map, Name, Path, Problem, Removal, Schema, TypeName, Urn, Value};

use crate::check::{CheckedGraph, Node, Schemas};
use crate::diff::{Desired, known, same, values};
use crate::partial::{EvaluateError, Partial, Scope, evaluate};
use crate::physical_name::physical_name;
use crate::plan::{Action, Change, Plan};
use crate::scope::of_object;
use crate::state::{Delta, Kept, Object, ResourceState, State};

/// How far a rollback goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Terms {
    /// Whether it leads back to the start of the very run that rolls back. What that run made may go even if it holds
    /// data, and protection that it put on is lifted unless the object holds data.
    pub this_run: bool,
    /// Whether the person asked for what is no undo: data that is lost, and one-way changes, which stay.
    pub accept_loss: bool,
}

/// A rollback, planned.
#[derive(Debug)]
pub struct Rollback {
    /// What is to be there again.
    pub graph: CheckedGraph,
    /// What would be done.
    pub plan: Plan,
    /// What is no undo. While there is any, the plan must not be applied: a person asks for it with
    /// [`Terms::accept_loss`].
    pub losses: Vec<Problem>,
}

/// The checkpoint that a graph was made of.
#[derive(Debug)]
pub struct Past {
    /// What was recorded.
    pub state: State,
    /// How far the rollback goes.
    pub terms: Terms,
}

impl CheckedGraph {
    /// The value of a resource's input. In a rollback what it was then, unless what it refers to has changed since.
    pub fn input(
        &self,
        urn: &Urn,
        field: &str,
        expr: &Expr,
        scope: &dyn Scope,
    ) -> Result<Partial, EvaluateError> {
        let past = self.past.as_ref().filter(|_| !is_literal(expr));
        let then = past.and_then(|past| {
            let object = past.state.object(urn)?;
            past.is_as_it_was(expr, scope)
                .then(|| object.request.inputs.get(field).cloned())
        });
        match then {
            Some(then) => Ok(Partial::Known(then.unwrap_or_default())),
            None => evaluate(expr, scope),
        }
    }

    /// The value of a stack's output, in a rollback as [`input`](Self::input) has it.
    pub fn output(
        &self,
        name: &str,
        expr: &Expr,
        scope: &dyn Scope,
    ) -> Result<Partial, EvaluateError> {
        let past = self.past.as_ref().filter(|_| !is_literal(expr));
        let then = past.and_then(|past| {
            let value = past.state.outputs.get(name)?;
            past.is_as_it_was(expr, scope).then(|| value.clone())
        });
        match then {
            Some(then) => Ok(Partial::Known(then)),
            None => evaluate(expr, scope),
        }
    }
}

fn is_literal(expr: &Expr) -> bool {
    matches!(expr, Expr::Literal(_))
}

impl Past {
    /// Whether everything that an expression refers to has the value that it had then.
    ///
    /// Configuration and other stacks' outputs count as unchanged: what they were then is in the recorded value, and
    /// nowhere else.
    fn is_as_it_was(&self, expr: &Expr, now: &dyn Scope) -> bool {
        let mut unchanged = true;
        expr.visit_leaves(&mut |leaf| {
            if let Expr::Ref(reference) = leaf {
                let then = self.state.object(&reference.urn);
                let then = then.and_then(|object| of_object(object, reference).ok());
                unchanged &= then.is_some() && then == now.leaf(leaf).ok();
            }
        });
        unchanged
    }

    /// An object whose last update was not seen to end, as though that had asked for what the cloud has: what it
    /// changed goes back too.
    pub fn as_begun(&self, schema: &Schema, urn: &Urn, object: &Object) -> Object {
        let mut begun = object.clone();
        let Some(then) = self.state.object(urn).filter(|then| then.id == object.id) else {
            return begun;
        };
        for (name, field) in &schema.inputs {
            let Some(has) = object.value(name).filter(|_| object.unverified) else {
                continue;
            };
            let had = then.value(name);
            if field.physical_name.is_none()
                && !had.is_some_and(|had| same(had, has, &field.kind, field.equality))
            {
                let inputs = &mut begun.request.inputs;
                inputs.entry(name.clone()).or_insert_with(|| has.clone());
            }
        }
        begun
    }

    /// Lets what is asked for be what the cloud had, where that was not what had been asked for: drift, what a program
    /// ignores, and what the cloud chose for a field that a program has set since.
    pub fn as_observed(&self, schema: &Schema, urn: &Urn, object: &Object, desired: &mut Desired) {
        let Some(then) = self.state.object(urn).filter(|then| then.id == object.id) else {
            return;
        };
        for (name, field) in &schema.inputs {
            let Some(observed) = then.observed.get(name).filter(|_| !field.write_only) else {
                continue;
            };
            let asked = desired.get(name).filter(|value| !value.is_null());
            match (asked, observed.is_null()) {
                // There is no way to ask for an absence that nobody asked for.
                (Some(_), true) if object.value(name).is_none() => drop(desired.remove(name)),
                (Some(Partial::Known(asked)), false)
                    if then.request.inputs.get(name) == Some(asked)
                        && !same(asked, observed, &field.kind, field.equality) =>
                {
                    desired.insert(name.clone(), Partial::Known(observed.clone()));
                }
                (None, false)
                    if field.removal != Removal::Follow
                        && field.physical_name.is_none()
                        && object.request.inputs.contains_key(name) =>
                {
                    desired.insert(name.clone(), Partial::Known(observed.clone()));
                }
                (Some(_) | None, _) => {}
            }
        }
    }

    /// What an update sends in place of the inputs that it records.
    pub fn sent_instead(&self, schema: &Schema, urn: &Urn, object: &Object, inputs: &Map) -> Map {
        let mut desired = known(inputs);
        self.as_observed(schema, urn, object, &mut desired);
        let mut sent = values(desired);
        for name in inputs.keys() {
            // A null is to be absent.
            sent.entry(name.clone()).or_insert(Value::Null);
        }
        sent.retain(|name, value| inputs.get(name) != Some(value));
        sent
    }

    /// Whether an object was unfinished then. It is left so.
    pub fn was_incomplete(&self, urn: &Urn, object: &Object) -> bool {
        let then = self.state.object(urn);
        then.is_some_and(|then| then.id == object.id && then.incomplete)
    }

    /// Whether an object waited then to be deleted. It goes on waiting.
    pub fn deposed(&self, urn: &Urn, object: &Object) -> bool {
        let recorded = self.state.resources.get(urn);
        recorded.is_some_and(|recorded| recorded.deposed.iter().any(|old| old.id == object.id))
    }

    /// Whether protection holds against the rollback.
    pub fn guards(&self, urn: &Urn, kept: &Kept, schemas: &Schemas) -> bool {
        kept.protect && !self.lifts(urn, schemas)
    }

    /// Whether protection of a resource was put on by the run that rolls back, and may go with it.
    fn lifts(&self, urn: &Urn, schemas: &Schemas) -> bool {
        let then = self.state.resources.get(urn);
        let holds_data = schemas
            .get(urn.type_name())
            .is_none_or(|schema| schema.holds_data);
        self.terms.this_run && !holds_data && !then.is_some_and(|then| then.kept.protect)
    }
}

/// A checkpoint as what should exist. All problems are reported at once.
pub fn target(
    checkpoint: State,
    now: &State,
    schemas: &Schemas,
    terms: Terms,
) -> Result<CheckedGraph, Vec<Problem>> {
    let mut target = Target::new(&checkpoint, now, schemas);
    target.resources();
    let order = target.order();
    target.lookups();
    target.outputs();
    let Target {
        graph,
        places,
        dependencies,
        problems,
        ..
    } = target;
    if !problems.is_empty() {
        return Err(problems);
    }
    let lookups = graph.lookups.iter().map(Lookup::urn);
    let lookups: HashMap<Urn, usize> = lookups.zip(0..).collect();
    let before = (0..graph.lookups.len()).map(Node::Lookup);
    Ok(CheckedGraph {
        order: before
            .chain(order.into_iter().map(Node::Resource))
            .collect(),
        resources: places,
        lookups,
        dependencies,
        graph,
        past: Some(Box::new(Past {
            state: checkpoint,
            terms,
        })),
    })
}

struct Target<'s> {
    then: &'s State,
    now: &'s State,
    schemas: &'s Schemas,
    graph: Graph,
    /// Position in the graph, by urn.
    places: HashMap<Urn, usize>,
    dependencies: Vec<Vec<Urn>>,
    problems: Vec<Problem>,
}

impl<'s> Target<'s> {
    fn new(then: &'s State, now: &'s State, schemas: &'s Schemas) -> Self {
        let mut graph = Graph::new();
        // A configuration that is in use has the credentials of today; only one that is gone is taken from then.
        let configured: BTreeMap<_, _> = then.providers.iter().chain(&now.providers).collect();
        graph.providers = configured
            .into_iter()
            .map(|(name, provider)| ProviderConfig {
                name: name.clone(),
                kind: provider.kind.clone(),
                default: false,
                config: provider
                    .config
                    .iter()
                    .map(|(key, value)| (key.clone(), Expr::Literal(value.clone())))
                    .collect(),
            })
            .collect();
        Self {
            then,
            now,
            schemas,
            graph,
            places: HashMap::new(),
            dependencies: Vec::new(),
            problems: Vec::new(),
        }
    }

    fn problem(&mut self, subject: impl ToString, message: impl Into<String>) {
        self.problems.push(Problem {
            subject: subject.to_string(),
            at: None,
            message: message.into(),
        });
    }

    fn resources(&mut self) {
        let then = self.then;
        for (urn, recorded) in &then.resources {
            let Some(object) = &recorded.object else {
                continue;
            };
            self.account(urn, object);
            let names = (urn.type_name().parse::<TypeName>(), urn.name().parse());
            let (Ok(type_name), Ok(name)) = names else {
                self.problem(urn, "is not named as resources are");
                continue;
            };
            let Some(schema) = self.schemas.get(&type_name) else {
                let message = format!("this version of stack does not know the type {type_name}");
                self.problem(urn, message);
                continue;
            };
            let resource = Resource {
                type_name,
                name,
                at: None,
                group: Vec::new(),
                inputs: self.inputs(schema, urn, object),
                options: options(&recorded.kept, &object.request.provider),
            };
            let there = |urn: &&Urn| then.object(urn).is_some();
            let dependencies = object.request.dependencies.iter().filter(there);
            self.places.insert(urn.clone(), self.graph.resources.len());
            self.graph.resources.push(resource);
            self.dependencies.push(dependencies.cloned().collect());
        }
    }

    /// A configuration that has gone elsewhere since would make everything anew over there.
    fn account(&mut self, urn: &Urn, object: &Object) {
        let name = &object.request.provider;
        let identity = |state: &'s State| state.providers.get(name)?.identity.as_ref();
        if let (Some(then), Some(now)) = (identity(self.then), identity(self.now))
            && then != now
        {
            let message = format!(
                "was in {} then, and its provider configuration {name} leads to {} now: it cannot be rolled back across accounts or regions",
                place(then),
                place(now)
            );
            self.problem(urn, message);
        }
    }

    /// What was asked for: as an expression where one is recorded and still leads somewhere, else as it was resolved.
    fn inputs(&self, schema: &Schema, urn: &Urn, object: &Object) -> BTreeMap<String, Expr> {
        let request = &object.request;
        let is_ours = |field: &str, value: &Value| {
            let form = schema.inputs.get(field)?.physical_name?;
            let name = physical_name(form, &self.then.header, urn, request.generation);
            (value.as_str() == Some(name.as_str())).then_some(())
        };
        let literals = request
            .inputs
            .iter()
            .filter(|(field, value)| is_ours(field, value).is_none())
            .map(|(field, value)| (field.clone(), Expr::Literal(value.clone())));
        let expressions = request
            .expressions
            .iter()
            .filter(|(_, expr)| self.leads_somewhere(expr))
            .map(|(field, expr)| (field.clone(), expr.clone()));
        literals.chain(expressions).collect()
    }

    fn leads_somewhere(&self, expr: &Expr) -> bool {
        let mut found = true;
        expr.visit_leaves(&mut |leaf| {
            found &= match leaf {
                Expr::Ref(to) => self.then.object(&to.urn).is_some(),
                Expr::Lookup(to) => {
                    let schema = self.schemas.get(to.urn.type_name());
                    self.then.lookups.contains_key(&to.urn) && schema.is_some()
                }
                _ => true,
            };
        });
        found
    }

    /// Sorts resources so that each comes after what it depends on, and otherwise as they were made.
    ///
    /// What runs that failed recorded may go in a circle. There, references become the values that they had.
    fn order(&mut self) -> Vec<usize> {
        let count = self.graph.resources.len();
        let mut dependents: Vec<Vec<usize>> = vec![Vec::new(); count];
        let mut open = vec![0usize; count];
        for (position, dependencies) in self.dependencies.iter().enumerate() {
            let above = dependencies.iter().filter_map(|urn| self.places.get(urn));
            for above in above.copied().collect::<BTreeSet<_>>() {
                dependents[above].push(position);
                open[position] += 1;
            }
        }
        let mut ready: BTreeSet<usize> = (0..count).filter(|one| open[*one] == 0).collect();
        let mut left: BTreeSet<usize> = (0..count).collect();
        let mut sorted = Vec::with_capacity(count);
        while let Some(first) = left.first().copied() {
            let next = ready.pop_first().unwrap_or_else(|| {
                self.cut(first, &left);
                first
            });
            if !left.remove(&next) {
                continue;
            }
            sorted.push(next);
            for dependent in &dependents[next] {
                open[*dependent] = open[*dependent].saturating_sub(1);
                if open[*dependent] == 0 {
                    ready.insert(*dependent);
                }
            }
        }
        sorted
    }

    /// Takes away what a resource refers to among those that are left.
    fn cut(&mut self, position: usize, left: &BTreeSet<usize>) {
        let places = &self.places;
        let later = |urn: &Urn| places.get(urn).is_some_and(|place| left.contains(place));
        self.dependencies[position].retain(|urn| !later(urn));
        let resource = &mut self.graph.resources[position];
        let then = self.then.object(&resource.urn());
        for (field, expr) in &mut resource.inputs {
            let mut cut = false;
            expr.visit_leaves(&mut |leaf| {
                cut |= matches!(leaf, Expr::Ref(reference) if later(&reference.urn));
            });
            if cut {
                let value = then.and_then(|then| then.request.inputs.get(field));
                *expr = Expr::Literal(value.cloned().unwrap_or_default());
            }
        }
    }

    /// The lookups that something refers to. They are answered as they were.
    fn lookups(&mut self) {
        let mut found: IndexMap<Urn, Option<Name>> = IndexMap::new();
        for resource in &self.graph.resources {
            let mut note = |leaf: &Expr| {
                if let Expr::Lookup(to) = leaf {
                    let same_cloud =
                        to.urn.type_name().split(':').next() == Some(resource.type_name.cloud());
                    let provider = resource.options.provider.clone().filter(|_| same_cloud);
                    found.entry(to.urn.clone()).or_insert(provider);
                }
            };
            let inputs = resource.inputs.values();
            inputs.for_each(|expr| expr.visit_leaves(&mut note));
        }
        for (name, expr) in &self.then.output_expressions {
            if self.then.outputs.contains_key(name) && self.leads_somewhere(expr) {
                expr.visit_leaves(&mut |leaf| {
                    if let Expr::Lookup(to) = leaf {
                        found.entry(to.urn.clone()).or_insert(None);
                    }
                });
            }
        }
        for (urn, provider) in found {
            let names = (urn.type_name().parse(), urn.name().parse());
            let (Some(answered), (Ok(type_name), Ok(name))) = (self.then.lookups.get(&urn), names)
            else {
                continue;
            };
            let inputs = answered
                .inputs
                .iter()
                .map(|(field, value)| (field.clone(), Expr::Literal(value.clone())));
            self.graph.lookups.push(Lookup {
                type_name,
                name,
                inputs: inputs.collect(),
                provider,
            });
        }
    }

    fn outputs(&mut self) {
        for (name, value) in &self.then.outputs {
            let written = self.then.output_expressions.get(name);
            let written = written.filter(|expr| self.leads_somewhere(expr));
            let value = written
                .cloned()
                .unwrap_or_else(|| Expr::Literal(value.clone()));
            let declared = OutputDeclaration {
                value,
                description: None,
            };
            self.graph.outputs.insert(name.clone(), declared);
        }
    }
}

fn place(identity: &stack_provider::Identity) -> String {
    match &identity.region {
        Some(region) => format!("{region} of {}", identity.account),
        None => identity.account.clone(),
    }
}

fn options(kept: &Kept, provider: &Name) -> Options {
    Options {
        provider: Some(provider.clone()),
        protect: kept.protect,
        retain: kept.retain,
        replace_order: kept.replace_order,
        timeouts: kept.timeouts.clone(),
        ..Options::default()
    }
}

/// What goes back without a cloud: how it changes the state, and how it shows in the plan.
#[derive(Debug, Default)]
pub struct Restored {
    /// What has to be recorded, in this order.
    pub deltas: Vec<Delta>,
    /// What people should see.
    pub changes: Vec<Change>,
    /// Resources that have the urn again that they had: as they were called last, and as they are called again.
    pub renamed: Vec<(Urn, Urn)>,
}

/// Finds what goes back without a cloud: urns, objects that were deposed and are still there, what lives in the state
/// alone, and the records of acts.
pub fn restored(past: &Past, now: &State, schemas: &Schemas) -> Result<Restored, Vec<Problem>> {
    let mut restored = Restored::default();
    let mut state = now.clone();
    rename_back(past, &mut state, &mut restored)?;
    let mut deltas = Vec::new();
    for (urn, then) in &past.state.resources {
        let (Some(object), Some(schema)) = (&then.object, schemas.get(urn.type_name())) else {
            continue;
        };
        let recorded = state.resources.get(urn);
        let Some((next, reason)) = put_back(schema, then, object, recorded) else {
            continue;
        };
        let mut change = Change::restored(urn, object, reason);
        if schema.nature == Nature::Effect {
            change.irreversible = Some("an act cannot be undone".into());
        }
        restored.changes.push(change);
        deltas.push(Delta::Resource {
            urn: urn.clone(),
            state: Box::new(next),
        });
    }
    restored.deltas.extend(deltas);
    Ok(restored)
}

/// What is recorded of one resource from now on, if its object goes back without a cloud; and why.
fn put_back(
    schema: &Schema,
    then: &ResourceState,
    object: &Object,
    recorded: Option<&ResourceState>,
) -> Option<(ResourceState, &'static str)> {
    let live = recorded.and_then(|recorded| recorded.object.as_ref());
    let deposed = recorded.map_or(&[][..], |recorded| &recorded.deposed);
    let kept = recorded.map_or_else(|| then.kept.clone(), |recorded| recorded.kept.clone());
    let is_it = |other: &Object| other.id == object.id;
    if schema.nature == Nature::Effect {
        let unchanged = live.is_some_and(|live| {
            is_it(live)
                && live.incomplete == object.incomplete
                && live.request.inputs == object.request.inputs
        });
        let next = ResourceState {
            object: Some(object.clone()),
            deposed: deposed.to_vec(),
            kept,
        };
        let reason = "it is neither done nor undone; its record is what it was";
        return (!unchanged).then_some((next, reason));
    }
    if live.is_some_and(is_it) {
        return None;
    }
    if let Some(old) = deposed.iter().find(|old| is_it(old)) {
        let others = deposed.iter().filter(|old| !is_it(old)).chain(live);
        let next = ResourceState {
            object: Some(old.clone()),
            deposed: others.cloned().collect(),
            kept,
        };
        return Some((
            next,
            "it was replaced and is still there: it is in use again",
        ));
    }
    let next = ResourceState {
        object: Some(object.clone()),
        deposed: deposed.to_vec(),
        kept,
    };
    let reason = "it lives in the state alone, and is what it was";
    (schema.nature == Nature::Kept).then_some((next, reason))
}

/// Gives objects the urns back that they had.
fn rename_back(
    past: &Past,
    state: &mut State,
    restored: &mut Restored,
) -> Result<(), Vec<Problem>> {
    let mut open = renames(past, state);
    loop {
        let before = open.len();
        open.retain(|(from, to)| {
            if state.resources.contains_key(to) {
                return true;
            }
            let delta = Delta::Rename {
                from: from.clone(),
                to: to.clone(),
            };
            state.apply(&delta);
            restored.deltas.push(delta);
            restored.renamed.push((from.clone(), to.clone()));
            false
        });
        if open.is_empty() {
            return Ok(());
        }
        if open.len() == before {
            let problem = |(from, to): (Urn, Urn)| Problem {
                subject: to.to_string(),
                at: None,
                message: format!(
                    "is called {from} now, and its name belongs to another: give that one another name with `moved`, apply, and roll back then"
                ),
            };
            return Err(open.into_iter().map(problem).collect());
        }
    }
}

/// What is called otherwise than it was then: as it is called now, and as it was.
fn renames(past: &Past, state: &State) -> Vec<(Urn, Urn)> {
    let objects = |state: &'_ State| -> Vec<(Urn, String, String)> {
        let of = |(urn, recorded): (&Urn, &ResourceState)| {
            let objects = recorded.object.iter().chain(&recorded.deposed);
            let named = |object: &Object| {
                let token = object.request.token.clone();
                (urn.clone(), object.id.clone(), token)
            };
            objects.map(named).collect::<Vec<_>>()
        };
        state.resources.iter().flat_map(of).collect()
    };
    let now: HashMap<(String, String), Urn> = objects(state)
        .into_iter()
        .map(|(urn, id, token)| ((id, token), urn))
        .collect();
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    for (urn, recorded) in &past.state.resources {
        let Some(object) = &recorded.object else {
            continue;
        };
        let key = (object.id.clone(), object.request.token.clone());
        let called = now.get(&key).filter(|called| *called != urn);
        if let Some(called) = called.filter(|called| called.type_name() == urn.type_name())
            && seen.insert(called.clone())
        {
            found.push((called.clone(), urn.clone()));
        }
    }
    found
}

/// Says of each change what it means in a rollback, and gives those that are no undo.
pub fn judge(past: &Past, state: &State, schemas: &Schemas, plan: &mut Plan) -> Vec<Problem> {
    let mut losses = Vec::new();
    for change in &mut plan.changes {
        let Some(schema) = schemas.get(change.urn.type_name()) else {
            continue;
        };
        explain(past, state, schemas, schema, change);
        if let Some(message) = loss(past, schema, change) {
            losses.push(Problem {
                subject: change.urn.to_string(),
                at: None,
                message,
            });
        }
    }
    losses
}

fn explain(past: &Past, state: &State, schemas: &Schemas, schema: &Schema, change: &mut Change) {
    let urn = &change.urn;
    match change.action {
        Action::Create if past.state.object(urn).is_some() => {
            change.reason = Some("it was there, and is made anew".into());
            if schema.holds_data {
                change.irreversible = Some("the data that it held does not come back".into());
            }
        }
        Action::Delete => {
            let recorded = state.resources.get(urn);
            let lifted =
                recorded.is_some_and(|recorded| recorded.kept.protect) && past.lifts(urn, schemas);
            change.reason = Some(
                match lifted {
                    true => "it was made since; the protection that this run put on it is lifted",
                    false => "it was made since",
                }
                .into(),
            );
            if schema.nature == Nature::Effect {
                change.irreversible = Some("an act cannot be undone".into());
            }
        }
        Action::DeleteDeposed => {
            change.reason =
                Some("it was made since, in place of the one that is in use again".into());
        }
        Action::Create
        | Action::Update
        | Action::Resume
        | Action::Replace(_)
        | Action::Run
        | Action::Forget
        | Action::Ask
        | Action::Record
        | Action::Rename
        | Action::Restore => {}
    }
}

/// Why a change is no undo, if it is none.
fn loss(past: &Past, schema: &Schema, change: &Change) -> Option<String> {
    let data = schema.holds_data;
    let made_anew = "held data, and making it anew does not bring the data back";
    match change.action {
        Action::Create | Action::Replace(_) if data => Some(made_anew.into()),
        Action::Delete | Action::DeleteDeposed if data && !past.terms.this_run => {
            Some("was made since and holds data, which would be deleted".into())
        }
        Action::Update | Action::Resume => {
            let one_way = change.fields.iter().find(|field| field.one_way)?;
            Some(format!("its {} cannot be put back", one_way.path))
        }
        _ => None,
    }
}

/// Lets one-way changes stay, as the person asked for. Gives whether there are any.
pub fn leave_one_way(graph: &mut CheckedGraph, plan: &Plan) -> bool {
    let mut any = false;
    for change in &plan.changes {
        let Some(position) = graph.resources.get(&change.urn) else {
            continue;
        };
        let one_way = change.fields.iter().filter(|field| field.one_way);
        let paths: Vec<Path> = one_way.map(|field| field.path.clone()).collect();
        if matches!(change.action, Action::Update | Action::Resume) && !paths.is_empty() {
            any = true;
            let options = &mut graph.graph.resources[*position].options;
            options.ignore_changes.extend(paths);
        }
    }
    any
}
