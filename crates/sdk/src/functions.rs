//! What can be made of outputs: the fixed functions of [`stack_model::Function`].

use std::collections::BTreeMap;

use stack_model::{Expr, Function, Value};

use crate::input::IntoInput;
use crate::output::Output;

fn call<T>(function: Function, args: Vec<Expr>) -> Output<T> {
    Output::from_expr(Expr::Call { function, args })
}

impl<T> Output<T> {
    /// The same value, never shown and sealed wherever it is written.
    #[must_use]
    pub fn secret(self) -> Self {
        Self::from_expr(self.into_expr().secret())
    }

    /// The value, or another one where it is null.
    #[must_use]
    pub fn or(&self, default: impl IntoInput<T>) -> Self {
        let args = vec![self.expr().clone(), default.into_input().into_expr()];
        call(Function::Coalesce, args)
    }

    /// Compact JSON with sorted keys.
    pub fn to_json(&self) -> Output<String> {
        call(Function::ToJson, vec![self.expr().clone()])
    }
}

impl Output<String> {
    /// In lower case.
    pub fn lower(&self) -> Self {
        call(Function::Lower, vec![self.expr().clone()])
    }

    /// In upper case.
    pub fn upper(&self) -> Self {
        call(Function::Upper, vec![self.expr().clone()])
    }

    /// With every occurrence of a text replaced.
    pub fn replace(&self, from: impl IntoInput<String>, to: impl IntoInput<String>) -> Self {
        let (from, to) = (from.into_input().into_expr(), to.into_input().into_expr());
        call(Function::Replace, vec![self.expr().clone(), from, to])
    }

    /// The parts between separators.
    pub fn split(&self, separator: &str) -> Output<Vec<String>> {
        call(Function::Split, vec![separator.into(), self.expr().clone()])
    }

    /// RFC 4648 with padding.
    pub fn base64_encode(&self) -> Self {
        call(Function::Base64Encode, vec![self.expr().clone()])
    }

    /// Percent-encoded, all but unreserved characters of RFC 3986. Made for passwords in URLs.
    pub fn url_encode(&self) -> Self {
        call(Function::UrlEncode, vec![self.expr().clone()])
    }

    /// How many characters.
    pub fn length(&self) -> Output<i64> {
        call(Function::Length, vec![self.expr().clone()])
    }
}

impl<T> Output<Vec<T>> {
    /// An element, counted from 0. That there is none is an error of the plan.
    pub fn index(&self, index: u32) -> Output<T> {
        self.at(index.into())
    }

    /// How many elements.
    pub fn length(&self) -> Output<i64> {
        call(Function::Length, vec![self.expr().clone()])
    }

    /// The elements as one text.
    pub fn join(&self, separator: &str) -> Output<String> {
        call(Function::Join, vec![separator.into(), self.expr().clone()])
    }
}

impl<T> Output<Vec<Vec<T>>> {
    /// One list of all elements.
    pub fn flatten(&self) -> Output<Vec<T>> {
        call(Function::Flatten, vec![self.expr().clone()])
    }
}

impl<T> Output<BTreeMap<String, T>> {
    /// An entry. That there is none is an error of the plan.
    pub fn get(&self, key: &str) -> Output<T> {
        self.at(key.into())
    }

    /// An entry, or another value where there is none.
    pub fn get_or(&self, key: &str, default: impl IntoInput<T>) -> Output<T> {
        let default = default.into_input().into_expr();
        call(
            Function::Get,
            vec![self.expr().clone(), key.into(), default],
        )
    }

    /// How many entries.
    pub fn length(&self) -> Output<i64> {
        call(Function::Length, vec![self.expr().clone()])
    }

    /// With the entries of another map laid over it.
    #[must_use]
    pub fn merge(&self, other: impl IntoInput<BTreeMap<String, T>>) -> Self {
        let args = vec![self.expr().clone(), other.into_input().into_expr()];
        call(Function::Merge, args)
    }
}

impl Output<Value> {
    /// An entry of a map. That there is none is an error of the plan.
    pub fn get(&self, key: &str) -> Output<Value> {
        self.at(key.into())
    }

    /// An element of a list, counted from 0. That there is none is an error of the plan.
    pub fn index(&self, index: u32) -> Output<Value> {
        self.at(index.into())
    }
}
