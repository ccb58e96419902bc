//! What would be done: drift, changes for people, steps for the executor.

use serde::Serialize;
use stack_model::graph::ReplaceOrder;
use stack_model::{Urn, Value};

use crate::diff::{Desired, FieldChange};
use crate::partial::Partial;
use crate::state::{LookupState, Object};

/// What would be done, and why.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Plan {
    /// What changed outside since the last run.
    pub drift: Vec<Drift>,
    /// The changes, for people, in the order in which they would begin.
    pub changes: Vec<Change>,
    /// The steps, for the executor. A step's `after` names steps by position.
    pub steps: Vec<Step>,
    /// How the stack's outputs change.
    pub outputs: Vec<OutputChange>,
    /// How many resources stay as they are.
    pub unchanged: usize,
    /// What each resource of the program asks for, in the program's order: empty for one that was left out. Without a
    /// program there is none.
    #[serde(skip)]
    pub desired: Vec<Desired>,
}

impl Plan {
    /// Whether applying it would do nothing.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.outputs.is_empty() && self.steps.is_empty()
    }

    /// How many changes there are of each kind.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary {
            unchanged: self.unchanged,
            ..Summary::default()
        };
        for change in &self.changes {
            match change.action {
                Action::Create => summary.create += 1,
                Action::Update | Action::Resume => summary.update += 1,
                Action::Replace(_) => summary.replace += 1,
                Action::Delete | Action::DeleteDeposed => summary.delete += 1,
                Action::Run => summary.run += 1,
                Action::Forget => summary.forget += 1,
                Action::Ask => summary.ask += 1,
                Action::Record | Action::Rename | Action::Restore => summary.record += 1,
            }
        }
        summary
    }
}

/// How many changes there are of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// New objects.
    pub create: usize,
    /// Objects changed in place.
    pub update: usize,
    /// Objects that give way to new ones.
    pub replace: usize,
    /// Objects deleted.
    pub delete: usize,
    /// Acts.
    pub run: usize,
    /// Objects left in the cloud and forgotten here.
    pub forget: usize,
    /// Lookups answered only during the apply.
    pub ask: usize,
    /// What changes in the state alone.
    pub record: usize,
    /// Resources that stay as they are.
    pub unchanged: usize,
}

/// What changed outside since the last run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Drift {
    /// Of which resource.
    pub urn: Urn,
    /// Whether the whole object is gone.
    pub gone: bool,
    /// What differs from what was recorded.
    pub fields: Vec<DriftedField>,
}

/// A field that is not as recorded.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DriftedField {
    /// Which.
    pub field: String,
    /// As recorded.
    pub recorded: Value,
    /// As the cloud has it.
    pub observed: Value,
}

/// What happens to one resource, for people.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// Which.
    pub urn: Urn,
    /// What happens.
    pub action: Action,
    /// The cloud's name of the object that is there now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Where the program declares it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// The components around it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub group: Vec<String>,
    /// What differs, field by field.
    pub fields: Vec<FieldChange>,
    /// Why, where the fields do not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Why it could not be undone by a rollback, if it could not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub irreversible: Option<String>,
}

impl Change {
    /// A resource whose record goes back to what it was.
    pub(crate) fn restored(urn: &Urn, object: &Object, reason: &str) -> Self {
        Self {
            action: Action::Restore,
            reason: Some(reason.to_owned()),
            ..Self::renamed(urn, urn, object)
        }
    }

    /// A resource that has a new urn.
    pub(crate) fn renamed(from: &Urn, to: &Urn, object: &Object) -> Self {
        Self {
            urn: to.clone(),
            action: Action::Rename,
            id: Some(object.id.clone()),
            at: None,
            group: Vec::new(),
            fields: Vec::new(),
            reason: Some(format!("it was called {from}")),
            irreversible: None,
        }
    }
}

/// What happens to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Hash)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// A new object.
    Create,
    /// A change in place.
    Update,
    /// A create that was accepted in an earlier run is brought to its end.
    Resume,
    /// A new object for the same urn.
    Replace(ReplaceOrder),
    /// The object is deleted.
    Delete,
    /// An object that was replaced earlier is deleted.
    DeleteDeposed,
    /// The act is done.
    Run,
    /// The object stays in the cloud and is forgotten here.
    Forget,
    /// A lookup is answered during the apply, because its question is not known before.
    Ask,
    /// Only the state changes: options, dependencies.
    Record,
    /// Only the urn changes.
    Rename,
    /// In a rollback: what is recorded becomes what it was, and nothing happens at a cloud. An object that was
    /// replaced and is still there is in use again.
    Restore,
}

/// How an output changes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OutputChange {
    /// Which.
    pub name: String,
    /// What it was. Null when it is new.
    pub before: Value,
    /// What it will be. Null when it goes.
    pub after: Partial,
}

/// One executable operation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// On which resource; none for a point in time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub urn: Option<Urn>,
    /// What is done.
    pub act: Act,
    /// The steps that must have succeeded before.
    pub after: Vec<u32>,
    /// How long it is expected to take, in milliseconds.
    pub expected: u32,
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// Asks a lookup's question.
    Ask,
    /// Makes an object. The one that is there, if any, is deposed.
    Create,
    /// Changes the object, after finishing it if it is incomplete.
    Update,
    /// Deletes the object of this generation.
    Delete {
        /// Which of the urn's objects.
        generation: u32,
    },
    /// Forgets the resource.
    Forget,
    /// Records options, dependencies and expressions.
    Record,
    /// Nothing: keeps an order between what comes before and after a resource that does not change.
    Pass,
    /// Nothing: the point of no return. All that comes after it deletes or forgets.
    Barrier,
}

impl Act {
    /// What programs call it: `create`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete { .. } => "delete",
            Self::Forget => "forget",
            Self::Record => "record",
            Self::Pass => "pass",
            Self::Barrier => "barrier",
        }
    }
}

/// Answered lookups, by urn.
pub type Answers = std::collections::BTreeMap<Urn, LookupState>;
