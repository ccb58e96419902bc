//! What happens meanwhile, on standard error: live lines on a terminal, plain lines elsewhere.

mod live;
mod plain;

use std::collections::HashMap;
use std::io::IsTerminal;

use serde_json::Value as Json;
use stack_engine::Listener;
use stack_engine::plan::{Act, Action, Plan};
use stack_model::Urn;

use super::style::{count, talk};

/// A listener that draws, and that can be told what is about to happen.
pub trait Progress: Listener {
    /// An apply of this plan begins.
    fn begin(&self, plan: &Plan);

    /// Nothing more happens for now: the screen belongs to others.
    fn rest(&self);

    /// Says something about this environment, in lines.
    fn say(&self, text: &str);

    /// The environment's name, where it is one of several that are worked on at once.
    fn name(&self) -> Option<&str>;

    /// Passes on an event that is not the engine's, where events are written.
    fn emit(&self, event: Json) {
        let _ = event;
    }
}

/// The listener for standard error as it is.
pub fn to_stderr() -> Box<dyn Progress> {
    on_stderr(Voice::default())
}

/// The same for one of several environments that are worked on at once: every line begins with its name.
pub fn to_stderr_of(name: &str) -> Box<dyn Progress> {
    on_stderr(Voice {
        name: Some(name.to_owned()),
        prefix: format!("{name}: "),
    })
}

fn on_stderr(voice: Voice) -> Box<dyn Progress> {
    let is_dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
    if std::io::stderr().is_terminal() && !is_dumb {
        Box::new(live::Live::new(voice))
    } else {
        Box::new(plain::Plain::new(voice))
    }
}

/// What every line begins with.
#[derive(Debug, Default)]
struct Voice {
    name: Option<String>,
    prefix: String,
}

impl Voice {
    fn say(&self, text: &str) {
        for line in text.lines() {
            talk(&format!("{}{line}", self.prefix));
        }
    }
}

impl Progress for super::events::Lines {
    fn begin(&self, _: &Plan) {}
    fn rest(&self) {}

    fn say(&self, text: &str) {
        text.lines().for_each(talk);
    }

    fn name(&self) -> Option<&str> {
        None
    }

    fn emit(&self, event: Json) {
        self.write(event);
    }
}

/// What is done to each resource, as people call it: a step says only "create" where the plan says "replace".
#[derive(Default)]
struct Labels {
    actions: HashMap<Urn, Action>,
}

impl Labels {
    fn of(plan: &Plan) -> Self {
        let action = |change: &stack_engine::plan::Change| (change.urn.clone(), change.action);
        Self {
            actions: plan.changes.iter().map(action).collect(),
        }
    }

    /// What is being done, and what was done.
    fn verbs(&self, urn: &Urn, act: Act) -> (&'static str, &'static str) {
        match (act, self.actions.get(urn)) {
            (Act::Create | Act::Update, Some(Action::Run)) => ("running", "ran"),
            (Act::Create, Some(Action::Replace(_))) => ("creating anew", "created anew"),
            (Act::Update, Some(Action::Resume)) => ("finishing", "finished"),
            (Act::Delete { .. }, Some(Action::Replace(_) | Action::DeleteDeposed)) => {
                ("deleting the old object", "deleted the old object")
            }
            (Act::Create, _) => ("creating", "created"),
            (Act::Update, _) => ("updating", "updated"),
            (Act::Delete { .. }, _) => ("deleting", "deleted"),
            (Act::Ask, _) => ("looking up", "looked up"),
            (Act::Forget, _) => ("forgetting", "forgotten"),
            (Act::Record | Act::Pass | Act::Barrier, _) => ("recording", "recorded"),
        }
    }
}

fn reading(objects: usize) -> String {
    format!("reading {}", count(objects, "object"))
}

fn settled(urn: &Urn, outcome: &str) -> String {
    format!("{urn}: left in doubt by an earlier run; {outcome}")
}

fn warning(urn: Option<&Urn>, message: &str) -> String {
    match urn {
        Some(urn) => format!("warning: {urn}: {message}"),
        None => format!("warning: {message}"),
    }
}
