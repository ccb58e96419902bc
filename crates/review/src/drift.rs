//! What changed outside of stack, as versioned JSON. No secret is in it.
//!
//! Values are written as in a [plan](crate::document). [`FORMAT`] grows when a reader that knows the old form could
//! misread the new one; new fields do not count.

use serde::Serialize;
use serde_json::{Value as Json, json};
use stack_engine::check::Schemas;
use stack_engine::plan;
use stack_engine::state::State;
use stack_model::schema::Nature;
use stack_model::{Path, Urn};

use crate::document::Subject;
use crate::parts::parts;
use crate::redact::redacted;

/// The version of the format.
pub const FORMAT: u32 = 1;

/// What is no longer as recorded.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The version of the format.
    pub format: u32,
    /// What it is about.
    #[serde(flatten)]
    pub subject: Subject,
    /// How many objects were read at their clouds.
    pub read: usize,
    /// How many resources no cloud has an object of: what lives in the state alone, and acts.
    pub not_read: usize,
    /// Why something may be otherwise than it shows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// The resources that changed.
    pub resources: Vec<Drifted>,
}

/// A resource that is not as recorded.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Drifted {
    /// `aws:ec2:Vpc/main`.
    pub urn: String,
    /// `aws:ec2:Vpc`.
    #[serde(rename = "type")]
    pub type_name: String,
    /// `main`.
    pub name: String,
    /// The cloud's name of the object, as recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Whether the whole object is gone.
    pub gone: bool,
    /// What differs, in its smallest parts. Nothing where the object is gone.
    pub properties: Vec<Property>,
}

/// A part that is not as recorded.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Property {
    /// Where: keys, and indices of lists.
    pub path: Vec<Json>,
    /// The same for people's eyes: `ingress[0].port`.
    pub field: String,
    /// As recorded. Null when nothing.
    pub recorded: Json,
    /// As the cloud has it. Null when nothing.
    pub observed: Json,
}

impl Report {
    /// What a refresh of the chosen resources found, beside what was recorded before it.
    pub fn of(
        drift: &[plan::Drift],
        recorded: &State,
        schemas: &Schemas,
        chosen: impl Fn(&Urn) -> bool,
    ) -> Self {
        let header = &recorded.header;
        let (mut read, mut not_read) = (0, 0);
        for (urn, resource) in &recorded.resources {
            let schema = schemas.get(urn.type_name());
            let is_object = schema.is_some_and(|schema| schema.nature == Nature::Object);
            match (chosen(urn) && resource.object.is_some(), is_object) {
                (true, true) => read += 1,
                (true, false) => not_read += 1,
                (false, _) => {}
            }
        }
        Self {
            format: FORMAT,
            subject: Subject {
                stack: header.stack.clone(),
                environment: header.environment.clone(),
                production: header.production,
                serial: header.serial,
            },
            read,
            not_read,
            warnings: Vec::new(),
            resources: drift.iter().map(|one| drifted(one, recorded)).collect(),
        }
    }

    /// Whether everything is as recorded.
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty()
    }

    /// It in a few words: `1 changed, 1 gone; 12 as recorded`.
    pub fn summary(&self) -> String {
        let gone = self.resources.iter().filter(|one| one.gone).count();
        let parts = [(self.resources.len() - gone, "changed"), (gone, "gone")];
        let parts = parts.iter().filter(|(number, _)| *number > 0);
        let parts: Vec<String> = parts
            .map(|(number, what)| format!("{number} {what}"))
            .collect();
        let same = self.read.saturating_sub(self.resources.len());
        match (parts.is_empty(), same) {
            (true, _) => format!("{same} as recorded"),
            (false, 0) => parts.join(", "),
            (false, same) => format!("{}; {same} as recorded", parts.join(", ")),
        }
    }
}

fn drifted(drift: &plan::Drift, recorded: &State) -> Drifted {
    let urn = &drift.urn;
    Drifted {
        urn: urn.to_string(),
        type_name: urn.type_name().to_owned(),
        name: urn.name().to_owned(),
        id: recorded.object(urn).map(|object| object.id.clone()),
        gone: drift.gone,
        properties: drift.fields.iter().flat_map(properties).collect(),
    }
}

/// A field in its smallest parts that differ.
fn properties(field: &plan::DriftedField) -> Vec<Property> {
    let hidden = field.recorded.has_secret() || field.observed.has_secret();
    let shown = |value: Json| match hidden && !value.is_null() {
        true => json!({"$secret": true}),
        false => value,
    };
    let observed = field.observed.clone().into();
    let parts = parts(&Path::field(&field.field), &field.recorded, &observed);
    let property = |part: crate::parts::Part<'_>| Property {
        path: part.keys(),
        field: part.path.to_string(),
        recorded: shown(redacted(part.before.as_ref())),
        observed: shown(redacted(part.after.as_ref())),
    };
    parts.into_iter().map(property).collect()
}

#[cfg(test)]
mod tests {
    use stack_engine::plan::{Drift, DriftedField};
    use stack_model::Value;

    use super::*;

    fn report(fields: Vec<(&str, Value, Value)>) -> Report {
        let field = |(field, recorded, observed): (&str, Value, Value)| DriftedField {
            field: field.to_owned(),
            recorded,
            observed,
        };
        let drift = Drift {
            urn: "a:b:C/one".parse().unwrap(),
            gone: false,
            fields: fields.into_iter().map(field).collect(),
        };
        Report::of(&[drift], &State::default(), &Schemas::default(), |_| true)
    }

    fn shown(report: &Report) -> Vec<(String, Json, Json)> {
        let properties = report.resources[0].properties.iter();
        properties
            .map(|one| {
                (
                    one.field.clone(),
                    one.recorded.clone(),
                    one.observed.clone(),
                )
            })
            .collect()
    }

    fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
        Value::Map(entries.map(|(key, value)| (key.to_owned(), value)).into())
    }

    #[test]
    fn only_the_parts_that_differ_are_told() {
        let tags = |team: &str| map([("app", "shop".into()), ("team", team.into())]);
        let found = report(vec![
            ("tags", tags("web"), tags("ops")),
            ("size", Value::Int(1), Value::Null),
        ]);
        let expected = [
            ("tags.team".to_owned(), json!("web"), json!("ops")),
            ("size".to_owned(), json!(1), Json::Null),
        ];
        assert_eq!(shown(&found), expected);
    }

    #[test]
    fn nothing_of_a_secret_is_told_but_that_it_differs() {
        let of = |text: &str| map([("key", Value::from(text).secret())]);
        let found = report(vec![("login", of("canary-1"), of("canary-2"))]);
        let secret = json!({"$secret": true});
        let expected = [("login.key".to_owned(), secret.clone(), secret)];
        assert_eq!(shown(&found), expected);
        assert!(!serde_json::to_string(&found).unwrap().contains("canary"));
    }
}
