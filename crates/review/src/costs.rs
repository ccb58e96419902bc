//! What a plan changes of what is paid for a month, as far as that is known before.
//!
//! What is not known has no amount: it is said by name, and is no part of a total.

use schemars::JsonSchema;
use serde::Serialize;

use crate::money::{Price, Quantity, Usd};

/// What a plan changes of what is paid for a month of 730 hours, at list prices.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Costs {
    /// What amounts are in: `USD`.
    pub currency: String,
    /// The whole stack as it is now, as far as it is known.
    pub before: Usd,
    /// The whole stack after the plan, as far as it is known.
    pub after: Usd,
    /// By how much that differs.
    pub difference: Usd,
    /// Every resource: what differs most comes first.
    pub resources: Vec<Cost>,
    /// What to know of the prices: that they are old, that some could not be asked for, and why.
    pub warnings: Vec<String>,
}

/// What is paid for a resource. Where it has no parts, nothing unknown and nothing by use, it is free.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Cost {
    /// Which resource.
    pub urn: String,
    /// As it is now.
    pub before: Usd,
    /// After the plan.
    pub after: Usd,
    /// By how much that differs.
    pub difference: Usd,
    /// What it is made of.
    pub parts: Vec<Part>,
    /// What is paid for, and has no amount here.
    pub unknown: Vec<Unknown>,
    /// What is paid as it is used, and has no amount before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_use: Option<String>,
}

/// A part of what is paid for a resource.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Part {
    /// Which: `storage`.
    pub part: String,
    /// As it is now; none where there is nothing.
    pub before: Option<Charge>,
    /// After the plan; none where there will be nothing.
    pub after: Option<Charge>,
}

/// What is paid for a month of something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Charge {
    /// Of what: `db.t4g.medium, PostgreSQL, Single-AZ`.
    pub what: String,
    /// How much of it, in its unit.
    pub quantity: Quantity,
    /// Its unit: `hours`.
    pub unit: String,
    /// The list price of one.
    pub price: Price,
    /// Whether the price gets lower, or begins, from some quantity on: it is then that of the first tier that is not free.
    pub tiered: bool,
    /// What that comes to.
    pub month: Usd,
}

/// Something that is paid for, and has no amount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Unknown {
    /// Which part; none where it is the whole resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// Why.
    pub why: String,
}

impl Costs {
    /// The costs of these resources, summed up and in order.
    pub fn of(mut resources: Vec<Cost>, warnings: Vec<String>) -> Self {
        resources.sort_by(|one, other| {
            let sizes = other.difference.size().cmp(&one.difference.size());
            sizes.then_with(|| one.urn.cmp(&other.urn))
        });
        let before: Usd = resources.iter().map(|one| one.before).sum();
        let after: Usd = resources.iter().map(|one| one.after).sum();
        Self {
            currency: "USD".to_owned(),
            before,
            after,
            difference: after - before,
            resources,
            warnings,
        }
    }

    /// Whether there is no amount of anything, although something is paid for.
    pub fn are_unknown(&self) -> bool {
        let priced = self.resources.iter().any(|one| !one.parts.is_empty());
        let unknown = self.resources.iter().any(|one| !one.unknown.is_empty());
        unknown && !priced
    }

    /// All of it in a few words: `+341.65 a month: 58.11 → 399.76; besides what is not known and what is paid by use`.
    pub fn summary(&self) -> String {
        if self.are_unknown() {
            return "what it costs a month is not known".to_owned();
        }
        let (before, after) = (self.before.cents(), self.after.cents());
        let mut text = match self.difference.is_zero() {
            true => format!("no difference a month: {after}"),
            false => format!("{} a month: {before} → {after}", self.difference.signed()),
        };
        let unknown = self.unknown().next().map(|_| "what is not known");
        let by_use = (!self.by_use().is_empty()).then_some("what is paid by use");
        let besides: Vec<&str> = unknown.into_iter().chain(by_use).collect();
        if !besides.is_empty() {
            text = format!("{text}; besides {}", besides.join(" and "));
        }
        text
    }

    /// The resources whose amount changes.
    pub fn changed(&self) -> impl Iterator<Item = &Cost> {
        let changed = |one: &&Cost| one.parts.iter().any(Part::differs);
        self.resources.iter().filter(changed)
    }

    /// The resources whose amount stays.
    pub fn same(&self) -> impl Iterator<Item = &Cost> {
        let same = |one: &&Cost| !one.parts.is_empty() && !one.parts.iter().any(Part::differs);
        self.resources.iter().filter(same)
    }

    /// What has no amount, and of which resource.
    pub fn unknown(&self) -> impl Iterator<Item = (&str, &Unknown)> {
        let each = self.resources.iter();
        each.flat_map(|one| {
            one.unknown
                .iter()
                .map(|unknown| (one.urn.as_str(), unknown))
        })
    }

    /// What is paid as it is used, with the resources of which it is said, in order of the first.
    pub fn by_use(&self) -> Vec<(&str, Vec<&str>)> {
        let mut uses: Vec<(&str, Vec<&str>)> = Vec::new();
        for one in &self.resources {
            let Some(by_use) = one.by_use.as_deref() else {
                continue;
            };
            match uses.iter_mut().find(|(text, _)| *text == by_use) {
                Some((_, urns)) => urns.push(&one.urn),
                None => uses.push((by_use, vec![&one.urn])),
            }
        }
        uses
    }

    /// How many resources are free of charge.
    pub fn free(&self) -> usize {
        self.resources.iter().filter(|one| one.is_free()).count()
    }
}

impl Cost {
    /// What is paid for a resource, from its parts.
    pub fn of(
        urn: String,
        parts: Vec<Part>,
        unknown: Vec<Unknown>,
        by_use: Option<String>,
    ) -> Self {
        let sum = |charge: fn(&Part) -> Option<&Charge>| -> Usd {
            parts
                .iter()
                .filter_map(charge)
                .map(|charge| charge.month)
                .sum()
        };
        let before = sum(|part| part.before.as_ref());
        let after = sum(|part| part.after.as_ref());
        Self {
            urn,
            before,
            after,
            difference: after - before,
            parts,
            unknown,
            by_use,
        }
    }

    /// Whether nothing is paid for it, whatever is done with it.
    pub fn is_free(&self) -> bool {
        self.parts.is_empty() && self.unknown.is_empty() && self.by_use.is_none()
    }
}

impl Part {
    /// Whether it is paid for otherwise than before.
    pub fn differs(&self) -> bool {
        self.before != self.after
    }

    /// By how much the amount differs.
    pub fn difference(&self) -> Usd {
        let month =
            |charge: &Option<Charge>| charge.as_ref().map_or(Usd::ZERO, |charge| charge.month);
        month(&self.after) - month(&self.before)
    }

    /// What is paid for after the plan, or before it where nothing is afterwards.
    pub fn shown(&self) -> Option<&Charge> {
        self.after.as_ref().or(self.before.as_ref())
    }
}

impl Charge {
    /// How much of what, at which price: `730 hours of db.t4g.medium at 0.073`.
    pub fn words(&self) -> String {
        let tier = match self.tiered {
            true => ", the price of the first tier that is not free",
            false => "",
        };
        let Self {
            what,
            quantity,
            unit,
            price,
            ..
        } = self;
        let unit = match *quantity == Quantity::of(1) {
            true => unit.strip_suffix('s').unwrap_or(unit),
            false => unit,
        };
        format!("{what}: {quantity} {unit} at {price}{tier}")
    }
}

impl Unknown {
    /// Of which resource, which part and why: `aws:rds:Instance/db, storage: …`.
    pub fn words(&self, urn: &str) -> String {
        match &self.part {
            Some(part) => format!("{urn}, {part}: {}", self.why),
            None => format!("{urn}: {}", self.why),
        }
    }
}
