//! Values that may not be known yet.

use std::fmt;
use std::marker::PhantomData;

use stack_model::{Expr, Segment, Value};

use crate::input::{IntoInput, Typed};

/// A value that may not be known while the program runs: what the cloud will answer.
///
/// It has no `map`, on purpose: with a fixed set of functions, a plan shows every resource and apply never runs the
/// program again. See its methods for the functions, and [`interpolate!`](crate::interpolate) for texts.
pub struct Output<T> {
    expr: Expr,
    holds: PhantomData<fn() -> T>,
}

impl<T> Output<T> {
    /// An output of an expression. That the expression gives a `T` is the caller's to know.
    pub fn from_expr(expr: Expr) -> Self {
        Self {
            expr,
            holds: PhantomData,
        }
    }

    /// An output whose value is known already, where a program has one or the other.
    pub fn known(value: impl IntoInput<T>) -> Self {
        Self::from_expr(value.into_input().into_expr())
    }

    /// Its expression.
    pub fn expr(&self) -> &Expr {
        &self.expr
    }

    /// Its expression.
    pub fn into_expr(self) -> Expr {
        self.expr
    }

    /// The same value seen as another type, where a schema says less than the program knows.
    pub fn cast<U>(&self) -> Output<U> {
        Output::from_expr(self.expr.clone())
    }

    /// A place inside the value. In a reference it is one longer path, not a call.
    pub(crate) fn at<U>(&self, segment: Segment) -> Output<U> {
        let mut expr = self.expr.clone();
        match &mut expr {
            Expr::Ref(reference) | Expr::Lookup(reference) => reference.path.0.push(segment),
            _ => {
                let key = match segment {
                    Segment::Key(key) => Value::String(key),
                    Segment::Index(index) => Value::Int(index.into()),
                };
                expr = Expr::Call {
                    function: stack_model::Function::Get,
                    args: vec![expr, Expr::Literal(key)],
                };
            }
        }
        Output::from_expr(expr)
    }

    /// Does not exist: an output cannot become text while the program runs.
    #[doc(hidden)]
    #[allow(clippy::inherent_to_string_shadow_display)]
    pub fn to_string(&self) -> String
    where
        Self: UseInterpolateInstead,
    {
        String::new()
    }
}

/// What has a value while the program runs. No output does; the trait exists for its message.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "an output is not known while the program runs, so it cannot be made text here",
    label = "this is an output",
    note = "write `interpolate!(\"…{{}}…\", output)`: it gives an `Output<String>` that fields and outputs take"
)]
pub trait UseInterpolateInstead {}

/// Never compiles when used; see [`UseInterpolateInstead`].
#[doc(hidden)]
impl<T> fmt::Display for Output<T>
where
    Self: UseInterpolateInstead,
{
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Err(fmt::Error)
    }
}

impl<T> Clone for Output<T> {
    fn clone(&self) -> Self {
        Self::from_expr(self.expr.clone())
    }
}

impl<T> fmt::Debug for Output<T> {
    /// Says what it refers to, and never a value: that may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.expr {
            Expr::Ref(place) | Expr::Lookup(place) => {
                write!(f, "Output({}.{})", place.urn, place.path)
            }
            _ => f.write_str("Output(…)"),
        }
    }
}

impl<T: Typed> From<Output<T>> for crate::Input<T> {
    fn from(output: Output<T>) -> Self {
        Self::from_expr(output.expr)
    }
}

/// One output of each of several resources: `each(&subnets, |subnet| &subnet.id)`.
pub fn each<'h, H: 'h, T: 'h>(
    handles: impl IntoIterator<Item = &'h H>,
    output: impl Fn(&'h H) -> &'h Output<T>,
) -> Vec<Output<T>> {
    handles
        .into_iter()
        .map(|handle| output(handle).clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_what_may_be_secret() {
        let output = Output::<String>::known("hunter2");
        assert_eq!(format!("{output:?}"), "Output(…)");
    }

    #[test]
    fn a_place_in_a_reference_is_a_path() {
        let urn = "a:b:C/x".parse().unwrap();
        let names = Output::<Vec<String>>::from_expr(Expr::reference(
            urn,
            stack_model::Path::field("names"),
        ));
        assert_eq!(format!("{:?}", names.index(1)), "Output(a:b:C/x.names[1])");
    }

    #[test]
    fn a_place_in_anything_else_is_a_call() {
        let parts = Output::<String>::known("a,b").split(",");
        assert_eq!(
            serde_json::to_value(parts.index(1).expr()).unwrap(),
            serde_json::json!({"$call": {"fn": "get", "args": [
                {"$call": {"fn": "split", "args": [",", "a,b"]}}, 1]}})
        );
    }
}
