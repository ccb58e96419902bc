//! What is asked of a list of prices, and what it answers.

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use stack_review::money::Price;

use crate::error::Result;

/// A cloud's list of prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum List {
    /// AWS's Price List API.
    Aws,
    /// Azure's Retail Prices API.
    Azure,
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Aws => "AWS's Price List API",
            Self::Azure => "Azure's Retail Prices API",
        })
    }
}

/// A question to a list: the offers of a service that have these attributes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Query {
    /// Which list.
    pub list: List,
    /// The service as the list calls it: `AmazonRDS`, `Redis Cache`.
    pub service: String,
    /// Names of attributes, and what they have to be.
    pub filters: BTreeMap<String, String>,
}

impl Query {
    /// A question to a list.
    pub fn new(list: List, service: &str, filters: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self {
            list,
            service: service.to_owned(),
            filters: filters.iter().map(owned).collect(),
        }
    }

    /// What the answer is kept under. Two questions that ask the same have the same.
    pub fn digest(&self) -> String {
        let text = serde_json::to_string(self).unwrap_or_default();
        hex::encode(Sha256::digest(text.as_bytes()))
    }
}

/// Something that a list has a price of, in the form that both lists have in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// What the list says of it: `usagetype`, `meterName`.
    pub attributes: BTreeMap<String, String>,
    /// What one of it is, in the list's words: `Hrs`, `1 GB/Month`.
    pub unit: String,
    /// The price of one in US dollars: of the first tier, and of those that follow.
    pub prices: Vec<Price>,
}

/// Lists that can be asked.
#[async_trait]
pub trait Prices: Send + Sync {
    /// All offers that a question is about. None is an answer, too.
    async fn offers(&self, query: &Query) -> Result<Vec<Offer>>;
}
