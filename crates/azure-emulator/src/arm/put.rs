//! PUT and PATCH.

use serde_json::{Value, json};

use super::{check, identity};
use crate::clock::Millis;
use crate::exchange::{Reply, Request};
use crate::id::ResourceId;
use crate::json;
use crate::operation::{Begin, Verb};
use crate::refusal::Refusal;
use crate::rules::{Answer, Draft, Place, Rules, Scene, Style};
use crate::schema::{self, check_request, without_read_only};
use crate::store::Resource;
use crate::world::World;

/// Creates a resource, or replaces one.
pub fn put(
    world: &mut World,
    request: &Request,
    id: &ResourceId,
    rules: &Rules,
    now: Millis,
) -> Result<Reply, Refusal> {
    let Some(put) = rules.put else {
        return Err(super::not_allowed(request));
    };
    let sent = check::parsed(request)?;
    if rules.place != Place::Subscription {
        check::group(world, id)?;
    }
    check::group_stays(world, id)?;
    check::parent(world, id, rules)?;
    super::generic::check_registered(world, id, rules.namespace())?;
    let before = world.store.get(id).cloned();
    let before = before.as_ref();
    check::preconditions(request, before)?;
    check::busy(world, id, rules)?;
    if before.is_none() {
        rules.name_rule.check(id.name())?;
        name_is_free(world, id, rules, now)?;
    }
    let body = checked(world, rules, schema::Verb::Put, id, &sent, before, now)?;
    let draft = Draft {
        id: id.clone(),
        body,
        hidden: before.map_or_else(|| json!({}), |before| before.hidden.clone()),
        before,
    };
    let (verb, answer) = match before {
        None => (Verb::Create, put.created),
        Some(_) => (Verb::Update, put.updated),
    };
    store(world, request, draft, rules, Change { verb, answer }, now)
}

/// Changes a resource: tags as a whole, everything else merged as RFC 7396 says.
pub fn patch(
    world: &mut World,
    request: &Request,
    id: &ResourceId,
    rules: &Rules,
    now: Millis,
) -> Result<Reply, Refusal> {
    let Some(answer) = rules.patch else {
        return Err(super::not_allowed(request));
    };
    let sent = check::parsed(request)?;
    check::group(world, id)?;
    check::group_stays(world, id)?;
    check::parent(world, id, rules)?;
    let before = super::read::existing(world, id, rules, now)?.clone();
    check::preconditions(request, Some(&before))?;
    check::busy(world, id, rules)?;
    let change = checked(
        world,
        rules,
        schema::Verb::Patch,
        id,
        &sent,
        Some(&before),
        now,
    )?;
    let mut body = before.body.clone();
    if change.get("tags").is_some() {
        json::take(&mut body, "tags");
    }
    json::merge(&mut body, &change);
    let draft = Draft {
        id: before.id.clone(),
        body,
        hidden: before.hidden.clone(),
        before: Some(&before),
    };
    let verb = Verb::Update;
    store(world, request, draft, rules, Change { verb, answer }, now)
}

/// What a write is, and how it is answered.
struct Change {
    verb: Verb,
    answer: Answer,
}

/// The body that was sent, checked, without what is read-only. A PATCH keeps its nulls: they remove.
fn checked(
    world: &World,
    rules: &Rules,
    verb: schema::Verb,
    id: &ResourceId,
    sent: &Value,
    before: Option<&Resource>,
    now: Millis,
) -> Result<Value, Refusal> {
    let current = match before {
        Some(before) => world.shown(before, now),
        None => json!({ "id": id.as_str(), "name": id.name(), "type": rules.name }),
    };
    let mut body = sent.clone();
    if let Some(schema) = rules.schema() {
        check::malformed(rules, &check_request(schema, verb, sent, &current))?;
        body = without_read_only(schema, verb, sent);
    }
    check::tags(&body)?;
    Ok(match verb {
        schema::Verb::Patch => body,
        schema::Verb::Put | schema::Verb::Get => json::without_nulls(&body),
    })
}

fn store(
    world: &mut World,
    request: &Request,
    mut draft: Draft<'_>,
    rules: &Rules,
    change: Change,
    now: Millis,
) -> Result<Reply, Refusal> {
    check::location(&draft.id, rules, &draft.body, draft.before)?;
    let id = draft.id.clone();
    let scene = Scene {
        world,
        id: &id,
        now,
    };
    identity::complete(&scene, &mut draft)?;
    (rules.prepare)(&scene, &mut draft)?;

    let Draft {
        body,
        hidden,
        before,
        ..
    } = draft;
    let answer = change.answer;
    let mut resource = Resource::new(id.clone(), rules.name, body, now);
    resource.hidden = hidden;
    resource.visible = before.map_or(answer.status != 202, |before| before.visible);
    if let Some(before) = before {
        resource.created = before.created;
        resource.version = before.version + 1;
        resource.outcome = before.outcome;
    }
    world.store.put(resource);
    (rules.stored)(world, &id, before, now);

    let mut headers = Vec::new();
    if answer.style == Style::Now {
        (rules.done)(world, &id, now);
    } else {
        let begin = Begin {
            about: &id,
            verb: change.verb,
            answer,
            result: None,
            time: None,
            base: &request.base,
            api_version: check::api_version(request)?,
        };
        headers = world.start(begin, now);
    }
    let mut reply = match world.store.get(&id) {
        Some(resource) if answer.status != 202 => {
            Reply::json(answer.status, world.shown(resource, now))
                .with_header("etag", resource.etag())
        }
        _ => Reply::empty(answer.status),
    };
    reply.headers.extend(headers);
    Ok(reply)
}

/// A name may be taken by somebody anywhere in the world, or by what was deleted a moment ago.
fn name_is_free(world: &World, id: &ResourceId, rules: &Rules, now: Millis) -> Result<(), Refusal> {
    if let Some(code) = rules.taken
        && world
            .store
            .all()
            .any(|other| other.is(rules.name) && other.id.name().eq_ignore_ascii_case(id.name()))
    {
        let message = format!("The name '{}' is already taken.", id.name());
        return Err(Refusal::conflict(code, message));
    }
    match world.store.retained.get(&id.key()) {
        Some(until) if *until > now => {
            let message = format!(
                "'{}' was deleted a short time ago and its name is not free yet.",
                id.name()
            );
            Err(Refusal::conflict("Conflict", message))
        }
        _ => Ok(()),
    }
}

impl World {
    /// Whether nobody in the world has a name, among resources of a type. What can be recovered keeps its name.
    pub fn name_is_free(&self, type_name: &str, name: &str) -> bool {
        let mut all = self.store.all().chain(self.store.deleted.values());
        !all.any(|resource| resource.is(type_name) && resource.id.name().eq_ignore_ascii_case(name))
    }
}
