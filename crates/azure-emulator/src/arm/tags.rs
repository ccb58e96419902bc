//! `Microsoft.Resources/tags/default`: the tags of any scope, on their own.

use http::Method;
use serde_json::{Value, json};

use super::check;
use crate::exchange::{Reply, Request};
use crate::id::ResourceId;
use crate::json;
use crate::refusal::Refusal;
use crate::rules::Rules;
use crate::schema::{Verb, check_request};
use crate::types;
use crate::world::World;

/// Reads or changes the tags of a scope.
pub fn answer(world: &mut World, request: &Request, id: &ResourceId) -> Result<Reply, Refusal> {
    let rules = check::type_of(&id.type_name(), check::api_version(request)?)?;
    let scope = id.parent().ok_or_else(|| check::not_found(id))?;
    check::group(world, &scope)?;
    if !world.store.exists(&scope) {
        return Err(check::not_found(&scope));
    }
    let tags = match request.method {
        Method::GET => return Ok(Reply::json(200, told(world, &scope))),
        Method::PUT => {
            let body = checked(rules, Verb::Put, request)?;
            json::at(&body, "properties.tags")
                .cloned()
                .unwrap_or_else(|| json!({}))
        }
        Method::PATCH => {
            let body = checked(rules, Verb::Patch, request)?;
            changed(current(world, &scope), &body)
        }
        Method::DELETE => json!({}),
        _ => return Err(super::not_allowed(request)),
    };
    check::tags(&json!({ "tags": tags }))?;
    set(world, &scope, tags);
    Ok(match request.method {
        Method::DELETE => Reply::empty(200),
        _ => Reply::json(200, told(world, &scope)),
    })
}

fn checked(rules: &Rules, verb: Verb, request: &Request) -> Result<Value, Refusal> {
    let body = check::parsed(request)?;
    if let Some(schema) = rules.schema() {
        let current = json!({ "name": "default", "type": types::TAGS });
        check::malformed(rules, &check_request(schema, verb, &body, &current))?;
    }
    Ok(body)
}

/// The tags after `Merge`, `Replace` or `Delete`.
fn changed(mut tags: Value, body: &Value) -> Value {
    let given = json::at(body, "properties.tags")
        .cloned()
        .unwrap_or_else(|| json!({}));
    match json::text(body, "operation") {
        Some("Merge") => json::merge(&mut tags, &given),
        Some("Delete") => {
            for name in given
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, _)| name)
            {
                json::take(&mut tags, name);
            }
        }
        _ => tags = given,
    }
    tags
}

fn current(world: &World, scope: &ResourceId) -> Value {
    let tags = match scope.parent() {
        None => world.store.subscription_tags.get(&scope.key()),
        Some(_) => world
            .store
            .get(scope)
            .and_then(|resource| resource.body.get("tags")),
    };
    tags.filter(|tags| tags.is_object())
        .cloned()
        .unwrap_or_else(|| json!({}))
}

fn set(world: &mut World, scope: &ResourceId, tags: Value) {
    if scope.parent().is_none() {
        world.store.subscription_tags.insert(scope.key(), tags);
    } else if let Some(resource) = world.store.by_key_mut(&scope.key()) {
        resource.version += 1;
        json::set(&mut resource.body, "tags", tags);
    }
}

fn told(world: &World, scope: &ResourceId) -> Value {
    json!({
        "id": scope.resource(types::TAGS, "default").as_str(),
        "name": "default",
        "type": types::TAGS,
        "properties": { "tags": current(world, scope) },
    })
}
