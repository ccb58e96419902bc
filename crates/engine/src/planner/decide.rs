//! Per resource, in the graph's order: does it stay, change, or give way to a new object?

use std::collections::HashSet;

use stack_model::graph::{ReplaceOrder, Resource};
use stack_model::schema::Nature;
use stack_model::{Expr, Kind, Map, Path, Problem, Schema, Segment, Urn, Value};

use super::Sources;
use crate::check::{Node, value_fits};
use crate::diff::{self, Desired, FieldChange};
use crate::partial::{EvaluateError, Partial, Scope, evaluate};
use crate::physical_name::physical_name;
use crate::state::Object;

/// What becomes of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Left out, because other resources were targeted.
    Skip,
    /// It stays as it is.
    Keep,
    /// Only what is recorded of it changes.
    Record,
    /// A new object.
    Create,
    /// A change in place.
    Update,
    /// A create that was accepted is brought to its end.
    Resume,
    /// A new object for the same urn.
    Replace(ReplaceOrder),
}

/// What becomes of a resource, and on what grounds.
#[derive(Debug, Clone)]
pub struct Decision {
    /// What becomes of it.
    pub verdict: Verdict,
    /// What it asks for, as far as known.
    pub desired: Desired,
    /// What differs.
    pub changes: Vec<FieldChange>,
    /// Why, where the differences do not say it.
    pub reason: Option<String>,
    /// Whether it must not be deleted or replaced.
    pub protected: bool,
}

pub(super) struct Decider<'a> {
    sources: &'a Sources<'a>,
    targeted: Option<&'a HashSet<Urn>>,
    /// By position in the graph.
    pub decisions: Vec<Decision>,
    /// Lookups that could be answered now.
    pub questions: Vec<(Urn, Map)>,
    /// Lookups whose answers are no longer of use.
    pub outdated: Vec<Urn>,
}

/// The targets and everything that they depend on; none when nothing is targeted.
pub(super) fn targeted(sources: &Sources<'_>) -> Option<HashSet<Urn>> {
    let wishes = sources.wishes;
    if wishes.targets.is_empty() {
        return None;
    }
    let mut found: HashSet<Urn> = HashSet::new();
    let mut open: Vec<Urn> = wishes.targets.iter().cloned().collect();
    while let Some(urn) = open.pop() {
        if let Some(position) = sources.graph.resources.get(&urn) {
            open.extend(
                sources.graph.dependencies[*position]
                    .iter()
                    .filter(|urn| !found.contains(*urn))
                    .cloned(),
            );
        }
        found.insert(urn);
    }
    Some(found)
}

impl<'a> Decider<'a> {
    pub(super) fn new(sources: &'a Sources<'a>, targeted: Option<&'a HashSet<Urn>>) -> Self {
        let undecided = Decision {
            verdict: Verdict::Skip,
            desired: Desired::new(),
            changes: Vec::new(),
            reason: None,
            protected: false,
        };
        let decisions = vec![undecided; sources.graph.graph.resources.len()];
        Self {
            sources,
            targeted,
            decisions,
            questions: Vec::new(),
            outdated: Vec::new(),
        }
    }

    /// Decides on every resource, each after what it depends on.
    pub(super) fn all(&mut self, problems: &mut Vec<Problem>) {
        for node in &self.sources.graph.order {
            match *node {
                Node::Resource(position) => self.resource(position, problems),
                Node::Lookup(position) => self.lookup(position, problems),
            }
        }
    }

    fn lookup(&mut self, position: usize, problems: &mut Vec<Problem>) {
        let lookup = &self.sources.graph.graph.lookups[position];
        let urn = lookup.urn();
        let answered = self.sources.answers.get(&urn);
        let scope = Planned {
            sources: self.sources,
            decisions: &self.decisions,
        };
        let mut inputs = Map::new();
        for (field, expr) in &lookup.inputs {
            match evaluate(expr, &scope) {
                Ok(Partial::Known(value)) => drop(inputs.insert(field.clone(), value)),
                Ok(_) => {
                    // An answer of an earlier run is not the answer to a question that is not known yet.
                    self.outdated.extend(answered.map(|_| urn));
                    return;
                }
                Err(error) => return problems.push(at_field(&urn, None, field, &error)),
            }
        }
        if answered.is_none_or(|answered| answered.inputs != inputs) {
            self.questions.push((urn, inputs));
        }
    }

    fn resource(&mut self, position: usize, problems: &mut Vec<Problem>) {
        let resource = &self.sources.graph.graph.resources[position];
        let urn = resource.urn();
        if self
            .targeted
            .is_some_and(|targeted| !targeted.contains(&urn))
        {
            return;
        }
        let schema = &self.sources.schemas[&resource.type_name];
        let before = problems.len();
        let desired = self.desired(resource, &urn, schema, problems);
        if problems.len() == before {
            self.decisions[position] = self.decide(position, resource, &urn, schema, desired);
        }
    }

    /// Evaluates what a resource asks for.
    fn desired(
        &self,
        resource: &Resource,
        urn: &Urn,
        schema: &Schema,
        problems: &mut Vec<Problem>,
    ) -> Desired {
        let scope = Planned {
            sources: self.sources,
            decisions: &self.decisions,
        };
        let mut desired = Desired::new();
        for (name, expr) in &resource.inputs {
            let partial = match self.sources.graph.input(urn, name, expr, &scope) {
                Ok(partial) => partial,
                Err(error) => {
                    problems.push(at_field(urn, resource.at.clone(), name, &error));
                    continue;
                }
            };
            let Some(field) = schema.inputs.get(name) else {
                continue;
            };
            if !matches!(expr, Expr::Literal(_))
                && let Partial::Known(value) = &partial
            {
                let mut misfits = Vec::new();
                value_fits(value, &field.kind, &Path::field(name), &mut misfits);
                if value.is_null() && field.required {
                    misfits.push(format!(
                        "the required input {name} is null: what it refers to has no value"
                    ));
                }
                let problem = |message| Problem {
                    subject: urn.to_string(),
                    at: resource.at.clone(),
                    message,
                };
                problems.extend(misfits.into_iter().map(problem));
            }
            if partial.is_null() {
                continue;
            }
            desired.insert(name.clone(), marked(&field.kind, field.secret, partial));
        }
        desired
    }

    fn decide(
        &self,
        position: usize,
        resource: &Resource,
        urn: &Urn,
        schema: &Schema,
        mut desired: Desired,
    ) -> Decision {
        let recorded = self.sources.state.resources.get(urn);
        let protected = resource.options.protect;
        let next = self.sources.state.next_generation(urn);
        let asked = desired.clone();
        let Some(object) = recorded.and_then(|recorded| recorded.object.as_ref()) else {
            self.name(schema, urn, &mut desired, next);
            let reason = recorded.map(|_| "it is no longer there".to_owned());
            return Decision {
                verdict: Verdict::Create,
                changes: Vec::new(),
                desired,
                reason,
                protected,
            };
        };
        let past = self.sources.graph.past.as_deref();
        let begun = past.map(|past| past.as_begun(schema, urn, object));
        let object = begun.as_ref().unwrap_or(object);
        keep_name(schema, &mut desired, object);
        if let Some(past) = past {
            past.as_observed(schema, urn, object, &mut desired);
        }
        diff::ignore(&mut desired, object, &resource.options.ignore_changes);
        let changes = diff::diff(schema, object, &desired, &resource.options);

        let mut reason = None;
        let moved_away = self.provider_moved(resource, object);
        let forced = self.sources.wishes.replace.contains(urn);
        let replace = match schema.nature {
            Nature::Effect => false,
            Nature::Object | Nature::Kept | Nature::Lookup => {
                let needs_new = |change: &FieldChange| {
                    change.replaces && !(object.incomplete && is_to_come(change, object))
                };
                moved_away.is_some() || forced || changes.iter().any(needs_new)
            }
        };
        let verdict = if past.is_some() && schema.nature == Nature::Effect {
            // Its record is what it was; an act is neither done nor undone by a rollback.
            match self.record_differs(position, resource, object, recorded) {
                true => Verdict::Record,
                false => Verdict::Keep,
            }
        } else if replace {
            reason = moved_away.or(forced.then(|| "a replacement was asked for".to_owned()));
            let order = resource
                .options
                .replace_order
                .unwrap_or(schema.replace_order);
            Verdict::Replace(order)
        } else if object.incomplete && !past.is_some_and(|past| past.was_incomplete(urn, object)) {
            let reason_of = match schema.nature {
                Nature::Effect => "an earlier run of it was not seen to end",
                Nature::Object | Nature::Kept | Nature::Lookup => {
                    "its create was accepted earlier, and has not been seen to end"
                }
            };
            reason = Some(reason_of.to_owned());
            Verdict::Resume
        } else if !changes.is_empty() || (forced && schema.nature == Nature::Effect) {
            Verdict::Update
        } else if self.record_differs(position, resource, object, recorded) {
            Verdict::Record
        } else {
            Verdict::Keep
        };
        if matches!(verdict, Verdict::Replace(_)) {
            // The new object has neither the old one's name nor what was ignored of it.
            desired = asked;
            self.name(schema, urn, &mut desired, next);
        }
        Decision {
            verdict,
            desired,
            changes,
            reason,
            protected,
        }
    }

    /// Names a new object that the program does not name.
    fn name(&self, schema: &Schema, urn: &Urn, desired: &mut Desired, generation: u32) {
        for (field, declared) in &schema.inputs {
            if let Some(form) = declared.physical_name
                && !desired.contains_key(field)
            {
                let name = physical_name(form, &self.sources.state.header, urn, generation);
                desired.insert(field.clone(), Partial::Known(name.into()));
            }
        }
    }

    /// Why the object is not where the program wants it, if it is elsewhere.
    fn provider_moved(&self, resource: &Resource, object: &Object) -> Option<String> {
        let wanted = crate::providers::name_for(
            &self.sources.graph.graph,
            &resource.type_name,
            &resource.options.provider,
        );
        if wanted == object.request.provider {
            return None;
        }
        let recorded = self.sources.state.providers.get(&object.request.provider)?;
        let config =
            crate::providers::config_of(&self.sources.graph.graph, &wanted, self.sources.config);
        (config.as_ref() != Some(&recorded.config)).then(|| {
            format!(
                "it moves from the provider configuration {} to {wanted}",
                object.request.provider
            )
        })
    }

    /// Whether what is recorded besides the inputs is no longer what the program says.
    fn record_differs(
        &self,
        position: usize,
        resource: &Resource,
        object: &Object,
        recorded: Option<&crate::state::ResourceState>,
    ) -> bool {
        let options = &resource.options;
        let kept = recorded.map(|recorded| &recorded.kept);
        object.request.dependencies != self.sources.graph.dependencies[position]
            || kept.is_some_and(|kept| *kept != crate::execute::kept_of(options))
            || object.request.expressions != crate::execute::expressions_of(&resource.inputs)
    }
}

/// An object that the program does not name keeps the name that it has, whoever gave it: the engine, a person before
/// an import, or the program under another urn.
fn keep_name(schema: &Schema, desired: &mut Desired, object: &Object) {
    for (field, declared) in &schema.inputs {
        if declared.physical_name.is_some()
            && !desired.contains_key(field)
            && let Some(name) = object.request.inputs.get(field)
        {
            desired.insert(field.clone(), Partial::Known(name.clone()));
        }
    }
}

fn at_field(urn: &Urn, at: Option<String>, field: &str, error: &EvaluateError) -> Problem {
    Problem {
        subject: urn.to_string(),
        at,
        message: format!("{field}: {error}"),
    }
}

/// Marks what a schema says is secret.
fn marked(kind: &Kind, secret: bool, partial: Partial) -> Partial {
    match partial {
        partial if secret => partial.secret(),
        Partial::Known(mut value) => {
            diff::mark_inside(kind, &mut value);
            Partial::Known(value)
        }
        other => other,
    }
}

/// The values that resources will have once the plan is carried out.
pub(super) struct Planned<'a> {
    pub sources: &'a Sources<'a>,
    pub decisions: &'a [Decision],
}

impl Scope for Planned<'_> {
    fn leaf(&self, leaf: &Expr) -> Result<Partial, EvaluateError> {
        match leaf {
            Expr::Ref(reference) => self.resource(reference),
            Expr::Lookup(reference) => match self.sources.answers.get(&reference.urn) {
                None => Ok(Partial::unknown(reference.clone())),
                Some(answered) => crate::scope::at_path(&answered.answer, reference),
            },
            Expr::Stack(output) => crate::scope::stack(self.sources.stacks, output),
            Expr::Config(path) => crate::scope::config(self.sources.config, path),
            literal => evaluate(literal, self),
        }
    }
}

/// Whether an unfinished create was asked for just this and has yet to bring it about, as an attachment that takes a
/// second call. It is resumed then, and not replaced.
fn is_to_come(change: &FieldChange, object: &Object) -> bool {
    let asked = match change.path.0.as_slice() {
        [Segment::Key(field)] => object.request.inputs.get(field),
        _ => None,
    };
    change.before.is_null()
        && asked.is_some()
        && change.after.known().map(Value::revealed) == asked.map(Value::revealed)
}

impl Planned<'_> {
    fn resource(&self, reference: &stack_model::Reference) -> Result<Partial, EvaluateError> {
        let position = self.sources.graph.resources[&reference.urn];
        let decision = &self.decisions[position];
        let schema = &self.sources.schemas[reference.urn.type_name()];
        let unknown = || Ok(Partial::unknown(reference.clone()));
        let object = self.sources.state.object(&reference.urn);
        let field = reference.path.first_key().unwrap_or_default();
        match (decision.verdict, object) {
            (Verdict::Skip | Verdict::Keep | Verdict::Record, Some(object)) => {
                crate::scope::of_object(object, reference)
            }
            (Verdict::Update | Verdict::Resume, Some(object)) => {
                let changed = decision
                    .changes
                    .iter()
                    .any(|change| change.path.first_key() == Some(field));
                if changed {
                    changed_field(schema, decision, object, reference)
                } else if schema
                    .outputs
                    .get(field)
                    .is_some_and(|output| output.volatile)
                    || decision.verdict == Verdict::Resume && schema.outputs.contains_key(field)
                {
                    unknown()
                } else {
                    crate::scope::of_object(object, reference)
                }
            }
            (Verdict::Create | Verdict::Replace(_), _) if schema.inputs.contains_key(field) => {
                // What was not asked for is the cloud's to choose.
                let part = decision.desired.get(field);
                match part.map(|whole| whole.at(&reference.path.0[1..])) {
                    Some(Some(part)) => Ok(part),
                    Some(None) if !is_block(schema, field) => {
                        Err(crate::scope::nothing_at(reference))
                    }
                    Some(None) | None => unknown(),
                }
            }
            _ => unknown(),
        }
    }
}

fn is_block(schema: &Schema, field: &str) -> bool {
    let declared = schema.inputs.get(field);
    declared.is_some_and(|declared| matches!(declared.kind, Kind::Block(_)))
}

/// A place in a field that an update changes: as the update will send it.
fn changed_field(
    schema: &Schema,
    decision: &Decision,
    object: &Object,
    reference: &stack_model::Reference,
) -> Result<Partial, EvaluateError> {
    let field = reference.path.first_key().unwrap_or_default();
    let known = |partial: &Partial| Some((field.to_owned(), partial.known()?.clone()));
    let wanted = match decision.desired.get(field) {
        None => Map::new(),
        Some(partial) => match known(partial) {
            Some(entry) => Map::from([entry]),
            None => {
                let part = partial.at(&reference.path.0[1..]);
                return Ok(part.unwrap_or_else(|| Partial::unknown(reference.clone())));
            }
        },
    };
    let sent = diff::sent(schema, object, &wanted);
    match sent
        .get(field)
        .map(|value| value.at(&reference.path.0[1..]))
    {
        Some(Some(value)) => Ok(Partial::Known(value.into_owned())),
        None => Ok(Partial::NULL),
        Some(None) => Err(crate::scope::nothing_at(reference)),
    }
}
