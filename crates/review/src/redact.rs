//! Takes the secrets out of what is shown.

use serde::Serialize;
use serde_json::{Value as Json, json};

/// A value as JSON for other programs, without its secrets: each is `{"$secret": true}`, also one that is not here.
pub fn redacted(value: &impl Serialize) -> Json {
    let mut json = serde_json::to_value(value).unwrap_or_default();
    redact(&mut json);
    json
}

/// Takes the secrets out of JSON that the model wrote. A literal key that begins with `$` is written `$$…`, so what
/// is found is always a mark.
pub fn redact(json: &mut Json) {
    match json {
        Json::Object(map) if map.contains_key("$secret") || map.contains_key("$redacted") => {
            *json = json!({"$secret": true});
        }
        Json::Object(map) => map.values_mut().for_each(redact),
        Json::Array(items) => items.iter_mut().for_each(redact),
        _ => {}
    }
}
