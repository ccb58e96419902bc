//! Why there is no amount.

use crate::query::List;

/// Why there is no amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// What it depends on is known only during the apply.
    #[error("`{field}` is known after {after}")]
    Later {
        /// The field.
        field: String,
        /// What it waits for.
        after: String,
    },
    /// What it depends on is secret.
    #[error("`{field}` is secret")]
    Secret {
        /// The field.
        field: String,
    },
    /// What it depends on is not set, so the cloud chooses.
    #[error("`{field}` is not set: the cloud chooses it")]
    NotSet {
        /// The field.
        field: String,
    },
    /// What it depends on cannot be read.
    #[error("`{field}` is {value}, which has no meter")]
    Value {
        /// The field.
        field: String,
        /// What it is.
        value: String,
    },
    /// There is no region.
    #[error("its region is not known")]
    NoRegion,
    /// Nobody wrote down how the type is paid for.
    #[error("nothing is known of how this type is paid for")]
    NoMeter,
    /// A reason of the type's own.
    #[error("{0}")]
    Said(String),
    /// The numbers make no sense.
    #[error("its numbers are out of bounds")]
    OutOfBounds,
    /// The list has no such offer.
    #[error("{list} has no price of {what}")]
    NoPrice {
        /// Which list.
        list: List,
        /// What was looked for.
        what: String,
    },
    /// The list has several, and what tells them apart is not known.
    #[error("{list} has several prices of {what}")]
    Prices {
        /// Which list.
        list: List,
        /// What was looked for.
        what: String,
    },
    /// The price is for something else.
    #[error("{list} has a price of {what} by {unit:?}, which is no unit of it")]
    Unit {
        /// Which list.
        list: List,
        /// What was looked for.
        what: String,
        /// The unit.
        unit: String,
    },
    /// The list could not be asked.
    #[error("its price could not be asked for")]
    Unasked,
}
