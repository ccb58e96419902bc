//! Azure Resource Manager: from a path to what answers it.

mod check;
mod delete;
mod generic;
mod identity;
mod list;
mod put;
mod read;
mod tags;
mod usages;

use http::Method;
use serde_json::Value;

use crate::clock::Millis;
use crate::exchange::{Reply, Request};
use crate::id::{ResourceId, Target};
use crate::refusal::Refusal;
use crate::rules::{Act, Rules};
use crate::types;
use crate::world::World;

pub use check::{not_found, parsed};

/// Answers a request of a client whose token is right.
pub fn answer(world: &mut World, request: &Request, now: Millis) -> Result<Reply, Refusal> {
    let Some(target) = Target::parse(&request.path) else {
        return generic::outside(world, request);
    };
    let version = check::api_version(request)?;
    check::subscription(&target)?;
    match target {
        Target::Item(id) => item(world, request, &id, version, now),
        Target::Provider { scope, namespace } => {
            generic::provider(world, request, &scope, &namespace)
        }
        Target::Under {
            parent,
            namespace,
            word,
        } => under(world, request, &parent, namespace.as_deref(), &word, now),
    }
}

fn item(
    world: &mut World,
    request: &Request,
    id: &ResourceId,
    version: &str,
    now: Millis,
) -> Result<Reply, Refusal> {
    if let Some(reply) = generic::item(world, request, id, now) {
        return reply;
    }
    let rules = check::type_of(&id.type_name(), version)?;
    match request.method {
        Method::GET => read::get(world, request, id, rules, now),
        Method::HEAD => read::head(world, request, id, rules, now),
        Method::PUT => put::put(world, request, id, rules, now),
        Method::PATCH => put::patch(world, request, id, rules, now),
        Method::DELETE => delete::delete(world, request, id, rules, now),
        _ => Err(not_allowed(request)),
    }
}

/// A collection, or an action.
fn under(
    world: &mut World,
    request: &Request,
    parent: &ResourceId,
    namespace: Option<&str>,
    word: &str,
    now: Millis,
) -> Result<Reply, Refusal> {
    if let Some(reply) = generic::under(world, request, parent, namespace, word, now) {
        return reply;
    }
    let type_name = match namespace {
        Some(namespace) => format!("{namespace}/{word}"),
        None => format!("{}/{word}", parent.type_name()),
    };
    let version = check::api_version(request)?;
    match request.method {
        Method::GET => {
            let rules = check::type_of(&type_name, version)?;
            list::collection(world, request, parent, rules, now)
        }
        Method::POST => act(world, request, parent, namespace, word, now),
        _ => Err(not_allowed(request)),
    }
}

fn act(
    world: &mut World,
    request: &Request,
    id: &ResourceId,
    namespace: Option<&str>,
    word: &str,
    now: Millis,
) -> Result<Reply, Refusal> {
    let body = match request.body.is_empty() {
        true => Value::Null,
        false => check::parsed(request)?,
    };
    let body = &body;
    let act = Act {
        id,
        request,
        body,
        now,
    };
    let version = check::api_version(request)?;
    if let Some(namespace) = namespace {
        let action = types::provider_action(namespace, word).ok_or_else(|| no_action(id, word))?;
        return action(world, &act);
    }
    let rules = check::type_of(&id.type_name(), version)?;
    let action = action_of(rules, word).ok_or_else(|| no_action(id, word))?;
    check::group(world, id)?;
    match rules.find {
        Some(find) => drop(find(&crate::rules::Scene { world, id, now })?),
        None => drop(read::existing(world, id, rules, now)?.id.key()),
    }
    action(world, &act)
}

fn action_of(rules: &Rules, word: &str) -> Option<crate::rules::Action> {
    rules
        .actions
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(word))
        .map(|(_, action)| *action)
}

fn no_action(id: &ResourceId, word: &str) -> Refusal {
    let message = format!("'{}' knows no action '{word}'.", id.type_name());
    Refusal::not_found("InvalidResourceType", message)
}

fn not_allowed(request: &Request) -> Refusal {
    let message = format!(
        "The requested resource does not support http method '{}'.",
        request.method
    );
    Refusal::new(405, "MethodNotAllowed", message)
}
