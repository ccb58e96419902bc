//! `/_emulator/`: what tests ask of the emulator itself. README.md says what there is.

use http::Method;
use serde_json::{Value, json};

use crate::arm;
use crate::clock::Millis;
use crate::exchange::{Reply, Request};
use crate::faults::Fault;
use crate::id::ResourceId;
use crate::json;
use crate::refusal::Refusal;
use crate::schema::check_answer;
use crate::world::World;

/// Answers a request to the control API.
pub fn answer(world: &mut World, request: &Request, now: Millis) -> Result<Reply, Refusal> {
    let subscription = request.parameter("subscription");
    let what = request.path.trim_start_matches("/_emulator/");
    let done = || Ok(Reply::empty(204));
    match (&request.method, what) {
        (&Method::POST, "reset") => {
            reset(world, subscription);
            done()
        }
        (&Method::GET, "resources") => Ok(Reply::json(200, resources(world, subscription, now))),
        (&Method::GET, "violations") => Ok(Reply::json(200, violations(world, subscription, now))),
        (&Method::GET, "calls") => Ok(Reply::json(200, told(&world.calls.of(subscription))?)),
        (&Method::DELETE, "calls") => {
            world.calls.reset(subscription);
            done()
        }
        (&Method::GET, "counts") => Ok(Reply::json(
            200,
            told(&world.throttle.of(subscription.unwrap_or_default()))?,
        )),
        (&Method::GET, "faults") => Ok(Reply::json(200, told(&world.faults.all())?)),
        (&Method::PUT, "faults") => {
            let faults: Vec<Fault> =
                serde_json::from_slice(&request.body).map_err(|error| wrong(&error))?;
            world.faults.set(subscription, faults);
            done()
        }
        (&Method::GET, "settings") => {
            let settings = subscription
                .map_or_else(|| world.settings.base().clone(), |of| world.settings.of(of));
            Ok(Reply::json(200, told(&settings)?))
        }
        (&Method::PUT, "settings") => {
            set(world, subscription, arm::parsed(request)?)?;
            done()
        }
        (&Method::POST, "expire-tokens") => {
            world.tokens.expire();
            done()
        }
        (&Method::DELETE, "resource") => {
            let id = named(world, request)?;
            world.forget(&id, now);
            done()
        }
        (&Method::PATCH, "resource") => {
            let id = named(world, request)?;
            drift(world, &id, &arm::parsed(request)?, now);
            done()
        }
        _ => {
            let message = format!(
                "The control API has no {} {}.",
                request.method, request.path
            );
            Err(Refusal::not_found("NotFound", message))
        }
    }
}

fn reset(world: &mut World, subscription: Option<&str>) {
    world.store.reset(subscription);
    world.settings.reset(subscription);
    world.faults.reset(subscription);
    world.calls.reset(subscription);
    world.throttle.reset(subscription);
}

/// Everything that exists, as GET answers it, with what GET keeps to itself as `_hidden`.
fn resources(world: &World, subscription: Option<&str>, now: Millis) -> Value {
    let of =
        |id: &ResourceId| subscription.is_none_or(|of| id.subscription().eq_ignore_ascii_case(of));
    let all = world
        .store
        .all()
        .filter(|resource| of(&resource.id))
        .map(|resource| {
            let mut shown = world.shown(resource, now);
            shown["_hidden"] = resource.hidden.clone();
            shown
        });
    let deleted = world
        .store
        .deleted
        .values()
        .filter(|resource| of(&resource.id));
    json!({
        "resources": all.collect::<Vec<_>>(),
        "deleted": deleted.map(|resource| resource.id.as_str()).collect::<Vec<_>>(),
    })
}

/// Where what GET answers is not what the published models say: each is a fault of the emulator.
fn violations(world: &World, subscription: Option<&str>, now: Millis) -> Value {
    let of =
        |id: &ResourceId| subscription.is_none_or(|of| id.subscription().eq_ignore_ascii_case(of));
    let mut found = Vec::new();
    for resource in world.store.all().filter(|resource| of(&resource.id)) {
        if let Some(schema) = resource.rules().schema() {
            for problem in check_answer(schema, &world.shown(resource, now)) {
                found.push(json!({ "id": resource.id.as_str(), "problem": problem.message() }));
            }
        }
    }
    found.into()
}

/// Changes settings. `refuse_write` counts from here.
fn set(world: &mut World, subscription: Option<&str>, mut change: Value) -> Result<(), Refusal> {
    let inside = json::take(&mut change, "subscription");
    let subscription = inside.as_ref().and_then(Value::as_str).or(subscription);
    if change.get("refuse_write").is_some() {
        world.throttle.count_from_here(subscription);
    }
    world
        .settings
        .change(subscription, &change)
        .map_err(|error| wrong(&error))
}

fn named(world: &World, request: &Request) -> Result<ResourceId, Refusal> {
    let written = request.parameter("id").unwrap_or_default();
    let id = ResourceId::parse(written).filter(|id| world.store.get(id).is_some());
    id.ok_or_else(|| {
        Refusal::not_found(
            "NotFound",
            format!("There is no resource with the id '{written}'."),
        )
    })
}

/// Changes a resource as somebody else would.
fn drift(world: &mut World, id: &ResourceId, change: &Value, now: Millis) {
    if let Some(resource) = world.store.by_key_mut(&id.key()) {
        json::merge(&mut resource.body, change);
        resource.version += 1;
        resource.changed = now;
    }
}

fn told(value: &impl serde::Serialize) -> Result<Value, Refusal> {
    serde_json::to_value(value).map_err(|error| wrong(&error))
}

fn wrong(error: &serde_json::Error) -> Refusal {
    Refusal::bad_request(
        "InvalidRequestContent",
        format!("The body is not understood: {error}."),
    )
}
