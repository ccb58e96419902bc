//! Values and expressions as JSON: plain data stays plain, what is special is one key that begins with `$`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Serialize, Serializer};

use crate::expr::{Expr, Reference};
use crate::function::Function;
use crate::value::Value;

fn escaped(key: &str) -> Cow<'_, str> {
    if key.starts_with('$') {
        Cow::Owned(format!("${key}"))
    } else {
        Cow::Borrowed(key)
    }
}

fn special<S: Serializer>(
    serializer: S,
    key: &str,
    body: &impl Serialize,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(key, body)?;
    map.end()
}

fn entries<S: Serializer, V: Serialize>(
    serializer: S,
    map: &BTreeMap<String, V>,
) -> Result<S::Ok, S::Error> {
    let mut out = serializer.serialize_map(Some(map.len()))?;
    for (key, value) in map {
        out.serialize_entry(escaped(key).as_ref(), value)?;
    }
    out.end()
}

fn items<S: Serializer, V: Serialize>(serializer: S, list: &[V]) -> Result<S::Ok, S::Error> {
    let mut out = serializer.serialize_seq(Some(list.len()))?;
    for item in list {
        out.serialize_element(item)?;
    }
    out.end()
}

pub(crate) fn serialize_value<S: Serializer>(
    value: &Value,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Value::Null => serializer.serialize_unit(),
        Value::Bool(value) => serializer.serialize_bool(*value),
        Value::Int(value) => serializer.serialize_i64(*value),
        Value::Float(value) => serializer.serialize_f64(*value),
        Value::String(value) => serializer.serialize_str(value),
        Value::List(list) => items(serializer, list),
        Value::Map(map) => entries(serializer, map),
        Value::Secret(inner) => special(serializer, "$secret", inner),
        Value::Redacted => special(serializer, "$redacted", &true),
    }
}

#[derive(Serialize)]
struct LookupBody<'e> {
    name: &'e crate::name::Urn,
    path: &'e crate::path::Path,
}

#[derive(Serialize)]
struct CallBody<'e> {
    r#fn: Function,
    args: &'e [Expr],
}

pub(crate) fn serialize_expr<S: Serializer>(expr: &Expr, serializer: S) -> Result<S::Ok, S::Error> {
    match expr {
        Expr::Literal(value) => serialize_value(value, serializer),
        Expr::List(list) => items(serializer, list),
        Expr::Map(map) => entries(serializer, map),
        Expr::Ref(reference) => special(serializer, "$ref", reference),
        Expr::Lookup(reference) => special(
            serializer,
            "$lookup",
            &LookupBody {
                name: &reference.urn,
                path: &reference.path,
            },
        ),
        Expr::Stack(output) => special(serializer, "$stack", output),
        Expr::Config(path) => special(serializer, "$config", path),
        Expr::Call { function, args } => special(
            serializer,
            "$call",
            &CallBody {
                r#fn: *function,
                args,
            },
        ),
        Expr::Secret(inner) => special(serializer, "$secret", inner),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    r#fn: Function,
    args: Vec<Expr>,
}

/// Reads an expression in one pass over the JSON.
pub(crate) struct ExprVisitor;

impl<'de> Visitor<'de> for ExprVisitor {
    type Value = Expr;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or an expression")
    }

    fn visit_unit<E>(self) -> Result<Expr, E> {
        Ok(Expr::Literal(Value::Null))
    }

    fn visit_none<E>(self) -> Result<Expr, E> {
        Ok(Expr::Literal(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Expr, E> {
        Ok(Expr::Literal(Value::Bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Expr, E> {
        Ok(Expr::Literal(Value::Int(value)))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Expr, E> {
        i64::try_from(value)
            .map(|value| Expr::Literal(Value::Int(value)))
            .map_err(|_| {
                E::custom(format_args!(
                    "{value} is too large: integers are 64-bit and signed"
                ))
            })
    }

    fn visit_f64<E>(self, value: f64) -> Result<Expr, E> {
        Ok(Expr::Literal(Value::Float(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Expr, E> {
        Ok(Expr::Literal(Value::String(value.to_owned())))
    }

    fn visit_string<E>(self, value: String) -> Result<Expr, E> {
        Ok(Expr::Literal(Value::String(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Expr, A::Error> {
        let mut items = Vec::with_capacity(seq.size_hint().unwrap_or(0));
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Expr::list(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Expr, A::Error> {
        let mut entries = BTreeMap::new();
        while let Some(key) = map.next_key::<String>()? {
            let key = match key.strip_prefix('$') {
                None => key,
                Some(literal) if literal.starts_with('$') => literal.to_owned(),
                Some(word) => {
                    let expr = read_special(word, &mut map)?;
                    if !entries.is_empty() || map.next_key::<String>()?.is_some() {
                        return Err(de::Error::custom(format_args!(
                            "${word} must be the only key of its object"
                        )));
                    }
                    return Ok(expr);
                }
            };
            if entries.contains_key(&key) {
                return Err(de::Error::custom(format_args!(
                    "the key {key:?} stands twice in one object"
                )));
            }
            entries.insert(key, map.next_value()?);
        }
        Ok(Expr::map(entries))
    }
}

fn read_special<'de, A: MapAccess<'de>>(word: &str, map: &mut A) -> Result<Expr, A::Error> {
    Ok(match word {
        "ref" => Expr::Ref(map.next_value()?),
        "lookup" => Expr::Lookup(map.next_value::<Reference>()?),
        "stack" => Expr::Stack(map.next_value()?),
        "config" => Expr::Config(map.next_value()?),
        "secret" => map.next_value::<Expr>()?.secret(),
        // Graphs may not say it; the hint below does not name it.
        "redacted" => match map.next_value()? {
            true => Expr::Literal(Value::Redacted),
            false => return Err(de::Error::custom("$redacted is true or not there")),
        },
        "call" => {
            let Call {
                r#fn: function,
                args,
            } = map.next_value()?;
            function
                .check_arity(args.len())
                .map_err(de::Error::custom)?;
            Expr::Call { function, args }
        }
        other => {
            return Err(de::Error::custom(format_args!(
                "${other} is not known: use $ref, $lookup, $stack, $config, $call or $secret, \
                 and write a literal key that begins with $ as $${other}"
            )));
        }
    })
}
