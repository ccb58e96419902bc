//! Terraform's AWS provider as a yardstick: each of its attributes is ours too, or left out for a reason.
//!
//! `tests/terraform/attributes.json` has the names as `terraform providers schema -json` gives them. Each file in
//! `tests/terraform/mapping/` says, for the types of one service, where each of them went.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use stack_aws::provider;
use stack_model::{Field, Kind, Schema};
use stack_provider::Provider;

#[derive(Deserialize)]
struct Recorded {
    resources: BTreeMap<String, BTreeSet<String>>,
}

/// What became of the attributes of one of Terraform's resources.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mapping {
    /// Our type.
    r#type: String,
    /// Our field for each attribute; `a.b` is a field of a block.
    #[serde(default)]
    ours: BTreeMap<String, String>,
    /// Why an attribute has no field. `block.*` speaks of everything in a block.
    #[serde(default)]
    left_out: BTreeMap<String, String>,
}

fn exists(schema: &Schema, path: &str) -> bool {
    if path == "id" {
        return true;
    }
    let mut parts = path.split('.');
    let first = parts.next().unwrap_or_default();
    let Some(mut field) = schema
        .inputs
        .get(first)
        .or_else(|| schema.outputs.get(first))
    else {
        return false;
    };
    for part in parts {
        let Some(inner) = block(&field.kind).and_then(|block| block.get(part)) else {
            return false;
        };
        field = inner;
    }
    true
}

fn block(kind: &Kind) -> Option<&BTreeMap<String, Field>> {
    match kind {
        Kind::Block(fields) => Some(fields),
        Kind::List(inner) | Kind::Map(inner) => block(inner),
        Kind::Any | Kind::Bool | Kind::Int | Kind::Float | Kind::String | Kind::Enum(_) => None,
    }
}

#[test]
fn every_attribute_is_mapped_or_left_out_with_a_reason() {
    let folder = xtask::root()
        .expect("this runs in the workspace")
        .join("crates/aws/tests/terraform");
    let text = std::fs::read_to_string(folder.join("attributes.json"))
        .expect("the attributes are recorded");
    let recorded: Recorded = serde_json::from_str(&text).expect("the attributes are JSON");
    let schemas: BTreeMap<String, Schema> = provider()
        .schemas()
        .into_iter()
        .map(|schema| (schema.type_name.to_string(), schema))
        .collect();

    let mut mappings: BTreeMap<String, Mapping> = BTreeMap::new();
    for file in std::fs::read_dir(folder.join("mapping")).expect("there are mappings") {
        let path = file.expect("a mapping can be read").path();
        let text = std::fs::read_to_string(&path).expect("a mapping can be read");
        let file: BTreeMap<String, Mapping> =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        mappings.extend(file);
    }
    let mut complaints = Vec::new();
    for (resource, attributes) in &recorded.resources {
        let Some(mapping) = mappings.get(resource) else {
            complaints.push(format!("{resource} is not mapped"));
            continue;
        };
        let Some(schema) = schemas.get(&mapping.r#type) else {
            complaints.push(format!(
                "{resource} leads to {}, which there is not",
                mapping.r#type
            ));
            continue;
        };
        for attribute in attributes {
            let left_out = mapping.left_out.iter().find(|(pattern, _)| {
                *pattern == attribute
                    || pattern
                        .strip_suffix(".*")
                        .is_some_and(|block| attribute.starts_with(&format!("{block}.")))
            });
            match (mapping.ours.get(attribute), left_out) {
                (Some(ours), None) if exists(schema, ours) => {}
                (Some(ours), None) => {
                    complaints.push(format!(
                        "{resource}.{attribute} leads to {}.{ours}, which there is not",
                        mapping.r#type
                    ));
                }
                (None, Some((_, reason))) if reason.len() > 10 => {}
                (None, Some(_)) => complaints.push(format!(
                    "{resource}.{attribute} is left out without a reason"
                )),
                (None, None) => complaints.push(format!(
                    "{resource}.{attribute} is neither mapped nor left out"
                )),
                (Some(_), Some(_)) => complaints.push(format!(
                    "{resource}.{attribute} is both mapped and left out"
                )),
            }
        }
        for attribute in mapping.ours.keys() {
            if !attributes.contains(attribute) {
                complaints.push(format!("{resource} has no attribute {attribute}"));
            }
        }
    }
    assert!(
        complaints.is_empty(),
        "{} complaints:\n{}",
        complaints.len(),
        complaints.join("\n")
    );
}
