//! Money, prices and quantities, exact.
//!
//! Whole numbers with a fixed number of decimal places: a price has 12, a quantity has 6, and what they come to has the
//! 18 that a product of the two can have, so nothing is rounded before it is shown. A library for decimals of any scale
//! would do no more here, and rounds products that get too long.

use std::borrow::Cow;
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Mul, Sub};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// A list price of one unit, in US dollars: up to a million, to 12 places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Price(i128);

/// How much of something there is in a month: up to a billion, to 6 places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(i128);

/// An amount of US dollars, to 18 places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Usd(i128);

impl Price {
    const PLACES: u32 = 12;
    const MOST: i128 = 10_i128.pow(6 + Self::PLACES);

    /// The price that a decimal says: `0.0450000000`. None where that is none, is below nothing, or is out of bounds.
    pub fn parse(text: &str) -> Option<Self> {
        let price = scaled(text, Self::PLACES)?;
        (0..=Self::MOST).contains(&price).then_some(Self(price))
    }

    /// Whether nothing is charged.
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl Quantity {
    const PLACES: u32 = 6;
    const MOST: i128 = 10_i128.pow(9 + Self::PLACES);

    /// The quantity that a decimal says: `0.25`. None where that is none, is below nothing, or is out of bounds.
    pub fn parse(text: &str) -> Option<Self> {
        Self::bounded(scaled(text, Self::PLACES)?)
    }

    /// A whole number of something.
    pub fn of(number: u32) -> Self {
        Self(i128::from(number) * 10_i128.pow(Self::PLACES))
    }

    /// So many times as much. None where that is out of bounds.
    pub fn times(self, other: Self) -> Option<Self> {
        // Both have at most 15 + 1 digits, so the product fits; what is below the last place is dropped.
        Self::bounded(self.0 * other.0 / 10_i128.pow(Self::PLACES))
    }

    /// A part of it. None where the part has more places than a quantity.
    pub fn divided(self, parts: u32) -> Option<Self> {
        let parts = i128::from(parts);
        (parts != 0 && self.0 % parts == 0).then(|| Self(self.0 / parts))
    }

    /// The sum of both. None where that is out of bounds.
    pub fn plus(self, other: Self) -> Option<Self> {
        Self::bounded(self.0 + other.0)
    }

    /// What is left of it beyond another.
    pub fn beyond(self, other: Self) -> Self {
        Self((self.0 - other.0).max(0))
    }

    /// The same in units that are ten to this power as large. None where the last place would be lost.
    pub fn in_tens(self, power: u32) -> Option<Self> {
        let unit = 10_i128.checked_pow(power)?;
        (self.0 % unit == 0).then_some(Self(self.0 / unit))
    }

    fn bounded(quantity: i128) -> Option<Self> {
        (0..=Self::MOST)
            .contains(&quantity)
            .then_some(Self(quantity))
    }
}

impl Mul<Quantity> for Price {
    type Output = Usd;

    fn mul(self, quantity: Quantity) -> Usd {
        // At most 10^18 and 10^15: far from the end of what fits.
        Usd(self.0 * quantity.0)
    }
}

impl Usd {
    const PLACES: u32 = 18;

    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Whether it is nothing.
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Without its sign, for an order.
    pub fn size(self) -> u128 {
        self.0.unsigned_abs()
    }

    /// To the cent, half a cent away from nothing: `1234.50`.
    pub fn cents(self) -> String {
        let cent = 10_u128.pow(Self::PLACES - 2);
        let cents = (self.size() + cent / 2) / cent;
        let sign = if self.0 < 0 && cents > 0 { "-" } else { "" };
        format!("{sign}{}.{:02}", cents / 100, cents % 100)
    }

    /// The same with a sign in front of what is more, too: `+1234.50`.
    pub fn signed(self) -> String {
        let cents = self.cents();
        match self.0 > 0 && cents != "0.00" {
            true => format!("+{cents}"),
            false => cents,
        }
    }
}

impl Add for Usd {
    type Output = Self;

    /// Stays at the end of what fits, 10^20 dollars, instead of a panic.
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Usd {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Self::add)
    }
}

/// A plain decimal as a whole number of its last places, rounded half up; further places that floating point made are
/// no more than that.
fn scaled(text: &str, places: u32) -> Option<i128> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // More would be out of every bound.
    if !is_number(whole) || !is_number(fraction) || whole.len() > 18 {
        return None;
    }
    let places = places as usize;
    let kept: String = fraction
        .chars()
        .chain("0".repeat(places).chars())
        .take(places)
        .collect();
    let rounds_up = fraction
        .as_bytes()
        .get(places)
        .is_some_and(|digit| *digit >= b'5');
    let number: i128 = format!("{whole}{kept}").parse().ok()?;
    Some(sign * (number + i128::from(rounds_up)))
}

/// A whole number of last places as a plain decimal without needless zeros.
fn plain(number: i128, places: u32) -> String {
    let unit = 10_u128.pow(places);
    let (whole, rest) = (number.unsigned_abs() / unit, number.unsigned_abs() % unit);
    let sign = if number < 0 { "-" } else { "" };
    let text = format!("{sign}{whole}.{rest:0width$}", width = places as usize);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// As text in JSON too: most readers would make a number a binary fraction.
macro_rules! decimals {
    ($($name:ident: $parsed:expr,)*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&plain(self.0, Self::PLACES))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<str>::deserialize(deserializer)?;
                $parsed(&text).ok_or_else(|| D::Error::custom(format!("{text:?} is none of it")))
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "pattern": "^-?[0-9]+(\\.[0-9]+)?$",
                    "description": "A decimal as text, exact.",
                })
            }
        }
    )*};
}

decimals! {
    Price: Price::parse,
    Quantity: Quantity::parse,
    Usd: |text: &str| scaled(text, Usd::PLACES).map(Usd),
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn usd(text: &str) -> Usd {
        Usd(scaled(text, Usd::PLACES).unwrap())
    }

    #[test]
    fn a_decimal_is_read_as_it_is_written() {
        let said = |text: &str| Price::parse(text).map(|price| price.to_string());
        assert_eq!(said("0.0450000000").as_deref(), Some("0.045"));
        assert_eq!(said("0.000000034").as_deref(), Some("0.000000034"));
        assert_eq!(said("12").as_deref(), Some("12"));
        assert_eq!(said("0.10400000000000001").as_deref(), Some("0.104"));
        for wrong in [
            "",
            ".",
            "1.",
            ".5",
            "-1",
            "1e3",
            "NaN",
            "1 000",
            "1000001",
            "9999999999999999999",
        ] {
            assert_eq!(said(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn only_what_is_shown_is_rounded() {
        let price = Price::parse("0.005").unwrap();
        assert_eq!(price * Quantity::of(1), usd("0.005"));
        let shown =
            ["0.004999", "0.005", "-0.005", "-0.0049", "1234.5", "0"].map(|text| usd(text).cents());
        assert_eq!(shown, ["0.00", "0.01", "-0.01", "0.00", "1234.50", "0.00"]);
        let signed = ["0.004", "3.65", "-3.65", "0"].map(|text| usd(text).signed());
        assert_eq!(signed, ["0.00", "+3.65", "-3.65", "0.00"]);
    }

    proptest! {
        #[test]
        fn nothing_that_can_be_written_panics(text in "-?[0-9]{0,25}\\.?[0-9]{0,25}", other in "[0-9]{1,12}") {
            let (price, quantity) = (Price::parse(&text), Quantity::parse(&other));
            if let (Some(price), Some(quantity)) = (price, quantity) {
                let amount = price * quantity;
                prop_assert_eq!(usd(&amount.to_string()), amount);
                let _ = (amount.cents(), quantity.times(quantity), quantity.plus(quantity));
            }
        }

        #[test]
        fn a_product_is_the_sum_of_its_parts(price in 0..1_000_000_000_u64, first in 0..1_000_000_u32, second in 0..1_000_000_u32) {
            let price = Price(i128::from(price));
            let together = Quantity::of(first).plus(Quantity::of(second)).unwrap();
            prop_assert_eq!(price * together, price * Quantity::of(first) + price * Quantity::of(second));
        }
    }
}
