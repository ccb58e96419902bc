//! Is the graph sound? Every problem at once, before anything is read or planned.

mod fit;
mod order;

use std::collections::{BTreeMap, HashMap, HashSet};

use indexmap::IndexMap;
use petgraph::graph::{DiGraph, NodeIndex};
use stack_model::bounds::DEEPEST;
use stack_model::graph::Resource;
use stack_model::schema::Nature;
use stack_model::{Expr, Graph, Name, Path, Problem, Schema, TypeName, Urn};

use self::fit::fits;
pub use self::fit::value_fits;
pub use self::order::Node;
use self::order::{circle, in_program_order};
use crate::rollback::Past;

/// The types that are known, by name.
pub type Schemas = HashMap<TypeName, Schema>;

/// A graph whose names are unique, whose references lead somewhere, whose fields fit their types, and that has no
/// cycle.
#[derive(Debug)]
pub struct CheckedGraph {
    /// As the program wrote it.
    pub graph: Graph,
    /// Its resources and lookups, so that each comes after what it depends on.
    pub order: Vec<Node>,
    /// Position in `graph.resources`, by urn.
    pub resources: HashMap<Urn, usize>,
    /// Position in `graph.lookups`, by urn.
    pub lookups: HashMap<Urn, usize>,
    /// What each resource depends on directly, by position: references, `depends_on`, and through lookups.
    pub dependencies: Vec<Vec<Urn>>,
    /// The checkpoint that it was made of, in a rollback.
    pub past: Option<Box<Past>>,
}

struct Checker<'g> {
    graph: &'g Graph,
    schemas: &'g Schemas,
    resources: HashMap<Urn, usize>,
    lookups: HashMap<Urn, usize>,
    problems: Vec<Problem>,
}

/// Checks a graph.
pub fn check(graph: Graph, schemas: &Schemas) -> Result<CheckedGraph, Vec<Problem>> {
    let mut checker = Checker {
        graph: &graph,
        schemas,
        resources: HashMap::new(),
        lookups: HashMap::new(),
        problems: Vec::new(),
    };
    checker.index();
    for resource in &graph.resources {
        checker.resource(resource);
    }
    for lookup in &graph.lookups {
        let urn = lookup.urn();
        if checker.nature_fits(&urn, &lookup.type_name, None, true) {
            checker.inputs(&urn, None, &schemas[&lookup.type_name], &lookup.inputs);
        }
        checker.provider(&urn, None, lookup.provider.as_ref(), &lookup.type_name);
    }
    for (name, output) in &graph.outputs {
        if let Err(error) = name.parse::<Name>() {
            checker.problem(format!("outputs.{name}"), None, error.to_string());
        }
        checker.leaves(&format!("outputs.{name}"), None, "value", &output.value);
    }
    checker.moved();
    checker.providers();

    let order = if checker.problems.is_empty() {
        checker.order()
    } else {
        None
    };
    let Checker {
        resources,
        lookups,
        problems,
        ..
    } = checker;
    match order {
        Some((order, dependencies)) if problems.is_empty() => Ok(CheckedGraph {
            order,
            dependencies,
            resources,
            lookups,
            graph,
            past: None,
        }),
        _ => Err(problems),
    }
}

impl<'g> Checker<'g> {
    fn problem(&mut self, subject: impl ToString, at: Option<&String>, message: String) {
        self.problems.push(Problem {
            subject: subject.to_string(),
            at: at.cloned(),
            message,
        });
    }

    fn index(&mut self) {
        for (position, resource) in self.graph.resources.iter().enumerate() {
            let urn = resource.urn();
            if let Some(first) = self.resources.insert(urn.clone(), position) {
                let message = match &self.graph.resources[first].at {
                    Some(at) => {
                        format!("is declared twice, first at {at}: give one of them another name")
                    }
                    None => "is declared twice: give one of them another name".into(),
                };
                self.problem(&urn, resource.at.as_ref(), message);
            }
        }
        for (position, lookup) in self.graph.lookups.iter().enumerate() {
            let urn = lookup.urn();
            if self.lookups.insert(urn.clone(), position).is_some() {
                self.problem(
                    &urn,
                    None,
                    "is declared twice: give one of the lookups another name".into(),
                );
            }
        }
    }

    fn nature_fits(
        &mut self,
        urn: &Urn,
        type_name: &TypeName,
        at: Option<&String>,
        lookup: bool,
    ) -> bool {
        let Some(schema) = self.schemas.get(type_name) else {
            let message = match nearest(
                type_name.as_str(),
                self.schemas.keys().map(TypeName::as_str),
            ) {
                Some(near) => format!("the type {type_name} is not known; did you mean {near}?"),
                None => format!("the type {type_name} is not known"),
            };
            self.problem(urn, at, message);
            return false;
        };
        match (schema.nature == Nature::Lookup, lookup) {
            (true, false) => {
                self.problem(
                    urn,
                    at,
                    format!("{type_name} is a lookup: list it under lookups, not resources"),
                );
                false
            }
            (false, true) => {
                self.problem(
                    urn,
                    at,
                    format!("{type_name} is a resource: list it under resources, not lookups"),
                );
                false
            }
            (true, true) | (false, false) => true,
        }
    }

    fn resource(&mut self, resource: &'g Resource) {
        let urn = resource.urn();
        let at = resource.at.as_ref();
        if self.nature_fits(&urn, &resource.type_name, at, false) {
            let schema = &self.schemas[&resource.type_name];
            self.inputs(&urn, at, schema, &resource.inputs);
            for path in resource
                .options
                .ignore_changes
                .iter()
                .chain(&resource.options.replace_on)
            {
                if !path
                    .first_key()
                    .is_some_and(|field| schema.inputs.contains_key(field))
                {
                    self.problem(
                        &urn,
                        at,
                        format!("the path {path} of its options leads to no input of the type"),
                    );
                }
            }
        }
        self.provider(
            &urn,
            at,
            resource.options.provider.as_ref(),
            &resource.type_name,
        );
        for dependency in &resource.options.depends_on {
            if !self.resources.contains_key(dependency) && !self.lookups.contains_key(dependency) {
                self.problem(
                    &urn,
                    at,
                    format!("depends_on names {dependency}, which is not declared"),
                );
            }
        }
        let timeouts = &resource.options.timeouts;
        for (operation, timeout) in [
            ("create", &timeouts.create),
            ("update", &timeouts.update),
            ("delete", &timeouts.delete),
        ] {
            if let Some(text) = timeout
                && let Err(message) = crate::timeout::parse(text)
            {
                self.problem(&urn, at, format!("the timeout for {operation} {message}"));
            }
        }
    }

    fn provider(
        &mut self,
        urn: &Urn,
        at: Option<&String>,
        name: Option<&Name>,
        type_name: &TypeName,
    ) {
        let Some(name) = name else { return };
        match self
            .graph
            .providers
            .iter()
            .find(|provider| provider.name == *name)
        {
            None => self.problem(
                urn,
                at,
                format!("the provider configuration {name} is not declared"),
            ),
            Some(provider) if provider.kind != type_name.cloud() => {
                let message = format!(
                    "the provider configuration {name} is for {}, not {}",
                    provider.kind,
                    type_name.cloud()
                );
                self.problem(urn, at, message);
            }
            Some(_) => {}
        }
    }

    fn providers(&mut self) {
        let mut defaults: HashMap<&str, &Name> = HashMap::new();
        let mut names: HashSet<&Name> = HashSet::new();
        for provider in &self.graph.providers {
            let subject = format!("provider configuration {}", provider.name);
            if !names.insert(&provider.name) {
                self.problem(&subject, None, "is declared twice".into());
            }
            if provider.default
                && let Some(first) = defaults.insert(&provider.kind, &provider.name)
            {
                self.problem(
                    &subject,
                    None,
                    format!("and {first} are both the default of {}", provider.kind),
                );
            }
            for (key, expr) in &provider.config {
                if expr.is_deeper_than(DEEPEST) {
                    self.problem(&subject, None, too_deep(key));
                }
                let mut refused = false;
                expr.visit_leaves(&mut |leaf| refused |= !matches!(leaf, Expr::Config(_)));
                if refused {
                    let message = format!(
                        "{key} refers to what is only known after an apply: put what depends on it into a second stack"
                    );
                    self.problem(&subject, None, message);
                }
            }
        }
    }

    fn inputs(
        &mut self,
        urn: &Urn,
        at: Option<&String>,
        schema: &Schema,
        inputs: &'g BTreeMap<String, Expr>,
    ) {
        for (field, expr) in inputs {
            let Some(declared) = schema.inputs.get(field) else {
                let near = nearest(field, schema.inputs.keys().map(String::as_str));
                let message = match near {
                    _ if schema.outputs.contains_key(field) => {
                        format!("{field} is an output and cannot be set")
                    }
                    Some(near) => format!("has no input {field}; did you mean {near}?"),
                    None => format!("has no input {field}"),
                };
                self.problem(urn, at, message);
                continue;
            };
            let mut misfits = Vec::new();
            fits(expr, &declared.kind, &Path::field(field), &mut misfits);
            for message in misfits {
                self.problem(urn, at, message);
            }
            self.leaves(urn.as_str(), at, field, expr);
        }
        for (field, declared) in &schema.inputs {
            let absent = inputs
                .get(field)
                .is_none_or(|expr| matches!(expr, Expr::Literal(value) if value.is_null()));
            if declared.required && absent {
                self.problem(urn, at, format!("the required input {field} is missing"));
            }
        }
    }

    /// Checks that an expression can be recorded, and that every reference in it leads to something that is declared.
    fn leaves(&mut self, subject: &str, at: Option<&String>, field: &str, expr: &'g Expr) {
        let mut messages = Vec::new();
        if expr.is_deeper_than(DEEPEST) {
            messages.push(too_deep(field));
        }
        expr.visit_leaves(&mut |leaf| match leaf {
            Expr::Ref(reference) => match self.resources.get(&reference.urn) {
                None => messages.push(format!(
                    "{field} refers to {}, which is not declared",
                    reference.urn
                )),
                Some(position) => {
                    let type_name = &self.graph.resources[*position].type_name;
                    messages.extend(self.missing_field(
                        field,
                        type_name,
                        &reference.urn,
                        &reference.path,
                    ));
                }
            },
            Expr::Lookup(reference) => match self.lookups.get(&reference.urn) {
                None => messages.push(format!(
                    "{field} refers to the lookup {}, which is not declared",
                    reference.urn
                )),
                Some(position) => {
                    let type_name = &self.graph.lookups[*position].type_name;
                    messages.extend(self.missing_field(
                        field,
                        type_name,
                        &reference.urn,
                        &reference.path,
                    ));
                }
            },
            Expr::Literal(_)
            | Expr::List(_)
            | Expr::Map(_)
            | Expr::Stack(_)
            | Expr::Config(_)
            | Expr::Call { .. }
            | Expr::Secret(_) => {}
        });
        for message in messages {
            self.problem(subject, at, message);
        }
    }

    fn missing_field(
        &self,
        field: &str,
        type_name: &TypeName,
        urn: &Urn,
        path: &Path,
    ) -> Option<String> {
        let schema = self.schemas.get(type_name)?;
        match path.first_key() {
            None => Some(format!(
                "{field} refers to {urn} without saying which field, such as id"
            )),
            Some("id") => None,
            Some(key) if schema.inputs.contains_key(key) || schema.outputs.contains_key(key) => {
                None
            }
            Some(key) => Some(format!(
                "{field} refers to {urn}.{key}, and {type_name} has no field {key}"
            )),
        }
    }

    fn moved(&mut self) {
        let mut seen = HashSet::new();
        for moved in &self.graph.moved {
            let subject = format!("moved from {}", moved.from);
            if moved.from.type_name() != moved.to.type_name() {
                self.problem(
                    &subject,
                    None,
                    format!("a resource cannot become another type, {}", moved.to),
                );
            } else if !self.resources.contains_key(&moved.to) {
                self.problem(
                    &subject,
                    None,
                    format!("leads to {}, which is not declared", moved.to),
                );
            } else if self.resources.contains_key(&moved.from) {
                self.problem(
                    &subject,
                    None,
                    "is still declared under its old name".into(),
                );
            } else if !seen.insert(&moved.to) {
                self.problem(
                    &subject,
                    None,
                    format!("and another both lead to {}", moved.to),
                );
            }
        }
    }

    /// Sorts resources and lookups so that each comes after what it depends on, and finds direct dependencies.
    fn order(&mut self) -> Option<(Vec<Node>, Vec<Vec<Urn>>)> {
        let mut net: DiGraph<Node, ()> = DiGraph::new();
        let resources: Vec<NodeIndex> = (0..self.graph.resources.len())
            .map(|position| net.add_node(Node::Resource(position)))
            .collect();
        let lookups: Vec<NodeIndex> = (0..self.graph.lookups.len())
            .map(|position| net.add_node(Node::Lookup(position)))
            .collect();

        let node_of = |urn: &Urn| {
            let resource = self.resources.get(urn).map(|position| resources[*position]);
            resource.or_else(|| self.lookups.get(urn).map(|position| lookups[*position]))
        };
        let mut dependencies = Vec::with_capacity(resources.len());
        // What a lookup asks with; a resource that uses its answer depends on these.
        let behind_lookups: Vec<Vec<Urn>> = self
            .graph
            .lookups
            .iter()
            .map(|lookup| {
                let mut behind = IndexMap::new();
                lookup
                    .inputs
                    .values()
                    .for_each(|expr| direct(expr, &[], &self.lookups, &mut behind));
                behind.into_keys().collect()
            })
            .collect();
        for (position, lookup) in self.graph.lookups.iter().enumerate() {
            for expr in lookup.inputs.values() {
                expr.visit_leaves(&mut |leaf| {
                    if let Expr::Ref(to) | Expr::Lookup(to) = leaf
                        && let Some(from) = node_of(&to.urn)
                    {
                        net.update_edge(from, lookups[position], ());
                    }
                });
            }
        }
        for (position, resource) in self.graph.resources.iter().enumerate() {
            let mut found: IndexMap<Urn, ()> = IndexMap::new();
            for expr in resource.inputs.values() {
                direct(expr, &behind_lookups, &self.lookups, &mut found);
                expr.visit_leaves(&mut |leaf| {
                    if let Expr::Lookup(to) = leaf
                        && let Some(from) = node_of(&to.urn)
                    {
                        net.add_edge(from, resources[position], ());
                    }
                });
            }
            for urn in &resource.options.depends_on {
                match self.lookups.get(urn) {
                    Some(lookup) => drop(net.add_edge(lookups[*lookup], resources[position], ())),
                    None => drop(found.insert(urn.clone(), ())),
                }
            }
            for urn in found.keys() {
                if let Some(from) = node_of(urn) {
                    net.add_edge(from, resources[position], ());
                }
            }
            dependencies.push(found.into_keys().collect());
        }
        match in_program_order(&net) {
            Some(sorted) => Some((
                sorted.into_iter().map(|node| net[node]).collect(),
                dependencies,
            )),
            None => {
                // Not Tarjan's, which petgraph does with a call for each node of a path: a long one overflows the stack.
                for knot in petgraph::algo::kosaraju_scc(&net) {
                    if let Some(circle) = circle(&net, &knot) {
                        self.report_cycle(circle.iter().map(|node| net[*node]).collect());
                    }
                }
                None
            }
        }
    }

    fn report_cycle(&mut self, cycle: Vec<Node>) {
        let urn_of = |node: &Node| match node {
            Node::Resource(position) => self.graph.resources[*position].urn(),
            Node::Lookup(position) => self.graph.lookups[*position].urn(),
        };
        let urns: Vec<String> = cycle.iter().map(|node| urn_of(node).to_string()).collect();
        let (Node::Resource(first) | Node::Lookup(first)) = cycle[0];
        let at = match cycle[0] {
            Node::Resource(_) => self.graph.resources[first].at.clone(),
            Node::Lookup(_) => None,
        };
        let message = if urns.len() == 1 {
            "refers to itself".to_owned()
        } else {
            format!(
                "these depend on each other in a circle: {}; break it in one place",
                urns.join(", ")
            )
        };
        self.problem(&urns[0], at.as_ref(), message);
    }
}

/// The resources that an expression refers to, directly or through a lookup.
fn direct(
    expr: &Expr,
    behind: &[Vec<Urn>],
    lookups: &HashMap<Urn, usize>,
    found: &mut IndexMap<Urn, ()>,
) {
    expr.visit_leaves(&mut |leaf| match leaf {
        Expr::Ref(reference) => drop(found.insert(reference.urn.clone(), ())),
        Expr::Lookup(reference) => {
            if let Some(urns) = lookups
                .get(&reference.urn)
                .and_then(|position| behind.get(*position))
            {
                found.extend(urns.iter().map(|urn| (urn.clone(), ())));
            }
        }
        Expr::Literal(_)
        | Expr::List(_)
        | Expr::Map(_)
        | Expr::Stack(_)
        | Expr::Config(_)
        | Expr::Call { .. }
        | Expr::Secret(_) => {}
    });
}

fn too_deep(field: &str) -> String {
    format!("{field} is nested deeper than {DEEPEST} levels")
}

/// The candidate that a typing error may have meant.
pub(crate) fn nearest<'c>(
    text: &str,
    candidates: impl Iterator<Item = &'c str>,
) -> Option<&'c str> {
    let allowed = |candidate: &str| 2.max(candidate.len() / 5);
    let length = text.chars().count();
    candidates
        // Texts are as far apart as their lengths at least, and to tell the distance of a long one takes long.
        .filter(|candidate| length.abs_diff(candidate.len()) <= allowed(candidate))
        .map(|candidate| {
            (
                strsim::damerau_levenshtein(&text.to_lowercase(), &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, candidate)| *distance <= allowed(candidate))
        .min()
        .map(|(_, candidate)| candidate)
}
