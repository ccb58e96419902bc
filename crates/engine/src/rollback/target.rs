//! A checkpoint as what should exist: its graph, which no program made.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use indexmap::IndexMap;
use stack_model::graph::{Lookup, Options, OutputDeclaration, ProviderConfig, Resource};
use stack_model::{Expr, Graph, Name, Problem, Schema, TypeName, Urn, Value};

use super::{Past, Terms};
use crate::check::{CheckedGraph, Node, Schemas};
use crate::physical_name::physical_name;
use crate::state::{Kept, Object, State};

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
