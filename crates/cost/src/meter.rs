//! From a resource to what is paid for it.
//!
//! Each type of a cloud has an entry in the table of its file: it is free, it is paid as it is used, or a function tells
//! the products and how much of them a month of 730 hours has. The functions are pure: what they need to know and what
//! is not known before the apply ends in a [`Why`].

mod aws;
mod azure;
mod of;
mod why;

use stack_review::money::Quantity;

pub use of::{Of, Side};
pub use why::Why;

use crate::product::Product;

/// Hours in a month, as both clouds count in their calculators: 365 days of 24 hours in 12 months.
pub const HOURS: u32 = 730;

/// How a type of resource is paid for.
pub enum Meter {
    /// Not at all.
    Free,
    /// As it is used: by what.
    ByUse(&'static str),
    /// By what it is.
    Read(fn(&Of<'_>) -> Metered),
    /// In a way that is not known here: why.
    None(&'static str),
}

/// What is paid for a resource, in the form that it has on one side of a plan.
#[derive(Debug, Default)]
pub struct Metered {
    /// Its parts.
    pub parts: Vec<Part>,
    /// What is paid as it is used besides.
    pub by_use: Option<&'static str>,
}

/// A part of what is paid for.
#[derive(Debug)]
pub struct Part {
    /// Which: `storage`.
    pub name: &'static str,
    /// What and how much, or why that is not known.
    pub wanted: Result<Wanted, Why>,
}

/// How much of a product.
#[derive(Debug)]
pub struct Wanted {
    /// For people: `db.t4g.medium, PostgreSQL, Single-AZ`.
    pub what: String,
    /// How much of it a month has.
    pub quantity: Quantity,
    /// Which product.
    pub product: Product,
}

impl Metered {
    /// These parts, and nothing as it is used.
    pub fn of(parts: Vec<Part>) -> Self {
        Self {
            parts,
            by_use: None,
        }
    }

    /// And this as it is used.
    pub fn and_by_use(self, by_use: &'static str) -> Self {
        Self {
            by_use: Some(by_use),
            ..self
        }
    }
}

impl Part {
    /// A part, from how it is found out.
    pub fn new(name: &'static str, wanted: impl FnOnce() -> Result<Wanted, Why>) -> Self {
        let wanted = wanted();
        Self { name, wanted }
    }

    /// A part that may not be there.
    pub fn maybe(
        name: &'static str,
        wanted: impl FnOnce() -> Result<Option<Wanted>, Why>,
    ) -> Option<Self> {
        let wanted = wanted().transpose()?;
        Some(Self { name, wanted })
    }
}

/// So many of something, for every hour of a month.
pub fn hours(number: Quantity) -> Result<Quantity, Why> {
    number.times(Quantity::of(HOURS)).ok_or(Why::OutOfBounds)
}

/// What is paid for a resource in this form.
pub fn metered(of: &Of<'_>) -> Metered {
    let type_name = of.type_name();
    let unknown = |why: Why| {
        Metered::of(vec![Part {
            name: WHOLE,
            wanted: Err(why),
        }])
    };
    match meter(type_name) {
        Some(Meter::Free) => Metered::default(),
        Some(Meter::ByUse(what)) => Metered::default().and_by_use(what),
        Some(Meter::Read(read)) => read(of),
        Some(Meter::None(why)) => unknown(Why::Said((*why).to_owned())),
        None => unknown(Why::NoMeter),
    }
}

/// The part that is the whole resource.
pub const WHOLE: &str = "";

/// Whether it is known how a type is paid for: that it is free, that it is paid as it is used, or by what.
pub fn is_known(type_name: &str) -> bool {
    meter(type_name).is_some()
}

fn meter(type_name: &str) -> Option<&'static Meter> {
    let table = match type_name.split(':').next()? {
        "aws" => aws::METERS,
        "azure" => azure::METERS,
        // What is of no cloud costs nothing.
        "std" => return Some(&Meter::Free),
        _ => return None,
    };
    let found = table.iter().find(|(name, _)| *name == type_name);
    found.map(|(_, meter)| meter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_in_its_table_once() {
        for (cloud, table) in [("aws:", aws::METERS), ("azure:", azure::METERS)] {
            let mut names: Vec<&str> = table.iter().map(|(name, _)| *name).collect();
            assert!(names.iter().all(|name| name.starts_with(cloud)));
            let count = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), count);
        }
        assert!(is_known("std:random:Id") && is_known("aws:ec2:Vpc"));
        assert!(!is_known("aws:ec2:Nothing") && !is_known("other:x:Y"));
    }
}
