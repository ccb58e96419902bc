//! Attributes: what load balancers, target groups and listeners keep as pairs of texts.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

/// Attributes by key, as told or as they should be.
#[derive(Debug, Default)]
pub(super) struct Attributes(BTreeMap<String, String>);

impl Attributes {
    /// From what a call told.
    pub(super) fn told(pairs: impl IntoIterator<Item = (Option<String>, Option<String>)>) -> Self {
        let pairs = pairs.into_iter();
        Self(
            pairs
                .filter_map(|(key, value)| Some((key?, value?)))
                .collect(),
        )
    }

    /// One of them. `None` where the object has none such.
    pub(super) fn get<T: FromStr>(&self, key: &str) -> Option<T> {
        self.0.get(key)?.parse().ok()
    }

    /// One that is `on` or `off`.
    pub(super) fn get_switch(&self, key: &str) -> Option<bool> {
        match self.0.get(key)?.as_str() {
            "on" => Some(true),
            "off" => Some(false),
            _ => None,
        }
    }

    /// Adds one, if there is something to set.
    pub(super) fn set(&mut self, key: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.0.insert(key.to_owned(), value.to_string());
        }
    }

    /// Adds one that is `on` or `off`, if there is something to set.
    pub(super) fn set_switch(&mut self, key: &str, value: Option<bool>) {
        self.set(key, value.map(|on| if on { "on" } else { "off" }));
    }

    /// As the SDK wants them. `None` when there are none: the calls refuse an empty list.
    pub(super) fn sdk<T>(self, one: impl Fn(String, String) -> T) -> Option<Vec<T>> {
        let all = self.0.into_iter().map(|(key, value)| one(key, value));
        let all: Vec<T> = all.collect();
        (!all.is_empty()).then_some(all)
    }
}
