//! What a plan changes of what is paid for a month.
//!
//! ```text
//! meter     from a resource to what is paid for it: quantities of products
//! product   which offer of a list is the product, and at which price
//! query     what is asked of a list of prices
//! azure     Azure's Retail Prices API
//! aws       AWS's Price List API: its answers always, its client with the feature `aws`
//! lists     both
//! cache     answers on disk
//! bill      from a plan and answers to its costs
//! address   where a list may be asked
//! error     why a list could not be asked
//! ```
//!
//! [`costs`] is all of it together. It never fails: what cannot be priced is named in the result, with the reason.

mod address;
pub mod aws;
pub mod azure;
mod bill;
pub mod cache;
mod error;
mod lists;
mod meter;
mod product;
mod query;

pub use bill::costs;
pub use cache::Cache;
pub use error::{Error, Result};
pub use lists::Lists;
pub use meter::is_known;
pub use query::{List, Offer, Prices, Query};
