//! Values of which a part may not be known yet.

use std::collections::BTreeMap;

use indexmap::IndexSet;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use stack_model::bounds::{DEEPEST, LARGEST, NODE};
use stack_model::expr::Reference;
use stack_model::function::CallError;
use stack_model::{Expr, Function, Segment, Value};

/// A value of which a part may not be known before the apply.
///
/// Without an unknown in it, it is one `Known`, so that `List` and `Map` mean: something in here is not known.
#[derive(Debug, Clone, PartialEq)]
pub enum Partial {
    /// Known through and through.
    Known(Value),
    /// Not known, and whose answer it waits for.
    Unknown(Unknown),
    /// A list with something unknown in it.
    List(Vec<Partial>),
    /// A map with something unknown in it.
    Map(BTreeMap<String, Partial>),
    /// Something unknown that will be secret.
    Secret(Box<Partial>),
}

/// Why a value is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unknown {
    /// The answers that it waits for.
    pub after: Vec<Reference>,
}

impl Partial {
    /// The absent value.
    pub const NULL: Partial = Partial::Known(Value::Null);

    /// A value that waits for one answer.
    pub fn unknown(after: Reference) -> Self {
        Self::Unknown(Unknown { after: vec![after] })
    }

    fn list(items: Vec<Partial>) -> Self {
        if items.iter().all(Self::is_known) {
            Self::Known(Value::List(
                items.into_iter().filter_map(Self::into_known).collect(),
            ))
        } else {
            Self::List(items)
        }
    }

    fn map(entries: BTreeMap<String, Partial>) -> Self {
        if entries.values().all(Self::is_known) {
            let known = |(key, entry): (String, Partial)| Some((key, entry.into_known()?));
            Self::Known(Value::Map(entries.into_iter().filter_map(known).collect()))
        } else {
            Self::Map(entries)
        }
    }

    /// Marks it as secret.
    #[must_use]
    pub fn secret(self) -> Self {
        match self {
            Self::Known(value) => Self::Known(value.secret()),
            Self::Secret(_) => self,
            other => Self::Secret(Box::new(other)),
        }
    }

    /// Whether nothing in it is unknown.
    pub fn is_known(&self) -> bool {
        matches!(self, Self::Known(_))
    }

    /// Whether it is known to be absent.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Known(value) if value.is_null())
    }

    /// The value, if all of it is known.
    pub fn known(&self) -> Option<&Value> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown(_) | Self::List(_) | Self::Map(_) | Self::Secret(_) => None,
        }
    }

    /// The value, if all of it is known.
    pub fn into_known(self) -> Option<Value> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown(_) | Self::List(_) | Self::Map(_) | Self::Secret(_) => None,
        }
    }

    /// Whether it is secret, or holds something that is.
    pub fn has_secret(&self) -> bool {
        match self {
            Self::Known(value) => value.has_secret(),
            Self::Unknown(_) => false,
            Self::List(items) => items.iter().any(Self::has_secret),
            Self::Map(entries) => entries.values().any(Self::has_secret),
            Self::Secret(_) => true,
        }
    }

    /// The place at a path. `None` where there is certainly nothing.
    pub fn at(&self, path: &[Segment]) -> Option<Partial> {
        let Some((segment, rest)) = path.split_first() else {
            return Some(self.clone());
        };
        match (self, segment) {
            (Self::Known(value), _) => value.at(path).map(|value| Self::Known(value.into_owned())),
            (Self::Unknown(_), _) => Some(self.clone()),
            (Self::List(items), Segment::Index(index)) => items.get(*index as usize)?.at(rest),
            (Self::Map(entries), Segment::Key(key)) => entries.get(key)?.at(rest),
            (Self::Secret(inner), _) => inner.at(path).map(Self::secret),
            (Self::List(_) | Self::Map(_), _) => None,
        }
    }

    /// Whether its JSON has more than this many levels, unknown parts counted as one value.
    fn is_deeper_than(&self, levels: usize) -> bool {
        let deeper = |inner: &Partial| {
            levels
                .checked_sub(1)
                .is_none_or(|left| inner.is_deeper_than(left))
        };
        match self {
            Self::Known(value) => value.is_deeper_than(levels),
            Self::Unknown(_) => false,
            Self::List(items) => items.iter().any(deeper),
            Self::Map(entries) => entries.values().any(deeper),
            Self::Secret(inner) => deeper(inner),
        }
    }

    /// The memory that it takes, roughly, in bytes.
    fn weight(&self) -> usize {
        match self {
            Self::Known(value) => value.weight(),
            Self::Unknown(unknown) => NODE + unknown.after.len() * size_of::<Reference>(),
            Self::List(items) => NODE + items.iter().map(Self::weight).sum::<usize>(),
            Self::Map(entries) => {
                let entry = |(key, entry): (&String, &Self)| key.len() + entry.weight();
                NODE + entries.iter().map(entry).sum::<usize>()
            }
            Self::Secret(inner) => NODE + inner.weight(),
        }
    }

    /// What the unknown parts wait for.
    pub fn waits_for(&self) -> Vec<&Reference> {
        match self {
            Self::Known(_) => Vec::new(),
            Self::Unknown(unknown) => unknown.after.iter().collect(),
            Self::List(items) => items.iter().flat_map(Self::waits_for).collect(),
            Self::Map(entries) => entries.values().flat_map(Self::waits_for).collect(),
            Self::Secret(inner) => inner.waits_for(),
        }
    }
}

impl From<Value> for Partial {
    fn from(value: Value) -> Self {
        Self::Known(value)
    }
}

impl Serialize for Partial {
    /// As a value; what is unknown is `{"$unknown": {"after": […]}}`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fn one<S: Serializer>(
            serializer: S,
            key: &str,
            body: &impl Serialize,
        ) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(Some(1))?;
            map.serialize_entry(key, body)?;
            map.end()
        }
        match self {
            Self::Known(value) => value.serialize(serializer),
            Self::Unknown(unknown) => one(serializer, "$unknown", unknown),
            Self::List(items) => items.serialize(serializer),
            Self::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, entry) in entries {
                    let escape = if key.starts_with('$') { "$" } else { "" };
                    map.serialize_entry(&format!("{escape}{key}"), entry)?;
                }
                map.end()
            }
            Self::Secret(inner) => one(serializer, "$secret", inner),
        }
    }
}

/// Why an expression has no value.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EvaluateError {
    /// A function refused its arguments.
    #[error(transparent)]
    Call(#[from] CallError),
    /// A reference leads to nothing.
    #[error("{0}")]
    Missing(String),
    /// The value is nested deeper than what is recorded can be.
    #[error("the value is nested deeper than {DEEPEST} levels")]
    TooDeep,
    /// The value is larger than any cloud takes.
    #[error("the value is larger than {} MiB", LARGEST >> 20)]
    TooLarge,
}

/// Where references lead.
pub trait Scope {
    /// The value of a reference, lookup, stack output or configuration key.
    fn leaf(&self, leaf: &Expr) -> Result<Partial, EvaluateError>;
}

/// Evaluates an expression as far as its scope is known. What comes of it is bounded, however often values are wrapped or
/// repeated on the way.
pub fn evaluate(expr: &Expr, scope: &dyn Scope) -> Result<Partial, EvaluateError> {
    if let Expr::Literal(value) = expr {
        return Ok(Partial::Known(value.clone()));
    }
    let mut evaluation = Evaluation {
        scope,
        room: LARGEST,
    };
    let partial = evaluation.part(expr)?;
    match partial.is_deeper_than(DEEPEST) {
        true => Err(EvaluateError::TooDeep),
        false => Ok(partial),
    }
}

struct Evaluation<'s> {
    scope: &'s dyn Scope,
    /// How much more there may be of what is not written in the expression itself.
    room: usize,
}

impl Evaluation<'_> {
    fn part(&mut self, expr: &Expr) -> Result<Partial, EvaluateError> {
        Ok(match expr {
            Expr::Literal(value) => Partial::Known(value.clone()),
            Expr::List(items) => Partial::list(self.parts(items)?),
            Expr::Map(entries) => Partial::map(
                entries
                    .iter()
                    .map(|(key, entry)| Ok((key.clone(), self.part(entry)?)))
                    .collect::<Result<_, EvaluateError>>()?,
            ),
            Expr::Secret(inner) => self.part(inner)?.secret(),
            Expr::Call { function, args } => {
                let args = self.parts(args)?;
                self.fits(call(*function, args)?)?
            }
            Expr::Ref(_) | Expr::Lookup(_) | Expr::Stack(_) | Expr::Config(_) => {
                self.fits(self.scope.leaf(expr)?)?
            }
        })
    }

    fn parts(&mut self, items: &[Expr]) -> Result<Vec<Partial>, EvaluateError> {
        items.iter().map(|item| self.part(item)).collect()
    }

    fn fits(&mut self, partial: Partial) -> Result<Partial, EvaluateError> {
        let left = self.room.checked_sub(partial.weight());
        self.room = left.ok_or(EvaluateError::TooLarge)?;
        Ok(partial)
    }
}

fn call(function: Function, args: Vec<Partial>) -> Result<Partial, EvaluateError> {
    if args.iter().all(Partial::is_known) {
        let known: Vec<Value> = args.into_iter().filter_map(Partial::into_known).collect();
        return Ok(Partial::Known(function.call(&known)?));
    }
    // Each answer once: calls of calls would repeat them without end.
    let after: IndexSet<&Reference> = args.iter().flat_map(Partial::waits_for).collect();
    let after = after.into_iter().cloned().collect();
    let unknown = Partial::Unknown(Unknown { after });
    Ok(match args.iter().any(Partial::has_secret) {
        true => unknown.secret(),
        false => unknown,
    })
}
