//! What a meter reads: a resource as it is before or after a plan.

use serde_json::Value as Json;
use stack_review::Document;
use stack_review::document::{Provider, Resource};
use stack_review::money::Quantity;
use stack_review::words;

use super::Why;

/// A side of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// As it is now.
    Before,
    /// As it will be.
    After,
}

impl Side {
    /// What a resource is on this side; null where it is not there.
    pub fn of(self, resource: &Resource) -> &Json {
        match self {
            Self::Before => &resource.before,
            Self::After => &resource.after,
        }
    }
}

/// A resource on one side of a plan.
pub struct Of<'a> {
    document: &'a Document,
    resource: &'a Resource,
    side: Side,
}

impl<'a> Of<'a> {
    /// A resource on one side of a plan.
    pub fn new(document: &'a Document, resource: &'a Resource, side: Side) -> Self {
        Self {
            document,
            resource,
            side,
        }
    }

    /// `aws:rds:Instance`.
    pub fn type_name(&self) -> &'a str {
        &self.resource.type_name
    }

    /// A field; none where it is not set.
    pub fn get(&self, field: &str) -> Result<Option<&'a Json>, Why> {
        known(self.side.of(self.resource), field)
    }

    /// A text; none where it is not set.
    pub fn text(&self, field: &str) -> Result<Option<&'a str>, Why> {
        text(self.side.of(self.resource), field)
    }

    /// A text that has to be there.
    pub fn needed(&self, field: &str) -> Result<&'a str, Why> {
        self.text(field)?.ok_or_else(|| not_set(field))
    }

    /// A number; none where it is not set.
    pub fn number(&self, field: &str) -> Result<Option<Quantity>, Why> {
        number(self.side.of(self.resource), field)
    }

    /// Whether it is on. Off where it is not set.
    pub fn flag(&self, field: &str) -> Result<bool, Why> {
        match self.get(field)? {
            None => Ok(false),
            Some(Json::Bool(flag)) => Ok(*flag),
            Some(other) => Err(value(field, other)),
        }
    }

    /// A list; empty where it is not set.
    pub fn list(&self, field: &str) -> Result<&'a [Json], Why> {
        match self.get(field)? {
            None => Ok(&[]),
            Some(Json::Array(items)) => Ok(items),
            Some(other) => Err(value(field, other)),
        }
    }

    /// How many items a list has.
    pub fn count(&self, field: &str) -> Result<Quantity, Why> {
        let count = u32::try_from(self.list(field)?.len()).map_err(|_| Why::OutOfBounds)?;
        Ok(Quantity::of(count))
    }

    /// The region as the cloud's lists of prices have it: of the resource, else of its provider configuration.
    pub fn region(&self) -> Result<String, Why> {
        if let Some(location) = self.text("location")? {
            return Ok(location.to_lowercase().replace(' ', ""));
        }
        let provider = self.document.providers.get(&self.resource.provider);
        let region = provider.and_then(|provider: &Provider| {
            let config = ["region", "location"].map(|key| provider.config[key].as_str());
            let known = provider.region.as_deref();
            known.or(config.into_iter().flatten().next())
        });
        let region = region.ok_or(Why::NoRegion)?;
        Ok(region.to_lowercase().replace(' ', ""))
    }

    /// The resource of another type that a field leads to: one whose answer it waits for, or one that answers to what
    /// is in it.
    pub fn referred(&self, field: &str, type_name: &str, output: &str) -> Option<Of<'a>> {
        let value = &self.side.of(self.resource)[field];
        let resources = self.document.resources.iter();
        let mut of_type = resources.filter(|one| one.type_name == type_name);
        let waits_for = |urn: &str| {
            let after = value["$unknown"]["after"].as_array();
            after.into_iter().flatten().any(|one| one["urn"] == urn)
        };
        let found = of_type.find(|one| {
            waits_for(&one.urn) || (value.is_string() && self.side.of(one)[output] == *value)
        })?;
        let there = !self.side.of(found).is_null();
        there.then(|| Of::new(self.document, found, self.side))
    }
}

/// A field of an object; none where it is not set.
pub fn known<'a>(object: &'a Json, field: &str) -> Result<Option<&'a Json>, Why> {
    let Some(value) = object.get(field) else {
        return Ok(None);
    };
    if value.is_null() {
        return Ok(None);
    }
    if let Some(unknown) = value.get("$unknown") {
        let after = unknown["after"].as_array().into_iter().flatten();
        let mut urns: Vec<&str> = after.filter_map(|one| one["urn"].as_str()).collect();
        urns.dedup();
        return Err(Why::Later {
            field: field.to_owned(),
            after: match urns.is_empty() {
                true => "the apply".to_owned(),
                false => urns.join(", "),
            },
        });
    }
    match value.get("$secret") {
        Some(_) => Err(Why::Secret {
            field: field.to_owned(),
        }),
        None => Ok(Some(value)),
    }
}

/// A text in an object; none where it is not set.
pub fn text<'a>(object: &'a Json, field: &str) -> Result<Option<&'a str>, Why> {
    match known(object, field)? {
        None => Ok(None),
        Some(Json::String(text)) if text.is_empty() => Ok(None),
        Some(Json::String(text)) => Ok(Some(text)),
        Some(other) => Err(value(field, other)),
    }
}

/// A number in an object; none where it is not set.
pub fn number(object: &Json, field: &str) -> Result<Option<Quantity>, Why> {
    let Some(found) = known(object, field)? else {
        return Ok(None);
    };
    // A binary fraction is written as the shortest decimal that leads back to it, without an exponent.
    let text = match found {
        Json::Number(number) if number.is_f64() => number.as_f64().map(|number| number.to_string()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let quantity = text.and_then(|text| Quantity::parse(&text));
    quantity.map(Some).ok_or_else(|| value(field, found))
}

/// A field that has to be set and is not.
pub fn not_set(field: &str) -> Why {
    Why::NotSet {
        field: field.to_owned(),
    }
}

/// A field whose value cannot be read.
pub fn value(field: &str, found: &Json) -> Why {
    Why::Value {
        field: field.to_owned(),
        value: words::value(found),
    }
}
