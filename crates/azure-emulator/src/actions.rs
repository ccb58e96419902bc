//! POSTs that several services have.

use serde_json::{Value, json};

use crate::clock::Millis;
use crate::exchange::Reply;
use crate::json;
use crate::operation::{Begin, Verb};
use crate::refusal::Refusal;
use crate::rules::{Act, Rules, Style, later};
use crate::store::Resource;
use crate::world::World;

/// A text that the body of an action must have.
pub fn needed<'a>(act: &'a Act, path: &str) -> Result<&'a str, Refusal> {
    json::text(act.body, path).ok_or_else(|| {
        let message = format!("The required property '{path}' is missing.");
        Refusal::bad_request("InvalidRequestContent", message).at(path)
    })
}

/// The resource that an action is asked of. That it is there was checked.
pub fn asked<'a>(world: &'a mut World, act: &Act) -> Result<&'a mut Resource, Refusal> {
    let found = world.store.by_key_mut(&act.id.key());
    found.ok_or_else(|| crate::arm::not_found(act.id))
}

/// Starts a long-running action; it is answered with 202 and both ends of the matter.
pub fn begin(world: &mut World, act: &Act, time: Option<Millis>, result: Option<Value>) -> Reply {
    let answer = later(202, Style::Location);
    let begin = Begin {
        about: act.id,
        verb: Verb::Act,
        answer,
        result: result.clone(),
        time,
        base: &act.request.base,
        api_version: act.request.parameter("api-version").unwrap_or_default(),
    };
    let headers = world.start(begin, act.now);
    Reply {
        status: answer.status,
        headers,
        body: result,
    }
}

/// `checkNameAvailability`: whether a name that is unique in the world can be had. `invalid` is the reason that the
/// service gives for a name that is not one.
pub fn check_name(
    world: &World,
    act: &Act,
    rules: &Rules,
    invalid: &str,
) -> Result<Reply, Refusal> {
    let name = needed(act, "name")?;
    let told = match rules.name_rule.check(name) {
        Err(refusal) => {
            json!({ "nameAvailable": false, "reason": invalid, "message": refusal.message })
        }
        Ok(()) if !world.name_is_free(rules.name, name) => {
            let message = format!("The name '{name}' is already taken.");
            json!({ "nameAvailable": false, "reason": "AlreadyExists", "message": message })
        }
        Ok(()) => json!({ "nameAvailable": true }),
    };
    Ok(Reply::json(200, told))
}

/// Chooses one of two keys by the name that the body gives at a path.
pub fn which<'a>(act: &'a Act, path: &str, keys: &[&'a str]) -> Result<&'a str, Refusal> {
    let wanted = needed(act, path)?;
    let found = keys
        .iter()
        .copied()
        .find(|key| key.eq_ignore_ascii_case(wanted));
    found.ok_or_else(|| {
        let message = format!("'{wanted}' is not one of {}.", keys.join(", "));
        Refusal::bad_request("InvalidRequestContent", message).at(path)
    })
}

/// A hidden value, such as a key.
pub fn hidden(resource: &Resource, path: &str) -> Value {
    json::at(&resource.hidden, path)
        .cloned()
        .unwrap_or(Value::Null)
}
