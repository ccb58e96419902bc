//! Secret settings, which never enter the program.

use std::fmt;
use std::marker::PhantomData;

use serde::{Deserialize, Deserializer};
use stack_model::Expr;

use crate::expression::{Interpolate, Scalar, ToExpr};
use crate::input::{Input, IntoInput, Typed};
use crate::output::Output;

/// A secret setting: a field of a program's settings.
///
/// The program gets no more than a mark that says which setting it is. In a test it may be given a literal.
///
/// For the values of secret fields in resource types see [`resource::Secret`](crate::resource::Secret).
pub struct Secret<T> {
    expr: Expr,
    holds: PhantomData<fn() -> T>,
}

impl<T> Secret<T> {
    /// The secret as an output, for the functions of one.
    pub fn output(&self) -> Output<T> {
        Output::from_expr(self.expr.clone())
    }
}

impl<T> Clone for Secret<T> {
    fn clone(&self) -> Self {
        Self {
            expr: self.expr.clone(),
            holds: PhantomData,
        }
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl<'de, T> Deserialize<'de> for Secret<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expr = Expr::deserialize(deserializer)?;
        match &expr {
            Expr::Config(_) | Expr::Literal(_) | Expr::Secret(_) => Ok(Self {
                expr: expr.secret(),
                holds: PhantomData,
            }),
            Expr::List(_)
            | Expr::Map(_)
            | Expr::Ref(_)
            | Expr::Lookup(_)
            | Expr::Stack(_)
            | Expr::Call { .. } => Err(serde::de::Error::custom("expected a secret setting")),
        }
    }
}

impl<T: Typed> IntoInput<T> for Secret<T> {
    fn into_input(self) -> Input<T> {
        Input::from_expr(self.expr)
    }
}

impl<T: Typed> IntoInput<T> for &Secret<T> {
    fn into_input(self) -> Input<T> {
        Input::from_expr(self.expr.clone())
    }
}

impl<T> ToExpr for Secret<T> {
    fn to_expr(&self) -> Expr {
        self.expr.clone()
    }
}

impl<T: Scalar> Interpolate for Secret<T> {
    fn piece(&self) -> Expr {
        self.expr.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_stays_a_mark_and_is_secret() {
        let secret: Secret<String> = serde_json::from_str(r#"{"$config": ["a", "b"]}"#).unwrap();
        assert_eq!(
            serde_json::to_value(secret.to_expr()).unwrap(),
            serde_json::json!({"$secret": {"$config": ["a", "b"]}})
        );
    }

    #[test]
    fn a_literal_is_marked_and_hidden() {
        let secret: Secret<String> = serde_json::from_str(r#""hunter2""#).unwrap();
        assert_eq!(format!("{secret:?}"), "[secret]");
        assert_eq!(
            serde_json::to_value(secret.to_expr()).unwrap(),
            serde_json::json!({"$secret": "hunter2"})
        );
    }
}
