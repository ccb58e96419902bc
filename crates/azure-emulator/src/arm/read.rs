//! GET and HEAD of one resource.

use super::check;
use crate::clock::Millis;
use crate::exchange::{Reply, Request};
use crate::id::ResourceId;
use crate::refusal::Refusal;
use crate::rules::{Place, Rules, Scene};
use crate::store::Resource;
use crate::world::World;

/// A resource that can be read.
pub fn existing<'a>(
    world: &'a World,
    id: &ResourceId,
    rules: &Rules,
    now: Millis,
) -> Result<&'a Resource, Refusal> {
    let lag = world.settings.of(id.subscription()).read_lag;
    let found = world.store.get(id).filter(|resource| {
        let fresh =
            rules.place != Place::Subscription && now < resource.created.saturating_add(lag);
        resource.visible && !fresh
    });
    found.ok_or_else(|| check::not_found(id))
}

/// Shows a resource.
pub fn get(
    world: &World,
    _: &Request,
    id: &ResourceId,
    rules: &Rules,
    now: Millis,
) -> Result<Reply, Refusal> {
    check::group(world, id)?;
    check::parent(world, id, rules)?;
    if let Some(find) = rules.find {
        return Ok(Reply::json(200, find(&Scene { world, id, now })?));
    }
    let resource = existing(world, id, rules, now)?;
    Ok(Reply::json(200, world.shown(resource, now)).with_header("etag", resource.etag()))
}

/// Says whether a resource is there.
pub fn head(
    world: &World,
    _: &Request,
    id: &ResourceId,
    rules: &Rules,
    now: Millis,
) -> Result<Reply, Refusal> {
    match existing(world, id, rules, now) {
        Ok(_) => Ok(Reply::empty(204)),
        Err(_) => Ok(Reply::empty(404)),
    }
}
