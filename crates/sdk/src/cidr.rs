//! Address ranges, cut into subnets.

use std::fmt;
use std::str::FromStr;

use ipnet::IpNet;
use serde::{Deserialize, Deserializer};

use crate::error::Error;

/// An IPv4 or IPv6 range such as `10.0.0.0/16`, without bits beyond its prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cidr(IpNet);

/// The subnets of a range, in order.
pub type Subnets = Box<dyn Iterator<Item = Cidr>>;

impl Cidr {
    /// The length of its prefix: 16 of `10.0.0.0/16`.
    pub fn prefix(&self) -> u8 {
        self.0.prefix_len()
    }

    /// The subnets with a prefix of this length, in order. An error when the range is smaller than that.
    pub fn subnets(&self, prefix: u8) -> Result<Subnets, Error> {
        match self.0.subnets(prefix) {
            Ok(subnets) => Ok(Box::new(subnets.map(Cidr))),
            Err(_) => {
                let most = self.0.max_prefix_len();
                Err(format!(
                    "{self} has no subnets of prefix /{prefix}: use one from /{} to /{most}",
                    self.prefix()
                )
                .into())
            }
        }
    }

    /// Whether another range lies within this one.
    pub fn contains(&self, other: &Cidr) -> bool {
        self.0.contains(&other.0)
    }
}

impl FromStr for Cidr {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let range: IpNet = text
            .parse()
            .map_err(|_| format!("{text:?} is not an address range: write one as 10.0.0.0/16"))?;
        if range.trunc() != range {
            return Err(format!(
                "{range} has bits beyond its prefix: write {}",
                range.trunc()
            )
            .into());
        }
        Ok(Self(range))
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for Cidr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl crate::ToExpr for Cidr {
    fn to_expr(&self) -> crate::Expr {
        self.to_string().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_cut_into_subnets() {
        let range: Cidr = "10.0.0.0/16".parse().unwrap();
        let subnets: Vec<_> = range
            .subnets(18)
            .unwrap()
            .map(|one| one.to_string())
            .collect();
        assert_eq!(
            subnets,
            [
                "10.0.0.0/18",
                "10.0.64.0/18",
                "10.0.128.0/18",
                "10.0.192.0/18"
            ]
        );
    }

    #[test]
    fn a_range_has_no_larger_subnets() {
        let range: Cidr = "10.0.0.0/16".parse().unwrap();
        let error = range.subnets(8).err().unwrap().to_string();
        assert_eq!(
            error,
            "10.0.0.0/16 has no subnets of prefix /8: use one from /16 to /32"
        );
    }

    #[test]
    fn bits_beyond_the_prefix_are_refused() {
        let error = "10.0.0.1/16".parse::<Cidr>().unwrap_err().to_string();
        assert_eq!(
            error,
            "10.0.0.1/16 has bits beyond its prefix: write 10.0.0.0/16"
        );
    }
}
