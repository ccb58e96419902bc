//! Expressions: values that may have to wait for what does not exist yet.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::function::Function;
use crate::name::{Name, Urn};
use crate::path::Path;
use crate::value::Value;

/// A place in what a resource or lookup answers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// Which resource, or which lookup.
    #[serde(alias = "name")]
    pub urn: Urn,
    /// Where in its inputs and outputs; `["id"]` is the cloud's name of it.
    #[serde(default)]
    pub path: Path,
}

/// An output of another stack.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StackOutput {
    /// The other stack's name.
    pub stack: Name,
    /// Its environment.
    pub environment: Name,
    /// The output's name.
    pub output: String,
}

/// What a program writes where a value belongs.
///
/// Made by [`Expr::list`] and [`Expr::map`], a list or map without any reference is always one `Literal`, so that
/// `List` and `Map` mean: something in here has to be evaluated.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// A known value. May hold secrets.
    Literal(Value),
    /// A list of which some element is not a literal.
    List(Vec<Expr>),
    /// A map of which some value is not a literal.
    Map(BTreeMap<String, Expr>),
    /// An input or output of a resource of this program.
    Ref(Reference),
    /// The answer of a lookup of this program.
    Lookup(Reference),
    /// An output of another stack.
    Stack(StackOutput),
    /// A configuration value that stays out of the program, because it is secret.
    Config(Path),
    /// One of the fixed functions.
    Call {
        /// Which function.
        function: Function,
        /// Its arguments, in order.
        args: Vec<Expr>,
    },
    /// Marks what it holds as secret.
    Secret(Box<Expr>),
}

impl Default for Expr {
    fn default() -> Self {
        Self::Literal(Value::Null)
    }
}

impl<V: Into<Value>> From<V> for Expr {
    fn from(value: V) -> Self {
        Self::Literal(value.into())
    }
}

impl Expr {
    /// A list of expressions; a literal when all of them are.
    pub fn list(items: Vec<Expr>) -> Self {
        if items.iter().all(|item| matches!(item, Self::Literal(_))) {
            Self::Literal(Value::List(
                items
                    .into_iter()
                    .filter_map(|item| item.into_literal().ok())
                    .collect(),
            ))
        } else {
            Self::List(items)
        }
    }

    /// A map of expressions; a literal when all of them are.
    pub fn map(entries: BTreeMap<String, Expr>) -> Self {
        if entries
            .values()
            .all(|entry| matches!(entry, Self::Literal(_)))
        {
            let literal = |(key, entry): (String, Expr)| Some((key, entry.into_literal().ok()?));
            Self::Literal(Value::Map(
                entries.into_iter().filter_map(literal).collect(),
            ))
        } else {
            Self::Map(entries)
        }
    }

    /// Marks an expression as secret; a literal stays a literal.
    #[must_use]
    pub fn secret(self) -> Self {
        match self {
            Self::Literal(value) => Self::Literal(value.secret()),
            Self::Secret(_) => self,
            other => Self::Secret(Box::new(other)),
        }
    }

    /// A reference to an input or output of a resource.
    pub fn reference(urn: Urn, path: Path) -> Self {
        Self::Ref(Reference { urn, path })
    }

    /// The value of a literal, or the expression itself when it is none.
    pub fn into_literal(self) -> Result<Value, Expr> {
        match self {
            Self::Literal(value) => Ok(value),
            other => Err(other),
        }
    }

    /// Visits every leaf that waits for something: references, lookups, stack outputs, configuration.
    pub fn visit_leaves<'e>(&'e self, visit: &mut impl FnMut(&'e Expr)) {
        match self {
            Self::Literal(_) => {}
            Self::List(items) | Self::Call { args: items, .. } => {
                items.iter().for_each(|item| item.visit_leaves(visit));
            }
            Self::Map(entries) => entries.values().for_each(|entry| entry.visit_leaves(visit)),
            Self::Secret(inner) => inner.visit_leaves(visit),
            Self::Ref(_) | Self::Lookup(_) | Self::Stack(_) | Self::Config(_) => visit(self),
        }
    }

    /// Whether a literal in it has a secret that is not here.
    pub fn has_redacted(&self) -> bool {
        match self {
            Self::Literal(value) => value.has_redacted(),
            Self::List(items) | Self::Call { args: items, .. } => {
                items.iter().any(Self::has_redacted)
            }
            Self::Map(entries) => entries.values().any(Self::has_redacted),
            Self::Secret(inner) => inner.has_redacted(),
            Self::Ref(_) | Self::Lookup(_) | Self::Stack(_) | Self::Config(_) => false,
        }
    }

    /// Whether it is the same as another, or would be for all that is known: [`Value::may_equal`].
    pub fn may_equal(&self, other: &Self) -> bool {
        let all = |one: &[Self], other: &[Self]| {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|(one, other)| one.may_equal(other))
        };
        match (self, other) {
            (Self::Literal(value), expr) | (expr, Self::Literal(value)) => {
                expr.may_equal_value(value)
            }
            (Self::Secret(one), Self::Secret(other)) => one.may_equal(other),
            (Self::List(one), Self::List(other)) => all(one, other),
            (Self::Map(one), Self::Map(other)) => {
                let entry = |(key, one): (&String, &Self)| {
                    other.get(key).is_some_and(|other| one.may_equal(other))
                };
                one.len() == other.len() && one.iter().all(entry)
            }
            (
                Self::Call { function, args },
                Self::Call {
                    function: other,
                    args: others,
                },
            ) => function == other && all(args, others),
            (one, other) => one == other,
        }
    }

    /// Whether it may be the same as a literal. A secret expression is redacted as a whole, and a list or map with nothing
    /// else to evaluate in it is a literal from then on.
    fn may_equal_value(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Literal(one), value) => one.may_equal(value),
            (Self::Secret(_), Value::Redacted) => true,
            (Self::List(items), Value::List(values)) => {
                let mut pairs = items.iter().zip(values);
                items.len() == values.len()
                    && pairs.all(|(item, value)| item.may_equal_value(value))
            }
            (Self::Map(entries), Value::Map(values)) => {
                let entry = |(key, entry): (&String, &Self)| {
                    values
                        .get(key)
                        .is_some_and(|value| entry.may_equal_value(value))
                };
                entries.len() == values.len() && entries.iter().all(entry)
            }
            (
                Self::List(_)
                | Self::Map(_)
                | Self::Secret(_)
                | Self::Call { .. }
                | Self::Ref(_)
                | Self::Lookup(_)
                | Self::Stack(_)
                | Self::Config(_),
                _,
            ) => false,
        }
    }

    /// Rewrites the urn of every reference, as `moved` asks for.
    pub fn rename(&mut self, renamed: &impl Fn(&Urn) -> Option<Urn>) {
        match self {
            Self::List(items) | Self::Call { args: items, .. } => {
                items.iter_mut().for_each(|item| item.rename(renamed));
            }
            Self::Map(entries) => entries.values_mut().for_each(|entry| entry.rename(renamed)),
            Self::Secret(inner) => inner.rename(renamed),
            Self::Ref(reference) => {
                if let Some(urn) = renamed(&reference.urn) {
                    reference.urn = urn;
                }
            }
            Self::Literal(_) | Self::Lookup(_) | Self::Stack(_) | Self::Config(_) => {}
        }
    }
}

impl Serialize for Expr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        crate::json::serialize_expr(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Expr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(crate::json::ExprVisitor)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Expr {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Expr".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let path = serde_json::json!({"type": "array", "items": {"type": ["string", "integer"]}});
        let special = |key: &str, body: serde_json::Value| {
            serde_json::json!({"type": "object", "required": [key], "additionalProperties": false,
                               "properties": {key: body}})
        };
        let this = serde_json::json!({"$ref": "#/$defs/Expr"});
        schemars::json_schema!({
            "description": "A value, or what stands for one until it is known. A literal key that begins with $ is written $$….",
            "anyOf": [
                {"type": ["null", "boolean", "integer", "number", "string"]},
                {"type": "array", "items": this},
                special("$ref", serde_json::json!({"type": "object", "required": ["urn"], "additionalProperties": false,
                    "properties": {"urn": {"type": "string", "pattern": Urn::PATTERN}, "path": path}})),
                special("$lookup", serde_json::json!({"type": "object", "required": ["name"], "additionalProperties": false,
                    "properties": {"name": {"type": "string", "pattern": Urn::PATTERN}, "path": path}})),
                special("$stack", serde_json::json!({"type": "object", "required": ["stack", "environment", "output"],
                    "additionalProperties": false, "properties": {"stack": {"type": "string"},
                    "environment": {"type": "string"}, "output": {"type": "string"}}})),
                special("$config", path.clone()),
                special("$call", serde_json::json!({"type": "object", "required": ["fn", "args"], "additionalProperties": false,
                    "properties": {"fn": {"enum": Function::ALL.map(Function::name)}, "args": {"type": "array", "items": this}}})),
                special("$secret", this.clone()),
                {"type": "object", "propertyNames": {"pattern": "^([^$]|\\$\\$|$)"}, "additionalProperties": this},
            ]
        })
    }
}
