//! Back to a checkpoint: what was recorded, as what should exist.
//!
//! A rollback is a plan like any other. Its graph is made of a checkpoint instead of a program, and knows the
//! checkpoint besides, because three things of a rollback are not in a graph:
//!
//! - an input that was resolved then is the same now, as long as what it refers to has the same values;
//! - an object that is still there goes back to what the cloud had, which may not be what was asked for;
//! - acts, names, and objects that were deposed or live in the state alone go back without a cloud.
//!
//! ```text
//! target    a checkpoint as what should exist
//! restored  what goes back without a cloud
//! judged    what is no undo, and what a change means in a rollback
//! ```

mod judged;
mod restored;
mod target;

use stack_model::{Expr, Map, Problem, Removal, Schema, Urn, Value};

use crate::check::{CheckedGraph, Schemas};
use crate::diff::{Desired, known, same, values};
use crate::partial::{EvaluateError, Partial, Scope, evaluate};
use crate::plan::Plan;
use crate::scope::of_object;
use crate::state::{Kept, Object, State};
pub use judged::{judge, leave_one_way};
pub use restored::{Restored, restored};
pub use target::target;

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
