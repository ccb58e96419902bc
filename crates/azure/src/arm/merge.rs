//! JSON Merge Patch, RFC 7396: what differs, and laying it over.

use serde_json::{Map, Value as Json};

/// What turns `before` into `after`. None when nothing differs.
pub(super) fn difference(before: &Json, after: &Json) -> Option<Json> {
    match (before, after) {
        (Json::Object(before), Json::Object(after)) => {
            let mut patch = Map::new();
            for (key, value) in after {
                let change = match before.get(key) {
                    Some(old) => difference(old, value),
                    None => Some(value.clone()),
                };
                patch.extend(change.map(|change| (key.clone(), change)));
            }
            let gone = before.keys().filter(|key| !after.contains_key(*key));
            patch.extend(gone.map(|key| (key.clone(), Json::Null)));
            (!patch.is_empty()).then_some(Json::Object(patch))
        }
        (before, after) => (before != after).then(|| after.clone()),
    }
}

/// Lays a patch over a value.
pub(super) fn apply(target: &mut Json, patch: Json) {
    let Json::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Json::Object(Map::new());
    }
    let Some(object) = target.as_object_mut() else {
        return;
    };
    for (key, change) in patch {
        if change.is_null() {
            object.remove(&key);
        } else {
            apply(object.entry(key).or_insert(Json::Null), change);
        }
    }
}

/// Whether `found` has everything that `asked` asks for. Text is compared without case, lists element by element.
pub(crate) fn agrees(asked: &Json, found: &Json) -> bool {
    match (asked, found) {
        (Json::Object(asked), Json::Object(found)) => asked
            .iter()
            .all(|(key, asked)| found.get(key).is_some_and(|found| agrees(asked, found))),
        (Json::Array(asked), Json::Array(found)) => {
            asked.len() == found.len() && asked.iter().zip(found).all(|(a, b)| agrees(a, b))
        }
        // What is the same for every subscription is told as a part of ours.
        (Json::String(asked), Json::String(found)) if asked.starts_with("/providers/") => found
            .to_ascii_lowercase()
            .ends_with(&asked.to_ascii_lowercase()),
        (Json::String(asked), Json::String(found)) => asked.eq_ignore_ascii_case(found),
        (asked, found) => asked == found,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_examples_of_the_rfc_hold() {
        let cases = [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (
                json!({"a": "b"}),
                json!({"b": "c"}),
                json!({"a": "b", "b": "c"}),
            ),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (
                json!({"a": {"b": "c"}}),
                json!({"a": {"b": "d", "c": null}}),
                json!({"a": {"b": "d"}}),
            ),
            (
                json!({"e": null}),
                json!({"a": 1}),
                json!({"e": null, "a": 1}),
            ),
            (
                json!([1, 2]),
                json!({"a": "b", "c": null}),
                json!({"a": "b"}),
            ),
            (
                json!({}),
                json!({"a": {"bb": {"ccc": null}}}),
                json!({"a": {"bb": {}}}),
            ),
        ];
        for (mut target, patch, result) in cases {
            apply(&mut target, patch.clone());
            assert_eq!(target, result, "{patch}");
        }
    }

    #[test]
    fn a_difference_laid_over_gives_what_was_wanted() {
        let before = json!({"a": 1, "b": {"c": [1], "d": "x"}, "e": {"f": true}});
        let after = json!({"a": 1, "b": {"c": [1, 2]}, "g": {"h": 0}});
        let patch = difference(&before, &after).unwrap();
        assert_eq!(
            patch,
            json!({"b": {"c": [1, 2], "d": null}, "e": null, "g": {"h": 0}})
        );
        let mut target = before;
        apply(&mut target, patch);
        assert_eq!(target, after);
        assert_eq!(difference(&after, &after), None);
    }
}
