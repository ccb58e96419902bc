//! Which offer of a list is the product that is meant, and at which price.

use std::collections::BTreeSet;

use stack_review::costs::Charge;
use stack_review::money::{Price, Quantity};

use crate::meter::Why;
use crate::query::{Offer, Query};

/// A product: the question to its list, and what an offer in the answer has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// What is asked.
    pub query: Query,
    /// What tells its offer from others in the answer.
    pub only: Vec<(&'static str, Like)>,
    /// What one of it is.
    pub unit: Unit,
}

/// What an attribute has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Like {
    /// One of these, in whatever case.
    OneOf(Vec<String>),
    /// It ends in this. Some of Azure's product names have a hyphen before the last part, some have none.
    Ends(String),
    /// A usage type of AWS: this, after the abbreviation of the region, which the oldest region does not have.
    Usage(String),
    /// The same, with more after it.
    UsageBegins(&'static str),
}

impl Like {
    /// Only this, in whatever case.
    pub fn is(text: impl Into<String>) -> Self {
        Self::OneOf(vec![text.into()])
    }

    fn takes(&self, text: &str) -> bool {
        match self {
            Self::OneOf(texts) => texts.iter().any(|one| one.eq_ignore_ascii_case(text)),
            Self::Ends(end) => text.replace(" - ", " ").ends_with(end.as_str()),
            Self::Usage(usage) => without_region(text) == usage,
            Self::UsageBegins(usage) => without_region(text).starts_with(usage),
        }
    }
}

/// A usage type of AWS without the region before it: `EU-`, `USW2-`. What else may be there, as in `TS-LoadBalancerUsage`,
/// is another usage.
fn without_region(usage: &str) -> &str {
    let is_region = |text: &str| {
        let capitals = text.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let is_name =
            !capitals.is_empty() && capitals.bytes().all(|byte| byte.is_ascii_uppercase());
        text == "EU" || (is_name && capitals.len() < text.len())
    };
    match usage.split_once('-') {
        Some((region, rest)) if is_region(region) => rest,
        Some(_) | None => usage,
    }
}

/// What one of a product is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// An hour of one.
    Hours,
    /// A second of one CPU.
    CpuSeconds,
    /// A second of one GiB of memory.
    GibSeconds,
    /// An hour of one CPU.
    CpuHours,
    /// An hour of one GiB.
    GibHours,
    /// A month of one GiB.
    GibMonths,
    /// A month of one operation in a second.
    IopsMonths,
    /// A day of one.
    Days,
    /// A month of one.
    Months,
}

impl Unit {
    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Hours => "hours",
            Self::CpuSeconds => "vCPU seconds",
            Self::GibSeconds => "GiB seconds",
            Self::CpuHours => "vCPU hours",
            Self::GibHours => "GiB hours",
            Self::GibMonths => "GiB",
            Self::IopsMonths => "IOPS",
            Self::Days => "days",
            Self::Months => "months",
        }
    }

    /// What the lists call it, in lower case.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Hours => &["hrs", "hour", "hours"],
            Self::CpuSeconds => &["second", "seconds", "vcpu second"],
            Self::GibSeconds => &["gib second", "gib seconds"],
            Self::CpuHours => &["hrs", "hours", "vcpu-hours"],
            Self::GibHours => &["hrs", "hours", "gb-hours"],
            Self::GibMonths => &["gb-mo", "gb/month", "gib/month"],
            Self::IopsMonths => &["iops-mo"],
            Self::Days => &["day"],
            // Of a secret, of an alarm, of a zone.
            Self::Months => &["", "month", "secrets", "alarms"],
        }
    }

    /// How many of it an offer's unit has, as a power of ten. None where that is another unit.
    fn tens(self, unit: &str) -> Option<u32> {
        let unit = unit.to_ascii_lowercase();
        let rest = unit.trim_start_matches(|letter: char| letter.is_ascii_digit());
        let number = &unit[..unit.len() - rest.len()];
        let power = match number {
            "" => 0,
            number => {
                let zeros = number.strip_prefix('1')?;
                zeros
                    .bytes()
                    .all(|zero| zero == b'0')
                    .then_some(u32::try_from(zeros.len()).ok()?)?
            }
        };
        let (power, rest) = match (number, rest.strip_prefix('k'), rest.strip_prefix('m')) {
            ("", _, _) => (power, rest),
            (_, Some(rest), _) if rest.is_empty() || rest.starts_with(' ') => (power + 3, rest),
            (_, _, Some(rest)) if rest.is_empty() || rest.starts_with(' ') => (power + 6, rest),
            _ => (power, rest),
        };
        let name = rest.trim_start_matches([' ', '/']);
        self.names().contains(&name).then_some(power)
    }
}

impl Product {
    /// What a quantity of it costs, by these offers. There must be one price, and no more.
    pub fn charge(&self, what: &str, quantity: Quantity, offers: &[Offer]) -> Result<Charge, Why> {
        let meant = |offer: &&Offer| {
            let takes = |(name, like): &(&'static str, Like)| {
                offer
                    .attributes
                    .get(*name)
                    .is_some_and(|text| like.takes(text))
            };
            self.only.iter().all(takes)
        };
        let meant: Vec<&Offer> = offers.iter().filter(meant).collect();
        let list = self.query.list;
        if meant.is_empty() {
            return Err(Why::NoPrice {
                list,
                what: what.to_owned(),
            });
        }
        let found: BTreeSet<(Price, bool, u32)> = meant
            .iter()
            .map(|offer| {
                let tens = self.unit.tens(&offer.unit).ok_or_else(|| Why::Unit {
                    list,
                    what: what.to_owned(),
                    unit: offer.unit.clone(),
                })?;
                // The first tier that is not free; where all are, it is free.
                let paid = offer.prices.iter().find(|price| !price.is_zero());
                let price = paid.or(offer.prices.first()).ok_or_else(|| Why::NoPrice {
                    list,
                    what: what.to_owned(),
                })?;
                Ok((*price, offer.prices.len() > 1, tens))
            })
            .collect::<Result<_, Why>>()?;
        let mut found = found.into_iter();
        match (found.next(), found.next()) {
            (Some((price, tiered, tens)), None) => {
                let quantity = quantity.in_tens(tens).ok_or(Why::OutOfBounds)?;
                let unit = match tens {
                    0 => self.unit.words().to_owned(),
                    tens => format!("× 10^{tens} {}", self.unit.words()),
                };
                Ok(Charge {
                    what: what.to_owned(),
                    quantity,
                    unit,
                    price,
                    tiered,
                    month: price * quantity,
                })
            }
            _ => Err(Why::Prices {
                list,
                what: what.to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::List;

    #[test]
    fn a_region_before_a_usage_is_no_part_of_it() {
        let seen = [
            "EU-NatGateway-Hours",
            "USW2-NatGateway-Hours",
            "NatGateway-Hours",
        ]
        .map(without_region);
        assert_eq!(seen, ["NatGateway-Hours"; 3]);
        let seen = [
            "CAN1-TS-LoadBalancerUsage",
            "TS-LoadBalancerUsage",
            "Multi-AZUsage:db.m6g.xl",
        ]
        .map(without_region);
        assert_eq!(
            seen,
            [
                "TS-LoadBalancerUsage",
                "TS-LoadBalancerUsage",
                "Multi-AZUsage:db.m6g.xl"
            ]
        );
    }

    #[test]
    fn a_unit_says_how_many_it_has() {
        assert_eq!(Unit::Hours.tens("Hrs"), Some(0));
        assert_eq!(Unit::Hours.tens("100 Hours"), Some(2));
        assert_eq!(Unit::GibMonths.tens("1 GB/Month"), Some(0));
        assert_eq!(Unit::Days.tens("1/Day"), Some(0));
        assert_eq!(Unit::Months.tens("1"), Some(0));
        assert_eq!(Unit::Months.tens("10K"), Some(4));
        assert_eq!(Unit::GibSeconds.tens("1 GiB Second"), Some(0));
        for wrong in ["1 Hour", "GB-Mo", "3", "1 Second", "∞"] {
            assert_eq!(Unit::Months.tens(wrong), None, "{wrong}");
        }
    }

    fn offer(name: &str, unit: &str, prices: &[&str]) -> Offer {
        Offer {
            attributes: [("usagetype".to_owned(), name.to_owned())].into(),
            unit: unit.to_owned(),
            prices: prices
                .iter()
                .map(|price| Price::parse(price).unwrap())
                .collect(),
        }
    }

    fn charge(offers: &[Offer]) -> Result<Charge, Why> {
        let product = Product {
            query: Query::new(List::Aws, "AmazonEC2", &[]),
            only: vec![("usagetype", Like::Usage("NatGateway-Hours".to_owned()))],
            unit: Unit::Hours,
        };
        product.charge("a gateway", Quantity::of(730), offers)
    }

    #[test]
    fn a_product_has_one_price_or_none() {
        let good = offer("EU-NatGateway-Hours", "Hrs", &["0.048"]);
        let other = offer("EU-NatGateway-Bytes", "GB", &["0.048"]);
        let found = charge(&[good.clone(), other.clone(), good.clone()]).unwrap();
        assert_eq!(
            (found.month.cents().as_str(), found.tiered),
            ("35.04", false)
        );
        assert!(matches!(charge(&[other]), Err(Why::NoPrice { .. })));
        let dearer = offer("EU-NatGateway-Hours", "Hrs", &["0.05"]);
        assert!(matches!(charge(&[good, dearer]), Err(Why::Prices { .. })));
        let unit = offer("EU-NatGateway-Hours", "Requests", &["0.05"]);
        assert!(matches!(charge(&[unit]), Err(Why::Unit { .. })));
    }

    #[test]
    fn the_first_tier_that_is_not_free_counts_and_is_said() {
        let found = charge(&[offer("NatGateway-Hours", "Hrs", &["0", "0.1", "0.05"])]).unwrap();
        assert_eq!(
            (found.month.cents().as_str(), found.tiered),
            ("73.00", true)
        );
        assert!(
            found
                .words()
                .ends_with("at 0.1, the price of the first tier that is not free")
        );
        let free = charge(&[offer("NatGateway-Hours", "Hrs", &["0"])]).unwrap();
        assert!(free.month.is_zero() && !free.tiered);
        assert!(matches!(
            charge(&[offer("NatGateway-Hours", "Hrs", &[])]),
            Err(Why::NoPrice { .. })
        ));
    }
}
