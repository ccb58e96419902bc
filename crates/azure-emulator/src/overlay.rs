//! Corrections of the tables: what services require and the published models leave open.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::schema::Schema;

const OVERLAY: &str = include_str!("../schemas/overlay.json");

/// The corrections of one type.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Correction {
    /// Where the fact is from.
    #[serde(rename = "source")]
    _source: String,
    /// The properties, by model and name, in the words of a table.
    #[serde(default)]
    types: BTreeMap<String, BTreeMap<String, String>>,
    /// Values that an enum has beside those that are known.
    #[serde(default)]
    enums: BTreeMap<String, Vec<String>>,
}

/// A table with its corrections.
pub fn corrected(type_name: &str, table: &str) -> Result<Schema, serde_json::Error> {
    let mut all: BTreeMap<String, Vec<Correction>> = serde_json::from_str(OVERLAY)?;
    let mut schema = Schema::parse(table)?;
    for correction in all.remove(type_name).unwrap_or_default() {
        schema.correct(&correction.types, &correction.enums);
    }
    Ok(schema)
}
