//! How deep values may be nested, and how large an expression's value may grow.
//!
//! A program can build what no format holds out of what each format holds: a value that wraps the value before it, a
//! text that repeats the text before it. So both are bounded where expressions are evaluated.

use crate::expr::Expr;
use crate::value::Value;

/// The most levels of a value or expression as JSON: lists, maps and marks. Graphs, journals, states and saved plans
/// wrap it in a few levels of their own, and JSON is read up to 127.
pub const DEEPEST: usize = 100;

/// The most that one expression may come to, as [`Value::weight`] counts. No cloud takes more in one request.
pub const LARGEST: usize = 16 << 20;

/// What a value weighs besides its text.
pub const NODE: usize = size_of::<Value>();

impl Value {
    /// Whether its JSON has more than this many levels.
    pub fn is_deeper_than(&self, levels: usize) -> bool {
        let deeper = |inner: &Value| {
            levels
                .checked_sub(1)
                .is_none_or(|left| inner.is_deeper_than(left))
        };
        match self {
            Self::List(items) => levels == 0 || items.iter().any(deeper),
            Self::Map(map) => levels == 0 || map.values().any(deeper),
            Self::Secret(inner) => deeper(inner),
            // {"$redacted": true}
            Self::Redacted => levels == 0,
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Float(_) | Self::String(_) => false,
        }
    }

    /// The memory that it takes, roughly, in bytes.
    pub fn weight(&self) -> usize {
        NODE + match self {
            Self::String(text) => text.len(),
            Self::List(items) => items.iter().map(Self::weight).sum(),
            Self::Map(map) => map
                .iter()
                .map(|(key, value)| key.len() + value.weight())
                .sum(),
            Self::Secret(inner) => inner.weight(),
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Float(_) | Self::Redacted => 0,
        }
    }
}

impl Expr {
    /// Whether its JSON has more than this many levels.
    pub fn is_deeper_than(&self, levels: usize) -> bool {
        let deeper = |inner: &Expr, own: usize| {
            levels
                .checked_sub(own)
                .is_none_or(|left| inner.is_deeper_than(left))
        };
        match self {
            Self::Literal(value) => value.is_deeper_than(levels),
            Self::List(items) => items.iter().any(|item| deeper(item, 1)),
            Self::Map(entries) => entries.values().any(|entry| deeper(entry, 1)),
            Self::Secret(inner) => deeper(inner, 1),
            // {"$call": {"fn": …, "args": […]}}
            Self::Call { args, .. } => levels < 3 || args.iter().any(|arg| deeper(arg, 3)),
            // {"$ref": {"urn": …, "path": […]}}
            Self::Ref(_) | Self::Lookup(_) => levels < 3,
            Self::Stack(_) | Self::Config(_) => levels < 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The levels of JSON, counted in its text, in which no string has a bracket.
    fn levels(json: &str) -> usize {
        let mut depth = 0_usize;
        let depths = json.bytes().map(|byte| {
            match byte {
                b'[' | b'{' => depth += 1,
                b']' | b'}' => depth -= 1,
                _ => {}
            }
            depth
        });
        depths.max().unwrap_or(0)
    }

    #[test]
    fn depth_is_that_of_the_json() {
        for json in [
            "1",
            "[]",
            "{}",
            r#"{"a":[1,[2,{"b":null}]]}"#,
            r#"{"$secret":[1]}"#,
            r#"[{"$redacted":true}]"#,
            r#"{"$secret":{"$config":["a"]}}"#,
            r#"[{"$ref":{"urn":"a:b:C/d","path":["id"]}}]"#,
            r#"{"a":{"$lookup":{"name":"a:b:C/d","path":[]}}}"#,
            r#"{"$stack":{"stack":"a","environment":"b","output":"c"}}"#,
            r#"{"$call":{"fn":"concat","args":[]}}"#,
            r#"{"$call":{"fn":"concat","args":["a",[{"$config":["a"]}]]}}"#,
        ] {
            let expr: Expr = serde_json::from_str(json).unwrap();
            let levels = levels(json);
            assert!(!expr.is_deeper_than(levels), "{json}");
            assert!(levels == 0 || expr.is_deeper_than(levels - 1), "{json}");
        }
    }
}
