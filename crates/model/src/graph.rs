//! Everything that one program declares, and its public JSON format.

use std::collections::BTreeMap;
use std::fmt;

use indexmap::IndexMap;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::bounds::DEEPEST;
use crate::expr::Expr;
use crate::name::{Name, TypeName, Urn};
use crate::path::Path;
use crate::value::Map;

/// The version of the graph format that this code reads and writes.
pub const FORMAT: u32 = 1;

/// What a program says should exist.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Graph {
    /// The version of the format: 1.
    pub format: u32,
    /// The version of the SDK that wrote it, for messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdk: Option<String>,
    /// Provider configurations: which region, which account.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub providers: Vec<ProviderConfig>,
    /// Read-only questions to a cloud.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lookups: Vec<Lookup>,
    /// The resources, in the program's order.
    pub resources: Vec<Resource>,
    /// What was renamed since the last run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moved: Vec<Moved>,
    /// What the stack tells others.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub outputs: IndexMap<String, OutputDeclaration>,
}

/// Settings of a cloud's client. Known while planning; never holds a credential.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProviderConfig {
    /// What resources name it by.
    pub name: Name,
    /// The cloud: `aws`, `azure`, `std`.
    pub kind: String,
    /// Whether resources of this cloud that name none take it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub default: bool,
    /// The settings, such as `{"region": "eu-west-3"}`.
    #[serde(default)]
    pub config: BTreeMap<String, Expr>,
}

/// A read-only question to a cloud.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Lookup {
    /// What is asked: `aws:ec2:Zones`.
    #[serde(rename = "type")]
    pub type_name: TypeName,
    /// What the program calls the answer.
    pub name: Name,
    /// The question's arguments.
    #[serde(default)]
    pub inputs: BTreeMap<String, Expr>,
    /// The provider configuration that answers; the cloud's default when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<Name>,
}

impl Lookup {
    /// Its urn.
    pub fn urn(&self) -> Urn {
        Urn::new(&self.type_name, &self.name)
    }
}

/// One object that should exist.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Resource {
    /// What it is: `aws:ec2:Vpc`.
    #[serde(rename = "type")]
    pub type_name: TypeName,
    /// What the program calls it.
    pub name: Name,
    /// Where the program declares it, for people's eyes: `src/main.rs:42`. At most 4096 bytes.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "short"
    )]
    pub at: Option<String>,
    /// The components around it, outermost first, for people's eyes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group: Vec<String>,
    /// What it asks for, by field.
    #[serde(default)]
    pub inputs: BTreeMap<String, Expr>,
    /// How the engine is to treat it.
    #[serde(default, skip_serializing_if = "Options::is_default")]
    pub options: Options,
}

/// A place goes with every problem of a resource, of which there may be thousands.
fn short<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let at = Option::<String>::deserialize(deserializer)?;
    match at {
        Some(at) if at.len() > 4096 => Err(D::Error::custom("its `at` is longer than 4096 bytes")),
        at => Ok(at),
    }
}

impl Resource {
    /// Its urn.
    pub fn urn(&self) -> Urn {
        Urn::new(&self.type_name, &self.name)
    }
}

/// How the engine is to treat a resource.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Options {
    /// What must be there before it, besides what its inputs refer to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<Urn>,
    /// The provider configuration; the cloud's default when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<Name>,
    /// Refuses every plan that would delete or replace it. Stays in force when the code that said it is gone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub protect: bool,
    /// When it is no longer declared, forget it instead of deleting it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub retain: bool,
    /// Which comes first when it is replaced; the engine chooses when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replace_order: Option<ReplaceOrder>,
    /// Inputs of which any change replaces it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub replace_on: Vec<Path>,
    /// Inputs whose changes are left alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignore_changes: Vec<Path>,
    /// How long an operation may take.
    #[serde(skip_serializing_if = "Timeouts::is_default")]
    pub timeouts: Timeouts,
}

impl Options {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Which comes first in a replacement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Hash)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum ReplaceOrder {
    /// The new object is made, then the old one deleted. Nothing is missing in between.
    CreateFirst,
    /// The old object is deleted, then the new one made.
    DeleteFirst,
}

/// How long operations may take, as `90s`, `40m` or `2h`; the type's own limits when absent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Timeouts {
    /// Of a create.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create: Option<String>,
    /// Of an update.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update: Option<String>,
    /// Of a delete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delete: Option<String>,
}

impl Timeouts {
    /// Whether none is set.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A resource that has a new urn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Moved {
    /// What it was called.
    pub from: Urn,
    /// What it is called.
    pub to: Urn,
}

/// What a stack tells others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OutputDeclaration {
    /// The value.
    pub value: Expr,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Something wrong with a graph, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Which part of the graph: a urn, or a place such as `resources[3]`.
    pub subject: String,
    /// Where the program declares it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// What is wrong, and what to do.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.subject)?;
        if let Some(at) = &self.at {
            write!(f, " ({at})")?;
        }
        write!(f, ": {}", self.message)
    }
}

/// The graph's outer shape. Its parts are read one by one, so that every faulty one is reported.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Outer<'j> {
    format: u32,
    #[serde(default)]
    sdk: Option<String>,
    #[serde(default, borrow)]
    providers: Vec<&'j RawValue>,
    #[serde(default, borrow)]
    lookups: Vec<&'j RawValue>,
    #[serde(borrow)]
    resources: Vec<&'j RawValue>,
    #[serde(default, borrow)]
    moved: Vec<&'j RawValue>,
    #[serde(default, borrow)]
    outputs: IndexMap<String, &'j RawValue>,
}

/// What names a part, read on its own when the part itself cannot be.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Label {
    r#type: serde_json::Value,
    name: serde_json::Value,
    at: Option<String>,
}

/// What is read on its own.
trait Part: for<'j> Deserialize<'j> {
    /// The values and expressions in it.
    fn expressions(&self) -> impl Iterator<Item = &Expr>;
}

impl Part for ProviderConfig {
    fn expressions(&self) -> impl Iterator<Item = &Expr> {
        self.config.values()
    }
}

impl Part for Lookup {
    fn expressions(&self) -> impl Iterator<Item = &Expr> {
        self.inputs.values()
    }
}

impl Part for Resource {
    fn expressions(&self) -> impl Iterator<Item = &Expr> {
        self.inputs.values()
    }
}

impl Part for OutputDeclaration {
    fn expressions(&self) -> impl Iterator<Item = &Expr> {
        std::iter::once(&self.value)
    }
}

impl Part for Moved {
    fn expressions(&self) -> impl Iterator<Item = &Expr> {
        std::iter::empty()
    }
}

/// A program that could say it would make a difference look like none.
fn without_redacted<P: Part>(part: P) -> Result<P, String> {
    let says = part.expressions().any(Expr::has_redacted);
    match says {
        true => Err("says $redacted, which only a redacted snapshot of state may".into()),
        false => Ok(part),
    }
}

struct Reader {
    problems: Vec<Problem>,
}

impl Reader {
    fn read<P: Part>(&mut self, place: impl Fn() -> String, raw: &RawValue) -> Option<P> {
        let part = serde_json::from_str(raw.get()).map_err(|error| without_position(&error));
        match part.and_then(without_redacted) {
            Ok(part) => Some(part),
            Err(message) => {
                let label: Label = serde_json::from_str(raw.get()).unwrap_or_default();
                let subject = match (label.r#type.as_str(), label.name.as_str()) {
                    (Some(type_name), Some(name)) => format!("{type_name}/{name}"),
                    (None, Some(name)) => format!("{} ({name})", place()),
                    (_, None) => place(),
                };
                self.problems.push(Problem {
                    subject,
                    at: label.at,
                    message,
                });
                None
            }
        }
    }

    fn read_all<P: Part>(&mut self, section: &str, raws: &[&RawValue]) -> Vec<P> {
        let place = |index: usize| format!("{section}[{index}]");
        raws.iter()
            .enumerate()
            .filter_map(|(index, raw)| self.read(|| place(index), raw))
            .collect()
    }
}

/// Line and column inside one part mean nothing to whoever wrote the program.
fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ").map(|end| &text[..end]) {
        Some("recursion limit exceeded") => format!("is nested deeper than {DEEPEST} levels"),
        Some(message) => message.to_owned(),
        None => text,
    }
}

impl Graph {
    /// Reads a graph from JSON. All its faulty parts are reported at once.
    ///
    /// That names are unique and references lead somewhere is the engine's to check, which knows the types.
    pub fn parse(json: &[u8]) -> Result<Self, Vec<Problem>> {
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let whole = |message: String| {
            vec![Problem {
                subject: "the graph".into(),
                at: None,
                message,
            }]
        };
        let outer: Outer<'_> = match serde_json::from_slice(json) {
            Ok(outer) => outer,
            Err(error) => {
                return Err(whole(match serde_json::from_slice::<Version>(json) {
                    Ok(version) if version.format > FORMAT => newer(version.format),
                    _ => format!("is not in the graph format: {error}"),
                }));
            }
        };
        if outer.format != FORMAT {
            return Err(whole(newer(outer.format)));
        }
        let mut reader = Reader {
            problems: Vec::new(),
        };
        let graph = Graph {
            format: outer.format,
            sdk: outer.sdk,
            providers: reader.read_all("providers", &outer.providers),
            lookups: reader.read_all("lookups", &outer.lookups),
            resources: reader.read_all("resources", &outer.resources),
            moved: reader.read_all("moved", &outer.moved),
            outputs: outer
                .outputs
                .into_iter()
                .filter_map(|(name, raw)| {
                    Some((
                        name.clone(),
                        reader.read(|| format!("outputs.{name}"), raw)?,
                    ))
                })
                .collect(),
        };
        if reader.problems.is_empty() {
            Ok(graph)
        } else {
            Err(reader.problems)
        }
    }

    /// An empty graph of the current format.
    pub fn new() -> Self {
        Self {
            format: FORMAT,
            ..Self::default()
        }
    }
}

fn newer(format: u32) -> String {
    format!(
        "has format {format}, and this version of stack reads format {FORMAT}: use the same release of stack and its SDK"
    )
}

/// The values of a stack's outputs, by name.
pub type OutputValues = Map;
