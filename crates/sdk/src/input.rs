//! What fields take.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use stack_model::{Expr, ToValue, Value};

use crate::expression::ToExpr;
use crate::output::Output;

/// What a field is set to: a value, or an expression that gives one.
pub struct Input<T> {
    expr: Expr,
    holds: PhantomData<fn() -> T>,
}

impl<T> Input<T> {
    /// An input of an expression. That the expression gives a `T` is the caller's to know.
    pub fn from_expr(expr: Expr) -> Self {
        Self {
            expr,
            holds: PhantomData,
        }
    }

    /// Its expression.
    pub fn expr(&self) -> &Expr {
        &self.expr
    }

    /// Its expression.
    pub fn into_expr(self) -> Expr {
        self.expr
    }

    /// The same, never shown and sealed wherever it is written.
    #[must_use]
    pub fn secret(self) -> Self {
        Self::from_expr(self.expr.secret())
    }
}

impl<T> Clone for Input<T> {
    fn clone(&self) -> Self {
        Self::from_expr(self.expr.clone())
    }
}

impl<T> fmt::Debug for Input<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Input(…)")
    }
}

/// What can be set where a field holds a `T`: a `T`, an `Output<T>`, or what is commonly written for it.
#[diagnostic::on_unimplemented(
    message = "the field holds `{T}` and cannot be set to `{Self}`",
    label = "this is not a `{T}`",
    note = "a field takes its own type, an `Output` of it (such as `&vpc.id`) or a reference to one; a text also takes `&str`",
    note = "a list is a `Vec` or an array, a map an array of pairs, and a block ends with `.build()`"
)]
pub trait IntoInput<T> {
    /// The input.
    fn into_input(self) -> Input<T>;
}

/// A type whose values stand for themselves: numbers, texts, choices, blocks. Not a list or a map, whose elements
/// may be outputs.
#[doc(hidden)]
pub trait Literal: ToValue {}

/// A type of field with a form of its own: anything but [`Value`], which takes whatever there is.
#[doc(hidden)]
pub trait Typed {}

impl<T: Literal> Typed for T {}
impl<T> Typed for Vec<T> {}
impl<T> Typed for BTreeMap<String, T> {}

/// Declares a type whose values stand for themselves.
#[doc(hidden)]
#[macro_export]
macro_rules! __literal {
    ($($type:ty),* $(,)?) => {$(
        impl $crate::__private::Literal for $type {}
        impl $crate::ToExpr for $type {
            fn to_expr(&self) -> $crate::Expr {
                $crate::Expr::Literal($crate::__private::ToValue::to_value(self))
            }
        }
    )*};
}

__literal!(bool, i64, i32, u32, u16, f64, String);

impl<T: Literal> IntoInput<T> for T {
    fn into_input(self) -> Input<T> {
        Input::from_expr(Expr::Literal(self.to_value()))
    }
}

impl<T: Typed> IntoInput<T> for Input<T> {
    fn into_input(self) -> Input<T> {
        self
    }
}

impl<T: Typed> IntoInput<T> for &Input<T> {
    fn into_input(self) -> Input<T> {
        self.clone()
    }
}

impl<T: Typed> IntoInput<T> for Output<T> {
    fn into_input(self) -> Input<T> {
        Input::from_expr(self.into_expr())
    }
}

impl<T: Typed> IntoInput<T> for &Output<T> {
    fn into_input(self) -> Input<T> {
        Input::from_expr(self.expr().clone())
    }
}

/// A field of any value takes all that has an expression.
impl<X: ToExpr> IntoInput<Value> for X {
    fn into_input(self) -> Input<Value> {
        Input::from_expr(self.to_expr())
    }
}

impl IntoInput<f64> for i32 {
    fn into_input(self) -> Input<f64> {
        Input::from_expr(self.into())
    }
}

macro_rules! text {
    ($($type:ty),*) => {$(
        impl IntoInput<String> for $type {
            fn into_input(self) -> Input<String> {
                Input::from_expr(Expr::Literal(Value::String(self.to_string())))
            }
        }
    )*};
}

text!(
    &str,
    &String,
    crate::Cidr,
    &crate::Cidr,
    ipnet::IpNet,
    ipnet::Ipv4Net,
    &ipnet::Ipv4Net,
    ipnet::Ipv6Net,
    &ipnet::Ipv6Net,
    std::net::IpAddr,
    std::net::Ipv4Addr,
    std::net::Ipv6Addr
);

fn list<T, X: IntoInput<T>>(items: impl IntoIterator<Item = X>) -> Input<Vec<T>> {
    let items = items.into_iter().map(|item| item.into_input().into_expr());
    Input::from_expr(Expr::list(items.collect()))
}

impl<T, X: IntoInput<T>> IntoInput<Vec<T>> for Vec<X> {
    fn into_input(self) -> Input<Vec<T>> {
        list(self)
    }
}

impl<T, X: IntoInput<T>, const N: usize> IntoInput<Vec<T>> for [X; N] {
    fn into_input(self) -> Input<Vec<T>> {
        list(self)
    }
}

impl<T, X: IntoInput<T> + Clone> IntoInput<Vec<T>> for &[X] {
    fn into_input(self) -> Input<Vec<T>> {
        list(self.iter().cloned())
    }
}

impl<T, X: IntoInput<T> + Clone> IntoInput<Vec<T>> for &Vec<X> {
    fn into_input(self) -> Input<Vec<T>> {
        list(self.iter().cloned())
    }
}

fn map<T, K: Into<String>, X: IntoInput<T>>(
    entries: impl IntoIterator<Item = (K, X)>,
) -> Input<BTreeMap<String, T>> {
    let entries = entries.into_iter();
    let entries = entries.map(|(key, value)| (key.into(), value.into_input().into_expr()));
    Input::from_expr(Expr::map(entries.collect()))
}

impl<T, K: Into<String>, X: IntoInput<T>> IntoInput<BTreeMap<String, T>> for BTreeMap<K, X> {
    fn into_input(self) -> Input<BTreeMap<String, T>> {
        map(self)
    }
}

impl<T, K: Into<String> + Clone, X: IntoInput<T> + Clone> IntoInput<BTreeMap<String, T>>
    for &BTreeMap<K, X>
{
    fn into_input(self) -> Input<BTreeMap<String, T>> {
        map(self.iter().map(|(key, value)| (key.clone(), value.clone())))
    }
}

impl<T, K: Into<String>, X: IntoInput<T>> IntoInput<BTreeMap<String, T>> for Vec<(K, X)> {
    fn into_input(self) -> Input<BTreeMap<String, T>> {
        map(self)
    }
}

impl<T, K: Into<String>, X: IntoInput<T>, const N: usize> IntoInput<BTreeMap<String, T>>
    for [(K, X); N]
{
    fn into_input(self) -> Input<BTreeMap<String, T>> {
        map(self)
    }
}

/// A list of inputs of different Rust types: `list![&sg.id, "sg-0123"]`.
#[macro_export]
macro_rules! list {
    ($($item:expr),* $(,)?) => {
        ::std::vec![$($crate::IntoInput::into_input($item)),*]
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken<T>(value: impl IntoInput<T>) -> serde_json::Value {
        serde_json::to_value(value.into_input().expr()).unwrap()
    }

    #[test]
    fn what_is_commonly_written_is_taken() {
        let id = Output::<String>::from_expr(Expr::Config(["id"].into_iter().collect()));
        assert_eq!(taken::<f64>(2), 2);
        assert_eq!(taken::<u16>(2), 2);
        assert_eq!(taken::<i64>(5_000_000_000), 5_000_000_000_i64);
        assert_eq!(taken::<Vec<String>>(list![&id, "b"])[0]["$config"][0], "id");
        assert_eq!(taken::<Vec<String>>(["a", "b"])[1], "b");
        assert_eq!(taken::<BTreeMap<String, String>>([("k", "v")])["k"], "v");
        assert_eq!(taken::<Vec<Vec<i32>>>(vec![[1], [2]])[1][0], 2);
        assert_eq!(taken::<Value>(serde_json::json!({"$x": [1]}))["$$x"][0], 1);
        assert_eq!(taken::<Value>(&id)["$config"][0], "id");
    }
}
