//! Checking a body against a table.

use serde_json::{Map, Value};

use super::table::{Kind, Model, Property, Schema, Verb};

/// One thing that is wrong with a body.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Where, such as `properties.template.containers[0].image`.
    pub path: String,
    /// What.
    pub trouble: Trouble,
}

/// What can be wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    /// A property that the model does not have.
    Unknown,
    /// A property that must be there and is not.
    Missing,
    /// A value of another type; what it should have been.
    Mistyped(String),
    /// A value that is none of the allowed ones, which follow.
    NotAllowed(String, Vec<String>),
    /// A property that only the service sets, with a value other than it has.
    ReadOnly,
    /// A property that cannot change after creation.
    Immutable,
}

impl Problem {
    /// What people read.
    pub fn message(&self) -> String {
        let path = &self.path;
        match &self.trouble {
            Trouble::Unknown => {
                format!("Could not find member '{path}' in the model of the request's body.")
            }
            Trouble::Missing => format!("The required property '{path}' is missing."),
            Trouble::Mistyped(expected) => format!("The value of '{path}' must be {expected}."),
            Trouble::NotAllowed(value, allowed) => format!(
                "The value '{value}' of '{path}' is not one of the allowed values: {}.",
                allowed.join(", ")
            ),
            Trouble::ReadOnly => format!("The property '{path}' is read-only; leave it out."),
            Trouble::Immutable => {
                format!("The property '{path}' cannot be changed after the resource was created.")
            }
        }
    }
}

/// Checks what a PUT or a PATCH sends. `current` is what a GET answers now, or what it would say of a new resource:
/// a read-only property may be sent with the value that it has, because what GET answers can be PUT back.
pub fn check_request(schema: &Schema, verb: Verb, body: &Value, current: &Value) -> Vec<Problem> {
    let mut check = Check {
        schema,
        verb,
        problems: Vec::new(),
    };
    match schema.root(verb) {
        // What a PATCH leaves out stays as it is, so nothing is required of it.
        Some(model) => check.object(model, body, Some(current), "", verb == Verb::Put),
        None => check.report("", Trouble::Unknown),
    }
    check.problems
}

/// Checks an answer: a failure is a fault of the emulator.
pub fn check_answer(schema: &Schema, body: &Value) -> Vec<Problem> {
    let mut check = Check {
        schema,
        verb: Verb::Get,
        problems: Vec::new(),
    };
    if let Some(model) = schema.root(Verb::Get) {
        check.object(model, body, None, "", true);
    }
    check.problems
}

struct Check<'a> {
    schema: &'a Schema,
    verb: Verb,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn report(&mut self, path: &str, trouble: Trouble) {
        let path = path.to_owned();
        self.problems.push(Problem { path, trouble });
    }

    fn object(
        &mut self,
        model: &Model,
        body: &Value,
        current: Option<&Value>,
        path: &str,
        whole: bool,
    ) {
        let Value::Object(object) = body else {
            return self.report(path, Trouble::Mistyped("an object".to_owned()));
        };
        for (key, value) in object {
            let path = join(path, key);
            match model.get(key) {
                Some(property) => {
                    let current = current.and_then(|current| current.get(key));
                    self.property(property, value, current, &path, whole);
                }
                None if value.is_null() => {}
                None => self.report(&path, Trouble::Unknown),
            }
        }
        if whole {
            self.required(model, object, path);
        }
    }

    fn required(&mut self, model: &Model, object: &Map<String, Value>, path: &str) {
        for (key, property) in model {
            let there = object.get(key).is_some_and(|value| !value.is_null());
            if property.required && !property.read_only && !there {
                self.report(&join(path, key), Trouble::Missing);
            }
        }
    }

    fn property(
        &mut self,
        property: &Property,
        value: &Value,
        current: Option<&Value>,
        path: &str,
        whole: bool,
    ) {
        // To a service a null is an omission.
        if value.is_null() {
            return;
        }
        if path == "location" && self.verb != Verb::Get && value.is_string() {
            // It has rules of its own: "West US" is "westus", and another is refused with a code of its own.
            return;
        }
        if property.read_only && self.verb != Verb::Get {
            if !current.is_some_and(|current| same(value, current)) {
                self.report(path, Trouble::ReadOnly);
            }
            return;
        }
        if property.create_only && current.is_some_and(|current| !same(value, current)) {
            self.report(path, Trouble::Immutable);
        }
        self.value(&property.kind, value, current, path, whole);
    }

    fn value(
        &mut self,
        kind: &Kind,
        value: &Value,
        current: Option<&Value>,
        path: &str,
        whole: bool,
    ) {
        let expected = match kind {
            Kind::Any => None,
            Kind::Text => (!value.is_string()).then_some("a string"),
            Kind::Integer => (!value.is_i64() && !value.is_u64()).then_some("an integer"),
            Kind::Number => (!value.is_number()).then_some("a number"),
            Kind::Boolean => (!value.is_boolean()).then_some("true or false"),
            Kind::DateTime => {
                let read = value.as_str().map(str::parse::<jiff::Timestamp>);
                (!matches!(read, Some(Ok(_)))).then_some("a date and time as RFC 3339 writes it")
            }
            Kind::Enum(name) => return self.choice(name, value, path),
            Kind::Object(name) => {
                if let Some(model) = self.schema.model(name) {
                    self.object(model, value, current, path, whole);
                }
                return;
            }
            Kind::List(inner) => return self.list(inner, value, current, path),
            Kind::Map(inner) => return self.map(inner, value, current, path, whole),
        };
        if let Some(expected) = expected {
            self.report(path, Trouble::Mistyped(expected.to_owned()));
        }
    }

    fn choice(&mut self, name: &str, value: &Value, path: &str) {
        let Some(text) = value.as_str() else {
            return self.report(path, Trouble::Mistyped("a string".to_owned()));
        };
        let allowed = self.schema.values(name);
        // Services read the casing loosely in places that nobody lists; the published one is right everywhere.
        if !allowed.iter().any(|candidate| candidate == text) {
            self.report(path, Trouble::NotAllowed(text.to_owned(), allowed.to_vec()));
        }
    }

    fn list(&mut self, inner: &Kind, value: &Value, current: Option<&Value>, path: &str) {
        let Value::Array(list) = value else {
            return self.report(path, Trouble::Mistyped("a list".to_owned()));
        };
        for (index, element) in list.iter().enumerate() {
            let current = current.and_then(|current| counterpart(element, index, current));
            // A list is replaced as a whole, by a PATCH too.
            self.value(inner, element, current, &format!("{path}[{index}]"), true);
        }
    }

    fn map(
        &mut self,
        inner: &Kind,
        value: &Value,
        current: Option<&Value>,
        path: &str,
        whole: bool,
    ) {
        let Value::Object(map) = value else {
            return self.report(path, Trouble::Mistyped("an object".to_owned()));
        };
        for (key, value) in map.iter().filter(|(_, value)| !value.is_null()) {
            let current = current.and_then(|current| current.get(key));
            self.value(inner, value, current, &join(path, key), whole);
        }
    }
}

/// The element of the current list that is meant: the one of the same name, or else the one at the same place.
fn counterpart<'a>(element: &Value, index: usize, current: &'a Value) -> Option<&'a Value> {
    let current = current.as_array()?;
    match element.get("name") {
        Some(name) => current
            .iter()
            .find(|candidate| candidate.get("name") == Some(name)),
        None => current.get(index),
    }
}

/// Whether two values are the same; texts without their casing, as ids are, and times however many digits they have.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::String(left), Value::String(right)) => {
            let time = |text: &String| text.parse::<jiff::Timestamp>().ok();
            left.to_lowercase() == right.to_lowercase()
                || (time(left).is_some() && time(left) == time(right))
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => left.iter().all(|(key, value)| {
            value.is_null() || right.get(key).is_some_and(|right| same(value, right))
        }),
        _ => left == right,
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::{Schema, Verb};
    use super::{Trouble, check_request};

    const TABLE: &str = r#"{
        "put": "Thing", "patch": "Thing", "get": "Thing",
        "types": {
            "Thing": {"id": "read string", "location": "required string", "properties": "Inner", "tags": "string{}"},
            "Inner": {"kind": "create enum Kind", "size": "integer", "parts": "Part[]", "since": "datetime"},
            "Part": {"name": "required string", "made": "read string"}
        },
        "enums": {"Kind": ["A", "B"]}
    }"#;

    fn troubles(verb: Verb, body: Value, current: Value) -> Vec<(String, Trouble)> {
        let schema = Schema::parse(TABLE).expect("the table is well formed");
        check_request(&schema, verb, &body, &current)
            .into_iter()
            .map(|problem| (problem.path, problem.trouble))
            .collect()
    }

    #[test]
    fn a_right_body_has_no_problem() {
        let body = json!({
            "location": "westus", "tags": {"a": "b"},
            "properties": {"kind": "A", "size": 1, "parts": [{"name": "x"}], "since": "2026-01-02T03:04:05Z"},
        });
        assert_eq!(troubles(Verb::Put, body, json!({})), []);
    }

    #[test]
    fn every_problem_is_told_with_its_path() {
        let body = json!({
            "properties": {"kind": "C", "size": "1", "parts": [{"made": "today", "other": 1}], "since": "now"},
            "tags": {"a": 1},
            "colour": "red",
        });
        let allowed = vec!["A".to_owned(), "B".to_owned()];
        let mistyped = |text: &str| Trouble::Mistyped(text.to_owned());
        assert_eq!(
            troubles(Verb::Put, body, json!({})),
            [
                ("colour".to_owned(), Trouble::Unknown),
                (
                    "properties.kind".to_owned(),
                    Trouble::NotAllowed("C".to_owned(), allowed)
                ),
                ("properties.parts[0].made".to_owned(), Trouble::ReadOnly),
                ("properties.parts[0].other".to_owned(), Trouble::Unknown),
                ("properties.parts[0].name".to_owned(), Trouble::Missing),
                (
                    "properties.since".to_owned(),
                    mistyped("a date and time as RFC 3339 writes it")
                ),
                ("properties.size".to_owned(), mistyped("an integer")),
                ("tags.a".to_owned(), mistyped("a string")),
                ("location".to_owned(), Trouble::Missing),
            ]
        );
    }

    #[test]
    fn what_get_answered_can_be_put_back() {
        let current = json!({
            "id": "/a", "location": "westus",
            "properties": {"kind": "A", "parts": [{"name": "x", "made": "today"}, {"name": "y", "made": "before"}]},
        });
        assert_eq!(troubles(Verb::Put, current.clone(), current.clone()), []);
        let moved = json!({
            "location": "westus", "properties": {"kind": "B", "parts": [{"name": "y", "made": "before"}]},
        });
        assert_eq!(
            troubles(Verb::Put, moved, current),
            [("properties.kind".to_owned(), Trouble::Immutable)]
        );
    }

    #[test]
    fn a_patch_requires_nothing_outside_of_lists() {
        assert_eq!(troubles(Verb::Patch, json!({"tags": null}), json!({})), []);
        let body = json!({"properties": {"parts": [{}]}});
        assert_eq!(
            troubles(Verb::Patch, body, json!({})),
            [("properties.parts[0].name".to_owned(), Trouble::Missing)]
        );
    }
}
