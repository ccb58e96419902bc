//! Values of any type as expressions, and texts with outputs in them.

use std::collections::BTreeMap;

use stack_model::{Expr, Function, Value};

use crate::input::Input;
use crate::output::Output;

/// What has an expression: what a stack's output, [`json!`](crate::json) and a field of any value take.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a value nor an output",
    note = "texts, numbers, truth values, lists, maps with text keys, `serde_json::Value` and outputs are taken"
)]
pub trait ToExpr {
    /// The expression.
    fn to_expr(&self) -> Expr;
}

impl<X: ToExpr + ?Sized> ToExpr for &X {
    fn to_expr(&self) -> Expr {
        (**self).to_expr()
    }
}

impl ToExpr for str {
    fn to_expr(&self) -> Expr {
        self.into()
    }
}

impl ToExpr for Expr {
    fn to_expr(&self) -> Expr {
        self.clone()
    }
}

impl ToExpr for Value {
    fn to_expr(&self) -> Expr {
        Expr::Literal(self.clone())
    }
}

impl ToExpr for serde_json::Value {
    fn to_expr(&self) -> Expr {
        Expr::Literal(plain(self))
    }
}

impl<T> ToExpr for Output<T> {
    fn to_expr(&self) -> Expr {
        self.expr().clone()
    }
}

impl<T> ToExpr for Input<T> {
    fn to_expr(&self) -> Expr {
        self.expr().clone()
    }
}

impl<X: ToExpr> ToExpr for Option<X> {
    fn to_expr(&self) -> Expr {
        self.as_ref().map_or_else(Expr::default, ToExpr::to_expr)
    }
}

impl<X: ToExpr> ToExpr for [X] {
    fn to_expr(&self) -> Expr {
        Expr::list(self.iter().map(ToExpr::to_expr).collect())
    }
}

impl<X: ToExpr, const N: usize> ToExpr for [X; N] {
    fn to_expr(&self) -> Expr {
        self.as_slice().to_expr()
    }
}

impl<X: ToExpr> ToExpr for Vec<X> {
    fn to_expr(&self) -> Expr {
        self.as_slice().to_expr()
    }
}

impl<K: AsRef<str>, X: ToExpr> ToExpr for BTreeMap<K, X> {
    fn to_expr(&self) -> Expr {
        let entry = |(key, value): (&K, &X)| (key.as_ref().to_owned(), value.to_expr());
        Expr::map(self.iter().map(entry).collect())
    }
}

/// JSON as a known value. What begins with `$` is only text here, not an expression.
fn plain(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(truth) => Value::Bool(*truth),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(integer) => Value::Int(integer),
            None => Value::Float(number.as_f64().unwrap_or_default()),
        },
        serde_json::Value::String(text) => Value::String(text.clone()),
        serde_json::Value::Array(items) => Value::List(items.iter().map(plain).collect()),
        serde_json::Value::Object(entries) => {
            let entry = |(key, value): (&String, _)| (key.clone(), plain(value));
            Value::Map(entries.iter().map(entry).collect())
        }
    }
}

/// What has a text form even before it is known.
#[doc(hidden)]
pub trait Scalar {}

macro_rules! scalars {
    ($($type:ty),*) => { $(impl Scalar for $type {})* };
}

scalars!(bool, i64, i32, u32, u16, f64, String, Value);

/// What can stand in an [`interpolate!`](crate::interpolate).
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand in a text",
    note = "texts, numbers, truth values and outputs of them can; use `.join(…)` or `.to_json()` on lists and maps"
)]
pub trait Interpolate {
    /// Its expression.
    fn piece(&self) -> Expr;
}

impl<T: std::fmt::Display + ?Sized> Interpolate for T {
    fn piece(&self) -> Expr {
        Expr::Literal(Value::String(self.to_string()))
    }
}

impl<T: Scalar> Interpolate for Output<T> {
    fn piece(&self) -> Expr {
        self.expr().clone()
    }
}

impl<T: Scalar> Interpolate for &Output<T> {
    fn piece(&self) -> Expr {
        self.expr().clone()
    }
}

#[doc(hidden)]
pub fn piece<T: Interpolate + ?Sized>(value: &T) -> Expr {
    value.piece()
}

#[doc(hidden)]
pub fn concat(pieces: Vec<Expr>) -> Output<String> {
    Output::from_expr(Expr::Call {
        function: Function::Concat,
        args: pieces,
    })
}

/// A text with outputs in it: `interpolate!("https://{}/api", alb.dns_name)`, or `"{name}"` of a variable.
///
/// Arguments are outputs, or anything with `Display`. The text is secret when one of them is.
#[macro_export]
macro_rules! interpolate {
    ($format:literal $(, $argument:expr)* $(,)?) => {
        $crate::__private::interpolate_pieces!($format $([$argument])*)
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_holds_outputs_and_values() {
        let name = Output::<String>::from_expr(Expr::Config(["name"].into_iter().collect()));
        let port = 80;
        let text = interpolate!("http://{}:{port}/{}?{{}}", name, "x");
        assert_eq!(
            serde_json::to_value(text.expr()).unwrap(),
            serde_json::json!({"$call": {"fn": "concat", "args": [
                "http://", {"$config": ["name"]}, ":", "80", "/", "x", "?{}"]}})
        );
    }
}
