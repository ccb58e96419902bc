//! Reading a table. Its form is described in `schemas/README.md`.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The table of one ARM type.
#[derive(Debug)]
pub struct Schema {
    roots: BTreeMap<Verb, String>,
    models: BTreeMap<String, Model>,
    enums: BTreeMap<String, Vec<String>>,
}

/// Which body of a type a check is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// What PUT sends.
    Put,
    /// What PATCH sends.
    Patch,
    /// What GET answers.
    Get,
}

/// The properties of an object, by their names.
pub(super) type Model = BTreeMap<String, Property>;

/// One property.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Property {
    pub required: bool,
    pub read_only: bool,
    pub create_only: bool,
    pub kind: Kind,
}

/// The type of a value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Any,
    Text,
    Integer,
    Number,
    Boolean,
    DateTime,
    Enum(String),
    Object(String),
    List(Box<Kind>),
    Map(Box<Kind>),
}

/// The file, as it is written.
#[derive(Deserialize)]
struct File {
    put: Option<String>,
    patch: Option<String>,
    get: String,
    types: BTreeMap<String, BTreeMap<String, String>>,
    enums: BTreeMap<String, Vec<String>>,
}

impl Schema {
    /// Reads a table.
    pub fn parse(text: &str) -> Result<Schema, serde_json::Error> {
        let file: File = serde_json::from_str(text)?;
        let roots = [
            (Verb::Put, file.put),
            (Verb::Patch, file.patch),
            (Verb::Get, Some(file.get)),
        ];
        let models = file.types.into_iter().map(|(name, properties)| {
            let properties = properties
                .into_iter()
                .map(|(key, text)| (key, Property::parse(&text)));
            (name, properties.collect())
        });
        Ok(Schema {
            roots: roots
                .into_iter()
                .filter_map(|(verb, name)| Some((verb, name?)))
                .collect(),
            models: models.collect(),
            enums: file.enums,
        })
    }

    /// Puts corrections over what is there: properties by model and name, in the words of a table, and more values of
    /// enums.
    pub fn correct(
        &mut self,
        corrections: &BTreeMap<String, BTreeMap<String, String>>,
        enums: &BTreeMap<String, Vec<String>>,
    ) {
        for (name, values) in enums {
            self.enums
                .entry(name.clone())
                .or_default()
                .extend(values.iter().cloned());
        }
        for (model, properties) in corrections {
            // A model that was united with the one of the answer carries both names.
            let united = format!("{model}+");
            for (name, known) in &mut self.models {
                if name != model && !name.starts_with(&united) {
                    continue;
                }
                for (key, text) in properties {
                    known.insert(key.clone(), Property::parse(text));
                }
            }
        }
    }

    /// Whether what GET answers says who made the resource and when.
    pub fn has_system_data(&self) -> bool {
        let property = self
            .root(Verb::Get)
            .and_then(|model| model.get("systemData"));
        property.is_some_and(|property| matches!(property.kind, Kind::Object(_)))
    }

    pub(super) fn root(&self, verb: Verb) -> Option<&Model> {
        self.model(self.roots.get(&verb)?)
    }

    pub(super) fn model(&self, name: &str) -> Option<&Model> {
        self.models.get(name)
    }

    pub(super) fn values(&self, name: &str) -> &[String] {
        self.enums.get(name).map_or(&[], Vec::as_slice)
    }
}

impl Property {
    fn parse(text: &str) -> Property {
        let mut property = Property {
            required: false,
            read_only: false,
            create_only: false,
            kind: Kind::Any,
        };
        let mut rest = text;
        while let Some((word, tail)) = rest.split_once(' ') {
            match word {
                "required" => property.required = true,
                "read" => property.read_only = true,
                "create" => property.create_only = true,
                _ => break,
            }
            rest = tail;
        }
        property.kind = Kind::parse(rest);
        property
    }
}

impl Kind {
    fn parse(text: &str) -> Kind {
        if let Some(inner) = text.strip_suffix("[]") {
            return Kind::List(Box::new(Kind::parse(inner)));
        }
        if let Some(inner) = text.strip_suffix("{}") {
            return Kind::Map(Box::new(Kind::parse(inner)));
        }
        if let Some(name) = text.strip_prefix("enum ") {
            return Kind::Enum(name.to_owned());
        }
        match text {
            "any" => Kind::Any,
            "string" => Kind::Text,
            "integer" => Kind::Integer,
            "number" => Kind::Number,
            "boolean" => Kind::Boolean,
            "datetime" => Kind::DateTime,
            model => Kind::Object(model.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Property};

    #[test]
    fn a_property_is_read_from_its_words() {
        assert_eq!(
            Property::parse("required create enum Kind{}[]"),
            Property {
                required: true,
                read_only: false,
                create_only: true,
                kind: Kind::List(Box::new(Kind::Map(Box::new(Kind::Enum("Kind".to_owned()))))),
            }
        );
        assert_eq!(
            Property::parse("read Sku").kind,
            Kind::Object("Sku".to_owned())
        );
    }
}
