//! The fixed set of functions over values that may not be known yet.
//!
//! Every function is pure and total over its documented arguments. Null, unknown and secret arguments have one rule
//! for all of them:
//!
//! - a *null* argument is an error, except for `coalesce`, `merge`, `to_json` and the default of `get`;
//! - an *unknown* argument makes the result unknown (the engine sees to that, before it calls);
//! - a *secret* argument makes the result secret;
//! - an argument with a secret that is *not here* makes the result one, whatever it would have been.
//!
//! A result that would repeat its arguments beyond what an expression [may come to](crate::bounds::LARGEST) is an error.

use serde::{Deserialize, Serialize};

use crate::bounds::{LARGEST, NODE};
use crate::path::Segment;
use crate::value::{Map, Value};

/// Why a call has no result.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CallError {
    /// Wrong number of arguments.
    #[error("{function} takes {expected}, not {found}")]
    Arity {
        /// Which function.
        function: &'static str,
        /// What it takes, in words.
        expected: &'static str,
        /// How many arguments there were.
        found: usize,
    },
    /// An argument of the wrong kind.
    #[error("argument {position} of {function} must be {expected}, and is {found}")]
    Argument {
        /// Which function.
        function: &'static str,
        /// Which argument, counted from 1.
        position: usize,
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// The result would be larger than any cloud takes.
    #[error("the result of {function} would be larger than {} MiB", LARGEST >> 20)]
    TooLarge {
        /// Which function.
        function: &'static str,
    },
    /// `get` found nothing and was given no default.
    #[error("get found nothing at {0}; give it a third argument as default")]
    Missing(String),
}

macro_rules! functions {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal, $arity:pat => $expected:literal;)*) => {
        /// A function that an expression may call.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub enum Function {
            $($(#[doc = $doc])+ #[serde(rename = $name)] $variant,)*
        }
        impl Function {
            /// Every function there is.
            pub const ALL: [Function; [$($name),*].len()] = [$(Function::$variant),*];

            /// Its name in JSON.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Refuses a wrong number of arguments.
            pub fn check_arity(self, found: usize) -> Result<(), CallError> {
                match self { $(
                    Self::$variant => match found {
                        $arity => Ok(()),
                        #[allow(unreachable_patterns)]
                        _ => Err(CallError::Arity { function: $name, expected: $expected, found }),
                    },
                )* }
            }
        }
    };
}

functions! {
    /// `concat(a, b, …)`: texts, numbers and truth values as one text.
    Concat = "concat", _ => "any number of arguments";
    /// `join(separator, list)`: the list's elements as one text.
    Join = "join", 2 => "a separator and a list";
    /// `split(separator, text)`: the text's parts as a list.
    Split = "split", 2 => "a separator and a text";
    /// `replace(text, from, to)`: every occurrence replaced.
    Replace = "replace", 3 => "a text, what to replace, and by what";
    /// `lower(text)`: in lower case.
    Lower = "lower", 1 => "one text";
    /// `upper(text)`: in upper case.
    Upper = "upper", 1 => "one text";
    /// `get(value, key or index, default?)`: an entry of a map or an element of a list.
    Get = "get", 2 | 3 => "a map or list, a key or index, and maybe a default";
    /// `length(list, map or text)`: how many elements, entries or characters.
    Length = "length", 1 => "one list, map or text";
    /// `merge(map, map, …)`: one map; later entries win; null is an empty map.
    Merge = "merge", _ => "any number of maps";
    /// `flatten(list of lists)`: one list.
    Flatten = "flatten", 1 => "one list of lists";
    /// `coalesce(a, b, …)`: the first that is not null.
    Coalesce = "coalesce", _ => "any number of arguments";
    /// `to_json(value)`: compact JSON with sorted keys.
    ToJson = "to_json", 1 => "one value";
    /// `base64_encode(text)`: RFC 4648, with padding.
    Base64Encode = "base64_encode", 1 => "one text";
    /// `url_encode(text)`: percent-encoded, all but unreserved characters of RFC 3986. Made for passwords in URLs.
    UrlEncode = "url_encode", 1 => "one text";
}

impl Function {
    /// Calls the function on known arguments. The result is secret when any argument holds a secret.
    pub fn call(self, args: &[Value]) -> Result<Value, CallError> {
        self.check_arity(args.len())?;
        if args.iter().any(Value::has_redacted) {
            return Ok(Value::Redacted);
        }
        let secret = args.iter().any(Value::has_secret);
        let open: Vec<_> = args.iter().map(Value::revealed_deep).collect();
        let result = self.call_open(&Args {
            function: self.name(),
            values: &open,
        })?;
        Ok(if secret { result.secret() } else { result })
    }

    fn call_open(self, args: &Args<'_>) -> Result<Value, CallError> {
        Ok(match self {
            Self::Concat => Value::String(args.texts(0)?.concat()),
            Self::Join => {
                let separator = args.text(0)?;
                let parts: Option<Vec<String>> = args.list(1)?.iter().map(scalar_text).collect();
                let parts = parts.ok_or_else(|| args.wrong(1, "a list of texts"))?;
                args.bounded(parts.len(), separator.len())?;
                Value::String(parts.join(separator))
            }
            Self::Split => {
                let (separator, text) = (args.text(0)?, args.text(1)?);
                args.bounded(text.matches(separator).count(), NODE)?;
                Value::List(text.split(separator).map(Value::from).collect())
            }
            Self::Replace => {
                let (text, from, to) = (args.text(0)?, args.text(1)?, args.text(2)?);
                args.bounded(text.matches(from).count(), to.len())?;
                Value::String(text.replace(from, to))
            }
            Self::Lower => Value::String(args.text(0)?.to_lowercase()),
            Self::Upper => Value::String(args.text(0)?.to_uppercase()),
            Self::Get => get(args)?,
            Self::Length => Value::Int(match args.value(0) {
                Value::List(items) => items.len(),
                Value::Map(map) => map.len(),
                Value::String(text) => text.chars().count(),
                _ => return Err(args.wrong(0, "a list, map or text")),
            } as i64),
            Self::Merge => {
                let mut merged = Map::new();
                for position in 0..args.values.len() {
                    match args.value(position) {
                        Value::Null => {}
                        Value::Map(map) => merged.extend(map.clone()),
                        _ => return Err(args.wrong(position, "a map")),
                    }
                }
                Value::Map(merged)
            }
            Self::Flatten => {
                let mut flat = Vec::new();
                for item in args.list(0)? {
                    match item {
                        Value::List(items) => flat.extend(items.iter().cloned()),
                        _ => return Err(args.wrong(0, "a list of lists")),
                    }
                }
                Value::List(flat)
            }
            Self::Coalesce => args
                .values
                .iter()
                .find(|value| !value.is_null())
                .map_or(Value::Null, |value| value.as_ref().clone()),
            Self::ToJson => Value::String(plain_json(args.value(0)).to_string()),
            Self::Base64Encode => Value::String(base64(args.text(0)?.as_bytes())),
            Self::UrlEncode => Value::String(percent(args.text(0)?)),
        })
    }
}

struct Args<'a> {
    function: &'static str,
    values: &'a [std::borrow::Cow<'a, Value>],
}

impl Args<'_> {
    fn value(&self, position: usize) -> &Value {
        &self.values[position]
    }

    fn wrong(&self, position: usize, expected: &'static str) -> CallError {
        let found = self.value(position).kind_name();
        CallError::Argument {
            function: self.function,
            position: position + 1,
            expected,
            found,
        }
    }

    fn text(&self, position: usize) -> Result<&str, CallError> {
        self.value(position)
            .as_str()
            .ok_or_else(|| self.wrong(position, "text"))
    }

    fn texts(&self, from: usize) -> Result<Vec<String>, CallError> {
        (from..self.values.len())
            .map(|position| {
                scalar_text(self.value(position))
                    .ok_or_else(|| self.wrong(position, "text, a number or a truth value"))
            })
            .collect()
    }

    /// Refuses a result that repeats something too often, before there is memory for it.
    fn bounded(&self, times: usize, size: usize) -> Result<(), CallError> {
        match times.saturating_mul(size) > LARGEST {
            true => Err(CallError::TooLarge {
                function: self.function,
            }),
            false => Ok(()),
        }
    }

    fn list(&self, position: usize) -> Result<&[Value], CallError> {
        match self.value(position) {
            Value::List(items) => Ok(items),
            _ => Err(self.wrong(position, "a list")),
        }
    }
}

fn scalar_text(value: &Value) -> Option<String> {
    match value.revealed() {
        Value::String(text) => Some(text.clone()),
        Value::Int(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::List(_) | Value::Map(_) | Value::Secret(_) | Value::Redacted => None,
    }
}

fn get(args: &Args<'_>) -> Result<Value, CallError> {
    let segment = match args.value(1) {
        Value::String(key) => Segment::Key(key.clone()),
        Value::Int(index) => Segment::Index(
            u32::try_from(*index).map_err(|_| args.wrong(1, "a key, or an index from 0"))?,
        ),
        _ => return Err(args.wrong(1, "a key or an index")),
    };
    match args.value(0).at(std::slice::from_ref(&segment)) {
        Some(found) if !found.is_null() => Ok(found.into_owned()),
        _ => match args.values.get(2) {
            Some(default) => Ok(default.as_ref().clone()),
            None => Err(CallError::Missing(
                crate::path::Path(vec![segment]).to_string(),
            )),
        },
    }
}

/// A value as the JSON that a cloud would get: no marks, no escapes.
pub fn plain_json(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(value) => (*value).into(),
        Value::Int(value) => (*value).into(),
        Value::Float(value) => (*value).into(),
        Value::String(value) => value.as_str().into(),
        Value::List(items) => items.iter().map(plain_json).collect(),
        Value::Map(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), plain_json(value)))
            .collect(),
        Value::Secret(inner) => plain_json(inner),
        // A call with it in its arguments never comes here.
        Value::Redacted => serde_json::Value::Null,
    }
}

/// RFC 4648 with padding. Twenty lines here spare every stack program a dependency.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let bits = chunk
            .iter()
            .fold(0u32, |bits, byte| bits << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for place in 0..4 {
            if place <= chunk.len() {
                text.push(char::from(
                    ALPHABET[(bits >> (18 - 6 * place) & 63) as usize],
                ));
            } else {
                text.push('=');
            }
        }
    }
    text
}

fn percent(text: &str) -> String {
    text.bytes()
        .fold(String::with_capacity(text.len()), |mut out, byte| {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    out.push(char::from(byte))
                }
                _ => out.push_str(&format!("%{byte:02X}")),
            }
            out
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_spread() {
        let result = Function::Concat
            .call(&["a".into(), Value::from("b").secret()])
            .unwrap();
        assert_eq!(result, Value::from("ab").secret());
    }

    #[test]
    fn of_what_is_not_here_comes_what_is_not_here() {
        for function in Function::ALL {
            let arguments = |count| vec![Value::List(vec![Value::Redacted]); count];
            let count = (1..4).find(|count| function.check_arity(*count).is_ok());
            let result = function.call(&arguments(count.unwrap()));
            assert_eq!(result, Ok(Value::Redacted), "{function:?}");
        }
    }

    #[test]
    fn encodings_are_those_of_the_standards() {
        for (plain, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
        ] {
            assert_eq!(
                Function::Base64Encode.call(&[plain.into()]),
                Ok(encoded.into())
            );
        }
        assert_eq!(
            Function::UrlEncode.call(&["p@ss/wörd~".into()]),
            Ok("p%40ss%2Fw%C3%B6rd~".into())
        );
    }

    #[test]
    fn nothing_found_is_an_error_unless_there_is_a_default() {
        let list = Value::List(vec!["x".into()]);
        assert_eq!(
            Function::Get.call(&[list.clone(), Value::Int(0)]),
            Ok("x".into())
        );
        assert!(matches!(
            Function::Get.call(&[list.clone(), Value::Int(7)]),
            Err(CallError::Missing(_))
        ));
        assert_eq!(
            Function::Get.call(&[list, Value::Int(7), "d".into()]),
            Ok("d".into())
        );
    }

    #[test]
    fn a_wrong_argument_is_named() {
        let error = Function::Join.call(&[",".into(), "x".into()]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "argument 2 of join must be a list, and is text"
        );
    }
}
