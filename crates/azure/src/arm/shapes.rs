//! Shapes that come up again and again in Azure's JSON, for [`Arm::shape`](super::Arm::shape) and
//! [`Arm::observe`](super::Arm::observe).

use serde_json::{Map as JsonMap, Value as Json};
use stack_model::Map;

pub(crate) use super::body::{any, at, plain, put, take};
use super::{Arm, body};

/// Does something to each item of the list at a place.
pub(crate) fn each_item(body: &mut Json, place: &str, change: impl FnMut(&mut Json)) {
    let list = place
        .split('.')
        .try_fold(body, |inner, name| inner.get_mut(name))
        .and_then(Json::as_array_mut);
    list.into_iter().flatten().for_each(change);
}

/// `{name, a, b}` becomes `{name, properties: {a, b}}`, as Azure has the items of many lists.
pub(crate) fn nest(item: &mut Json) {
    let Some(object) = item.as_object_mut() else {
        return;
    };
    let name = object.remove("name");
    let properties = std::mem::take(object);
    object.extend(name.map(|name| ("name".to_owned(), name)));
    object.insert("properties".to_owned(), Json::Object(properties));
}

/// The opposite of [`nest`]; drops what else Azure says of an item, such as its id.
pub(crate) fn unnest(item: &mut Json) {
    let name = take(item, "name");
    let properties = take(item, "properties").unwrap_or(Json::Object(JsonMap::new()));
    *item = properties;
    if let (Some(object), Some(name)) = (item.as_object_mut(), name) {
        object.insert("name".to_owned(), name);
    }
}

/// `{id: ""}` asks for no reference at all.
pub(crate) fn without_empty_ids(body: &mut Json, places: &[&str]) {
    for place in places {
        if at(body, place).is_some_and(|found| found["id"] == "") {
            take(body, place);
        }
    }
}

/// Reads one field again, from an answer that was brought into our shape.
pub(crate) fn read_again<T: Arm>(answer: &Json, field: &str, values: &mut Map) {
    let mut fields = T::schema().inputs;
    fields.retain(|name, _| name == field);
    values.extend(body::read(&fields, answer, T::PLACES));
}

/// Some services spell the kinds of identities with a space.
pub(crate) fn spaced_identity(body: &mut Json) {
    if at(body, "identity.type").is_some_and(|kind| kind == "SystemAssigned,UserAssigned") {
        put(
            body,
            "identity.type",
            Json::from("SystemAssigned, UserAssigned"),
        );
    }
}
