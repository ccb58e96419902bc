//! What a type of resource is: a declaration, with functions for what is special about it.

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use serde_json::Value;

use crate::clock::Millis;
use crate::exchange::{Reply, Request};
use crate::id::ResourceId;
use crate::refusal::Refusal;
use crate::schema::Schema;
use crate::store::Resource;
use crate::world::World;

/// The declaration of a type. Its statuses are those of the published specification.
pub struct Rules {
    /// The type, as Azure writes it.
    pub name: &'static str,
    /// The API versions that are answered.
    pub versions: &'static [&'static str],
    /// The table of `schemas/tables`; empty when bodies are not checked.
    pub table: &'static str,
    /// Where its resources lie.
    pub place: Place,
    /// Whether it has a location of its own, which never changes.
    pub location: Location,
    /// What a name looks like.
    pub name_rule: NameRule,
    /// The code for a name that somebody in the world already has.
    pub taken: Option<&'static str>,
    /// How PUT is answered; without it the service alone makes such resources.
    pub put: Option<Put>,
    /// How PATCH is answered.
    pub patch: Option<Answer>,
    /// How DELETE is answered for what exists; for what does not it is 204.
    pub delete: Option<Answer>,
    /// Where the state of the resource is shown, and in which words.
    pub state: State,
    /// Whether GET shows the entity tag as `etag`.
    pub etag: bool,
    /// Whether a change keeps its parent and siblings from being changed at the same time.
    pub serial: bool,
    /// The code of the refusal while another operation is under way.
    pub busy: &'static str,
    /// The code for a body that is not as the table says.
    pub malformed: &'static str,
    /// Checks and completes what is about to be stored.
    pub prepare: fn(&Scene, &mut Draft) -> Result<(), Refusal>,
    /// What follows at once from storing a resource. What was there before comes along.
    pub stored: fn(&mut World, &ResourceId, Option<&Resource>, Millis),
    /// What follows from the success of its operation.
    pub done: fn(&mut World, &ResourceId, Millis),
    /// Adds what GET shows beyond what is stored.
    pub show: fn(&World, &Resource, &mut Value),
    /// Says why a resource cannot be deleted.
    pub guard: fn(&Scene, &Resource) -> Result<(), Refusal>,
    /// What follows from its deletion.
    pub gone: fn(&mut World, &Resource, Millis),
    /// The POSTs below a resource, by their words.
    pub actions: &'static [(&'static str, Action)],
    /// Which of the stored resources a list shows, where it is not those in the place that is asked about.
    pub list: Option<fn(&Scene, &Request) -> Vec<Value>>,
    /// What GET answers, where it is not a stored resource.
    pub find: Option<fn(&Scene) -> Result<Value, Refusal>>,
}

/// A POST below a resource.
pub type Action = fn(&mut World, &Act) -> Result<Reply, Refusal>;

/// What an action is asked.
pub struct Act<'a> {
    /// What it is asked of: a resource, or what is before `/providers/`.
    pub id: &'a ResourceId,
    /// The request.
    pub request: &'a Request,
    /// The body; null when there is none.
    pub body: &'a Value,
    /// The time.
    pub now: Millis,
}

/// Where the resources of a type lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a subscription.
    Subscription,
    /// In a resource group.
    Group,
    /// In another resource, as the type's name says.
    Parent,
    /// On anything.
    Anywhere,
}

/// Whether a resource has a location of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    /// It has none.
    None,
    /// It has a region.
    Region,
    /// It is everywhere: `global`.
    Global,
}

/// How PUT is answered.
#[derive(Clone, Copy, Debug)]
pub struct Put {
    /// When the resource was not there.
    pub created: Answer,
    /// When it was.
    pub updated: Answer,
}

/// A status and a way to learn of the end.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    /// The HTTP status. With 202 there is no body, and what is created cannot be read until it is done.
    pub status: u16,
    /// The way.
    pub style: Style,
}

/// How a client learns of an operation's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// The answer is the end.
    Now,
    /// By the state of the resource.
    Body,
    /// By `Azure-AsyncOperation`.
    Operation,
    /// By `Location`.
    Location,
    /// By either header.
    Both,
}

/// The answer to something that is done at once.
pub const fn at_once(status: u16) -> Answer {
    let style = Style::Now;
    Answer { status, style }
}

/// The answer to something that takes its time.
pub const fn later(status: u16, style: Style) -> Answer {
    Answer { status, style }
}

/// Where the state of a resource is shown, and in which words.
#[derive(Clone, Copy, Debug)]
pub struct State {
    /// The path; empty when it is not shown.
    pub path: &'static str,
    /// The words while it is created, in their order.
    pub creating: &'static [&'static str],
    /// The words while it is updated.
    pub updating: &'static [&'static str],
    /// The word while it is deleted.
    pub deleting: &'static str,
    /// The word when all is well.
    pub well: &'static str,
}

impl State {
    /// `properties.provisioningState` in the words that most services use.
    pub const USUAL: State = State {
        path: "properties.provisioningState",
        creating: &["Creating"],
        updating: &["Updating"],
        deleting: "Deleting",
        well: "Succeeded",
    };

    /// No state.
    pub const NONE: State = State {
        path: "",
        ..State::USUAL
    };
}

/// What a name looks like.
#[derive(Clone, Copy, Debug)]
pub struct NameRule {
    /// The fewest and the most characters.
    pub length: (usize, usize),
    /// The characters that it may have beside letters and digits.
    pub others: &'static str,
    /// Whether letters must be lower case.
    pub lower: bool,
    /// What the service answers to a name that is not so.
    pub code: &'static str,
}

impl NameRule {
    /// Letters, digits, `_`, `-` and `.`, up to 80.
    pub const USUAL: NameRule = NameRule {
        length: (1, 80),
        others: "_-.",
        lower: false,
        code: "InvalidResourceName",
    };

    /// Says why a name is not one.
    pub fn check(&self, name: &str) -> Result<(), Refusal> {
        let (least, most) = self.length;
        let length = name.chars().count();
        let right = |letter: char| {
            letter.is_ascii_digit()
                || letter.is_ascii_lowercase()
                || (!self.lower && letter.is_ascii_uppercase())
                || self.others.contains(letter)
        };
        if (least..=most).contains(&length) && name.chars().all(right) {
            return Ok(());
        }
        let letters = if self.lower {
            "lower-case letters"
        } else {
            "letters"
        };
        Err(Refusal::bad_request(
            self.code,
            format!(
                "Resource name '{name}' is invalid. It must have {least} to {most} characters: {letters}, digits and '{}'.",
                self.others
            ),
        ))
    }
}

/// What is about to be stored.
pub struct Draft<'a> {
    /// The id.
    pub id: ResourceId,
    /// The body: what was sent, without what is read-only.
    pub body: Value,
    /// What the service keeps to itself.
    pub hidden: Value,
    /// What was there before.
    pub before: Option<&'a Resource>,
}

impl Draft<'_> {
    /// Sets what the service makes up once: what it was before, or else something new.
    pub fn keep(&mut self, path: &str, make: impl FnOnce() -> Value) {
        let known = self
            .before
            .and_then(|before| crate::json::at(&before.body, path))
            .cloned();
        crate::json::set(&mut self.body, path, known.unwrap_or_else(make));
    }

    /// The same for what it keeps to itself.
    pub fn keep_hidden(&mut self, path: &str, make: impl FnOnce() -> Value) {
        if crate::json::at(&self.hidden, path).is_none() {
            crate::json::set(&mut self.hidden, path, make());
        }
    }

    /// Refuses another value than before.
    pub fn immutable(&self, path: &str, code: &str) -> Result<(), Refusal> {
        let Some(before) = self.before else {
            return Ok(());
        };
        let (old, new) = (
            crate::json::at(&before.body, path),
            crate::json::at(&self.body, path),
        );
        if old == new || new.is_none() {
            return Ok(());
        }
        let message =
            format!("The property '{path}' cannot be changed after the resource was created.");
        Err(Refusal::conflict(code, message).at(path))
    }
}

/// What rules may look at.
pub struct Scene<'a> {
    /// All there is.
    pub world: &'a World,
    /// The resource that is asked about.
    pub id: &'a ResourceId,
    /// The time.
    pub now: Millis,
}

impl<'a> Scene<'a> {
    /// A resource that a property refers to; it must exist and be of a type.
    pub fn referred(
        &self,
        body: &Value,
        path: &str,
        type_name: &str,
    ) -> Result<Option<&'a Resource>, Refusal> {
        let Some(id) = crate::json::text(body, path) else {
            return Ok(None);
        };
        let right =
            ResourceId::parse(id).is_some_and(|id| id.type_name().eq_ignore_ascii_case(type_name));
        if !right {
            let message =
                format!("Property '{path}' must be the id of a {type_name}; it is '{id}'.");
            return Err(Refusal::bad_request("LinkedInvalidPropertyId", message).at(path));
        }
        match self.world.store.named(id) {
            Some(resource) => Ok(Some(resource)),
            None => {
                let message = format!(
                    "Resource {id} referenced by '{path}' of {} was not found.",
                    self.id
                );
                Err(Refusal::bad_request("InvalidResourceReference", message).at(path))
            }
        }
    }
}

impl Rules {
    /// What is usual: a resource in a group that is written at once.
    pub const USUAL: Rules = Rules {
        name: "",
        versions: &[],
        table: "",
        place: Place::Group,
        location: Location::None,
        name_rule: NameRule::USUAL,
        taken: None,
        put: Some(Put {
            created: at_once(201),
            updated: at_once(200),
        }),
        patch: None,
        delete: Some(at_once(200)),
        state: State::USUAL,
        etag: false,
        serial: false,
        busy: "AnotherOperationInProgress",
        malformed: "InvalidRequestContent",
        prepare: |_, _| Ok(()),
        stored: |_, _, _, _| {},
        done: |_, _, _| {},
        show: |_, _, _| {},
        guard: |_, _| Ok(()),
        gone: |_, _, _| {},
        actions: &[],
        list: None,
        find: None,
    };

    /// What the service alone makes and changes.
    pub const READ_ONLY: Rules = Rules {
        place: Place::Parent,
        put: None,
        delete: None,
        ..Rules::USUAL
    };

    /// The namespace.
    pub fn namespace(&self) -> &'static str {
        self.name.split('/').next().unwrap_or_default()
    }

    /// The table, corrected; nothing when bodies are not checked.
    pub fn schema(&self) -> Option<&'static Schema> {
        static ALL: LazyLock<BTreeMap<&'static str, OnceLock<Schema>>> = LazyLock::new(|| {
            crate::types::all()
                .filter(|rules| !rules.table.is_empty())
                .map(|rules| (rules.name, OnceLock::new()))
                .collect()
        });
        let slot = ALL.get(self.name)?;
        // The tables are compiled in, and a test reads every one of them.
        Some(slot.get_or_init(|| {
            crate::overlay::corrected(self.name, self.table).unwrap_or_else(|error| {
                panic!("the table of {} cannot be read: {error}", self.name)
            })
        }))
    }
}
