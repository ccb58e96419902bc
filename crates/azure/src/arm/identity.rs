//! `identity`, as every type of Azure writes it: a text with the kinds, and the user-assigned ones as keys.

use serde_json::{Map as JsonMap, Value as Json, json};
use stack_model::{Map, Value};

/// [`ManagedIdentities`](crate::ManagedIdentities) as Azure writes them.
pub(super) fn write(value: &Value) -> Json {
    let Value::Map(map) = value.revealed() else {
        return Json::Null;
    };
    let system = map.get("system_assigned") == Some(&Value::Bool(true));
    let ids = match map.get("user_assigned_ids") {
        Some(Value::List(ids)) => ids.as_slice(),
        _ => &[],
    };
    let kind = match (system, ids.is_empty()) {
        (false, true) => return json!({"type": "None"}),
        (true, true) => return json!({"type": "SystemAssigned"}),
        (false, false) => "UserAssigned",
        (true, false) => "SystemAssigned,UserAssigned",
    };
    let ids = ids.iter().filter_map(|id| match id.revealed() {
        Value::String(id) => Some((id.clone(), json!({}))),
        _ => None,
    });
    json!({"type": kind, "userAssignedIdentities": ids.collect::<JsonMap<_, _>>()})
}

/// What Azure says, as [`ManagedIdentities`](crate::ManagedIdentities).
pub(super) fn read(json: &Json) -> Option<Value> {
    let kinds = json["type"].as_str()?.to_ascii_lowercase();
    let ids = json["userAssignedIdentities"].as_object();
    let ids = ids.into_iter().flat_map(|ids| ids.keys());
    let fields = [
        (
            "system_assigned".to_owned(),
            Value::Bool(kinds.contains("systemassigned")),
        ),
        (
            "user_assigned_ids".to_owned(),
            Value::List(ids.map(|id| Value::from(id.as_str())).collect()),
        ),
    ];
    Some(Value::Map(Map::from_iter(fields)))
}
