//! The reading half of a provider. Planning holds nothing else.

use async_trait::async_trait;
use stack_model::{Map, TypeName};

use crate::error::Result;
use crate::owner::Whose;
use crate::preflight::{Ask, Finding};
use crate::stray::{Search, Strays};

/// What a cloud says of one object.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// Inputs as the cloud has them, and outputs. What the cloud does not tell is absent.
    pub values: Map,
}

/// What we know of an object before we ask.
#[derive(Debug, Clone, Copy)]
pub struct Recorded<'a> {
    /// The cloud's name of it.
    pub id: &'a str,
    /// Inputs and outputs as last recorded; empty for an import.
    pub values: &'a Map,
}

/// Reads objects of one type.
#[async_trait]
pub trait Observe: Send + Sync {
    /// Reads one object. `None` means definitely not there: never denied, never unknown.
    async fn read(&self, recorded: Recorded<'_>) -> Result<Option<Observation>>;

    /// The most objects that one [`read_many`](Self::read_many) may be asked for; 1 where the type has no lists.
    fn batch(&self) -> usize {
        1
    }

    /// Reads many objects by fewer calls than one for each, in their order. What is shown is as [`read`](Self::read) would
    /// have it. `None` says nothing: it may be gone, denied, or not in the list yet, and is read by itself.
    async fn read_many(&self, recorded: &[Recorded<'_>]) -> Result<Vec<Option<Observation>>> {
        Ok(recorded.iter().map(|_| None).collect())
    }

    /// The ids of the objects with these inputs that are looked for. More than one is possible, and is for a person to
    /// decide.
    async fn find(&self, whose: Whose<'_>, inputs: &Map) -> Result<Vec<String>>;

    /// What a new object would fail of, such as a name that is taken. Of its inputs only those are there that are known.
    async fn preflight(&self, known: &Map) -> Result<Vec<Finding>> {
        let _ = known;
        Ok(Vec::new())
    }
}

/// Answers lookups of one type.
#[async_trait]
pub trait Answer: Send + Sync {
    /// Answers one question.
    async fn answer(&self, inputs: &Map) -> Result<Map>;
}

/// Who we are at a cloud, and where.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Identity {
    /// The account or subscription, as `aws:123456789012`.
    pub account: String,
    /// The region, where the cloud has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

/// A connection to a cloud that cannot change anything there.
#[async_trait]
pub trait Observer: Send + Sync {
    /// Who we are. Asked of the cloud once. `None` where there are no accounts.
    async fn identity(&self) -> Result<Option<Identity>>;

    /// What of all this would be refused to whoever we are here, as far as the cloud can tell without doing it.
    async fn preflight(&self, asks: &[Ask]) -> Result<Vec<Finding>> {
        let _ = asks;
        Ok(Vec::new())
    }

    /// What is there in the account and region that we are in, of all types. A type that cannot be asked about is said in
    /// [`Strays::unseen`], and hides no other.
    async fn strays(&self, search: Search) -> Result<Strays> {
        let _ = search;
        Ok(Strays::default())
    }

    /// How to read objects of a type.
    fn resource(&self, type_name: &TypeName) -> Option<&dyn Observe>;

    /// How to answer lookups of a type.
    fn lookup(&self, type_name: &TypeName) -> Option<&dyn Answer>;
}
