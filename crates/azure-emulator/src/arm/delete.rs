//! DELETE.

use super::check;
use crate::clock::Millis;
use crate::exchange::{Reply, Request};
use crate::id::ResourceId;
use crate::operation::{Begin, Verb};
use crate::refusal::Refusal;
use crate::rules::{Place, Rules, Scene, Style};
use crate::world::World;

/// Deletes a resource: 204 when there is none, except for groups.
pub fn delete(
    world: &mut World,
    request: &Request,
    id: &ResourceId,
    rules: &Rules,
    now: Millis,
) -> Result<Reply, Refusal> {
    let Some(answer) = rules.delete else {
        return Err(super::not_allowed(request));
    };
    check::group(world, id)?;
    check::parent(world, id, rules)?;
    let Some(existing) = world.store.get(id).filter(|resource| resource.visible) else {
        check::busy(world, id, rules)?;
        return Ok(Reply::empty(204));
    };
    check::preconditions(request, Some(existing))?;
    check::busy(world, id, rules)?;
    if rules.place != Place::Subscription {
        check::group_stays(world, id)?;
    }
    (rules.guard)(&Scene { world, id, now }, existing)?;
    let id = existing.id.clone();
    if request.parameter("force") == Some("true")
        && let Some(existing) = world.store.by_key_mut(&id.key())
    {
        // Workspaces look at it when they are gone.
        existing.hidden["force"] = true.into();
    }
    let Some(existing) = world.store.get(&id) else {
        return Ok(Reply::empty(204));
    };
    if answer.style == Style::Now {
        let shown = (rules.place == Place::Anywhere).then(|| world.shown(existing, now));
        world.forget(&id, now);
        return Ok(shown.map_or_else(
            || Reply::empty(answer.status),
            |shown| Reply::json(answer.status, shown),
        ));
    }
    let begin = Begin {
        about: &id,
        verb: Verb::Delete,
        answer,
        result: None,
        time: None,
        base: &request.base,
        api_version: check::api_version(request)?,
    };
    let mut reply = Reply::empty(answer.status);
    reply.headers = world.start(begin, now);
    Ok(reply)
}
